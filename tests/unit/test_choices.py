"""What a person decides about an export that another process may have in its hands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from databases import lay_out
from pydantic import SecretStr
from storage_examples import NOW, a_delivery, an_export

from bot.app import assembled
from bot.exports import choices
from bot.exports.context import Context
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, State
from bot.model.progress import NO_PROGRESS
from bot.model.settings import Settings
from bot.slack.messages.actions import CHECK_AGAIN, RETRY, START_AGAIN, STOP
from bot.slack.messages.choice import message_for
from bot.slack.messages.message import Message
from storage import deliveries, exports

OTHER = "another process"


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    """The program without Slack, in a folder of its own."""
    settings = Settings(data_dir=lay_out(tmp_path / "data"), botify_api_token=SecretStr("token"))
    async with assembled(settings, with_slack=False) as ready:
        yield ready


async def stored(context: Context, export: Export, *waiting: Delivery) -> None:
    """An export that another process owns, with its deliveries."""
    hold = {"owner": OTHER, "lease_until": NOW + timedelta(hours=1)}
    async with context.database.write() as connection:
        await exports.add(connection, export, **hold)
        for delivery in waiting:
            await deliveries.add(connection, delivery, **hold)


async def seen(context: Context, export: Export) -> tuple[list[State], frozenset[str]]:
    """The states of its parts, and who owns something."""
    async with context.database.read() as connection:
        found = await exports.get(connection, export.id)
        assert found is not None
        return [part.state for part in found.parts], await exports.owners(connection)


async def test_a_part_that_is_being_asked_for_is_left_to_its_owner(context: Context) -> None:
    """Taking the export over for the part that failed would lose the answer of the other one."""
    export = an_export(State.FAILED, State.CREATING)
    asking = replace(export.parts[1], looks=None)
    export = replace(export, parts=(export.parts[0], asking))
    delivery = a_delivery(export.id, state=DeliveryState.FAILED)
    await stored(context, export, delivery)
    said = await choices.retry(context, delivery.id, delivery.user)
    assert said == choices.UNDER_WAY
    assert await seen(context, export) == ([State.FAILED, State.CREATING], {OTHER})


async def test_an_unclear_export_ends_when_the_last_one_who_waits_has_left(
    context: Context,
) -> None:
    """Nobody is left who could decide; while one is, it waits."""
    export = an_export(State.UNCLEAR)
    first, second = (
        a_delivery(export.id, state=DeliveryState.ANNOUNCED, requested_at=export.requested_at)
        for _ in range(2)
    )
    await stored(context, export, first, second)
    await choices.stop(context, first.id, first.user)
    assert (await seen(context, export))[0] == [State.UNCLEAR]
    await choices.stop(context, second.id, second.user)
    assert (await seen(context, export))[0] == [State.CANCELLED]


DECIDES = {
    STOP: choices._stop,
    RETRY: choices._retry,
    CHECK_AGAIN: choices._check_again,
    START_AGAIN: choices._start_again,
}


async def test_a_button_that_is_shown_does_something(context: Context) -> None:
    """Whatever two states a message is drawn from, none of its buttons is dead."""
    dead = []
    for export_state, delivery_state in product(State, DeliveryState):
        export = an_export(export_state, State.READY)
        delivery = a_delivery(export.id, state=delivery_state)
        drawn = message_for(export, delivery, NO_PROGRESS, now=NOW, app_url="https://botify.test")
        for action in shown_in(drawn):
            decision = DECIDES[action](context, delivery, export)
            if not decision.parts and decision.delivery is None:
                dead.append((export_state, delivery_state, action, decision.sentence))
    assert dead == []


def shown_in(message: Message) -> list[str]:
    """The actions of its buttons, those of links left out."""
    return [
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if "url" not in element
    ]
