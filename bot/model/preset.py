"""Presets: choices of fields with a name, checked against what a project has.

A field can go by several ids: newer crawls know `indexable.*` where older ones know `compliant.*`.
Each entry of a preset is therefore a list of alternatives, of which the first that the analysis
has is taken. No preset has more than ten columns or more than one with several values, so that
none meets the limits that Botify's older export published (codes 1027 and 1028).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.field import Field

CUSTOM: Final = "custom"
"""The word for a choice of fields that is no preset."""

LINK: Final = "link"
"""The preset that holds the columns of a pasted explorer link."""

URL: Final = "url"
"""With it every URL is a row of its own; without it Botify merges rows that are equal."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice of fields.

    Attributes:
        name: the word that people type and that stands in file names.
        title: what people read.
        fields: for each column its possible ids, the preferred one first.
    """

    name: str
    title: str
    fields: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """A preset in one analysis.

    Attributes:
        fields: its columns, in the preset's order.
        missing: ids that the analysis lacks or does not give as a column; left out and named.
    """

    fields: tuple[Field, ...]
    missing: tuple[str, ...]


def _each(*ids: str) -> tuple[tuple[str, ...], ...]:
    return tuple((name,) for name in ids)


ESSENTIALS: Final = Preset(
    "essentials",
    "Essentials",
    _each(URL, "metadata.title.content", "metadata.description.content", "metadata.h1.contents"),
)

INDEXABILITY: Final = Preset(
    "indexability",
    "Indexability",
    (
        (URL,),
        ("compliant.is_compliant", "indexable.is_indexable"),
        ("compliant.main_reason", "indexable.main_reason"),
        ("compliant.detailed_reason", "indexable.detailed_reason"),
        ("http_code",),
        # not canonical.to.url: it is a structure, and nobody shows how Botify writes those in a CSV
        ("canonical.to.equal",),
        ("metadata.robots.noindex",),
        ("sitemaps.present",),
    ),
)

LINKS: Final = Preset(
    "links",
    "Links",
    _each(
        URL,
        "depth",
        "inlinks_internal.nb.unique",
        "inlinks_internal.nb.total",
        "outlinks_internal.nb.unique",
        "outlinks_internal.nb.total",
        "internal_page_rank.value",
        "internal_page_rank.position",
    ),
)

PERFORMANCE: Final = Preset(
    "performance",
    "Performance",
    _each(URL, "http_code", "byte_size", "delay_first_byte", "delay_last_byte"),
)

PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset for preset in (ESSENTIALS, INDEXABILITY, LINKS, PERFORMANCE)
}
"""Every preset that does not depend on a link, in the order in which they are offered."""


def of_columns(columns: Sequence[str]) -> Preset | None:
    """The preset of a pasted explorer link; None where the link names no columns.

    The explorer shows the URL whether or not it lists it, so it comes first where it is not named.
    """
    if not columns:
        return None
    named = dict.fromkeys(columns)
    wanted = named if URL in named else dict.fromkeys((URL, *named))
    return Preset(LINK, "Columns of the link", _each(*wanted))


def apply(preset: Preset, known: Sequence[Field]) -> Applied:
    """The columns that a preset means in an analysis with these fields."""
    offered = {field.id: field for field in known if field.selectable}
    fields: dict[str, Field] = {}
    missing: list[str] = []
    for alternatives in preset.fields:
        taken = next((name for name in alternatives if name in offered), None)
        if taken is None:
            missing.append(alternatives[0])
        else:
            fields[taken] = offered[taken]
    return Applied(tuple(fields.values()), tuple(missing))


def name_of(fields: Sequence[str], known: Sequence[Field]) -> str:
    """The preset that gives exactly these columns in an analysis with the known fields.

    Returns:
        Its name, or `custom` where there is none.
    """
    for preset in PRESETS.values():
        applied = apply(preset, known).fields
        if applied and tuple(field.id for field in applied) == tuple(fields):
            return preset.name
    return CUSTOM
