"""The slash command: a modal at once, or, with `go`, an export without one."""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.exports import drafting, typed
from bot.exports.typed import COMMAND, Typed
from bot.model.draft import Draft
from bot.model.errors import WrongInput
from handlers.help import HELP, corrected
from handlers.opening import offering, open_modal
from handlers.payloads import Payload, team_of, text_at, unmarked, user_of
from handlers.services import Services
from handlers.starting import start_at_once
from storage import drafts, interactions


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the command."""

    @app.command(COMMAND)
    async def export(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            line = typed.parse(text_at(body, "text"))
        except WrongInput as error:
            await ack(corrected(error))
            return
        if line.help:
            await ack(HELP)
            return
        await ack()
        draft = draft_of(services, body, line)
        services.background.start(
            _start(services, draft, body, respond, go=line.go),
            name=f"command {draft.id}",
            tell=offering(respond, draft.id),
        )


def draft_of(services: Services, body: Payload, line: Typed) -> Draft:
    """What was typed, where and by whom."""
    return drafting.new_draft(
        team=team_of(body) or services.identity.team,
        user=user_of(body),
        user_name=text_at(body, "user_name") or user_of(body),
        origin=text_at(body, "channel_id"),
        typed=replace(line, link=unmarked(line.link or "")),
        settings=services.settings,
        now=services.now(),
    )


async def _start(
    services: Services, draft: Draft, body: Payload, respond: AsyncRespond, *, go: bool
) -> None:
    trigger = text_at(body, "trigger_id")
    async with services.database.write() as connection:
        # Slack may deliver a command again whose acknowledgement was lost.
        if not await interactions.record(connection, f"command {trigger}", services.now()):
            return
        await drafts.put(connection, draft)
    channel_name = text_at(body, "channel_name")
    if go and draft.project is not None:
        await start_at_once(services, draft, respond, channel_name=channel_name)
    else:
        await open_modal(services, trigger, draft, channel_name=channel_name)
