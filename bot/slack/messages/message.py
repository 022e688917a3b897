"""A message, and the blocks it is made of, within Slack's limits."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.model.limits import (
    SLACK_CONFIRM_TEXT,
    SLACK_FALLBACK_TEXT,
    SLACK_FIELD_TEXT,
    SLACK_MESSAGE_BLOCKS,
    SLACK_OPTION_TEXT,
    SLACK_SECTION_TEXT,
)
from bot.slack.messages.text import shorten

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What `chat.postMessage` and `chat.update` are given.

    Attributes:
        text: for notifications, screen readers, and clients that show no blocks.
        blocks: for everybody else.
    """

    text: str
    blocks: tuple[Block, ...] = ()


def message(text: str, *blocks: Block | None) -> Message:
    """A message; a block that is None is left out."""
    shown = tuple(block for block in blocks if block is not None)
    return Message(shorten(text, SLACK_FALLBACK_TEXT.value), shown[: SLACK_MESSAGE_BLOCKS.value])


def digest(shown: Message) -> str:
    """16 hexadecimal digits: an edit to a message with the same digest changes nothing."""
    whole = json.dumps([shown.text, shown.blocks], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def markup(text: str, limit: int = SLACK_SECTION_TEXT.value) -> Block:
    """A mrkdwn text. What is not marked up on purpose stays text: nothing is linked by itself."""
    return {"type": "mrkdwn", "text": shorten(text, limit) or " ", "verbatim": True}


def plain(text: str, limit: int) -> Block:
    """A text without any markup."""
    return {"type": "plain_text", "text": shorten(text, limit) or " ", "emoji": False}


def section(text: str, limit: int = SLACK_SECTION_TEXT.value) -> Block | None:
    """A paragraph, unfolded; None without text."""
    return {"type": "section", "text": markup(text, limit), "expand": True} if text else None


def facts(pairs: Iterable[tuple[str, str]]) -> Block:
    """Up to ten short facts in two columns: pairs (name, mrkdwn)."""
    shown = [markup(f"*{name}*\n{value}", SLACK_FIELD_TEXT.value) for name, value in pairs]
    return {"type": "section", "fields": shown[:10]}


def context(parts: Sequence[str]) -> Block | None:
    """One small grey line; None without parts."""
    text = " · ".join(part for part in parts if part)
    return {"type": "context", "elements": [markup(text, 1000)]} if text else None


def actions(buttons: Sequence[Block]) -> Block | None:
    """A row of buttons; None without any."""
    return {"type": "actions", "elements": list(buttons)} if buttons else None


def button(
    label: str,
    action: str,
    value: str,
    *,
    style: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """A button; `value` is what the app is told when it is pressed."""
    shown: Block = {
        "type": "button",
        "text": plain(label, SLACK_OPTION_TEXT.value),
        "action_id": action,
        "value": value,
    }
    given = {"style": style, "confirm": confirm}
    return shown | {name: setting for name, setting in given.items() if setting is not None}


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """A question before a button acts."""
    return {
        "title": plain(title, 100),
        "text": markup(text, SLACK_CONFIRM_TEXT.value),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
