"""`botify-export export` and `doctor`, as an operator and a script use them."""

import asyncio
import csv
import io
import json
import signal
from pathlib import Path

import pytest
from stage import ACME, TINY, Stage

KEYS = {
    "export_id", "job_ids", "rows", "columns", "bytes", "path", "depth", "credits", "reused",
    "seconds",
}  # fmt: skip
BIGSHOP = "https://app.botify.com/acme-org/bigshop.example/"
FLAT = "https://app.botify.com/acme-org/flat.example/"
EMPTY = "https://app.botify.com/acme-org/empty.example/"


async def test_an_export_writes_the_file_and_reports_it(stage: Stage) -> None:
    """Status 0, one JSON object with the fixed keys, and the exact bytes where they were wanted."""
    target = stage.folder / "acme.csv"
    ran = await stage.run("export", ACME, "--yes", "--json", "--output", str(target))
    assert ran.status == 0, ran.err
    assert set(ran.report) == KEYS
    assert ran.report["rows"] == 48_211
    assert ran.report["columns"] == 4
    assert ran.report["credits"] == 48_211
    assert ran.report["depth"] is None
    assert ran.report["reused"] is False
    assert ran.report["path"] == str(target)
    content = target.read_bytes()
    assert ran.report["bytes"] == len(content)
    assert len(list(csv.reader(io.StringIO(content.decode(), newline="")))) == 48_212


async def test_raw_leaves_every_byte_as_botify_sent_it(stage: Stage) -> None:
    """--raw on a paid export fetches the same job's file again and pays nothing."""
    guarded = await stage.run("export", ACME, "--yes", "--json", "--output", "guarded.csv")
    raw = await stage.run("export", ACME, "--yes", "--json", "--raw", "--output", "raw.csv")
    assert raw.status == 0, raw.err
    assert raw.report["job_ids"] == guarded.report["job_ids"]
    assert raw.report["credits"] == 0
    assert raw.report["reused"] is True
    expected = await stage.expected(raw.report["job_ids"][0])
    assert (stage.folder / "raw.csv").read_bytes() == expected
    assert (stage.folder / "guarded.csv").read_bytes() != expected
    assert stage.counts()["POST /jobs"] == 1


async def test_an_identical_export_is_reused_and_fresh_pays_again(stage: Stage) -> None:
    """The second time is free; --fresh is the word for paying."""
    first = await stage.run("export", TINY, "--yes", "--json")
    again = await stage.run("export", TINY, "--json")
    assert again.status == 0, again.err
    assert again.report["reused"] is True
    assert again.report["credits"] == 0
    assert again.report["export_id"] == first.report["export_id"]
    fresh = await stage.run("export", TINY, "--yes", "--json", "--fresh")
    assert fresh.report["reused"] is False
    assert fresh.report["credits"] == 12
    assert stage.counts()["POST /jobs"] == 2


async def test_fields_and_depth_are_asked_for_as_given(stage: Stage) -> None:
    """The columns come in the order of --fields, the rows up to --depth."""
    ran = await stage.run(
        "export", BIGSHOP, "--fields", "depth,url", "--depth", "1", "--yes", "--json",
        "--output", "shop.csv",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert ran.report["rows"] == 560
    assert ran.report["depth"] == 1
    content = (stage.folder / "shop.csv").read_bytes().decode()
    lines = list(csv.reader(io.StringIO(content, newline="")))
    assert lines[0] == ["Depth", "Full URL"]
    assert {row[0] for row in lines[1:]} == {"0", "1"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["https://example.com/acme-org/acme.com/", "--yes"], 2, "app.botify.com"),
        (["not a link", "--yes"], 2, "link"),
        (["https://app.botify.com/acme-org/", "--yes"], 2, "no project"),
        ([TINY, "--yes", "--fields", "url,metadata.titel.content"], 2, "metadata.title.content"),
        ([TINY, "--yes", "--fields", " , "], 2, "no field"),
        ([TINY, "--yes", "--analysis", "20260712x"], 3, "analysis"),
        ([EMPTY, "--yes"], 2, "no finished analysis"),
        ([FLAT, "--yes"], 2, "row limit"),
        ([BIGSHOP, "--yes", "--depth", "4"], 2, "largest depth that fits is 3"),
        ([TINY, "--yes", "--output", "missing/folder/x.csv"], 2, "does not exist"),
        ([TINY], 2, "--yes"),
        ([TINY, "--depth", "-1"], 2, "depth"),
        ([TINY, "--nonsense"], 2, "nonsense"),
        (["https://app.botify.com/acme-org/nope/", "--yes"], 3, "acme-org/nope"),
        (["https://app.botify.com/other-org/acme.com/", "--yes"], 3, "other-org"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence_and_a_status(
    stage: Stage, arguments: list[str], status: int, words: str
) -> None:
    """Wrong arguments are 2, Botify's refusals 3; no traceback, nothing paid."""
    ran = await stage.run("export", *arguments)
    assert ran.status == status, ran.err
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert "POST /jobs" not in stage.counts()


@pytest.mark.parametrize("token", ["wrong-token", "sandbox-botify-other"])
async def test_a_token_that_may_not_is_named(stage: Stage, token: str) -> None:
    """A token that Botify refuses, and one without access to the project, are status 3."""
    ran = await stage.run("export", TINY, "--yes", BOTIFY_API_TOKEN=token)
    assert ran.status == 3, ran.err
    assert token not in ran.err


async def test_a_missing_token_says_where_to_get_it(stage: Stage) -> None:
    """Without BOTIFY_API_TOKEN there is one sentence with the next step."""
    ran = await stage.run("export", TINY, "--yes", BOTIFY_API_TOKEN="")
    assert ran.status == 2
    assert "BOTIFY_API_TOKEN" in ran.err


async def test_a_failed_job_is_status_four(stage: Stage) -> None:
    """The export failed at Botify; the next run makes a new job."""
    await stage.fate(fate="failed", next=1)
    ran = await stage.run("export", TINY, "--yes")
    assert ran.status == 4, ran.err
    again = await stage.run("export", TINY, "--yes", "--json")
    assert again.status == 0, again.err
    assert stage.counts()["POST /jobs"] == 2


async def test_a_broken_file_is_fetched_three_times_and_then_later(stage: Stage) -> None:
    """Status 5 means: run it again. The same job gives the file then."""
    await stage.fault("files", "GET /file", "truncate", count=None)
    ran = await stage.run("export", TINY, "--yes", "--json")
    assert ran.status == 5, ran.err
    assert stage.counts("files")["GET /file"] == 3
    await stage.http.delete("control/faults")
    again = await stage.run("export", TINY, "--yes", "--json")
    assert again.status == 0, again.err
    assert stage.counts()["POST /jobs"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_an_interrupted_export_goes_on_with_the_same_job(
    stage: Stage, number: signal.Signals
) -> None:
    """However it was ended: the same arguments go on with the same Botify job."""
    await stage.switch(job_polls=1_000_000)
    running = stage.begin("export", TINY, "--yes")

    async def polled() -> bool:
        return stage.counts().get("GET /jobs/{id}", 0) > 1

    await stage.until(polled)
    running.signal(number)
    ended = await running.ended()
    if number is not signal.SIGKILL:
        assert ended.status == 5
        assert "Run the same command again" in ended.err
    await stage.switch(job_polls=1)
    ran = await stage.run("export", TINY, "--json")
    assert ran.status == 0, ran.err
    assert stage.counts()["POST /jobs"] == 1


async def test_an_export_beside_the_bot_doubles_nothing(stage: Stage) -> None:
    """The command line joins what the bot is doing: one job, a file here and one in the channel."""
    await stage.start_bot()
    await stage.switch(job_polls=8)
    await stage.export(TINY)
    await stage.message_with("Botify is working")
    ran = await stage.run("export", TINY, "--yes", "--json")
    assert ran.status == 0, ran.err
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


async def test_two_command_lines_at_once_share_one_job(stage: Stage) -> None:
    """A forgotten terminal does not make anybody pay twice."""
    await stage.switch(job_polls=20)
    first, second = await asyncio.gather(
        stage.run("export", TINY, "--yes", "--json", "--output", "a.csv"),
        stage.run("export", TINY, "--yes", "--json", "--output", "b.csv"),
    )
    assert (first.status, second.status) == (0, 0), first.err + second.err
    assert stage.counts()["POST /jobs"] == 1
    assert (stage.folder / "a.csv").read_bytes() == (stage.folder / "b.csv").read_bytes()


async def test_doctor_is_content_with_a_complete_installation(stage: Stage) -> None:
    """Every check is well and the one next step is to run it."""
    ran = await stage.run("doctor")
    assert ran.status == 0, ran.out
    assert "botify-export run" in ran.out
    for subject in ("disk", "database", "Botify", "bot token", "scopes", "app token"):
        assert subject in ran.out


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"BOTIFY_API_TOKEN": ""}, "BOTIFY_API_TOKEN"),
        ({"BOTIFY_API_TOKEN": "wrong"}, "API token"),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "token"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN"),
        ({"DATA_DIR": "/proc/nowhere"}, "DATA_DIR"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"POLL_SECONDS": "soon"}, "POLL_SECONDS"),
    ],
)
async def test_doctor_names_what_is_wrong(
    stage: Stage, settings: dict[str, str], words: str
) -> None:
    """Each wrong or missing setting is found and named, with what to do, and never shown."""
    stage.brings_about.add("invalid_auth")
    ran = await stage.run("doctor", **settings)
    assert ran.status != 0
    said = ran.out + ran.err
    assert words in said
    assert "Traceback" not in said
    for value in settings.values():
        assert not value.startswith("x") or value not in said


async def test_json_is_the_last_line_of_a_clean_standard_output(stage: Stage) -> None:
    """Programs read standard output; everything for people goes to standard error."""
    ran = await stage.run("export", TINY, "--yes", "--json")
    (line,) = ran.out.splitlines()
    assert json.loads(line)["rows"] == 12
    assert Path(json.loads(line)["path"]).is_file()
