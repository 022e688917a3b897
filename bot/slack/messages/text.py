"""Words and figures as people read them in Slack: foreign text escaped, numbers grouped."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

ELLIPSIS: Final = "…"
BAR_CELLS: Final = 20
SLACK_ID: Final = re.compile(r"[A-Z0-9]{2,32}\Z")

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

_COARSE: Final = ((_MINUTE, 10), (10 * _MINUTE, 30), (_HOUR, _MINUTE), (_DAY, 5 * _MINUTE))
"""Pairs (below so many seconds, shown in steps of so many): the older, the coarser."""

_UNFINISHED: Final = re.compile(r"(?:<[^<>]*|&[a-z]{0,4})\Z")


def escape(text: str) -> str:
    """Slack's own escaping, all of it: these three characters begin markup in mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, never cut inside `<...>` or `&...;`; a cut ends in `…`."""
    if len(text) <= limit:
        return text
    return _UNFINISHED.sub("", text[: max(0, limit - 1)]).rstrip() + ELLIPSIS


def foreign(text: str, limit: int = 150) -> str:
    """Text from outside, as one harmless line of mrkdwn of at most `limit` characters.

    Control characters and those that turn the direction of writing are dropped: an unclosed one
    would turn the rest of the message.
    """
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C" or character == "\u200d"
    )
    return shorten(escape(" ".join(kept.split())), limit)


def number(value: int) -> str:
    """`48,211`."""
    return f"{value:,}"


def counted(value: int, noun: str) -> str:
    """`1 row`, `48,211 rows`."""
    return f"{number(value)} {noun}" if value == 1 else f"{number(value)} {noun}s"


def size(count: int) -> str:
    """`512 bytes`, `12.4 MB`: units of a thousand, as file managers and Slack show them."""
    if count < 1000:  # noqa: PLR2004 - the unit itself
        return counted(count, "byte")
    value = float(count)
    for unit in ("KB", "MB", "GB"):
        value /= 1000
        if value < 999.95:  # noqa: PLR2004 - more would be shown as 1000.0
            return f"{value:.1f} {unit}"
    return f"{value / 1000:,.1f} TB"


def duration(seconds: float) -> str:
    """`42 s`, `3 min 20 s`, `1 h 5 min`, `2 d 3 h`: the two largest units."""
    whole = max(0, int(seconds))
    for unit, name, smaller, smaller_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def elapsed(seconds: float) -> str:
    """A time that still grows, rounded down in steps, so that few edits are needed to be true."""
    whole = max(0, int(seconds))
    if whole < 10:  # noqa: PLR2004 - the first step
        return "a few seconds"
    step = next((step for below, step in _COARSE if whole < below), _HOUR)
    return duration(whole - whole % step)


def ago(seconds: float) -> str:
    """`a moment ago`, `20 minutes ago`, `2 hours ago`, `3 days ago`: rounded down."""
    for unit, noun in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= unit:
            return f"{counted(int(seconds // unit), noun)} ago"
    return "a moment ago"


def local_time(at: datetime) -> str:
    """A moment that every reader sees in their own time zone, as `today at 14:03`."""
    fallback = at.astimezone(UTC).strftime("%Y-%m-%d at %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def person(user: str, name: str = "") -> str:
    """A mention; of somebody whose id is none, the name."""
    return f"<@{user}>" if SLACK_ID.match(user) else foreign(name or user, 80)


def conversation(channel: str) -> str:
    """A link to a channel; Slack shows its name to those who may know it."""
    return (
        f"<#{channel}>" if SLACK_ID.match(channel) and channel[0] in "CG" else "this conversation"
    )


def link(url: str, label: str, limit: int = 150) -> str:
    """`<url|label>`; the label is foreign text."""
    safe = re.sub(r"[<>|\s]", lambda found: f"%{ord(found.group()):02X}", url)
    shown = foreign(label, limit).replace("|", "/")
    return f"<{safe.replace('&', '&amp;')}|{shown or 'link'}>"


def code(text: str, limit: int = 80) -> str:
    """An id or a line to type, in a fixed-width font."""
    return f"`{foreign(text.replace('`', chr(39)), limit)}`"


def bar(percent: int) -> str:
    """`█████░░░░░░░░░░░░░░░`: full only when it is."""
    filled = max(0, min(BAR_CELLS, percent * BAR_CELLS // 100))
    return "█" * filled + "░" * (BAR_CELLS - filled)
