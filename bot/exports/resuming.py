"""What a command goes on with when the same was asked for before: decided without I/O.

Whoever gives a command again wants what it began, and never to pay twice. All exports of the same
specification are looked at, whatever became of them, and the one nearest to its end is taken.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.exports.choices import NEW_JOB_CODES, may_have_its_file
from bot.model.export import Export, Part, State

FRESH: Final = "paid again on purpose (--fresh)"
"""The reason of an export that was asked for although there was one."""


@dataclass(frozen=True, slots=True)
class Take:
    """Its files are on the disk as they are wanted."""

    export: Export


@dataclass(frozen=True, slots=True)
class Fetch:
    """Its jobs are paid and can give their files; they are fetched for a new export."""

    export: Export


@dataclass(frozen=True, slots=True)
class GoOn:
    """It is not finished, or some of its parts failed."""

    export: Export


Step = Take | Fetch | GoOn


def step(
    found: Iterable[Export],
    *,
    guard: bool,
    fresh: bool,
    here: Collection[str],
    oldest: datetime,
) -> Step | None:
    """What to go on with; None where Botify has to be asked and paid.

    Args:
        found: all exports of the specification.
        guard: whether cells are to be guarded.
        fresh: only an export that was begun with the same word may be gone on with, and only
            until it is ready.
        here: ids of those whose files are all on the disk.
        oldest: of what ended before, Botify may have removed the files.
    """
    known = sorted(found, key=lambda export: (export.requested_at, export.id), reverse=True)
    if fresh:
        begun = [export for export in known if export.reason == FRESH][:1]
        known = [one for one in begun if one.state not in (State.READY, State.UNCLEAR)]
    # with equal merits the one whose cells are as they are wanted, then the newest
    known.sort(key=lambda export: export.guard != guard)
    young = [one for one in known if one.finished_at is None or one.finished_at >= oldest]

    def first(
        kind: type[Step], exports: list[Export], fits: Callable[[Export], bool]
    ) -> Step | None:
        return next((kind(export) for export in exports if fits(export)), None)

    return (
        first(Take, known, lambda export: export.guard == guard and _taken(export, here))
        or first(GoOn, known, lambda export: export.guard == guard and _runs(export))
        or first(Fetch, young, _paid)
        or first(GoOn, known, _runs)
        or first(GoOn, young, _partly_paid)
        or first(GoOn, known, lambda export: export.state is State.UNCLEAR)
    )


def _taken(export: Export, here: Collection[str]) -> bool:
    return export.state is State.READY and export.id in here


def _runs(export: Export) -> bool:
    return not export.state.ended and export.state is not State.UNCLEAR


def _paid(export: Export) -> bool:
    """Whether it ended, and all of its jobs can still give their files."""
    return all(part.state in (State.READY, State.FAILED) and usable(part) for part in export.parts)


def _partly_paid(export: Export) -> bool:
    """Whether some parts failed, and a job of another was, or may have been, paid."""
    perhaps = (State.CREATING, State.UNCLEAR)
    return export.state in (State.FAILED, State.CANCELLED) and any(
        part.state in perhaps or usable(part) or may_have_its_file(part) for part in export.parts
    )


def usable(part: Part) -> bool:
    """Whether Botify has a job for it that gives, or will give, its file."""
    spent = part.failure is not None and part.failure.code in NEW_JOB_CODES
    return part.job_id is not None and not spent
