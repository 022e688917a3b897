"""A field of a project's data model."""

from dataclasses import dataclass

UNGUARDED_TYPES = frozenset({"integer", "long", "float", "double", "date", "datetime", "boolean"})
"""Types whose cells stay as they are; everything else is text (design, "the file")."""

LINK_GRAPH = ".graph."
"""Stands in the ids of fields that give one row per link and are billed differently.

Botify's limits page prices exports of the links graph; `outlinks_internal.graph.url` is the one id
that is documented.
"""

DEFAULT_FIELDS = (
    "url",
    "metadata.title.content",
    "metadata.description.content",
    "metadata.h1.contents",
)
"""URL, title, meta description, H1: the preset "Essentials"."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        id: without the collection's prefix, such as `metadata.title.content`.
        name: what people read.
        type: Botify's type, such as `string`, `integer`, `tree`.
        multiple: whether a cell can hold several values.
        group: the heading under which Botify lists it; may be empty.
        selectable: whether it can be exported at all.
        filterable: whether rows can be chosen by its value.
    """

    id: str
    name: str
    type: str
    multiple: bool = False
    group: str = ""
    selectable: bool = True
    filterable: bool = True

    @property
    def multiplies_rows(self) -> bool:
        """Whether it gives one row a link instead of one a URL: counted and billed by links."""
        return LINK_GRAPH in self.id

    @property
    def is_text(self) -> bool:
        """Whether the guard looks at its cells."""
        return self.type not in UNGUARDED_TYPES
