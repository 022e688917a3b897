"""Which messages are edited or posted now: Slack's budget as pure choices.

`chat.update` is limited for a whole workspace, not for a message, so all exports share it: the
end of an export is worth more than another per cent of one, and nobody's message stands still
because somebody else's moves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.model.limits import (
    SLACK_EDIT_SPACING_SECONDS,
    SLACK_EDITS_PER_MINUTE,
    SLACK_POSTS_PER_SECOND_PER_CHANNEL,
)

MINUTE: Final = timedelta(minutes=1)
SPACING: Final = timedelta(seconds=SLACK_EDIT_SPACING_SECONDS.value)
KEPT_FOR_ENDS: Final = 5
"""Edits a minute that moving messages leave to those that end."""
PACE: Final = timedelta(seconds=4)
PACE_EDITS: Final = 3
"""Moving messages take so many edits in any `PACE`: 45 a minute, without a burst and a pause."""
POST_SPACING: Final = timedelta(seconds=1) / SLACK_POSTS_PER_SECOND_PER_CHANNEL.value


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message whose text differs from what it shows.

    Attributes:
        key: the delivery's id.
        ended: whether it shows an end.
        edited_at: when it was last posted or edited; None when not known.
    """

    key: str
    ended: bool
    edited_at: datetime | None


def choose_edits(
    candidates: Iterable[Candidate], *, now: datetime, spent: Sequence[datetime]
) -> tuple[str, ...]:
    """The messages to edit now: ends first, then those that waited longest.

    No choice makes more than 50 edits in any minute, none edits a message twice within 3 s, and
    a message that keeps asking is reached, because the longest-waiting one goes first.

    Args:
        candidates: in any order.
        now: the time of the edits that are chosen.
        spent: times of edits in the last minute, by anybody in this workspace; older ones do no
            harm. Every try counts, whether or not it succeeded.

    Returns:
        Keys, in the order in which to edit.
    """
    minute = sum(1 for at in spent if now - at < MINUTE)
    pace = sum(1 for at in spent if now - at < PACE)
    left = SLACK_EDITS_PER_MINUTE.value - minute
    moving = min(left - KEPT_FOR_ENDS, PACE_EDITS - pace)
    due = sorted(
        (one for one in candidates if one.edited_at is None or now - one.edited_at >= SPACING),
        key=_oldest_first,
    )
    ends = [one.key for one in due if one.ended][: max(0, left)]
    rest = [one.key for one in due if not one.ended][: max(0, moving - len(ends))]
    return (*ends, *rest)


def _oldest_first(candidate: Candidate) -> tuple[bool, float, str]:
    at = candidate.edited_at
    return (at is not None, at.timestamp() if at else 0.0, candidate.key)


def choose_posts(
    waiting: Iterable[tuple[str, str]], *, now: datetime, last: Mapping[str, datetime]
) -> tuple[str, ...]:
    """The messages to post now: at most one a second in each channel.

    Args:
        waiting: pairs (key, channel), first come first.
        now: the time of the posts that are chosen.
        last: the last post in each channel, where there was one.
    """
    taken = {channel for channel, at in last.items() if now - at < POST_SPACING}
    chosen = []
    for key, channel in waiting:
        if channel not in taken:
            taken.add(channel)
            chosen.append(key)
    return tuple(chosen)
