"""Three projects whose data models differ, as Botify lists them."""

from bot.botify.fields import read_fields
from bot.model.field import Field
from sandbox.botify import fields

COLLECTION = "crawl.20240101"


def listed(kind: str, *, number: int | None = None, lacking: tuple[str, ...] = ()) -> list[Field]:
    """The fields of a project, read from the answer that the local Botify gives."""
    items = [
        field.as_json(f"{COLLECTION}.")
        for name, field in fields.catalogue(kind, number=number).items()
        if name not in lacking
    ]
    answer = {"datasets": [{"id": "main", "name": "Main", "groups": [], "fields": items}]}
    return list(read_fields(answer, COLLECTION))


EVERYTHING = listed("classic")
NEWER_NAMES = listed("modern")
PAGE_TYPES = tuple(field.id for field in EVERYTHING if field.id.startswith("segments.pagetype."))
NO_PAGE_TYPES = listed("classic", lacking=(*PAGE_TYPES, "internal_page_rank.position"))

PROJECTS = {
    "everything": EVERYTHING,
    "newer names": NEWER_NAMES,
    "no page types": NO_PAGE_TYPES,
}
