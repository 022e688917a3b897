"""What a person decides about an export that another process may have in its hands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from storage_examples import NOW, a_delivery, an_export

from bot.app import assembled
from bot.exports import choices
from bot.exports.context import Context
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, State
from bot.model.settings import Settings
from storage import deliveries, exports

OTHER = "another process"


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    """The program without Slack, in a folder of its own."""
    settings = Settings(data_dir=tmp_path / "data", botify_api_token=SecretStr("token"))
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
