"""Every message, however extreme its contents, is one that Slack takes and nobody can abuse."""

import json
import re
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from messages_examples import APP_URL, PROGRESSES, TIMES, deliveries, exports

from bot.model.delivery import Delivery
from bot.model.export import Export
from bot.model.limits import SLACK_FALLBACK_TEXT, SLACK_MESSAGE_TEXT
from bot.model.progress import Progress
from bot.model.settings import ProgressBlocks
from bot.slack.messages.choice import message_for
from bot.slack.messages.comment import upload_comment
from bot.slack.messages.message import Message
from bot.slack.messages.refused import refused_message
from sandbox.slack.blocks import text_length
from sandbox.slack.surfaces import message_problems

MARKUP = re.compile(r"<([^<>]*)>")
ALLOWED = re.compile(
    r"@[A-Z0-9]{2,32}\Z|#[CG][A-Z0-9]+\Z|!date\^-?\d+\^[^|]*\|[^|]*\Z|https://[^|\s]*\|[^|]+\Z"
)
HOSTS = ("https://app.botify.com/", "https://acme.slack.com/files/")
ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")


def mrkdwn(value: Any) -> list[str]:
    """All texts that Slack reads as markup."""
    if isinstance(value, list | tuple):
        return [text for inner in value for text in mrkdwn(inner)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") == "mrkdwn" else []
    return own + [text for inner in value.values() for text in mrkdwn(inner)]


def is_harmless(text: str) -> None:
    """Nothing in angle brackets that we did not put there, and nothing half escaped."""
    for inside in MARKUP.findall(text):
        assert ALLOWED.match(inside), inside
        if inside.startswith("http"):
            assert inside.startswith(HOSTS), inside
    left = MARKUP.sub("", text)
    assert "<" not in left
    assert ">" not in left
    assert not ENTITY.search(text)


def is_taken(message: Message) -> None:
    """Within Slack's limits, as strict as the local workspace knows them."""
    blocks = json.loads(json.dumps(message.blocks))
    assert message_problems(blocks) == []
    assert text_length(blocks) <= SLACK_MESSAGE_TEXT.value
    assert 0 < len(message.text) <= SLACK_FALLBACK_TEXT.value
    for text in (message.text, *mrkdwn(blocks)):
        is_harmless(text)


@given(exports(), deliveries(), PROGRESSES, TIMES, st.sampled_from(ProgressBlocks))
def test_every_message_is_within_the_limits_and_injects_nothing(
    export: Export, delivery: Delivery, progress: Progress, now: datetime, style: ProgressBlocks
) -> None:
    """Long names, thousands of fields, many parts and hostile markup: Slack takes it, harmless."""
    is_taken(message_for(export, delivery, progress, now=now, app_url=APP_URL, style=style))


@given(exports(), deliveries())
def test_a_refusal_is_within_the_limits_and_injects_nothing(
    export: Export, delivery: Delivery
) -> None:
    """The direct message about a refused request keeps to the same rules."""
    is_taken(refused_message(export, delivery))


@given(exports(), deliveries(), st.integers(1, 5), st.integers(1, 5))
def test_a_comment_is_short_and_injects_nothing(
    export: Export, delivery: Delivery, number: int, of: int
) -> None:
    """The text beside a file keeps to the same rules."""
    text = upload_comment(export, delivery, number=number, of=of)
    assert 0 < len(text) <= 1000
    is_harmless(text)
