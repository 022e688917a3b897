"""Two hundred exports in one workspace: Slack's budget of edits, on a driven clock."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import lay_out
from pydantic import AnyHttpUrl, SecretStr

from bot.app import assembled
from bot.exports.board import Board
from bot.exports.context import Context
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, Part, State
from bot.model.ids import new_delivery_id, new_export_id
from bot.model.project import Project
from bot.model.settings import PostFileIn, Settings
from bot.model.specification import WHOLE_SITE, Column, Specification
from bot.slack import posts
from bot.slack.messages.message import message, section
from sandbox import servers
from sandbox.faults import Fault
from sandbox.servers import Sandbox
from sandbox.slack.world import ANA, TEAM
from storage import deliveries, exports

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
RUNNING = 200
TICK = 2.0
CHANNELS = 40


@asynccontextmanager
async def driven(folder: Path) -> AsyncIterator[tuple[Sandbox, Context]]:
    """The program's parts at a sandbox, both on one clock that stands still."""
    sandbox = await servers.start(manifest=MANIFEST)
    sandbox.clock.drive()
    places = sandbox.addresses
    settings = Settings(
        slack_bot_token=SecretStr(places.slack_bot_token),
        slack_api_url=AnyHttpUrl(places.slack_api_url),
        botify_api_token=SecretStr(places.botify_api_token),
        botify_api_url=AnyHttpUrl(places.botify_api_url),
        data_dir=lay_out(folder),
    )

    def now() -> datetime:
        return datetime.fromtimestamp(sandbox.clock.now(), UTC)

    try:
        async with assembled(settings, with_slack=True, now=now) as context:
            yield sandbox, context
    finally:
        await sandbox.stop()


async def many(sandbox: Sandbox, context: Context, running: int = RUNNING) -> list[Delivery]:
    """Deliveries with a progress message each, of exports that Botify works on."""
    assert context.slack is not None
    channels = [f"C0MANY{number:04}" for number in range(CHANNELS)]
    sandbox.control.seed(
        {
            "slack": {
                "channels": [
                    {"id": one, "name": one.lower(), "kind": "public", "members": [ANA, "app"]}
                    for one in channels
                ]
            }
        }
    )
    made = []
    for number in range(running):
        if number % CHANNELS == 0:
            sandbox.clock.advance(61)  # Slack takes a message a second in a channel
        now = context.now()
        spec = Specification(
            "jane.doe",
            Project("acme-org", f"site-{number}.example"),
            "20260101",
            (Column("url", "string"),),
        )
        part = Part(
            export_id=new_export_id(),
            rows=WHOLE_SITE,
            state=State.PROCESSING,
            job_id=str(number),
            intent_at=now,
            entered_at=now,
            due_at=now + timedelta(hours=9),
        )
        export = Export(
            id=part.export_id,
            specification=spec,
            preset="custom",
            rows_expected=1000,
            requested_by="ana",
            requested_at=now,
            parts=(part,),
        )
        channel = channels[number % CHANNELS]
        posted = await posts.post(context.slack.clients, channel, message("x", section("x")))
        delivery = Delivery(
            id=new_delivery_id(),
            export_id=export.id,
            team=TEAM,
            channel=channel,
            user=ANA,
            user_name="ana",
            post_file_in=PostFileIn.CHANNEL,
            state=DeliveryState.ANNOUNCED,
            entered_at=now,
            requested_at=now,
            due_at=now + timedelta(days=999),
            message_channel=posted.channel,
            message_ts=posted.ts,
        )
        until = now + timedelta(hours=9)
        async with context.database.write() as connection:
            await exports.add(connection, export, owner=context.owner, lease_until=until)
            await deliveries.add(connection, delivery, owner=context.owner, lease_until=until)
        made.append(delivery)
    return made


@pytest.mark.timeout(300)
async def test_two_hundred_messages_move_within_slack_s_budget(tmp_path: Path) -> None:
    """Never more than 50 edits in any minute; every message moves; ends go before all others."""
    async with driven(tmp_path) as (sandbox, context):
        made = await many(sandbox, context)
        assert context.slack is not None
        board = Board(context, context.slack, clock=sandbox.clock.now)
        board.watch(made)
        for _ in range(180):
            sandbox.clock.advance(TICK)
            await board.round()
        edits = sandbox.journal.entries("slack", "chat.update")
        assert {entry.status for entry in edits} == {200}
        times = [entry.time for entry in edits]
        for first, fiftieth in zip(times, times[50:], strict=False):
            assert fiftieth - first >= 60
        assert len({entry.arguments["ts"] for entry in edits}) == RUNNING
        ended = made[150:160]
        for delivery in ended:
            stopped = replace(delivery, state=DeliveryState.STOPPED, entered_at=context.now())
            async with context.database.write() as connection:
                await deliveries.save(connection, stopped, owner=context.owner)
            board.watch([stopped])
        before = len(edits)
        sandbox.clock.advance(TICK)
        for _ in range(4):
            await board.round()
            sandbox.clock.advance(TICK)
        later = sandbox.journal.entries("slack", "chat.update")[before:]
        shown = [entry.arguments["ts"] for entry in later]
        assert {one.message_ts for one in ended} <= set(shown[: len(ended) + 3])


async def test_an_end_that_comes_during_an_edit_is_shown_by_the_next_one(tmp_path: Path) -> None:
    """What was drawn before the end does not count as the end, and nothing goes wrong."""
    async with driven(tmp_path) as (sandbox, context):
        (delivery,) = await many(sandbox, context, running=1)
        assert context.slack is not None
        board = Board(context, context.slack, clock=sandbox.clock.now)
        board.watch([delivery])
        slow = Fault(service="slack", method="chat.update", action="slow", seconds=1)
        sandbox.faults.add(slow)
        asked = asyncio.Event()
        sandbox.journal.subscribe(lambda _entry: asked.set())
        editing = asyncio.create_task(board.round())
        await asked.wait()
        stopped = replace(delivery, state=DeliveryState.STOPPED, entered_at=context.now())
        async with context.database.write() as connection:
            await deliveries.save(connection, stopped, owner=context.owner)
        board.watch([stopped])
        sandbox.clock.advance(2 * TICK)
        await editing
        await board.round()
        async with context.database.read() as connection:
            shown = await deliveries.get(connection, delivery.id)
        assert shown is not None
        assert shown.settled
        (told,) = sandbox.control.state("slack")["messages"]
        assert "stopped waiting" in json.dumps(told["blocks"])
