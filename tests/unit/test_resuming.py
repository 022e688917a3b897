"""What a command goes on with when the same was asked for before."""

from dataclasses import replace
from typing import Any

import pytest
from storage_examples import HOUR, NOW, an_export

from bot.exports.resuming import FRESH, Fetch, GoOn, Step, Take, step
from bot.model.errors import ExportFailed, FileBroken, FileMissing, TokenRefused
from bot.model.export import Export, State
from bot.model.failure import failure_of

READY, FAILED, CANCELLED = State.READY, State.FAILED, State.CANCELLED
PROCESSING, REQUESTED, UNCLEAR = State.PROCESSING, State.REQUESTED, State.UNCLEAR
REFUSED = failure_of(TokenRefused())
SPENT = failure_of(ExportFailed())
BROKEN = failure_of(FileBroken())


def asked(*states: State, failure: Any = REFUSED, jobs: bool = True, **more: Any) -> Export:
    """An export in these states; whatever was asked of Botify has a job."""
    export = an_export(*states, **more)
    parts = tuple(
        replace(
            part,
            job_id=str(part.number) if jobs and part.state is not State.REQUESTED else None,
            failure=failure if part.state is State.FAILED else None,
        )
        for part in export.parts
    )
    return replace(export, parts=parts)


def found(*exports: Export, **how: Any) -> Step | None:
    """What is gone on with; all files are on the disk unless said otherwise."""
    here = how.pop("here", {export.id for export in exports})
    asked_for = {"guard": True, "fresh": False, "oldest": NOW - HOUR} | how
    return step(exports, here=here, **asked_for)


def test_nothing_known_is_asked_for() -> None:
    """The first time everything is paid."""
    assert found() is None


def test_files_on_the_disk_are_taken() -> None:
    """They are free, and there at once: before what still runs."""
    ready, running = asked(READY), asked(PROCESSING, requested_at=NOW + HOUR)
    assert found(ready, running) == Take(ready)


@pytest.mark.parametrize("how", [{"here": ()}, {"guard": False}])
def test_files_that_are_gone_or_otherwise_are_fetched_again(how: dict[str, Any]) -> None:
    """The job is paid: another option of the file is no reason to pay for it again."""
    ready = asked(READY)
    assert found(ready, **how) == Fetch(ready)


def test_a_file_that_botify_may_have_removed_is_paid_again() -> None:
    """After RETENTION_DAYS nobody counts on the job."""
    old = asked(READY, finished_at=NOW - 2 * HOUR)
    assert found(old, here=()) is None
    assert found(old) == Take(old)


@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize("state", [REQUESTED, State.CREATING, PROCESSING, State.DOWNLOADING])
def test_an_unfinished_export_is_gone_on_with(state: State, guard: bool) -> None:
    """Whatever the file's options: they are not part of what Botify is asked."""
    running = asked(state)
    assert found(running, guard=guard) == GoOn(running)


def test_a_failed_download_is_fetched_from_its_job() -> None:
    """Also one that did not end before our deadline."""
    failed = asked(FAILED, failure=BROKEN)
    assert found(failed) == Fetch(failed)


@pytest.mark.parametrize("how", [{"failure": SPENT}, {"jobs": False}])
def test_a_job_that_failed_or_never_was_is_asked_for_anew(how: dict[str, Any]) -> None:
    """There is nothing to go on with."""
    assert found(asked(FAILED, **how)) is None
    assert found(asked(FAILED, FAILED, **how)) is None


@pytest.mark.parametrize(
    "states",
    [
        (FAILED, PROCESSING),
        (READY, FAILED, REQUESTED),
        (READY, CANCELLED),
        (FAILED, State.CREATING),
        (FAILED, UNCLEAR),
    ],
)
@pytest.mark.parametrize("guard", [True, False])
def test_paid_parts_are_not_paid_again(states: tuple[State, ...], guard: bool) -> None:
    """One failed part is no reason to pay for the others, or for itself if it has a job."""
    partly = asked(*states)
    assert found(partly, guard=guard) == GoOn(partly)


def test_a_part_that_failed_at_botify_leaves_the_others_paid() -> None:
    """Only that part needs a new job."""
    export = asked(READY, FAILED, failure=SPENT)
    assert found(export) == GoOn(export)


def test_a_job_without_a_file_is_asked_for_it_once_more() -> None:
    """Only when that was in vain a new job is made."""
    export = asked(FAILED, failure=failure_of(FileMissing()))
    assert found(export) == GoOn(export)
    (part,) = export.parts
    assert found(replace(export, parts=(replace(part, refreshed=True),))) is None


def test_an_unclear_export_is_the_last_resort() -> None:
    """A paid job is better than one that may not exist."""
    unclear, paid = asked(UNCLEAR, requested_at=NOW + HOUR), asked(READY)
    assert found(unclear) == GoOn(unclear)
    assert found(unclear, paid, guard=False) == Fetch(paid)


def test_fresh_pays_whatever_there_is() -> None:
    """That is what the word is for."""
    assert found(asked(READY), asked(PROCESSING), asked(UNCLEAR), fresh=True) is None


@pytest.mark.parametrize("guard", [True, False])
def test_fresh_goes_on_with_what_fresh_began(guard: bool) -> None:
    """An interruption says that the same command pays nothing twice."""
    begun = asked(PROCESSING, reason=FRESH)
    failed = asked(FAILED, reason=FRESH)
    assert found(asked(READY), begun, fresh=True, guard=guard) == GoOn(begun)
    assert found(asked(READY), failed, fresh=True, guard=guard) == Fetch(failed)


@pytest.mark.parametrize("state", [READY, UNCLEAR])
def test_fresh_pays_again_once_it_has_ended(state: State) -> None:
    """The newest counts: an older one that never ended is not brought back by it."""
    older = asked(PROCESSING, reason=FRESH)
    newest = asked(state, reason=FRESH, requested_at=NOW + HOUR)
    assert found(older, newest, fresh=True) is None


def test_of_equals_the_newest_is_taken() -> None:
    """Its file is the one that was looked at last."""
    old, new = asked(READY), asked(READY, requested_at=NOW + HOUR)
    assert found(old, new) == found(new, old) == Take(new)
