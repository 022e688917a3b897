"""The slash command: a modal at once, what it shows afterwards."""

from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.exports import drafting
from bot.model.draft import Draft
from handlers.opening import offering, open_modal
from handlers.payloads import Payload, team_of, text_at, unmarked, user_of
from handlers.services import Services
from handlers.views import notices
from storage import drafts, interactions

COMMAND: Final = "/botify-export"


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the command."""

    @app.command(COMMAND)
    async def export(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        text = unmarked(text_at(body, "text"))
        if text.casefold() == "help":
            await ack(notices.HELP)
            return
        await ack()
        draft = drafting.new_draft(
            team=team_of(body) or services.identity.team,
            user=user_of(body),
            user_name=text_at(body, "user_name") or user_of(body),
            origin=text_at(body, "channel_id"),
            text=text,
            settings=services.settings,
            now=services.now(),
        )
        services.background.start(
            _start(services, draft, body),
            name=f"open modal {draft.id}",
            tell=offering(respond, draft.id),
        )


async def _start(services: Services, draft: Draft, body: Payload) -> None:
    trigger = text_at(body, "trigger_id")
    async with services.database.write() as connection:
        # Slack may deliver a command again whose acknowledgement was lost.
        if not await interactions.record(connection, f"command {trigger}", services.now()):
            return
        await drafts.put(connection, draft)
    await open_modal(services, trigger, draft, channel_name=text_at(body, "channel_name"))
