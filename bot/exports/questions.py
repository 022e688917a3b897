"""Which running jobs to ask Botify about in a tick: a decision without I/O.

Up to four jobs are asked for by id. Above that one page of the job list is read a tick, pages in
turn; a job that the list shows as ended is confirmed by id, and jobs that the list has not shown
for a whole round are asked for by id, the longest unasked first. So in the steady state, when the
list shows our jobs, hundreds of exports cost one request a tick and one per ending.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.model.limits import BOTIFY_JOBS_ASKED_BY_ID, BOTIFY_LIST_PAGE

SPARE_PAGES = 1
"""Pages read beyond those that our jobs would fill: other people's jobs stand among ours."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier ticks showed.

    Attributes:
        tick: counts the ticks.
        shown: job id -> the tick in which the list showed it last.
        asked: job id -> the tick in which it was asked for by id last.
    """

    tick: int = 0
    shown: Mapping[str, int] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask in this tick.

    Attributes:
        by_id: jobs to ask for one by one.
        page: the page of the list to read, or None.
    """

    by_id: tuple[str, ...]
    page: int | None = None


def pages(running: int) -> int:
    """How many pages of the list make a round."""
    return -(-running // BOTIFY_LIST_PAGE.value) + SPARE_PAGES


def choose(running: Collection[str], memory: Memory) -> Questions:
    """The questions of a tick, given the ids of the running jobs."""
    few = BOTIFY_JOBS_ASKED_BY_ID.value
    if len(running) <= few:
        return Questions(tuple(running))
    round_ = pages(len(running))
    page = memory.tick % round_ + 1
    hidden = [job for job in running if memory.tick - memory.shown.get(job, -1) > round_]
    hidden = [job for job in hidden if memory.tick >= round_ or job in memory.asked]
    hidden.sort(key=lambda job: memory.asked.get(job, -1))
    return Questions(tuple(hidden[:few]), page)


def remember(
    memory: Memory, running: Collection[str], *, shown: Collection[str], asked: Collection[str]
) -> Memory:
    """The memory after a tick; jobs that no longer run are forgotten."""
    kept = set(running)
    return Memory(
        memory.tick + 1,
        {job: at for job, at in memory.shown.items() if job in kept}
        | {job: memory.tick for job in shown if job in kept},
        {job: at for job, at in memory.asked.items() if job in kept}
        | {job: memory.tick for job in asked if job in kept},
    )
