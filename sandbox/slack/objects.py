"""Composition objects: texts, options, confirmations and the like, as rules."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack import limits
from sandbox.slack.schema import (
    Rule,
    anything,
    array,
    boolean,
    by_type,
    integer,
    one_of,
    said,
    string,
    thing,
)


def text(maximum: int = limits.TEXT, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Rule:
    """A text object of one of the kinds; an empty text is refused."""
    table = {
        "plain_text": thing(
            {"type": anything, "text": string(1, maximum), "emoji": boolean}, ("text",)
        ),
        "mrkdwn": thing(
            {"type": anything, "text": string(1, maximum), "verbatim": boolean}, ("text",)
        ),
    }
    return by_type({kind: table[kind] for kind in kinds}, refused="must be a valid text object")


def plain(maximum: int) -> Rule:
    """A text object that knows no formatting."""
    return text(maximum, kinds=("plain_text",))


URL = r"[a-zA-Z][a-zA-Z0-9+.-]*:.+"


def url(maximum: int) -> Rule:
    """An absolute address."""
    return string(1, maximum, URL)


CONFIRM = thing(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": text(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
        "style": one_of("primary", "danger"),
    },
    ("title", "text", "confirm", "deny"),
)


def option(*, kinds: tuple[str, ...] = ("plain_text",), with_url: bool = False) -> Rule:
    """A choice; menus take plain text, checkboxes and radio buttons mrkdwn too."""
    keys: dict[str, Rule] = {
        "text": text(limits.OPTION_TEXT, kinds=kinds),
        "value": string(1, limits.OPTION_VALUE),
        "description": text(limits.OPTION_DESCRIPTION, kinds=kinds),
    }
    if with_url:
        keys["url"] = url(limits.OPTION_URL)
    return thing(keys, ("text", "value"))


OPTION = option()
OPTION_GROUP = thing(
    {"label": plain(limits.GROUP_LABEL), "options": array(OPTION, 1, limits.OPTIONS)},
    ("label", "options"),
)

DISPATCH_ACTION_CONFIG = thing(
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)},
    ("trigger_actions_on",),
)

FILTER = thing(
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    any_of=("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

SLACK_FILE = thing({"id": string(1), "url": url(limits.IMAGE_URL)}, only_one_of=("id", "url"))

IMAGE_KEYS: dict[str, Rule] = {
    "type": anything,
    "image_url": url(limits.IMAGE_URL),
    "slack_file": SLACK_FILE,
    "alt_text": string(1, limits.IMAGE_TEXT),
}

WORKFLOW = thing(
    {
        "trigger": thing(
            {
                "url": url(limits.BUTTON_URL),
                "customizable_input_parameters": array(
                    thing({"name": string(1), "value": string()}, ("name", "value"))
                ),
            },
            ("url",),
        )
    },
    ("trigger",),
)


def options_agree(value: Any, pointer: str) -> Iterator[str]:
    """`initial_option(s)` of a static menu must stand among its options."""
    options = [*value.get("options", [])]
    for group in value.get("option_groups", []):
        options.extend(group["options"])
    single = [value["initial_option"]] if "initial_option" in value else []
    key = "initial_option" if single else "initial_options"
    for chosen in single or value.get("initial_options", []):
        if chosen not in options:
            yield said("must match one of the options exactly", f"{pointer}/{key}")


LEVEL = integer(0, limits.LIST_INDENT)
