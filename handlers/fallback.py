"""The last listeners: whatever nobody else took is acknowledged, and answered in a sentence.

Bolt acknowledges nothing that no listener takes, and Slack then tells the person that the app is
broken. Old buttons live in channels for years, so this is not an error.
"""

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from handlers.payloads import text_at
from handlers.replies import privately, say
from handlers.services import Services
from handlers.views import notices

ANY: Final = re.compile(".*", re.DOTALL)


def register(app: AsyncApp, services: Services) -> None:
    """Listen to everything; to be called after all others."""

    @app.command(ANY)
    async def command(ack: AsyncAck) -> None:
        await ack(notices.UNKNOWN_COMMAND)

    @app.action(ANY)
    async def action(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        is_link = bool(text_at(_first(body.get("actions")), "url"))
        if respond.response_url and not is_link:
            services.background.start(
                say(respond, notices.STALE_BUTTON), name="stale button", tell=privately(respond)
            )

    @app.options(ANY)
    async def options(ack: AsyncAck) -> None:
        await ack(options=[])

    @app.view_submission(ANY)
    async def submission(ack: AsyncAck) -> None:
        await ack(response_action="update", view=notices.notice(notices.TOO_OLD))

    @app.view_closed(ANY)
    async def closed(ack: AsyncAck) -> None:
        await ack()

    @app.shortcut(ANY)
    async def shortcut(ack: AsyncAck) -> None:
        await ack()


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, list) and found else None
