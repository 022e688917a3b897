"""The fields of an analysis."""

import asyncio
from typing import Any, Final

from bot.botify.bql import collection_of, unprefixed
from bot.botify.client import BotifyClient, path_to
from bot.botify.schema import UNREADABLE, Dataset, FieldItem, Group, readable, rows_of
from bot.botify.subject import Subject
from bot.model.errors import BotifyRefused, BotifyUnreachable
from bot.model.field import Field
from bot.model.filters import URL
from bot.model.project import Project

GLOBAL: Final = "global"
"""The collection of what every crawl has."""


async def list_fields(client: BotifyClient, project: Project, slug: str) -> tuple[Field, ...]:
    """Every field of the analysis, in Botify's order; ids without prefix, each once.

    The address of a page, its host and the segments belong to every crawl. Where Botify lists them
    in the collection `global` only, which no source settles, they are taken from there.

    Raises:
        NotFound: Botify does not know the analysis.
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """
    found = await _fields_of(client, project, slug, collection_of(slug))
    if any(field.id == URL for field in found):
        return found
    try:
        shared = await _fields_of(client, project, slug, GLOBAL)
    except BotifyRefused:
        return found  # what the crawl itself has is true all the same
    known = {field.id for field in found}
    return (*(field for field in shared if field.id not in known), *found)


async def _fields_of(
    client: BotifyClient, project: Project, slug: str, collection: str
) -> tuple[Field, ...]:
    answer = await client.get(
        path_to("projects", project.organisation, project.name, "collections", collection),
        {"sequenced": "false"},
        subject=Subject(project=project, analysis=slug),
    )
    # some projects have thousands of fields: reading them would hold the event loop up
    return await asyncio.to_thread(read_fields, answer, collection)


def read_fields(answer: Any, collection: str) -> tuple[Field, ...]:
    """The fields in the answer of `/collections/{collection}`.

    Raises:
        BotifyUnreachable: there are none that can be read.
    """
    if not isinstance(answer, dict) or "datasets" not in answer:
        raise BotifyUnreachable(UNREADABLE)
    fields: dict[str, Field] = {}
    for dataset in readable(Dataset, rows_of(answer["datasets"])):
        headings = {group.id: group.name for group in _readable_groups(dataset)}
        for item in readable(FieldItem, dataset.fields):
            field = _field(item, collection, headings.get(item.group) or dataset.name)
            fields.setdefault(field.id, field)
    return tuple(fields.values())


def _readable_groups(dataset: Dataset) -> list[Group]:
    try:
        return readable(Group, dataset.groups)
    except BotifyUnreachable:
        return []  # headings are decoration


def _field(item: FieldItem, collection: str, heading: str) -> Field:
    name = unprefixed(collection, item.id)
    return Field(
        id=name,
        name=item.name.strip() or name,
        type=item.type,
        multiple=item.multiple,
        group=heading.strip(),
        # a metric is a figure about many URLs; a row of the file is one URL
        selectable=item.kind != "metric"
        and (item.permissions is None or "select" in item.permissions),
        filterable=item.kind != "metric"
        and (item.permissions is None or "filters" in item.permissions),
    )
