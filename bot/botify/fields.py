"""The fields of an analysis."""

import asyncio
from typing import Any

from bot.botify.bql import collection_of, unprefixed
from bot.botify.client import BotifyClient, path_to
from bot.botify.schema import UNREADABLE, Dataset, FieldItem, Group, readable, rows_of
from bot.botify.subject import Subject
from bot.model.errors import BotifyUnreachable
from bot.model.field import Field
from bot.model.project import Project


async def list_fields(client: BotifyClient, project: Project, slug: str) -> tuple[Field, ...]:
    """Every field of the analysis, in Botify's order; ids without prefix, each once.

    Raises:
        NotFound: Botify does not know the analysis.
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """
    answer = await client.get(
        path_to("projects", project.organisation, project.name, "collections", collection_of(slug)),
        {"sequenced": "false"},
        subject=Subject(project=project, analysis=slug),
    )
    # some projects have thousands of fields: reading them would hold the event loop up
    return await asyncio.to_thread(read_fields, answer, collection_of(slug))


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
