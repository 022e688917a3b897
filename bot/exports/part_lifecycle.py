"""The life of a part: one Botify job, from the wish for it to a file on our disk.

requested ─Intended─► creating ─Created, Adopted─► processing ─Finished─► downloading ─► ready
    ▲                    │  ▲                          ▲                      │
    └─NotSent, Absent────┘  └─CheckAgain─ unclear      └──────Refresh─────────┘
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.exports.lifecycle import follow
from bot.model.export import Part, State, StoredFile
from bot.model.failure import Failure


class Work(StrEnum):
    """What a process that owns a part does for it next."""

    CREATE_JOB = "create_job"  # POST /jobs, once, after the intent is stored
    LOOK_FOR_JOB = "look_for_job"  # read the job list for a job whose answer was lost
    ASK_JOB = "ask_job"  # is it done?
    FETCH_FILE = "fetch_file"  # from the file host to our disk


@dataclass(frozen=True, slots=True)
class Intended:
    """`POST /jobs` is about to be sent with this payload.

    `intent_at` is when it was first intended: tries that provably made no job do not move it, so
    that a job whose answer was lost is recognised however long ago that was. `asked_at` is now.
    """

    payload: dict[str, Any]
    intent_at: datetime
    asked_at: datetime
    looks: None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Botify provably has no job from this intent; it may be asked again at `due_at`."""

    due_at: datetime
    looks: None = None


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """Nobody knows whether Botify has a job. `lost` counts the requests of which that is true."""

    lost: int
    looks: int = 0


@dataclass(frozen=True, slots=True)
class LookedInVain:
    """The list did not show our job; the next look is at `due_at`."""

    looks: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """All looks were in vain, and no list can prove, or prove again, that there is no job."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Created:
    """Botify answered with the job, `intent_at` being when it was asked for this one.

    `due_at` is the deadline of the job.
    """

    job_id: str
    job_status: str
    due_at: datetime
    intent_at: datetime
    looks: None = None
    failure: None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """The job of a lost answer was found. `due_at` is the deadline of the job."""

    job_id: str
    job_status: str
    due_at: datetime
    looks: None = None
    failure: None = None


@dataclass(frozen=True, slots=True)
class StillRunning:
    """Botify's word about the job changed. `due_at` stays the deadline."""

    job_status: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done and names its file."""

    job_status: str
    download_url: str


@dataclass(frozen=True, slots=True)
class Broke:
    """A download broke; the next try is at `due_at`."""

    tries: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Refresh:
    """The file host no longer has the file; the job is asked once for a fresh address."""

    due_at: datetime
    refreshed: bool = True
    download_url: None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file is whole on our disk."""

    file: StoredFile
    download_url: None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """It ended without a file."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nobody waits for it any more, and Botify has no job for it, or none that it names."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """A person wants the file of a job that Botify has: it failed, or is gone from our disk."""

    due_at: datetime
    intent_at: datetime
    tries: int = 0
    refreshed: bool = False
    failure: None = None


@dataclass(frozen=True, slots=True)
class StartOver:
    """A person wants a new job, knowing that it may be billed."""

    intent_at: None = None
    asked_at: None = None
    job_id: None = None
    job_status: None = None
    download_url: None = None
    looks: None = None
    lost: int = 0
    tries: int = 0
    refreshed: bool = False
    failure: None = None


@dataclass(frozen=True, slots=True)
class CheckAgain:
    """A person wants the list to be read again for an unclear job."""

    looks: int = 0
    failure: None = None


Event = (
    Intended
    | NotSent
    | AnswerLost
    | LookedInVain
    | NeverSeen
    | Created
    | Adopted
    | StillRunning
    | Finished
    | Broke
    | Refresh
    | Fetched
    | Failed
    | Cancelled
    | GoOn
    | StartOver
    | CheckAgain
)


def _rows(
    event: type, states: Iterable[State], following: State
) -> dict[tuple[State, type], State]:
    return {(state, event): following for state in states}


TABLE: Final[dict[tuple[State, type], State]] = {
    (State.REQUESTED, Intended): State.CREATING,
    (State.CREATING, NotSent): State.REQUESTED,
    (State.CREATING, AnswerLost): State.CREATING,
    (State.CREATING, LookedInVain): State.CREATING,
    (State.CREATING, NeverSeen): State.UNCLEAR,
    (State.CREATING, Created): State.PROCESSING,
    (State.CREATING, Adopted): State.PROCESSING,
    (State.UNCLEAR, CheckAgain): State.CREATING,
    (State.UNCLEAR, StartOver): State.REQUESTED,
    (State.PROCESSING, StillRunning): State.PROCESSING,
    (State.PROCESSING, Finished): State.DOWNLOADING,
    (State.DOWNLOADING, Broke): State.DOWNLOADING,
    (State.DOWNLOADING, Refresh): State.PROCESSING,
    (State.DOWNLOADING, Fetched): State.READY,
    (State.FAILED, GoOn): State.PROCESSING,
    (State.READY, GoOn): State.PROCESSING,
    (State.FAILED, StartOver): State.REQUESTED,
    (State.CANCELLED, StartOver): State.REQUESTED,
    (State.REQUESTED, Cancelled): State.CANCELLED,
    (State.UNCLEAR, Cancelled): State.CANCELLED,
    **_rows(
        Failed,
        (State.REQUESTED, State.CREATING, State.PROCESSING, State.DOWNLOADING),
        State.FAILED,
    ),
}


def after(part: Part, event: Event, now: datetime) -> Part:
    """The part after an event.

    Raises:
        Impossible: the event cannot happen in the part's state.
    """
    return follow(TABLE, part, event, now)


def answer_lost(part: Part) -> AnswerLost:
    """The answer to the request that is under way will not come any more."""
    return AnswerLost(lost=part.lost + 1)


def work(part: Part) -> Work | None:
    """What to do next for a part; None when it ended, waits for a person, or is being created.

    A part in `creating` whose `looks` is None has its request under way in the owner's hands.
    """
    match part.state:
        case State.REQUESTED:
            return Work.CREATE_JOB
        case State.CREATING:
            return None if part.looks is None else Work.LOOK_FOR_JOB
        case State.PROCESSING:
            return Work.ASK_JOB
        case State.DOWNLOADING:
            return Work.FETCH_FILE
        case _:
            return None
