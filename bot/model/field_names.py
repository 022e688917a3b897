"""The fields that a person names: by id, by a short word, or by the name that Botify shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.model.errors import WrongField
from bot.model.field import Field
from bot.model.filters import INDEXABLE

SHORT: Final[dict[str, tuple[str, ...]]] = {
    "canonical": ("canonical.to.equal",),
    "code": ("http_code",),
    "description": ("metadata.description.content",),
    "h1": ("metadata.h1.contents",),
    "h2": ("metadata.h2.contents",),
    "indexable": INDEXABLE,
    "inlinks": ("inlinks_internal.nb.unique",),
    "noindex": ("metadata.robots.noindex",),
    "outlinks": ("outlinks_internal.nb.unique",),
    "pagerank": ("internal_page_rank.value",),
    "pagetype": ("segments.pagetype.value",),
    "reason": ("compliant.main_reason", "indexable.main_reason"),
    "size": ("byte_size",),
    "title": ("metadata.title.content",),
}
"""What people type for the fields that they use most; several ids where analyses differ."""

LONGEST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Named:
    """What names of fields mean.

    Attributes:
        fields: those that can be exported, in the order of their names, each once.
        wrong: for each other name what is wrong with it.
    """

    fields: tuple[Field, ...] = ()
    wrong: tuple[WrongField, ...] = ()


def find_fields(names: Sequence[str], known: Sequence[Field]) -> tuple[Field, ...]:
    """The fields of those names, in that order, each once.

    Raises:
        WrongField: none is named, or one is unknown or cannot be exported; the next step says
            what may have been meant.
    """
    if not names:
        raise WrongField("No field is named.", "Name at least one, such as url.")
    named = read_names(names, known)
    for error in named.wrong:
        raise error
    return named.fields


def read_names(names: Sequence[str], known: Sequence[Field]) -> Named:
    """The fields of those names, and what is wrong with the others."""
    by_id = {field.id: field for field in known}
    by_text = {
        **{field.name.casefold(): field for field in reversed(known)},
        **{field.id.casefold(): field for field in reversed(known)},
    }
    found: dict[str, Field] = {}
    wrong: list[WrongField] = []
    for name in names:
        field = _find(name, by_id, by_text)
        if field is None:
            wrong.append(_unknown(name, (one.id for one in known if one.selectable)))
        elif field.selectable:
            found[field.id] = field
        else:
            wrong.append(
                WrongField(
                    f"The field {field.id} can be counted or filtered by, but Botify does not "
                    "give it as a column.",
                    "Leave it out, or choose another field.",
                )
            )
    return Named(tuple(found.values()), tuple(wrong))


def _find(name: str, by_id: Mapping[str, Field], by_text: Mapping[str, Field]) -> Field | None:
    """By id, by a short word, then by id or by Botify's name in any letter case."""
    if name in by_id:
        return by_id[name]
    for meant in SHORT.get(name.casefold(), ()):
        if meant in by_id:
            return by_id[meant]
    return by_text.get(name.casefold())


def _unknown(name: str, ids: Iterable[str]) -> WrongField:
    alike = get_close_matches(name, [*ids], n=3)
    return WrongField(
        f"{name[:LONGEST_SHOWN]} is not a field of this analysis that can be exported.",
        f"Did you mean {', '.join(alike)}?" if alike else "Choose another field.",
    )
