"""The fields that a person names: by id, by a short word, or by the name that Botify shows."""

from collections.abc import Iterable, Mapping, Sequence
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


def find_fields(names: Sequence[str], known: Sequence[Field]) -> tuple[Field, ...]:
    """The fields of those names, in that order, each once.

    Raises:
        WrongField: none is named, or one is unknown or cannot be exported; the next step says
            what may have been meant.
    """
    if not names:
        raise WrongField("No field is named.", "Name at least one, such as url.")
    by_id = {field.id: field for field in known}
    by_name = {field.name.casefold(): field for field in reversed(known)}
    found: dict[str, Field] = {}
    for name in names:
        field = _find(name, by_id, by_name)
        if field is None:
            raise _unknown(name, (one.id for one in known if one.selectable))
        if not field.selectable:
            raise WrongField(
                f"The field {field.id} can be counted or filtered by, but Botify does not give it "
                "as a column.",
                "Leave it out, or choose another field.",
            )
        found[field.id] = field
    return tuple(found.values())


def _find(name: str, by_id: Mapping[str, Field], by_name: Mapping[str, Field]) -> Field | None:
    if name in by_id:
        return by_id[name]
    for meant in SHORT.get(name.casefold(), ()):
        if meant in by_id:
            return by_id[meant]
    return by_name.get(name.casefold())


def _unknown(name: str, ids: Iterable[str]) -> WrongField:
    alike = get_close_matches(name, [*ids], n=3)
    return WrongField(
        f"{name[:LONGEST_SHOWN]} is not a field of this analysis that can be exported.",
        f"Did you mean {', '.join(alike)}?" if alike else "Choose another field.",
    )
