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
from handlers.payloads import Payload, team_of, text_at, user_of
from handlers.promises import absolve, absolving
from handlers.replies import say
from handlers.services import Services
from handlers.starting import start
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
        draft = draft_of(services, body, line)
        if line.go and draft.project is not None:
            # The draft is on the disk before the ack: from then on it starts, whatever stops.
            draft = replace(draft, unseen=True)
            fresh = await _is_stored(services, draft, body, promised_by=services.owner)
            await ack()
            if fresh:
                services.background.start(
                    _start_at_once(services, draft, body, respond),
                    name=f"command {draft.id}",
                    tell=absolving(services, draft.id, offering(respond, draft.id)),
                )
            return
        await ack()
        services.background.start(
            _open(services, draft, body),
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
        typed=line,
        settings=services.settings,
        now=services.now(),
    )


async def _open(services: Services, draft: Draft, body: Payload) -> None:
    if await _is_stored(services, draft, body):
        trigger, name = text_at(body, "trigger_id"), text_at(body, "channel_name")
        await open_modal(services, trigger, draft, channel_name=name)


async def _start_at_once(
    services: Services, draft: Draft, body: Payload, respond: AsyncRespond
) -> None:
    name = text_at(body, "channel_name")
    said = await start(services, draft, channel_name=name)
    if said is not None:
        await say(respond, said.text, said.blocks)
    await absolve(services, draft.id)


async def _is_stored(
    services: Services, draft: Draft, body: Payload, *, promised_by: str | None = None
) -> bool:
    """Store the draft of a command, once: one whose acknowledgement was lost comes again."""
    key = f"command {text_at(body, 'trigger_id')}"
    async with services.database.write() as connection:
        if not await interactions.record(connection, key, services.now()):
            return False
        await drafts.put(connection, draft, promised_by=promised_by)
    return True
