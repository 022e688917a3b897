"""The identifiers that a view sends out and a handler gets back.

An input keeps what a person typed or chose as long as its `block_id` stays the same. A block whose
value must start anew gets another suffix behind a dot; `place_of` takes it off again.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

EXPORT_VIEW: Final = "export"
"""`callback_id` of every stage of the modal."""


class Place(StrEnum):
    """An input of the modal: its block, its action, and where a problem is shown."""

    LINK = "link"
    ANALYSIS = "analysis"
    FIELDS = "fields"
    DESTINATION = "destination"
    POST = "post"
    OFFER = "offer"


_PLACES: Final = {place.value: place for place in Place}

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


def place_of(block: str) -> Place | None:
    """The input that a block belongs to; None for any other block."""
    return _PLACES.get(block.partition(".")[0])


def blocks_by_place(blocks: Iterable[str]) -> dict[Place, str]:
    """The block of each input among these."""
    return {place: block for block in blocks if (place := place_of(block))}
