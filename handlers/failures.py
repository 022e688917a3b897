"""Errors that no handler dealt with: acknowledged all the same, with a sentence and an id.

Bolt acknowledges nothing when a listener raises before its ack, and the person sees that "the app
did not respond". Here the answer has the form that the kind of event requires.
"""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncRespond
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.exports.drafting import told
from bot.model.errors import ProductError
from bot.slack.messages.text import foreign
from handlers.background import report
from handlers.payloads import Payload, text_at
from handlers.replies import privately
from handlers.services import Services
from handlers.views import notices

log = structlog.get_logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Listen to errors."""

    @app.error
    async def failed(
        error: Exception,
        body: dict[str, Any],
        respond: AsyncRespond,
        response: BoltResponse | None,
    ) -> BoltResponse | None:
        if isinstance(error, BoltUnhandledRequestError):
            # Events of Slack that the app does not use; unacknowledged ones would come again.
            log.debug("an event that nobody listens to", kind=text_at(body, "event", "type"))
            return BoltResponse(status=200)

        async def tell(failure: ProductError) -> None:
            if response is None:  # acknowledged before: the answer has to go another way
                await _tell(services, body, respond, failure)

        failure = await report(error, tell, doing=text_at(body, "type") or "command")
        return None if response is None else acknowledgement(body, failure)


def acknowledgement(body: Payload, error: ProductError) -> BoltResponse:
    """The answer to an event that could not be dealt with, in the form that Slack reads."""
    match text_at(body, "type"):
        case "view_submission":
            answer: dict[str, Any] = {"response_action": "update", "view": notices.failed(error)}
        case "block_suggestion":
            answer = {"options": []}
        case "" if body.get("command"):
            return BoltResponse(status=200, body=foreign(told(error), notices.TEXT))
        case _:
            return BoltResponse(status=200)
    return BoltResponse(status=200, body=answer)


async def _tell(
    services: Services, body: Payload, respond: AsyncRespond, error: ProductError
) -> None:
    """Where the person looks: the modal, or the conversation."""
    if view_id := text_at(body, "view", "id"):
        await services.screens.put(view_id, notices.failed(error))
    elif respond.response_url:
        await privately(respond)(error)
