"""Rounds of questions about running jobs, in this process: what each answer leads to."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import lay_out
from pydantic import SecretStr
from raw_server import RawServer, answering, http

from bot.app import assembled
from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.botify.error_codes import CODES, error_of
from bot.botify.subject import NOTHING
from bot.exports.choices import again
from bot.exports.context import Context
from bot.exports.creation import send_job
from bot.exports.effects import LeaseOver
from bot.exports.engine import Engine
from bot.exports.ownership import LEASE, renew
from bot.exports.part_lifecycle import GoOn, StartOver
from bot.exports.polling import Poller
from bot.model.errors import ExportBusy, RateLimited, Repeat
from bot.model.export import Export, Part, State
from bot.model.ids import new_export_id
from bot.model.project import Project
from bot.model.settings import Settings
from bot.model.specification import WHOLE_SITE, Specification
from storage import exports

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DEADLINE = NOW + timedelta(hours=6)
FILE = {"download_url": "https://files.example/a.csv.gz"}


class Clock:
    """The time of a test: it moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        """Later, by so much."""
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    """New year."""
    return Clock()


def refused(status: int, code: int, *headers: str) -> bytes:
    """An answer with one of Botify's error codes."""
    error = {"error": {"error_code": code, "message": "no", "error_detail": {}}}
    return http(status, json.dumps(error).encode(), *headers)


def job(word: str, job_id: str = "1", **more: Any) -> bytes:
    """An answer about a job."""
    return http(200, json.dumps({"job_id": job_id, "job_status": word} | more).encode())


@asynccontextmanager
async def program(
    folder: Path, clock: Callable[[], datetime], *answers: bytes
) -> AsyncIterator[tuple[Context, RawServer]]:
    """The program without Slack, whose Botify gives these answers, the last one for ever."""
    settings = Settings(data_dir=lay_out(folder), botify_api_token=SecretStr("token"))
    async with (
        answering(*answers) as server,
        BotifyClient(server.origin, SecretStr("token"), Budget(10_000)) as client,
        assembled(settings, with_slack=False, now=clock) as ready,
    ):
        yield replace(ready, botify=client), server


async def running(context: Context, *jobs: str) -> list[Part]:
    """Exports whose jobs run at Botify."""
    made = []
    for job_id in jobs:
        part = Part(
            export_id=new_export_id(),
            rows=WHOLE_SITE,
            state=State.PROCESSING,
            entered_at=NOW,
            due_at=DEADLINE,
            intent_at=NOW,
            job_id=job_id,
            job_status="CREATED",
        )
        export = Export(
            id=part.export_id,
            specification=Specification("jane.doe", Project("acme-org", "acme.com"), "1", ()),
            preset="custom",
            rows_expected=1,
            requested_by="ana",
            requested_at=NOW,
            parts=(part,),
        )
        async with context.database.write() as connection:
            await exports.add(
                connection, export, owner=context.owner, lease_until=NOW + timedelta(days=1)
            )
        made.append(part)
    context.running.note(made)
    return made


async def of(context: Context, part: Part) -> Export:
    """The export of a part as it is stored."""
    async with context.database.read() as connection:
        export = await exports.get(connection, part.export_id)
    assert export is not None
    return export


async def now_of(context: Context, part: Part) -> Part:
    """The part as it is stored."""
    return (await of(context, part)).parts[0]


SOME = (1001, 1002, 1004, 1011, 1016, 1029, 1033, 1052, 1053, 1060)
"""A code of each kind."""


def test_some_codes_stand_for_every_kind_of_error() -> None:
    """The test below meets each error that a code can become."""
    kinds = {meaning.error for meaning in CODES.values()} - {None}
    assert {CODES[code].error for code in SOME} == kinds | {CODES[1011].error}


async def test_a_refusal_about_one_job_is_no_reason_to_leave_the_others_alone(
    tmp_path: Path, clock: Clock
) -> None:
    """Final, it ends its part; else it is asked again. The other job ends all the same."""
    refusals = [(status, code) for status in (400, 500) for code in SOME]
    done = job("DONE", "2", results=FILE)
    answers = [answer for one in refusals for answer in (refused(*one), done)]
    async with program(tmp_path, clock, *answers) as (context, _):
        for status, code in refusals:
            first, second = await running(context, "1", "2")
            poller = Poller(context)
            await poller.round()
            error = error_of(status, {"error": {"error_code": code}}, NOTHING)
            if isinstance(error, RateLimited):  # nothing more is asked in this round
                clock.advance(seconds=2)
                context.running.forget(first)
                await poller.round()
            one = await now_of(context, first)
            assert (await now_of(context, second)).state is State.DOWNLOADING
            final = error.repeat is Repeat.DONE and not isinstance(error, ExportBusy)
            assert one.state is (State.FAILED if final else State.PROCESSING)
            assert (one.failure is not None and one.failure.code == error.code) is final
            context.running.forget(first)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_on_a_broken_server_is_never_final(code: int) -> None:
    """With a status of 500 it says nothing about what was done."""
    assert error_of(500, {"error": {"error_code": code}}, NOTHING).repeat is not Repeat.DONE


async def test_a_limit_of_no_seconds_is_no_invitation(tmp_path: Path, clock: Clock) -> None:
    """`Retry-After: 0` is answered with the pauses of our own, which grow."""
    limited = refused(429, 1053, "Retry-After: 0")
    async with program(tmp_path, clock, limited) as (context, server):
        await running(context, "1")
        poller = Poller(context)
        for _ in range(60):
            await poller.round()
            clock.advance(seconds=1)
    assert len(server.requests) <= 5


async def test_a_deadline_that_passed_while_nobody_asked_is_no_answer(
    tmp_path: Path, clock: Clock
) -> None:
    """After a night without this program Botify is asked first; only then a job is lost."""
    answers = (job("DONE", "1", results=FILE), job("PROCESSING", "2"))
    async with program(tmp_path, clock, *answers) as (context, _):
        first, second = await running(context, "1", "2")
        clock.advance(hours=12)
        await renew(context)
        engine = Engine(context)
        export = await of(context, first)
        assert await engine._step(export, first) == first
        await Poller(context).round()
        assert (await now_of(context, first)).state is State.DOWNLOADING
        lost = await now_of(context, second)
    assert lost.failure is not None
    assert lost.failure.code == "lost"
    assert "last seen as PROCESSING" in lost.failure.sentence


async def test_a_job_that_nobody_can_be_asked_about_is_lost_some_time_after_its_deadline(
    tmp_path: Path, clock: Clock
) -> None:
    """A silent Botify does not keep an export for ever."""
    async with program(tmp_path, clock, http(503, b"")) as (context, _):
        (part,) = await running(context, "1")
        clock.advance(hours=7)
        poller = Poller(context)
        await poller.round()
        assert (await now_of(context, part)).state is State.PROCESSING
        clock.advance(hours=1, seconds=1)
        assert len(await poller.round()) == 1
        lost = await now_of(context, part)
    assert lost.failure is not None
    assert lost.failure.code == "lost"


async def test_a_done_job_without_a_file_is_asked_again_for_a_while(
    tmp_path: Path, clock: Clock
) -> None:
    """The address may come a moment later; where it never does, it is the same job to retry."""
    bare = job("DONE")
    answers = (bare, bare, job("DONE", results=FILE), bare)
    async with program(tmp_path, clock, *answers) as (context, server):
        for ends in (State.DOWNLOADING, State.FAILED):
            (part,) = await running(context, "1")
            poller = Poller(context)
            while not await poller.round():
                clock.advance(seconds=2)
            moved = await now_of(context, part)
            assert moved.state is ends
    assert len(server.requests) == 3 + 31
    assert moved.failure is not None
    assert moved.failure.code == "file_missing"
    assert isinstance(again(moved, context), GoOn)
    second = replace(moved, refreshed=True)
    assert isinstance(again(second, context), StartOver)


async def test_a_job_that_nobody_remembers_is_asked_about_again(
    tmp_path: Path, clock: Clock
) -> None:
    """What is ours by the database is watched, whatever has put it out of sight."""
    async with program(tmp_path, clock, job("DONE", results=FILE)) as (context, server):
        (part,) = await running(context, "1")
        context.running.forget(part)
        engine = Engine(context)
        await engine.tick()
        await engine.stop(10)
        assert context.running.jobs == ()
        assert server.requests
        assert (await now_of(context, part)).state is not State.PROCESSING


async def test_a_clock_that_was_set_back_stops_nothing(tmp_path: Path, clock: Clock) -> None:
    """Claims go on at the next tick, not after the hour that is now lived twice."""
    async with program(tmp_path, clock, job("PROCESSING")) as (context, _):
        engine = Engine(context)
        await engine.tick()
        clock.advance(hours=-1)
        (part,) = await running(context, "1")
        context.running.forget(part)
        await engine.tick()
        await engine.stop(10)
        assert context.running.jobs == ("1",)


async def test_a_disk_that_is_slow_to_write_does_not_stop_the_questions(
    tmp_path: Path, clock: Clock
) -> None:
    """A lease that waits to be written, behind large files perhaps, holds up nothing else."""
    async with program(tmp_path, clock, job("CREATED")) as (context, server):
        engine = Engine(context)
        await engine.tick()
        await running(context, "1")
        async with written_to_by_another(context):
            clock.advance(seconds=LEASE.total_seconds() / 2)
            for asked in range(3):
                await engine.tick()
                while len(server.requests) <= asked:
                    await asyncio.sleep(0.01)
                    await engine.tick()
            before = context.hold.until
        await engine.stop(30)
        assert context.hold.until > before


@asynccontextmanager
async def written_to_by_another(context: Context) -> AsyncIterator[None]:
    """The database, while another program is in the middle of a long write."""
    assert context.database.path is not None
    with closing(sqlite3.connect(context.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def test_a_request_that_waited_beyond_its_lease_is_not_sent(
    tmp_path: Path, clock: Clock
) -> None:
    """Asleep before its turn: another process may have made the job, whoever holds a lease now."""
    async with program(tmp_path, clock, http(200, b"{}")) as (context, server):
        (part,) = await running(context, "1")
        await renew(context)
        seconds = [0.0]

        async def asleep(wait: float) -> None:
            seconds[0] += wait
            clock.advance(minutes=3)
            await renew(context)

        budget = Budget(1, clock=lambda: seconds[0], sleep=asleep)
        await budget.take()
        asked = replace(
            part, state=State.CREATING, job_id=None, job_status=None, payload={}, asked_at=NOW
        )
        async with BotifyClient(server.origin, SecretStr("token"), budget) as client:
            with pytest.raises(LeaseOver):
                await send_job(replace(context, botify=client), asked, {}, None)
        assert not server.requests
