"""Pieces of a modal with Slack's limits kept: plain dictionaries, because new blocks need them.

Text that comes from outside is put into `plain_text`, or through `foreign` into mrkdwn.
"""

from typing import Any

from bot.model import limits
from bot.slack.messages import message
from bot.slack.messages.message import markup

Block = dict[str, Any]

TITLE = "Botify Export"


def plain(text: str, limit: limits.Limit) -> Block:
    """A text object without formatting, cut where it is too long."""
    return message.plain(text, limit.value)


def section(text: str, *, accessory: Block | None = None) -> Block:
    """A paragraph of mrkdwn that is shown whole, with an element beside it."""
    block: Block = {"type": "section", "text": markup(text), "expand": True}
    return block | {"accessory": accessory} if accessory else block


def context(text: str) -> Block:
    """A quiet line of mrkdwn."""
    return {"type": "context", "elements": [markup(text)]}


def button(label: str, action: str, value: str = "-", *, style: str | None = None) -> Block:
    """A button; `value` comes back when it is pressed."""
    return message.button(label, action, value, style=style)


def option(text: str, value: str, *, description: str = "") -> Block:
    """A choice of a menu."""
    found: Block = {"text": plain(text, limits.SLACK_OPTION_TEXT), "value": value}
    if description:
        found["description"] = plain(description, limits.SLACK_OPTION_TEXT)
    return found


def labelled(
    block_id: str, label: str, element: Block, *, dispatch: bool = False, optional: bool = False
) -> Block:
    """An input with its label; with `dispatch` the app hears of a change at once."""
    found: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, limits.SLACK_FIELD_TEXT),
        "element": element,
    }
    given = {"dispatch_action": dispatch, "optional": optional}
    return found | {name: True for name, chosen in given.items() if chosen}


def static_select(action: str, options: list[Block], chosen: Block) -> Block:
    """A menu with all its options; `chosen` is one of them, or Slack refuses the view."""
    return {
        "type": "static_select",
        "action_id": action,
        "options": options,
        "initial_option": chosen,
    }


def modal(
    callback_id: str, metadata: str, blocks: list[Block], *, submit: str | None = None
) -> Block:
    """A view; without `submit` it can only be closed."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(TITLE, limits.SLACK_VIEW_TITLE),
        "close": plain("Cancel" if submit else "Close", limits.SLACK_VIEW_TITLE),
        "private_metadata": metadata,
        "blocks": blocks,
    }
    return view | {"submit": plain(submit, limits.SLACK_VIEW_TITLE)} if submit else view
