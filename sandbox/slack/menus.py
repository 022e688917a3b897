"""Menus: which conversations one offers, and what the app may fill one with."""

import dataclasses
from typing import Any

from sandbox.slack import limits
from sandbox.slack.objects import OPTION, OPTION_GROUP
from sandbox.slack.schema import array, problems, thing
from sandbox.slack.workspace import Channel

Json = dict[str, Any]

ANSWER = thing(
    {
        "options": array(OPTION, 0, limits.OPTIONS),
        "option_groups": array(OPTION_GROUP, 0, limits.OPTION_GROUPS),
    },
    only_one_of=("options", "option_groups"),
)


@dataclasses.dataclass(frozen=True)
class Menu:
    """The options, or the groups of options, that a menu shows."""

    options: list[Json]
    groups: list[Json]

    def all(self) -> list[Json]:
        """Every option, grouped or not."""
        return [*self.options, *(option for group in self.groups for option in group["options"])]


def answered(ack: Any) -> Menu | list[str]:
    """The menu that an acknowledgement describes, or what is wrong with it."""
    found = problems(ANSWER, ack, "")
    if found:
        return found
    return Menu(ack.get("options") or [], ack.get("option_groups") or [])


def offers(element: Json, channel: Channel) -> bool:
    """Whether a conversation stands in a menu with this filter; archived ones never do."""
    wanted = element.get("filter") or {}
    public_only = element["type"].endswith("channels_select")
    kinds = ["public"] if public_only else wanted.get("include")
    if channel.is_archived or (kinds is not None and channel.kind not in kinds):
        return False
    return not (wanted.get("exclude_external_shared_channels") and channel.is_shared)
