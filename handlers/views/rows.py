"""The menu of rows: how deep, or everything in parts; each choice with its number of rows."""

from collections.abc import Sequence
from typing import Final

from bot.model import limits
from bot.model.rows import RowsChoice, RowsMode
from bot.slack.messages.text import counted
from handlers.views.elements import Block, option
from handlers.views.quote import RowsOffer

MODES: Final = {mode.value: mode for mode in RowsMode}


def row_options(
    offers: Sequence[RowsOffer], chosen: RowsChoice, *, counting: bool, filtered: bool
) -> tuple[list[Block], Block]:
    """The options, and the one that is chosen.

    Args:
        offers: what can be chosen; the chosen one is among them.
        chosen: the choice.
        counting: nothing is counted yet, so no figure is shown.
        filtered: not the whole site is meant, but what passes the filters.
    """
    most = limits.SLACK_OPTIONS.value
    shown = list(offers[:most])
    if all(offer.choice != chosen for offer in shown):
        rest = (offer for offer in offers if offer.choice == chosen)
        shown[most - 1 :] = [next(rest, RowsOffer(chosen))]
    whole = "All that pass the filters" if filtered else "The whole site"
    options = [
        option(_label(each, whole, counting=counting), value_of(each.choice)) for each in shown
    ]
    place = next(at for at, offer in enumerate(shown) if offer.choice == chosen)
    return options, options[place]


def value_of(choice: RowsChoice) -> str:
    """`fit`, `parts`, `depth:3`: what stands for a choice in the menu."""
    depth = "" if choice.depth is None else f":{choice.depth}"
    return f"{choice.mode.value}{depth}"


def rows_of(value: str) -> RowsChoice | None:
    """The choice that a value stands for; None for any other text."""
    word, colon, depth = value.partition(":")
    if word not in MODES or bool(colon) != (depth.isascii() and depth.isdigit()):
        return None
    choice = RowsChoice(MODES[word], int(depth[:6]) if depth else None)
    return None if choice == RowsChoice(RowsMode.DEPTH) else choice


def _label(offer: RowsOffer, whole: str, *, counting: bool) -> str:
    words = _words(offer, whole)
    if counting:
        return words
    if offer.rows is None:
        parts = offer.choice.mode is RowsMode.PARTS
        return f"{words} · {'one depth alone is ' if parts else ''}over the limit"
    return f"{words} · {counted(offer.rows, 'row')}"


def _words(offer: RowsOffer, whole: str) -> str:
    depth = offer.choice.depth
    match offer.choice.mode:
        case RowsMode.PARTS:
            parts = "parts" if offer.parts is None else counted(offer.parts, "part")
            down = "" if depth is None else f", down to depth {depth}"
            return f"Everything, in {parts}{down}"
        case RowsMode.DEPTH:
            return f"Down to depth {depth}"
        case RowsMode.FIT:
            return whole if offer.last is None else f"As deep as fits, to depth {offer.last}"
