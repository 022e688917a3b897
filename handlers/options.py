"""The menus of the modal, answered from what is at hand while a person types."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.exports.matching import matching_analyses, matching_fields
from bot.model import limits
from bot.model.draft import Draft
from bot.model.errors import ProductError
from bot.model.field import Field
from handlers.loading import find
from handlers.payloads import text_at, user_of
from handlers.services import Services
from handlers.views.choices import analysis_option, field_groups, page_type_options
from handlers.views.names import Place

Thing = TypeVar("Thing")

PATIENCE_SECONDS: Final = 2.0
"""How long a menu waits for a field list that is not at hand: Slack waits three seconds for us."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the menus."""

    @app.options(Place.ANALYSIS.value)
    async def analyses(ack: AsyncAck, body: dict[str, Any]) -> None:
        draft = await _draft(services, body)
        found = matching_analyses(
            draft.analyses if draft else (), text_at(body, "value"), limits.SLACK_OPTIONS.value
        )
        await ack(options=[analysis_option(each) for each in found])

    @app.options(Place.FIELDS.value)
    async def fields(ack: AsyncAck, body: dict[str, Any]) -> None:
        draft = await _draft(services, body)
        listed = await _fields(services, draft) if draft else ()
        found = matching_fields(listed, text_at(body, "value"), limits.SLACK_OPTIONS.value)
        if found:
            await ack(option_groups=field_groups(found))
        else:
            await ack(options=[])

    @app.options(Place.PAGE_TYPE.value)
    async def page_types(ack: AsyncAck, body: dict[str, Any]) -> None:
        draft = await _draft(services, body)
        found = await _page_types(services, draft) if draft else ()
        query = text_at(body, "value")
        await ack(options=page_type_options(found, query, limits.SLACK_OPTIONS.value))


async def _draft(services: Services, body: dict[str, Any]) -> Draft | None:
    return await find(services, text_at(body.get("view"), "private_metadata"), user_of(body))


async def _fields(services: Services, draft: Draft) -> tuple[Field, ...]:
    if draft.project is None or draft.analysis is None:
        return ()
    return await _soon(services.desk.catalogue.fields(draft.project, draft.analysis))


async def _page_types(services: Services, draft: Draft) -> tuple[str, ...]:
    if draft.project is None or draft.analysis is None:
        return ()
    return await _soon(services.desk.catalogue.page_types(draft.project, draft.analysis))


async def _soon(asked: Awaitable[tuple[Thing, ...]]) -> tuple[Thing, ...]:
    """Nothing where Botify is too slow or refuses: the modal says what is wrong, a menu cannot."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asked
    except (TimeoutError, ProductError):
        return ()
