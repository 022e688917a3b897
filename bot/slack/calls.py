"""One call of Slack's Web API: a JSON object, or a domain error."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.errors import SlackRateLimited, SlackUnreachable
from bot.slack.errors import slack_error
from bot.slack.gate import Gate


async def call(
    client: AsyncWebClient,
    gate: Gate,
    method: str,
    *,
    token: str | None = None,
    **arguments: Any,
) -> Mapping[str, Any]:
    """Call a method, unless its gate is closed.

    Arguments travel as a form in the body: every method takes that, while several refuse JSON,
    and no text of a person ends up in an address.

    Args:
        client: decides with its retry handlers whether anything is repeated.
        gate: asked before, and closed after a 429.
        method: such as `chat.postMessage`.
        token: another than the client's, such as the app-level one.
        arguments: those that are None are left out.

    Raises:
        ProductError: as `slack_error` says; SlackRateLimited also where nothing was sent because
            the method still waits.
    """
    answer, _ = await ask(client, gate, method, token=token, **arguments)
    return answer


async def ask(
    client: AsyncWebClient,
    gate: Gate,
    method: str,
    *,
    token: str | None = None,
    **arguments: Any,
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """As `call`, with the headers of the answer beside it."""
    if (seconds := gate.wait(method)) > 0:
        raise SlackRateLimited(seconds)
    form = {name: _field(value) for name, value in arguments.items() if value is not None}
    headers = {"Authorization": f"Bearer {token}"} if token else None
    try:
        response = await client.api_call(method, data=form, headers=headers)
    except (SlackClientError, aiohttp.ClientError, OSError, ValueError, AttributeError) as error:
        refused = slack_error(error)
        if isinstance(refused, SlackRateLimited):
            gate.close(method, refused.retry_after)
        raise refused from error
    data = response.data
    if not isinstance(data, Mapping):
        raise SlackUnreachable
    return data, response.headers


def _field(value: Any) -> str:
    """A value as Slack reads it from a form: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def text_of(answer: Mapping[str, Any], *path: str) -> str:
    """A text that an answer must hold, at this path.

    Raises:
        SlackUnreachable: it is not there; whether the call was executed is then unknown.
    """
    value: Any = answer
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, str) or not value:
        raise SlackUnreachable(f"Slack's answer lacks {path[-1]}.")
    return value
