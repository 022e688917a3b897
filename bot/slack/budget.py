"""Which messages are edited now, and when the next one may be posted: Slack's budget.

`chat.update` is limited for a whole workspace, not for a message, so all exports share it: the
end of an export is worth more than another per cent of one, and nobody's message stands still
because somebody else's moves. Times are seconds of a clock that only grows, whatever becomes of the
time of day.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.limits import (
    SLACK_EDIT_SPACING_SECONDS,
    SLACK_EDITS_PER_MINUTE,
    SLACK_POSTS_PER_SECOND_PER_CHANNEL,
    SLACK_STAGE_SPACING_SECONDS,
)

MINUTE: Final = 60.0
SPACING: Final = float(SLACK_EDIT_SPACING_SECONDS.value)
STAGE_SPACING: Final = float(SLACK_STAGE_SPACING_SECONDS.value)
KEPT_FOR_ENDS: Final = 5
"""Edits a minute that moving messages leave to those that end."""
PACE: Final = 4.0
PACE_EDITS: Final = 3
"""Moving messages take so many edits in any `PACE`: 45 a minute, without a burst and a pause."""
POST_SPACING: Final = 1.0 / SLACK_POSTS_PER_SECOND_PER_CHANNEL.value


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message whose text may differ from what it shows.

    Attributes:
        key: the delivery's id.
        ended: whether it shows an end.
        edited_at: when it was last edited; None when not known.
        moved: whether its export has reached another stage since.
    """

    key: str
    ended: bool
    edited_at: float | None
    moved: bool = False


def choose_edits(
    candidates: Iterable[Candidate], *, now: float, spent: Sequence[float]
) -> tuple[str, ...]:
    """The messages to edit now: ends first, then new stages, then those that waited longest.

    No choice makes more than 50 edits in any minute. None edits a message twice within 3 s, or
    within 1 s where its stage is another. A message that keeps asking is reached: the
    longest-waiting one goes first, and an export has few stages.

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
    due = sorted((one for one in candidates if _is_due(one, now)), key=_first)
    ends = [one.key for one in due if one.ended][: max(0, left)]
    rest = [one.key for one in due if not one.ended][: max(0, moving - len(ends))]
    return (*ends, *rest)


def _is_due(candidate: Candidate, now: float) -> bool:
    if candidate.edited_at is None:
        return True
    return now - candidate.edited_at >= (STAGE_SPACING if candidate.moved else SPACING)


def _first(candidate: Candidate) -> tuple[bool, bool, float, str]:
    at = candidate.edited_at
    return (not candidate.moved, at is not None, at or 0.0, candidate.key)


@dataclass(slots=True)
class Turns:
    """Posts in each channel, one after another: Slack takes one a second.

    Attributes:
        clock: seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    _free_at: dict[str, float] = field(default_factory=dict)

    def take(self, channel: str) -> float:
        """Take the next turn in a channel: how many seconds until then."""
        now = self.clock()
        self._free_at = {key: at for key, at in self._free_at.items() if at > now}
        turn = self._free_at.get(channel, now)
        self._free_at[channel] = turn + POST_SPACING
        return turn - now
