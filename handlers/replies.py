"""Sentences that only the person who acted sees, by the address that Slack sent along."""

from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackClientError

from bot.exports.drafting import told
from bot.model.errors import ProductError, SlackRefused
from bot.slack.errors import slack_error
from bot.slack.messages.text import foreign
from handlers.background import Tell
from handlers.views import notices

OK = 200


async def say(respond: AsyncRespond, text: str, blocks: list[dict[str, Any]] | None = None) -> None:
    """An ephemeral answer; nothing else in the conversation changes.

    Raises:
        ProductError: Slack did not take it.
    """
    try:
        answer = await respond(
            text=text, blocks=blocks, response_type="ephemeral", replace_original=False
        )
    except (SlackClientError, aiohttp.ClientError, OSError, ValueError) as error:
        raise slack_error(error) from error
    if answer.status_code != OK:
        raise SlackRefused(f"Slack did not take an answer (HTTP {answer.status_code}).")


def privately(respond: AsyncRespond) -> Tell:
    """Tells a person about an error."""

    async def tell(error: ProductError) -> None:
        await say(respond, foreign(told(error), notices.TEXT))

    return tell
