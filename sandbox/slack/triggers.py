"""Trigger ids: three seconds, one use."""

import dataclasses
import itertools

from sandbox.clock import Clock
from sandbox.slack import limits
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.schema import said


@dataclasses.dataclass
class Trigger:
    """What a trigger id stands for."""

    user: str
    channel: str | None
    """The conversation that the person was in."""
    view_id: str | None
    """The open view that it came from."""
    deadline: float
    exchanged: bool = False


class Triggers:
    """The trigger ids that were given out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, Trigger] = {}
        self._numbers = itertools.count(1)
        """Goes on when ids are forgotten: none of them may mean something else later."""

    def clear(self) -> None:
        self._issued.clear()

    def issue(self, user: str, *, channel: str | None = None, view_id: str | None = None) -> str:
        """A new id in Slack's format."""
        number = next(self._numbers)
        trigger_id = f"{int(self._clock.now())}.{number:013d}.{number * 2654435761 % 2**32:08x}"
        deadline = self._clock.deadline(limits.TRIGGER_SECONDS)
        self._issued[trigger_id] = Trigger(user, channel, view_id, deadline)
        return trigger_id

    def look(self, trigger_id: str | None) -> Trigger:
        """What the id stands for, while it lasts.

        Raises:
            SlackError: invalid_trigger_id, expired_trigger_id or exchanged_trigger_id.
        """
        if trigger_id is None:
            raise detailed("invalid_arguments", [said("missing required field: trigger_id", "")])
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() > trigger.deadline:
            raise SlackError("expired_trigger_id")
        return trigger
