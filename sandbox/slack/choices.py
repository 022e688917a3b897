"""Choices: what a person's client lets them enter into an element, and how the app is told."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.slack import limits, surfaces, values
from sandbox.slack.errors import BadHands
from sandbox.slack.menus import offers
from sandbox.slack.platform import Platform
from sandbox.slack.views import View
from sandbox.slack.workspace import Message

Json = dict[str, Any]

QUERY_LENGTH = int(limits.QUERY_LENGTH)


def find(where: View | Message, block_id: str, action_id: str) -> tuple[Json, Json]:
    """The block and the element of these ids, in a message also as it was before an edit.

    An edit gives blocks new ids. Who reads a confirm dialog meanwhile, or whose client has not
    heard of the edit yet, presses what they saw, and Slack delivers that.

    Raises:
        BadHands: element_not_found.
    """
    seen = [where.blocks]
    if isinstance(where, Message):
        seen += [revision.blocks for revision in reversed(where.history)]
    for blocks in seen:
        for block, element, _ in surfaces.elements(blocks or []):
            if block.get("block_id") == block_id and element.get("action_id") == action_id:
                return block, element
    raise BadHands("element_not_found", f"{block_id} / {action_id}")


def dispatches(block: Json, element: Json, *, typing: bool) -> bool:
    """Whether the app is told at once; `typing` is a character, else a choice or Enter."""
    if block["type"] != "input":
        return not typing
    if not block.get("dispatch_action", False):
        return False
    if values.KEYS.get(element["type"]) != "value":
        return not typing
    asked = (element.get("dispatch_action_config") or {}).get(
        "trigger_actions_on", ["on_enter_pressed"]
    )
    return ("on_character_entered" if typing else "on_enter_pressed") in asked


def chosen(
    platform: Platform, user: str, where: View | Message, block: Json, element: Json, given: Any
) -> Json:
    """The element's new VALUE from a VALUE or its short form.

    Raises:
        BadHands: the client would not let a person enter this.
    """
    key = values.KEYS[element["type"]]
    if isinstance(given, dict) and key in given:
        given = given[key]
    if given is None or given == "":
        return values.of(element, None)
    read = READERS.get(key, _word)
    many = isinstance(given, list)
    if (key in values.LISTS) != many:
        raise BadHands("bad_value", f"{element['type']} takes {'a list' if not many else 'one'}")
    allowed = _allowed(platform, user, where, block, element)
    content = [read(each, allowed) for each in given] if many else read(given, allowed)
    most = element.get("max_selected_items")
    if many and most is not None and len(content) > most:
        raise BadHands("too_many_selected", f"at most {most}")
    return values.of(element, content)


def current(user: str, where: View | Message) -> dict[str, dict[str, Json]]:
    """The values that stand in the view, or that the person has chosen in the message."""
    return where.state if isinstance(where, View) else where.chosen.setdefault(user, {})


def action(platform: Platform, block: Json, element: Json, value: Any) -> Json:
    """The entry in `actions` of block_actions."""
    shown: Json = {
        "type": element["type"],
        "block_id": block["block_id"],
        "action_id": element["action_id"],
        "action_ts": platform.workspace.new_ts(),
    }
    if element["type"] in ("button", "icon_button"):
        shown |= {"text": element["text"]}
        shown |= {key: element[key] for key in ("value", "style", "url") if key in element}
    if isinstance(value, dict):
        shown |= {name: inner for name, inner in value.items() if name != "type"}
    if "placeholder" in element:
        shown["placeholder"] = element["placeholder"]
    return shown


def menu_key(user: str, where: View | Message, block: Json, element: Json) -> tuple[str, ...]:
    """Under what a menu's last options are remembered."""
    place = where.id if isinstance(where, View) else f"{where.channel}/{where.ts}"
    return user, place, str(block["block_id"]), str(element["action_id"])


def _allowed(
    platform: Platform, user: str, where: View | Message, block: Json, element: Json
) -> list[Any]:
    """The options, conversations or people that the menu offers to this person."""
    kind = element["type"].removeprefix("multi_")
    if kind == "external_select":
        held = values.content(
            current(user, where).get(block["block_id"], {}).get(element["action_id"])
        )
        selected = held if isinstance(held, list) else [held] if held else []
        return platform.menus.get(menu_key(user, where, block, element), []) + selected
    if kind in ("conversations_select", "channels_select"):
        return [
            channel.id
            for channel in platform.workspace.channels_of(user)
            if offers(element, channel)
        ]
    if kind == "users_select":
        return list(platform.workspace.people)
    return values.options_of(element)


def _option(given: Any, allowed: list[Any]) -> Json:
    value = given.get("value") if isinstance(given, dict) else given
    for option in allowed:
        if option["value"] == value and not (isinstance(given, dict) and given != option):
            found: Json = option
            return found
    raise BadHands("no_such_option", str(value))


def _member(given: Any, allowed: list[Any]) -> str:
    if given not in allowed:
        raise BadHands("not_in_menu", str(given))
    return str(given)


def _word(given: Any, _allowed: list[Any]) -> Any:
    return str(given)


def _whole(given: Any, _allowed: list[Any]) -> int:
    return int(given)


def _as_is(given: Any, _allowed: list[Any]) -> Any:
    return given


def _shaped(pattern: str) -> Callable[[Any, list[Any]], str]:
    def read(given: Any, _allowed: list[Any]) -> str:
        if not isinstance(given, str) or re.fullmatch(pattern, given) is None:
            raise BadHands("bad_value", str(given))
        return given

    return read


READERS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "selected_option": _option,
    "selected_options": _option,
    "selected_conversation": _member,
    "selected_conversations": _member,
    "selected_channel": _member,
    "selected_channels": _member,
    "selected_user": _member,
    "selected_users": _member,
    "selected_date": _shaped(r"\d{4}-\d{2}-\d{2}"),
    "selected_time": _shaped(r"\d{2}:\d{2}"),
    "selected_date_time": _whole,
    "rich_text_value": _as_is,
    "files": _as_is,
}
