"""What a pasted Botify address says."""

from dataclasses import dataclass
from typing import Any

from bot.model.project import Project


@dataclass(frozen=True, slots=True)
class Link:
    """The meaning of an address of the Botify application.

    Attributes:
        project: whose data it shows.
        analysis: the analysis slug that it names; None means the newest finished one.
        filter: the filter of an explorer link as Botify wrote it (unprefixed field ids), or None.
        columns: field ids of an explorer link, unprefixed; empty when it names none.
        segments: whether it selects segments besides, in a form that is not published.
    """

    project: Project
    analysis: str | None = None
    filter: dict[str, Any] | None = None
    columns: tuple[str, ...] = ()
    segments: bool = False
