"""`botify-export export` given again, stopped, and beside a bot: nothing is paid twice."""

import signal

import pytest
from stage import TINY, Stage

SHOP = "https://app.botify.com/acme-org/shop.example/"
AGAIN = ("export", TINY, "--yes", "--json")
FOR_EVER = 1_000_000


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
    shop = {"project": "shop.example", "depths": [1, 30, 40], "without_depth": 3}
    await stage.control("seed", {"botify": {"projects": [shop]}})
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
    shop = {"project": "shop.example", "depths": [1, 30, 40], "without_depth": 3}
    await stage.control("seed", {"botify": {"projects": [shop]}})
    await stage.fate(fate="failed", next=1)
    arguments = ("export", SHOP, "--parts", "--json")
    assert (await stage.run(*arguments, "--yes", BOTIFY_ROW_LIMIT="50")).status == 4
    unasked = await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")
    assert unasked.status == 2
    assert "1 of 2 parts failed" in unasked.err
    ran = await stage.run(*arguments, "--yes", BOTIFY_ROW_LIMIT="50")
    assert ran.status == 0, ran.err
    assert stage.counts()["POST /jobs"] == 3


async def test_a_part_that_runs_on_is_waited_for_beside_one_that_is_paid_again(
    stage: Stage,
) -> None:
    """Its job is asked about although the command only decided about the other part."""
    shop = {"project": "shop.example", "depths": [1, 30, 40], "without_depth": 3}
    await stage.control("seed", {"botify": {"projects": [shop]}})
    await stage.fate(fate="failed", next=1)
    await stage.fate(fate="never_ends", next=1)
    arguments = ("export", SHOP, "--parts", "--yes", "--json")
    assert (await stage.run(*arguments, BOTIFY_ROW_LIMIT="50")).status == 4
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
