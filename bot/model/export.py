"""An export and its parts: frozen records of what is true in the world.

An export is the work for one specification; each part is one Botify job and one file. The parts
carry the state, the export's own state is what its parts amount to (`overall`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.model.credits import credits_for
from bot.model.failure import Failure
from bot.model.preview import Preview
from bot.model.specification import DepthRange, Specification


class State(StrEnum):
    """Where a part (or a whole export) stands. Each says what is true while it holds."""

    REQUESTED = "requested"  # nothing has been asked of Botify for this part
    CREATING = "creating"  # POST /jobs is intended; Botify may or may not have a job
    UNCLEAR = "unclear"  # all looks for a lost job found nothing; a person decides
    PROCESSING = "processing"  # Botify has exactly one job, whose id is stored
    DOWNLOADING = "downloading"  # the job is done; its file is not yet whole on our disk
    READY = "ready"  # the file is whole on our disk
    FAILED = "failed"  # ended without a file; the failure is stored
    CANCELLED = "cancelled"  # nobody waits for it any more

    @property
    def ended(self) -> bool:
        """Nothing more happens by itself."""
        return self in (State.READY, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A finished CSV on our disk.

    Attributes:
        path: absolute.
        bytes: its length.
        rows: data rows, the header not counted.
        columns: cells of the header line.
        guarded: whether the cell guard was applied.
        notes: what should be said about it, such as an unclosed quote; usually empty.
        preview: a first look; None for files from before there was one.
    """

    path: Path
    bytes: int
    rows: int
    columns: int
    guarded: bool = True
    notes: tuple[str, ...] = ()
    preview: Preview | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One Botify job of an export.

    Attributes:
        export_id: whose part.
        number: from 1.
        rows: the depths of this part.
        rows_expected: counted before; None when not counted.
        state: where it stands.
        entered_at: since when it is in this state.
        due_at: not to be worked on before.
        payload: what is or was sent to `POST /jobs`.
        intent_at: when `POST /jobs` was first intended for this wish.
        asked_at: when it was last intended.
        looks: looks for a lost job so far; None while no answer is known to be lost.
        lost: requests of this wish whose answer was lost.
        job_id: Botify's job.
        job_status: Botify's last word about it.
        download_url: where Botify serves the file; never shown to people.
        tries: downloads that broke so far.
        refreshed: whether the job was asked for a fresh address once.
        file: the result.
        failure: why it failed.
    """

    export_id: str
    number: int = 1
    rows: DepthRange
    rows_expected: int | None = None
    state: State = State.REQUESTED
    entered_at: datetime
    due_at: datetime
    payload: dict[str, Any] | None = None
    intent_at: datetime | None = None
    asked_at: datetime | None = None
    looks: int | None = None
    lost: int = 0
    job_id: str | None = None
    job_status: str | None = None
    download_url: str | None = None
    tries: int = 0
    refreshed: bool = False
    file: StoredFile | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One specification being carried out.

    Attributes:
        id: ten characters, in file names and messages.
        specification: what was asked.
        preset: `essentials`, or `custom` for own fields: a word for the file name.
        rows_expected: counted before; None when not counted.
        requested_by: who asked first: a Slack user id, or words.
        requested_at: when.
        finished_at: when the last part ended.
        reason: what the person wrote, if asked.
        guard: whether cells are guarded.
        parts: in order.
    """

    id: str
    specification: Specification
    preset: str
    rows_expected: int | None
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None = None
    reason: str | None = None
    guard: bool = True
    parts: tuple[Part, ...] = field(default=())

    @property
    def state(self) -> State:
        """What the parts amount to."""
        return overall(tuple(part.state for part in self.parts))

    @property
    def credits_expected(self) -> int | None:
        """The price of the counted rows; None when they were not counted."""
        if self.rows_expected is None:
            return None
        return credits_for(self.rows_expected, self.specification.fields)

    @property
    def failure(self) -> Failure | None:
        """Of the first part that failed."""
        return next((part.failure for part in self.parts if part.failure), None)

    @property
    def rows_delivered(self) -> int:
        """Data rows on disk, over all parts."""
        return sum(part.file.rows for part in self.parts if part.file)


_ORDER = (
    State.FAILED,
    State.CANCELLED,
    State.UNCLEAR,
    State.REQUESTED,
    State.CREATING,
    State.PROCESSING,
    State.DOWNLOADING,
    State.READY,
)


def overall(states: tuple[State, ...]) -> State:
    """An export is as far as its part that is least far; a failure of one is a failure."""
    return min(states, key=_ORDER.index, default=State.REQUESTED)
