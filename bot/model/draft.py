"""A draft: what the modal knows while a person chooses; nothing is spent on it.

The modal's `private_metadata` holds only the draft's id. A draft becomes an export at most once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.field import Field
from bot.model.filters import NO_FILTERS, Filters
from bot.model.project import Project
from bot.model.rows import AS_MUCH_AS_FITS, RowsChoice
from bot.model.settings import PostFileIn


@dataclass(frozen=True, slots=True)
class Destination:
    """A conversation to deliver to, as it was when it was last looked at.

    Attributes:
        channel: Slack's id.
        problem: why the app cannot deliver there and what to do, or None when it can.
        join: whether the app has to join it first (a public channel), after *Export* is pressed.
        direct: whether it is the person's direct message with the app.
    """

    channel: str
    problem: str | None = None
    join: bool = False
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An export that gives exactly what a draft asks for, without paying again.

    Attributes:
        export_id: which one.
        by: who asked for it.
        rows: that it holds, or is expected to hold; None when not counted.
        finished_at: since when its file is there; None while it runs.
    """

    export_id: str
    by: str
    rows: int | None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The state of one modal.

    Attributes:
        id: stands in `private_metadata`.
        team, user, user_name: who is choosing.
        origin: the conversation in which the command was typed.
        created_at: drafts are swept after a day.
        revision: grows with every change; a late answer for an older revision is dropped.
        link_text: what stands in *Botify link*.
        link_problem: what is wrong with the link, the project or our access to it, or None.
        account: the Botify person whose token asks; None until known.
        project: what the link names.
        analyses: newest first, unfinished ones included.
        analysis: the chosen slug.
        analysis_problem: why it cannot be exported, or None.
        fields: the fields that are offered as chosen.
        missing: default fields that this project lacks: left out and named.
        preset: the word for the choice of fields, `custom` for one of the person's own; empty
            where none was chosen, so that the fields tell it.
        rows: which rows are wanted.
        filters: which URLs are wanted.
        filter: the same in BQL for the chosen analysis; what was counted and will be sent.
        counts: URLs per depth of the chosen analysis that pass the filter; None while they are
            being counted.
        links: links per depth, counted where a field of the link graph is chosen; else None.
        bytes_per_row: measured on finished exports of the same fields; None without any.
        destination: where to deliver; None until looked at.
        post_file_in: as a message of its own, or in the thread.
        offer: an export that gives the same and is paid already, as of the last change.
        reason: what the person wrote about a large export.
        again: the person wants it made, and paid, anew although a finished one is there.
        export_id: what it became; None until *Export* was pressed.
    """

    id: str
    team: str
    user: str
    user_name: str
    origin: str
    created_at: datetime
    revision: int = 0
    link_text: str = ""
    link_problem: str | None = None
    account: str | None = None
    project: Project | None = None
    analyses: tuple[Analysis, ...] = ()
    analysis: str | None = None
    analysis_problem: str | None = None
    fields: tuple[Field, ...] = ()
    missing: tuple[str, ...] = ()
    preset: str = ""
    rows: RowsChoice = AS_MUCH_AS_FITS
    filters: Filters = NO_FILTERS
    filter: dict[str, Any] | None = None
    counts: DepthCounts | None = None
    links: DepthCounts | None = None
    bytes_per_row: float | None = None
    destination: Destination | None = None
    post_file_in: PostFileIn = PostFileIn.CHANNEL
    offer: Offer | None = None
    reason: str | None = None
    again: bool = False
    export_id: str | None = None
