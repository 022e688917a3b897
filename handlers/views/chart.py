"""How many rows there are at each depth, as a small bar chart in text."""

from typing import Final

from bot.model.depths import DepthCounts
from bot.model.specification import DepthRange
from bot.slack.messages.text import number

LINES: Final = 12
"""More depths than this are added up in the last line."""

CELLS: Final = 16
EIGHTHS: Final = " ▏▎▍▌▋▊▉"
FULL: Final = "█"
LEFT_OUT: Final = "░"


def chart(counts: DepthCounts, taken: DepthRange | None) -> str:
    """A block of mrkdwn in a fixed width; depths that are not taken are drawn in grey.

    Args:
        counts: rows per depth.
        taken: the depths of the export; None where nothing can be exported like this.
    """
    lines = _lines(counts, taken)
    if not lines:
        return ""
    most = max(count for _, count, _ in lines)
    names = max(len(name) for name, _, _ in lines)
    digits = max(len(number(count)) for _, count, _ in lines)
    drawn = [
        f"{name:>{names}}  {number(count):>{digits}}  {_bar(count, most, here=here)}".rstrip()
        for name, count, here in lines
    ]
    return "```\n" + "\n".join(drawn) + "\n```"


def _lines(counts: DepthCounts, taken: DepthRange | None) -> list[tuple[str, int, bool]]:
    """Name, rows, and whether they are taken."""
    last = -1 if taken is None else taken.last
    shown = [
        (f"depth {depth}", count, last is None or depth <= last) for depth, count in counts.by_depth
    ]
    if len(shown) > LINES:
        first_of_rest = counts.by_depth[LINES - 1][0]
        rest = shown[LINES - 1 :]
        total = sum(count for _, count, _ in rest)
        here = all(here for _, _, here in rest)
        shown[LINES - 1 :] = [(f"depth {first_of_rest}+", total, here)]
    if counts.without_depth:
        here = taken is not None and taken.without_depth
        shown.append(("no depth", counts.without_depth, here))
    return shown


def _bar(count: int, most: int, *, here: bool) -> str:
    """As long as the share of the largest; never empty where there is anything."""
    eighths = count * CELLS * 8 // most if most else 0
    if not here:
        return LEFT_OUT * max(1 if count else 0, eighths // 8)
    whole, rest = divmod(max(eighths, 1 if count else 0), 8)
    return FULL * whole + EIGHTHS[rest].strip()
