"""`botify-export export` given again, stopped, and beside a bot: nothing is paid twice."""

import asyncio
import json
import os
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any, NoReturn

import pytest
from forks import Forked, command
from modal_workspace import settings_for
from stage import TINY, Bot, Running, Stage

from bot import terminal
from bot.dialogue import Dialogue
from bot.model.errors import WrongInput

SHOP = "https://app.botify.com/acme-org/shop.example/"
AGAIN = ("export", TINY, "--yes", "--json")
FOR_EVER = 1_000_000


def id_in(said: str) -> str:
    """The one id in a sentence."""
    (found,) = re.findall(r"\((E-\w{6})\)", said)
    return str(found)


def lines_of(text: str, error_id: str) -> list[dict[str, Any]]:
    """The lines of a log in JSON that have this id."""
    lines = [json.loads(line) for line in text.splitlines()]
    return [line for line in lines if line.get("error_id") == error_id]


async def open_the_shop(stage: Stage) -> None:
    """A site that takes two parts where a file holds 50 rows."""
    shop = {"project": "shop.example", "depths": [1, 30, 40], "without_depth": 3}
    await stage.control("seed", {"botify": {"projects": [shop]}})


async def interrupted(stage: Stage, *arguments: str) -> None:
    """Stop a command while Botify works on its job."""
    before = stage.counts().get("GET /jobs/{id}", 0)
    await stage.switch(job_polls=FOR_EVER)
    running = stage.begin(*arguments)

    async def polled() -> bool:
        return stage.counts().get("GET /jobs/{id}", 0) > before

    await stage.until(polled)
    running.signal(signal.SIGTERM)
    ended = await running.ended()
    assert ended.status == 5
    assert "pays nothing twice" in ended.err
    await stage.switch(job_polls=1)


async def test_a_part_that_failed_does_not_make_the_others_paid_again(stage: Stage) -> None:
    """One broken download ends the command; the next one goes on part by part."""
    await open_the_shop(stage)
    await stage.fault("files", "GET /file", "truncate", count=None)
    arguments = ("export", SHOP, "--parts", "--yes", "--json")
    broken = await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")
    assert broken.status == 5, broken.err
    await stage.http.delete("control/faults")
    ran = await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")
    assert ran.status == 0, ran.err
    assert len(set(ran.report["job_ids"])) == 2
    assert stage.counts()["POST /jobs"] == 2
    assert ran.report["rows"] == 74


async def test_a_part_that_botify_failed_is_the_only_one_paid_again(stage: Stage) -> None:
    """Its price is said and agreed to; the other parts are kept."""
    await open_the_shop(stage)
    await stage.fate(fate="failed", next=1)
    arguments = ("export", SHOP, "--parts", "--json")
    assert (await stage.run(*arguments, "--yes", BOTIFY_ROW_LIMIT="50")).status == 4
    unasked = await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")
    assert unasked.status == 2
    assert "1 of 2 parts failed" in unasked.err
    ran = await stage.run(*arguments, "--yes", BOTIFY_ROW_LIMIT="50")
    assert ran.status == 0, ran.err
    assert stage.counts()["POST /jobs"] == 3


async def one_fails_and_one_runs_on(stage: Stage, *arguments: str) -> None:
    """Of the two jobs of the shop; the command has ended with the failure."""
    await open_the_shop(stage)
    await stage.fate(fate="failed", next=1)
    await stage.fate(fate="never_ends", next=1)
    assert (await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")).status == 4


async def test_a_part_that_runs_on_is_waited_for_beside_one_that_is_paid_again(
    stage: Stage,
) -> None:
    """Its job is asked about although the command only decided about the other part."""
    arguments = ("export", SHOP, "--parts", "--yes", "--json")
    await one_fails_and_one_runs_on(stage, *arguments)
    _, runs_on = await stage.jobs()
    await stage.fate(job_id=runs_on["job_id"], fate="done")
    ran = await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")
    assert ran.status == 0, ran.err
    assert ran.report["rows"] == 74
    assert stage.counts()["POST /jobs"] == 3


async def test_fresh_goes_on_with_what_it_began(stage: Stage) -> None:
    """Interrupted and given again it pays once; given once more it pays again."""
    await stage.run(*AGAIN)
    await interrupted(stage, *AGAIN, "--fresh")
    ran = await stage.run(*AGAIN, "--fresh")
    assert ran.status == 0, ran.err
    assert stage.counts()["POST /jobs"] == 2
    await stage.run(*AGAIN, "--fresh")
    assert stage.counts()["POST /jobs"] == 3


async def test_another_option_of_the_file_shares_the_job_that_runs(stage: Stage) -> None:
    """--raw beside an unfinished guarded export waits for its job."""
    await interrupted(stage, *AGAIN)
    raw = await stage.run(*AGAIN, "--raw", "--output", "raw.csv")
    assert raw.status == 0, raw.err
    assert stage.counts()["POST /jobs"] == 1
    expected = await stage.expected(raw.report["job_ids"][0])
    assert (stage.folder / "raw.csv").read_bytes() == expected


async def test_an_unclear_job_of_a_living_bot_is_looked_for_again(stage: Stage) -> None:
    """The command takes it over: giving it is the person's word to look once more."""
    await stage.start_bot()
    await stage.switch(jobs_list_shows="none")
    await stage.fault("botify", "POST /jobs", "lost", moment="after")
    await stage.export(TINY)
    await stage.message_with("please decide")
    unclear = await stage.run(*AGAIN)
    assert unclear.status == 5
    assert unclear.err.splitlines()[-1].startswith("Botify's answer was lost")
    await stage.switch(jobs_list_shows="own")
    ran = await stage.run(*AGAIN)
    assert ran.status == 0, ran.err
    assert len(await stage.jobs()) == 1
    assert await stage.delivered()


def stored(stage: Stage, query: str) -> list[Any]:
    """What a query of one column finds in the database of the installation."""
    file = stage.folder / "data" / "botify-export.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        return [value for (value,) in connection.execute(query)]


PARTS = "SELECT state FROM parts ORDER BY state"
MANY = "https://app.botify.com/acme-org/many.example/20260102"


async def half_refused(stage: Stage) -> Bot:
    """A bot with an export of two parts: one was refused, the other's request is under way."""
    many = {"project": "many.example", "depths": [3, 3], "analyses": ["20260102"]}
    await stage.control("seed", {"botify": {"projects": [many]}})
    bot = await stage.start_bot(BOTIFY_ROW_LIMIT="3")
    await stage.fault("botify", "POST /jobs", "status", status=403)
    await stage.fault("botify", "POST /jobs", "slow", seconds=3600, moment="after")
    await stage.open(MANY)
    await stage.choose("rows", "parts")

    async def divided() -> bool:  # what was priced before is no sign of it
        shown = str(await stage.view())
        return "2 files" in shown and "Asking Botify" not in shown

    await stage.until(divided)
    answer = await stage.submit()
    assert answer["ok"], answer

    async def half() -> bool:
        return stored(stage, PARTS) == ["creating", "failed"] and len(await stage.jobs()) == 1

    await stage.until(half)
    return bot


async def waiting(stage: Stage) -> Running:
    """The command for the same, once it has said that it waits."""
    running = stage.begin("export", MANY, "--parts", "--yes", "--json", BOTIFY_ROW_LIMIT="3")

    async def said() -> bool:
        return "is being asked" in running.err.read_text() or not running.process.alive

    await stage.until(said)
    assert stored(stage, PARTS) == ["creating", "failed"]
    return running


@asynccontextmanager
async def an_hour_later(stage: Stage) -> AsyncIterator[None]:
    """Whatever the services held back comes; from then on their time passes as usual."""
    clock = stage.sandbox.clock
    clock.drive()
    clock.advance(3600)

    async def passes() -> NoReturn:
        while True:
            await asyncio.sleep(0.1)
            clock.advance(0.1)

    time = asyncio.create_task(passes())
    try:
        yield
    finally:
        time.cancel()


async def test_a_request_that_a_bot_has_under_way_is_waited_for(stage: Stage) -> None:
    """Its answer has an owner who stores it: no job is lost, and none is paid twice."""
    await stage.switch(jobs_list_shows="none")
    await half_refused(stage)
    running = await waiting(stage)
    async with an_hour_later(stage):
        ran = await running.ended()
    assert ran.status == 0, ran.err
    assert ran.err.count("is being asked") == 1
    assert ran.report["rows"] == 6
    assert (len(await stage.jobs()), stage.counts()["POST /jobs"]) == (2, 3)


async def test_a_request_of_a_bot_that_died_is_looked_for(stage: Stage) -> None:
    """Nobody will store its answer any more: the command goes on, and finds the job in the list."""
    bot = await half_refused(stage)
    running = await waiting(stage)
    await bot.kill()
    ran = await running.ended()
    assert ran.status == 0, ran.err
    assert (len(await stage.jobs()), stage.counts()["POST /jobs"]) == (2, 3)


async def test_waiting_for_a_request_of_a_bot_can_be_stopped(stage: Stage) -> None:
    """At once, and nothing was taken from the bot."""
    await half_refused(stage)
    running = await waiting(stage)
    running.signal(signal.SIGTERM)
    ended = await running.ended()
    assert (ended.status, ended.err.splitlines()[-1]) == (5, "Stopped; nothing was started.")
    assert stored(stage, PARTS) == ["creating", "failed"]


async def test_a_part_that_fails_while_the_price_is_asked_is_asked_about_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was agreed to is paid: the new price is said, and agreed to or not."""
    arguments = ("export", SHOP, "--parts", "--yes", "--json")
    await one_fails_and_one_runs_on(stage, *arguments)
    said: list[str] = []

    class Asked(Dialogue):
        """A person who agrees to the first price, and in that moment another part fails."""

        def say(self, line: str) -> None:
            said.append(line)

        async def ask(self, question: str) -> bool | None:
            said.append(question)
            stored(stage, "UPDATE parts SET state = 'failed', job_id = NULL")
            return said.count(question) == 1

    monkeypatch.setattr(terminal, "Dialogue", Asked)
    monkeypatch.setattr(terminal, "stop_signals", asyncio.Event)
    settings = settings_for(stage.sandbox, stage.folder / "data", botify_row_limit=50)
    with pytest.raises(WrongInput, match="nothing was paid"):
        await terminal.run_export(settings, terminal.Wish(url=SHOP, parts=True))
    asked = [line for line in said if "failed" in line or line.endswith("?")]
    assert [line.partition(":")[0] for line in asked] == [
        "1 of 2 parts failed",
        "Start this export?",
        "2 of 2 parts failed",
        "Start this export?",
    ]
    assert stage.counts()["POST /jobs"] == 2


async def test_an_export_that_no_bot_announces_is_carried_out(stage: Stage) -> None:
    """It was asked for in Slack, and the bot ended before its message stood there."""
    bot = await stage.start_bot()
    await stage.fault("slack", "chat.postMessage", "ratelimit", seconds=600, count=None)
    await stage.export(TINY)
    await bot.kill()
    ran = await stage.run(*AGAIN)
    assert ran.status == 0, ran.err
    assert "Going on with export" in ran.err
    assert stage.counts()["POST /jobs"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_while_planning_is_one_sentence(stage: Stage, number: signal.Signals) -> None:
    """Status 5, at once, however long Botify takes; and nothing was begun."""
    await stage.fault("botify", "*", "slow", seconds=600, count=None)
    running = stage.begin(*AGAIN)

    async def asked() -> bool:
        return bool(stage.counts())

    await stage.until(asked)
    running.signal(number)
    ended = await running.ended()
    assert (ended.status, ended.err) == (5, "Stopped; nothing was started.\n")


async def test_standard_error_is_for_sentences_and_the_log_has_a_file(stage: Stage) -> None:
    """Retries are nothing to read; whoever looks for the cause finds it in DATA_DIR."""
    await stage.fault("botify", "*", "status", count=None)
    ran = await stage.run(*AGAIN)
    assert ran.status == 5
    (line,) = ran.err.splitlines()
    assert line.startswith("Botify")
    logged = (stage.folder / "data" / "export.log").read_text()
    assert "it is asked again" in logged
    assert "args" not in logged


@pytest.mark.parametrize(
    ("arguments", "settings", "cause"),
    [
        (AGAIN, {"BOTIFY_API_TOKEN": "wrong-token"}, "token_refused"),
        (AGAIN, {"BOTIFY_API_TOKEN": ""}, "not_set_up"),
        (("export", "no link", "--yes"), {}, "wrong_link"),
        (("export", "no link", "--yes"), {"DATA_DIR": "new/data"}, "wrong_link"),
    ],
)
async def test_the_id_of_a_command_that_failed_is_in_its_log(
    stage: Stage, arguments: tuple[str, ...], settings: dict[str, str], cause: str
) -> None:
    """Once, with the code and with the same advice, even before there was a folder for data."""
    ran = await stage.run(*arguments, LOG_FORMAT="json", **settings)
    (said,) = ran.err.splitlines()
    text = (stage.folder / settings.get("DATA_DIR", "data") / "export.log").read_text()
    assert "wrong-token" not in text
    (line,) = lines_of(text, id_in(said))
    assert line["cause"] == cause
    assert f"{line['sentence']} {line['advice']} ({line['error_id']})" == said


async def test_the_id_of_a_job_that_failed_is_in_the_log(stage: Stage) -> None:
    """The step that failed and what was printed have the same id, code and advice."""
    await stage.fate(fate="failed", next=1)
    ran = await stage.run(*AGAIN, LOG_FORMAT="json")
    assert ran.status == 4, ran.err
    said = ran.err.splitlines()[-1]
    text = (stage.folder / "data" / "export.log").read_text()
    moved, told = lines_of(text, id_in(said))
    assert moved["action"] == "part_moved"
    assert moved["cause"] == told["cause"] == "export_failed"
    assert moved["advice"] == told["advice"]
    assert told["advice"] in said


async def test_a_start_that_slack_refuses_has_one_id(stage: Stage) -> None:
    """What `run` prints last is found in the lines above it, with Slack's own word."""
    stage.brings_about.add("invalid_auth")
    ran = await stage.run("run", SLACK_BOT_TOKEN="xoxb-1-2-wrong", LOG_FORMAT="json")
    assert ran.status == 2
    *logged, said = ran.err.splitlines()
    assert "xoxb-1-2-wrong" not in ran.err
    refused, told = lines_of("\n".join(logged), id_in(said))
    assert refused["word"] == "invalid_auth"
    assert told["cause"] == "installation_gone"
    assert told["advice"] in said
    assert "E-" not in "".join(logged).replace(told["error_id"], "")


async def test_without_a_terminal_each_change_is_one_line(stage: Stage) -> None:
    """A job of hours is not silent in a file, and says nothing twice: stages, trouble, its end."""
    await stage.switch(job_polls=FOR_EVER)
    running = stage.begin(*AGAIN)

    def said(words: str, times: int = 1) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            return running.err.read_text().count(words) == times

        return look

    await stage.until(said("Botify is working"))
    await stage.fault("botify", "GET /jobs/{id}", "status", count=None)
    await stage.until(said("Still trying"))
    await stage.http.delete("control/faults")
    await stage.until(said("Botify is working", 2))
    await stage.switch(job_polls=1)
    ran = await running.ended()
    assert ran.status == 0, ran.err
    begun, ended = ran.err.index("Asking Botify"), ran.err.index("12 rows, 4 columns")
    said_meanwhile = ran.err[begun:ended].splitlines()
    # a file of a few lines may come and go between two looks
    assert [line for line in said_meanwhile if line != "Downloading"] == [
        "Asking Botify",
        "Botify is working",
        "Botify has trouble answering at the moment (HTTP 500). Still trying; nothing is lost.",
        "Botify is working",
        "Writing the file",
    ]


async def test_progress_that_nobody_reads_ends_nothing(stage: Stage) -> None:
    """`2>&1 | head -1` closes the pipe early: the file that is paid for is written all the same."""
    await stage.switch(job_polls=FOR_EVER)
    pipe, target = stage.folder / "pipe", stage.folder / "out.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    arguments = (*AGAIN, "--output", str(target))
    out, folder = str(stage.folder / "out"), str(stage.folder)
    process = Forked(command, arguments, stage.environment, folder, out, str(pipe))

    async def polled() -> bool:
        return stage.counts().get("GET /jobs/{id}", 0) > 1

    await stage.until(polled)
    os.close(reader)
    await stage.switch(job_polls=1)
    await process.ended()
    assert target.is_file()


async def test_fewer_rows_than_counted_are_said_and_are_no_failure(stage: Stage) -> None:
    """The JSON keeps its keys and has what was delivered."""
    await stage.switch(delivered_rows_limit=5)
    ran = await stage.run(*AGAIN)
    assert ran.status == 0, ran.err
    assert len(ran.report) == 10
    assert ran.report["rows"] == ran.report["credits"] == 5
    assert ran.err.splitlines()[-1] == "Counted before: 12 rows; the file has 5."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export"], "url"),
        (["export", TINY, "--depth", "deep"], "--depth"),
        (["export", TINY, "--output"], "--output"),
        (["expert", TINY], "expert"),
        (["run", "--now"], "--now"),
    ],
)
async def test_a_mistake_in_the_arguments_is_one_line(
    stage: Stage, arguments: list[str], words: str
) -> None:
    """Status 2, what is wrong and where the right form stands; no box, no traceback."""
    ran = await stage.run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert words in line
    assert "--help" in line
