"""The identifiers that a view sends out and a handler gets back.

An input keeps what a person typed or chose as long as its `block_id` stays the same. A block whose
value must start anew gets another suffix behind a dot; `place_of` takes it off again.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from bot.model.draft import Draft
from bot.model.preset import CUSTOM, LINK, PRESETS

EXPORT_VIEW: Final = "export"
"""`callback_id` of every stage of the modal but the second question."""


class Place(StrEnum):
    """An input of the modal: its block, its action, and where a problem is shown."""

    LINK = "link"
    ANALYSIS = "analysis"
    PRESET = "preset"
    FIELDS = "fields"
    ROWS = "rows"
    LINK_FILTER = "link-filter"
    HTTP_CODE = "http-code"
    INDEXABLE = "indexable"
    PAGE_TYPE = "page-type"
    URL_CONTAINS = "url-contains"
    DESTINATION = "destination"
    POST = "post"
    OFFER = "offer"
    REASON = "reason"


_PLACES: Final = {place.value: place for place in Place}

CONFIRM_VIEW: Final = "confirm"
"""`callback_id` of the second question about a large export."""

MORE: Final = "more-choices"
"""The button that shows the rarely used choices."""

FEWER: Final = "fewer-choices"
"""The button that hides them."""

BACK: Final = "back-to-choices"
"""The button of the second question that leads back to the form."""

CHECK_AGAIN_HERE: Final = "look-again"
"""The button beside a problem in the modal: ask Botify and Slack again."""

OPEN: Final = "open-modal"
"""The button of an ephemeral message that opens the modal with a fresh trigger."""


def block_id(place: Place, *parts: object) -> str:
    """The block of an input; equal parts give the same block, other parts a new one."""
    if not parts:
        return place.value
    text = "\n".join(str(part) for part in parts)
    return f"{place.value}.{hashlib.blake2s(text.encode(), digest_size=6).hexdigest()}"


def preset_block(draft: Draft) -> str:
    """Another block once another link, or fields by hand, take the place of a chosen preset.

    Slack would go on to show the old one.
    """
    offered = draft.preset in PRESETS or (draft.preset == LINK and draft.link_columns)
    return block_id(Place.PRESET, draft.linked, "" if offered else CUSTOM)


def fields_block(draft: Draft) -> str:
    """Another block whenever fields are laid: Slack would go on to show the old ones."""
    return block_id(Place.FIELDS, draft.project, draft.linked, draft.laid)


def place_of(block: str) -> Place | None:
    """The input that a block belongs to; None for any other block."""
    return _PLACES.get(block.partition(".")[0])


def blocks_by_place(blocks: Iterable[str]) -> dict[Place, str]:
    """The block of each input among these."""
    return {place: block for block in blocks if (place := place_of(block))}
