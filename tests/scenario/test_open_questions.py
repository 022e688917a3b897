"""Where nobody knows how Botify or Slack behaves, the product survives both ways.

A row is here where the product asks what the switch is about, which each row proves from the
journal. What it never asks has its tests with the sandbox and the edges: `project_shape`,
`user_projects_shape` and `collections_shape` (lists that the program does not need),
`query_size_over` (its pages are small), `metrics_required` (it always sends them), `zip_asked_by`
and the defaults of `sep=` line and header (it says both), `upload_twice` (a new address each time).
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from stage import Ran, Stage, staged

from sandbox.journal import Entry

LINK = "https://app.botify.com/acme-org/open.example/"
PROJECT: dict[str, Any] = {
    "project": "open.example",
    "depths": [1, 4, 6],
    "without_depth": 1,
    "analyses": ["20260607", {"slug": "20260712", "status": "crawling"}, "20260705", "20260628"],
}
ROWS = 12
FIELDS = "url,depth,date_crawled,gzipped,metadata.title.content,metadata.h1.contents"
"""A number, a date, a boolean, texts, and several values in one cell."""

PROFILE = "GET /authentication/profile"
ANALYSES = "GET /analyses/{org}/{project}/light"
MODEL = "GET /projects/{org}/{project}/collections/{collection}"
QUERY = "POST /projects/{org}/{project}/query"
CREATE = "POST /jobs"
LIST = "GET /jobs"
JOB = "GET /jobs/{id}"
FILE = "GET /file"

LOST = {"service": "botify", "method": CREATE, "action": "lost", "moment": "after"}
"""The job is made, and nobody hears of it: what is made of it stands in the list only."""
BROKEN = {"service": "files", "method": FILE, "action": "reset", "bytes": 300}
"""The file ends in the middle, once."""
DROPPED = {"job_metadata": "dropped"}
"""Then a lost job is known by its person, its payload and its time alone."""


@dataclass(frozen=True)
class Case:
    """An answer to an open question.

    Attributes:
        switches: what is chosen.
        asked: the method whose answer it shapes; it must have been asked.
        fault: what breaks besides, so that the answer matters.
        times: how often the method is asked at least.
        wrong: what Botify then calls a request of ours that cannot know the answer.
    """

    switches: dict[str, Any]
    asked: str
    fault: dict[str, Any] | None = None
    times: int = 1
    wrong: str | None = None

    def __str__(self) -> str:
        return json.dumps(self.switches)[1:-1]


WHOLE = [
    Case({"profile_shape": "username"}, PROFILE),
    Case({"profile_shape": "user"}, PROFILE),
    Case({"profile_shape": "login"}, PROFILE),
    Case({"analyses_order": "oldest"}, ANALYSES),
    Case({"field_ids": "prefixed"}, MODEL),
    Case({"global_fields": "global"}, MODEL, times=2),
    Case({"global_fields": "global", "field_ids": "prefixed"}, MODEL, times=2),
    Case({"sort_by_field": False}, QUERY),
    Case({"job_created_status": 200}, CREATE),
    Case({"job_id_form": "text"}, CREATE),
    Case({"job_url_form": "absent"}, CREATE),
    Case({"job_url_form": "relative", "job_id_given": False}, CREATE),
    Case({"job_url_form": "absolute", "job_id_given": False}, CREATE),
    Case({"job_url_form": "absent", "job_id_given": False}, LIST),
    Case({"job_metadata": "refused"}, CREATE, times=2, wrong="1020"),
    Case({"job_metadata": "returned", "job_id_form": "text"}, LIST, LOST),
    Case(DROPPED, LIST, LOST),
    Case(DROPPED | {"job_user_form": "object"}, LIST, LOST),
    Case(DROPPED | {"job_user_form": "absent"}, LIST, LOST),
    Case(DROPPED | {"job_payload_echo": "with_defaults"}, LIST, LOST),
    Case(DROPPED | {"jobs_list_shows": "all", "jobs_list_order": "oldest"}, LIST, LOST),
    Case({"jobs_list_late": 2}, LIST, LOST, times=3),
    Case({"results_rows": True}, JOB),
    Case({"running_results": "absent"}, JOB),
    Case({"job_progress_by": "time", "job_seconds": 0.1, "job_seconds_created": 0.05}, JOB),
    Case({"rate_limit": 2, "retry_after": True, "too_many_code": False}, CREATE, wrong="429"),
    Case({"rate_limit": 2, "rate_limit_scope": "project"}, CREATE, wrong="429"),
    Case({"file_format": "zip"}, FILE),
    Case({"file_format": "plain"}, FILE),
    Case({"file_gz_members": 3}, FILE),
    Case({"sep_line": "always"}, FILE),
    Case({"csv_line_end": "lf"}, FILE),
    Case({"csv_quoting": "all"}, FILE),
    Case({"csv_bom": True}, FILE),
    Case({"csv_booleans": "capital", "csv_null": "null", "csv_dates": "space"}, FILE),
    Case({"csv_booleans": "number"}, FILE),
    Case({"multi_values": "json"}, FILE),
    Case({"multi_values": "first"}, FILE),
    Case({"file_content_type": "octet-stream"}, FILE),
    Case({"file_ranges": True}, FILE, BROKEN, times=2),
    Case({"file_ranges": False}, FILE, BROKEN, times=2),
    Case({"file_length": False}, FILE),
    Case({"file_redirects": 2}, FILE, times=3),
    Case(
        {"file_url_seconds": 3},
        FILE,
        {"service": "files", "method": FILE, "action": "slow", "seconds": 3.1},
        times=2,
    ),
]
"""One choice each that differs from what the other scenarios run against."""


@pytest.mark.parametrize("case", WHOLE, ids=str)
async def test_an_export_is_whole_whatever_botify_does(tmp_path: Path, case: Case) -> None:
    """The same rows, once, for whichever answer an open question has."""
    async with staged(tmp_path) as stage:
        if case.switches.get("jobs_list_shows") == "all":
            await asked_by_somebody_else(stage)
        target = tmp_path / "open.csv"
        ran = await exported(stage, case, "--fields", FIELDS, "--raw", "--output", str(target))
        assert ran.status == 0, ran.err
        assert ran.report["rows"] == ROWS
        (job,) = [each for each in await stage.jobs() if each["user"] == "jane.doe"]
        assert ran.report["job_ids"] == [str(job["job_id"])]
        assert job["payload"]["query"]["collections"] == ["crawl.20260705"]
        content = target.read_bytes()
        assert not content.startswith(b"sep=")
        expected = await stage.expected(ran.report["job_ids"][0])
        assert rows_of(content) == rows_of(expected)
        shows(case, stage.sandbox.journal.entries())


def shows(case: Case, entries: list[Entry]) -> None:
    """The journal has what makes the case one: its method, its refusals, its second request."""
    asked = [entry for entry in entries if entry.method == case.asked]
    assert len(asked) >= case.times, Counter(entry.method for entry in entries)
    limited = sum(entry.status == httpx.codes.TOO_MANY_REQUESTS for entry in entries)
    assert bool(limited) is ("rate_limit" in case.switches)
    statuses = [entry.status for entry in asked]
    if "file_url_seconds" in case.switches:
        assert statuses == [403, 200]
    if case.fault is BROKEN:
        assert set(statuses[1:]) == {206 if case.switches["file_ranges"] else 200}
        assert "range" in asked[1].arguments


async def asked_by_somebody_else(stage: Stage) -> None:
    """The same export of another person: the list shows it, and it is not ours."""
    person = {"token": "bens", "username": "ben.okafor", "organizations": ["acme-org"]}
    await stage.control("seed", {"botify": {"projects": [PROJECT], "people": [person]}})
    ran = await stage.run(
        *("export", LINK, "--fields", FIELDS, "--yes", "--fresh"),
        BOTIFY_API_TOKEN="bens",
        DATA_DIR=str(stage.folder / "bens"),
    )
    assert ran.status == 0, ran.err


async def exported(stage: Stage, case: Case, *arguments: str) -> Ran:
    """The command, from a terminal of its own, against what the case chooses."""
    await stage.control("seed", {"botify": {"projects": [PROJECT]}})
    await stage.switch(**case.switches)
    if case.fault is not None:
        await stage.control("faults", case.fault)
    if case.wrong is not None:
        stage.brings_about.add(case.wrong)
    return await stage.run("export", LINK, "--yes", "--json", *arguments)


def rows_of(content: bytes) -> list[list[str]]:
    """The cells, whatever the byte order mark, the quoting and the line ends."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


CUT = "Counted before: 12 rows; the file has 5"


@pytest.mark.parametrize(
    "case",
    [
        Case({"delivered_rows_limit": 5}, FILE),
        Case({"direct_download_rows": 5, "export_size_over": "cut"}, FILE),
    ],
    ids=str,
)
async def test_a_file_that_botify_cuts_is_said_to_be_cut(tmp_path: Path, case: Case) -> None:
    """Nothing is cut silently: the file is written, and what is missing is told."""
    async with staged(tmp_path) as stage:
        ran = await exported(stage, case)
        assert (ran.status, ran.report["rows"]) == (0, 5), ran.err
        assert CUT in ran.err
        shows(case, stage.sandbox.journal.entries())


UNCLEAR = {"jobs_list_shows": "none"}
FILTERED = ("--where", "http_code:4xx")
ENDS = [
    (Case({"direct_download_rows": 5}, CREATE, wrong="1020"), (), (3, 4), ""),
    (Case({"fields_per_export": 3}, CREATE, wrong="1027"), (), (2, 3, 4), "fields"),
    (Case({"multiple_fields_per_export": 0}, CREATE, wrong="1028"), (), (2, 3, 4), "field"),
    (Case({"query_terms_limit": 0}, QUERY, wrong="1043"), FILTERED, (2, 3, 4), ""),
    (Case(UNCLEAR, LIST, LOST, times=4), (), (5,), "answer was lost"),
    (Case({"job_fate": "failed", "failed_jobs_billed": True}, JOB), (), (4,), "failed"),
    (Case({"job_fate": "failed", "failed_jobs_billed": False}, JOB), (), (4,), "failed"),
]


@pytest.mark.parametrize(("case", "more", "statuses", "words"), ENDS, ids=str)
async def test_an_export_that_cannot_be_ends_with_a_sentence(
    tmp_path: Path, case: Case, more: Iterable[str], statuses: tuple[int, ...], words: str
) -> None:
    """A limit that nobody publishes is told where it is met, at most one job being paid."""
    async with staged(tmp_path) as stage:
        ran = await exported(stage, case, "--fields", FIELDS, *more)
        assert ran.status in statuses, ran.err
        assert words in ran.err
        assert "Traceback" not in ran.err
        assert len(await stage.jobs()) <= 1
        shows(case, stage.sandbox.journal.entries())


@pytest.mark.parametrize("code", [1004, 1033, 1044])
async def test_an_analysis_that_is_taken_back_is_told(tmp_path: Path, code: int) -> None:
    """It was finished when it was chosen, and is not when it is asked: nothing is paid."""
    async with staged(tmp_path) as stage:
        gone = [{"slug": "20260705", "status": "failed"}]

        def taken_back(entry: Entry) -> None:
            if entry.method == MODEL and entry.status is not None:
                stage.sandbox.control.seed({"botify": {"projects": [PROJECT | {"analyses": gone}]}})

        stage.sandbox.journal.subscribe(taken_back)
        case = Case({"unfinished_analysis_code": code}, QUERY, wrong=str(code))
        ran = await exported(stage, case)
        assert ran.status in (2, 3), ran.err
        assert "Traceback" not in ran.err
        entries = stage.sandbox.journal.entries("botify", QUERY)
        assert [entry.error for entry in entries] == [str(code)]
        assert not await stage.jobs()


async def test_a_state_that_nobody_knows_ends_with_our_own_deadline(tmp_path: Path) -> None:
    """An unknown word counts as running, and the wait has an end."""
    async with staged(tmp_path, EXPORT_DEADLINE_HOURS="0.0002") as stage:
        case = Case({"job_fate": "unknown_state"}, JOB, times=2)
        ran = await exported(stage, case)
        assert ran.status == 5, ran.err
        assert "SUSPENDED" in ran.err
        shows(case, stage.sandbox.journal.entries())


async def test_a_day_without_exports_ends(tmp_path: Path) -> None:
    """A quota is waited for: nothing was paid, and once there is room the job is made once."""
    async with staged(tmp_path) as stage:

        def tomorrow(entry: Entry) -> None:
            if entry.method == CREATE and entry.status == httpx.codes.TOO_MANY_REQUESTS:
                stage.sandbox.control.set_switches({"exports_per_day": None})

        stage.sandbox.journal.subscribe(tomorrow)
        ran = await exported(stage, Case({"exports_per_day": 0}, CREATE, wrong="429"))
        assert (ran.status, ran.report["rows"]) == (0, ROWS), ran.err
        assert len(await stage.jobs()) == 1
        asked = stage.sandbox.journal.entries("botify", CREATE)
        assert [entry.status for entry in asked] == [429, 201]


OF_SLACK: list[tuple[dict[str, Any], str]] = [
    ({"share_after_calls": 6}, "classic"),
    ({"command_links": "labelled"}, "classic"),
    ({"command_links": "raw"}, "classic"),
    ({"new_blocks": False}, "plan"),
]


@pytest.mark.parametrize("progress", ["classic", "plan"])
async def test_a_file_arrives_whatever_slack_does(tmp_path: Path, progress: str) -> None:
    """One bot, one export for each answer to an open question: each file arrives once."""
    cases = [switches for switches, blocks in OF_SLACK if blocks == progress]
    async with staged(tmp_path, PROGRESS_BLOCKS=progress) as stage:
        await stage.control("seed", {"botify": {"projects": [PROJECT | {"depths": [1] * 5}]}})
        await stage.switch(connections_open_tier=1)
        if progress == "plan":
            stage.brings_about.add("invalid_blocks")
        bot = await stage.start_bot()
        for number, switches in enumerate(cases, start=1):
            await stage.switch(**switches)
            await export_once(stage, number)
            matters(switches, stage.sandbox.journal.entries())
            known = (await stage.http.get("control/switches")).json()
            await stage.switch(**{name: known[name]["default"] for name in switches})
        assert bot.alive
        opened = stage.sandbox.journal.entries("slack", "apps.connections.open")
        assert [entry.status for entry in opened] == [200]


def matters(switches: dict[str, Any], entries: list[Entry]) -> None:
    """The journal shows that Slack behaved as the switch says."""
    ((name, value),) = switches.items()
    if name == "share_after_calls":
        assert sum(entry.method == "files.info" for entry in entries) >= value
    elif name == "command_links":
        typed = [
            e.arguments["payload"]["text"]
            for e in entries
            if e.method == "envelope" and e.arguments["type"] == "slash_commands"
        ][-1]
        assert ("|" in typed, "<" in typed) == (value == "labelled", value != "raw")
    else:
        refused = [entry.error for entry in entries if entry.method.startswith("chat.")]
        assert "invalid_blocks" in refused


async def export_once(stage: Stage, number: int) -> None:
    """Another export, of another depth, so that none is the same as one before."""
    await stage.open(f"{LINK} depth={number} fields=url")
    answer = await stage.submit()
    assert answer["ok"], answer
    assert len(await stage.delivered(number)) == number
