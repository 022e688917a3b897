"""A draft: what the modal knows while a person chooses; nothing is spent on it.

The modal's `private_metadata` holds only the draft's id. A draft becomes an export at most once.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.model.analysis import RUNNING, Analysis, slug_order
from bot.model.credits import by_links
from bot.model.depths import DepthCounts
from bot.model.field import Field
from bot.model.filters import NO_FILTERS, Filters
from bot.model.limits import SLACK_SECTION_TEXT
from bot.model.project import Project
from bot.model.rows import AS_MUCH_AS_FITS, RowsChoice
from bot.model.settings import PostFileIn


class Filterable(StrEnum):
    """Filters that not every analysis has a field for."""

    HTTP_CODE = "http_code"
    INDEXABLE = "indexable"
    PAGE_TYPE = "page_type"


@dataclass(frozen=True, slots=True)
class Destination:
    """A conversation to deliver to, as it was when it was last looked at.

    Attributes:
        channel: Slack's id.
        problem: why the app cannot deliver there and what to do, or None when it can.
        join: whether the app has to join it first (a public channel), after *Export* is pressed.
        direct: whether it is the person's direct message with the app.
        moved: whether it takes the place of the command's conversation, where no app can be.
    """

    channel: str
    problem: str | None = None
    join: bool = False
    direct: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """What the fields in a form were laid for: the analysis that has them, and their preset."""

    project: Project
    analysis: str
    preset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An export that gives exactly what a draft asks for, without paying again.

    Attributes:
        export_id: which one.
        by: who asked for it.
        rows: that it holds, or is expected to hold; None when not counted.
        finished_at: since when it has ended; None while it runs.
        here: whether its files are; else its jobs are paid, and give them again.
    """

    export_id: str
    by: str
    rows: int | None
    finished_at: datetime | None = None
    here: bool = True


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
        linked: how often another link was read.
        unseen: no form has shown it yet: it is a line that ends in `go`.
        account: the Botify person whose token asks; None until known.
        project: what the link names.
        former: the project of the link before, while the link names none.
        analyses: newest first, unfinished ones included.
        analysis: the chosen slug.
        latest: the newest finished analysis is meant, whatever the link names.
        analysis_problem: why it cannot be exported, or None.
        running: how far a newer analysis is that has not finished, in words; empty where Botify
            does not say; None where it has not been asked.
        named: names of fields as a person typed them, until the data model tells which they are.
        fields: the chosen fields.
        fields_problem: why a typed name is no field, or None.
        missing: fields of the preset, or of an earlier analysis, that this one lacks: left out
            and named.
        beyond: fields that were asked for beyond the most that a form holds: left out and named.
        laid: how often fields were laid into the form, by a preset and not by hand.
        laid_for: what the fields were last laid for, or checked against; None before that.
        preset: the word for the choice of fields, `custom` for one of the person's own; empty
            where none was chosen, so that the fields tell it.
        link_columns: the columns that an explorer link names.
        link_filter: the filter that an explorer link holds, whether or not it is used.
        link_segments: whether the link selects segments besides, which is not used.
        rows: which rows are wanted.
        filters: which URLs are wanted.
        filters_problem: why the analysis cannot be filtered like that, or None.
        filterable: the filters that the analysis has fields for.
        filter: the same in BQL for the chosen analysis; what was counted and will be sent.
        counts: URLs per depth of the chosen analysis that pass the filter; None while they are
            being counted.
        counts_problem: why these URLs could not be counted, or None.
        links: links per depth, counted where a field of the link graph is chosen; else None.
        links_problem: why these could not be counted, or None.
        bytes_per_row: measured on finished exports of the same fields; None without any.
        destination: where to deliver; None until looked at.
        post_file_in: as a message of its own, or in the thread.
        offer: an export that gives the same and is paid already, as of the last change.
        more: whether the rarely used choices are shown.
        asking: the credits that the second question names while it is shown; else None.
        confirmed: the credits that the person has said yes to; None without a second question.
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
    linked: int = 0
    unseen: bool = False
    account: str | None = None
    project: Project | None = None
    former: Project | None = None
    analyses: tuple[Analysis, ...] = ()
    analysis: str | None = None
    latest: bool = False
    analysis_problem: str | None = None
    running: str | None = None
    named: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    fields_problem: str | None = None
    missing: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    laid: int = 0
    laid_for: Laid | None = None
    preset: str = ""
    link_columns: tuple[str, ...] = ()
    link_filter: dict[str, Any] | None = None
    link_segments: bool = False
    rows: RowsChoice = AS_MUCH_AS_FITS
    filters: Filters = NO_FILTERS
    filters_problem: str | None = None
    filterable: tuple[Filterable, ...] = ()
    filter: dict[str, Any] | None = None
    counts: DepthCounts | None = None
    counts_problem: str | None = None
    links: DepthCounts | None = None
    links_problem: str | None = None
    bytes_per_row: float | None = None
    destination: Destination | None = None
    post_file_in: PostFileIn = PostFileIn.CHANNEL
    offer: Offer | None = None
    more: bool = False
    asking: int | None = None
    confirmed: int | None = None
    reason: str | None = None
    again: bool = False
    export_id: str | None = None

    @property
    def link_shown(self) -> str:
        """What *Botify link* can hold of the link: a command may bring along a longer one."""
        return self.link_text[: SLACK_SECTION_TEXT.value].strip()

    @property
    def by_links(self) -> bool:
        """Whether a row of the file is a link instead of a URL."""
        return by_links(field.id for field in self.fields)

    @property
    def count_problem(self) -> str | None:
        """Why the rows of these fields could not be counted, or None."""
        return self.counts_problem or (self.links_problem if self.by_links else None)

    @property
    def up_to_date(self) -> bool:
        """Whether the fields are those of the chosen preset in the chosen analysis."""
        at = self.laid_for
        chosen = (self.project, self.analysis, self.preset)
        return at is not None and (at.project, at.analysis, at.preset) == chosen

    @property
    def rows_counted(self) -> DepthCounts | None:
        """Rows per depth, whichever they are; None while they are being counted."""
        return self.links if self.by_links else self.counts

    @property
    def free(self) -> bool:
        """Whether *Export* takes what is paid already."""
        return self.offer is not None and (self.offer.finished_at is None or not self.again)

    @property
    def newer(self) -> Analysis | None:
        """The newest analysis that is on its way and newer than the chosen one."""
        if self.analysis is None:
            return None
        chosen = slug_order(self.analysis)
        on_their_way = (each for each in self.analyses if each.status in RUNNING)
        return next((each for each in on_their_way if slug_order(each.slug) > chosen), None)
