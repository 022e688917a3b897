"""Pieces of Block Kit with Slack's limits kept: plain dictionaries, because new blocks need them.

Text that comes from outside is put into `plain_text`, or through `escaped` into mrkdwn.
"""

from typing import Any

from bot.model import limits

Block = dict[str, Any]


def clipped(text: str, limit: limits.Limit) -> str:
    """The text with an ellipsis where it is too long; Slack counts code points."""
    return text if len(text) <= limit.value else text[: limit.value - 1] + "…"


def escaped(text: str) -> str:
    """Foreign text for mrkdwn: it can neither mention anybody nor make a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, limit: limits.Limit) -> dict[str, Any]:
    """A text object without formatting; Slack refuses an empty one."""
    return {"type": "plain_text", "text": clipped(text, limit) or "-", "emoji": False}


def section(text: str, *, accessory: dict[str, Any] | None = None) -> Block:
    """A paragraph of mrkdwn that is shown whole."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": clipped(text, limits.SLACK_SECTION_TEXT) or "-"},
        "expand": True,
    }
    return block | {"accessory": accessory} if accessory else block


def context(text: str) -> Block:
    """A quiet line of mrkdwn."""
    text = clipped(text, limits.SLACK_SECTION_TEXT) or "-"
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def button(text: str, action_id: str, value: str = "-") -> dict[str, Any]:
    """A button; `value` comes back when it is pressed."""
    return {
        "type": "button",
        "text": plain(text, limits.SLACK_OPTION_TEXT),
        "action_id": action_id,
        "value": value,
    }


def option(text: str, value: str) -> dict[str, Any]:
    """A choice of a menu."""
    return {"text": plain(text, limits.SLACK_OPTION_TEXT), "value": value}


def field_input(
    block: str, label: str, element: dict[str, Any], *, dispatch: bool = False, hint: str = ""
) -> Block:
    """An input with its label; with `dispatch` the app hears of a change at once."""
    found: Block = {
        "type": "input",
        "block_id": block,
        "label": plain(label, limits.SLACK_FIELD_TEXT),
        "element": element,
    }
    if dispatch:
        found["dispatch_action"] = True
    if hint:
        found["hint"] = plain(hint, limits.SLACK_FIELD_TEXT)
    return found


def modal(
    callback_id: str, metadata: str, blocks: list[Block], *, submit: str | None = None
) -> dict[str, Any]:
    """A view; without `submit` it can only be closed."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain("Botify Export", limits.SLACK_VIEW_TITLE),
        "close": plain("Cancel" if submit else "Close", limits.SLACK_VIEW_TITLE),
        "private_metadata": metadata,
        "blocks": blocks,
    }
    if submit:
        view["submit"] = plain(submit, limits.SLACK_VIEW_TITLE)
    return view
