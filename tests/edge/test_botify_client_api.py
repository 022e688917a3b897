"""The client against a Botify that refuses what Botify refuses."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from bot.botify import bql
from bot.botify.analyses import get_analysis, list_analyses
from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.botify.counts import count_by_depth, replay
from bot.botify.fields import list_fields
from bot.botify.jobs import Job, JobStatus, create_job, get_job, list_jobs
from bot.botify.profile import account
from bot.botify.projects import list_projects
from bot.botify.retries import ONCE
from bot.model.depths import DepthCounts
from bot.model.errors import (
    BotifyUnreachable,
    ExportBusy,
    NotFound,
    PermissionRefused,
    QueryRefused,
    RateLimited,
    Repeat,
    TokenRefused,
    WrongAnalysis,
    WrongField,
)
from bot.model.field import DEFAULT_FIELDS
from bot.model.project import Project
from bot.model.specification import WHOLE_SITE, Column, DepthRange, Specification, up_to
from sandbox.botify.fates import FATES
from sandbox.botify.filters import PREDICATES
from sandbox.faults import Fault
from sandbox.servers import Sandbox

ACME = Project("acme-org", "acme.com")
TINY = Project("acme-org", "tiny.example")
BIGSHOP = Project("acme-org", "bigshop.example")
SLUG = "20260705-2"
COUNTS = (1, 38, 912, 6_204, 15_480, 14_022, 7_310, 2_951, 884, 197, 41)


def _spec(
    *fields: str,
    project: Project = ACME,
    analysis: str = SLUG,
    chosen: dict[str, Any] | None = None,
) -> Specification:
    columns = tuple(Column(field, "string") for field in fields or DEFAULT_FIELDS)
    return Specification("jane.doe", project, analysis, columns, filter=chosen)


def _payload(rows: DepthRange = WHOLE_SITE, **changes: Any) -> dict[str, Any]:
    return bql.job_payload(_spec(**changes), rows, 1_000_000)


async def _rows_of(sandbox: Sandbox, job: Job) -> int:
    """Rows of the file that the local Botify makes for a job."""
    jobs = sandbox.control.state("botify")["jobs"]
    rows: int = next(each["rows"] for each in jobs if str(each["job_id"]) == job.id)
    return rows


@pytest.fixture
async def stranger(sandbox: Sandbox) -> AsyncIterator[BotifyClient]:
    """The client with the token of somebody who may not see acme-org."""
    async with BotifyClient(
        sandbox.addresses.botify_api_url, SecretStr("sandbox-botify-other"), Budget(10_000)
    ) as client:
        yield client


@pytest.mark.parametrize("shape", ["data", "username", "user", "login"])
async def test_the_account_is_found_in_every_shape(
    sandbox: Sandbox, botify: BotifyClient, shape: str
) -> None:
    """The person behind the token, wherever the answer names it."""
    sandbox.control.set_switches({"profile_shape": shape})
    assert await account(botify) == "jane.doe"


@pytest.mark.parametrize("body", ["envelope", "framework"])
async def test_a_wrong_token_is_said_so(sandbox: Sandbox, body: str) -> None:
    """401 means the token, in whatever words it comes."""
    sandbox.control.set_switches({"auth_error_body": body})
    async with BotifyClient(
        sandbox.addresses.botify_api_url, SecretStr("wrong"), Budget(10_000)
    ) as client:
        with pytest.raises(TokenRefused):
            await account(client)
        with pytest.raises(TokenRefused):
            await list_analyses(client, ACME)


async def test_a_forbidden_profile_means_the_token(sandbox: Sandbox, botify: BotifyClient) -> None:
    """An old token may be called forbidden; for this question that is the same."""
    sandbox.faults.add(Fault(service="botify", action="status", status=403, count=None))
    with pytest.raises(TokenRefused):
        await account(botify)


@pytest.mark.parametrize("shape", ["organization", "user", "both", "neither"])
async def test_projects_are_listed_with_their_organisation(
    sandbox: Sandbox, botify: BotifyClient, shape: str
) -> None:
    """The owner is read where it stands, and is the asked one where it stands nowhere."""
    sandbox.control.set_switches({"project_shape": shape})
    found = await list_projects(botify, "acme-org")
    assert {ACME, TINY, BIGSHOP} <= set(found)
    assert list(found) == sorted(found)


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_analyses_come_newest_first_with_the_unfinished(
    sandbox: Sandbox, botify: BotifyClient, order: str
) -> None:
    """Sorted here, because Botify promises no order; a running crawl is not hidden."""
    sandbox.control.set_switches({"analyses_order": order})
    found = await list_analyses(botify, ACME)
    assert [each.slug for each in found] == [
        "20260712", "20260705-2", "20260705", "20260628", "20260621", "20260607", "20260503",
    ]  # fmt: skip
    assert [each.finished for each in found] == [False, True, True, True, False, True, True]
    assert found[0].urls == 0
    assert found[1].urls == 48_211
    assert found[-1].to_be_deleted is not None
    assert found[1].launched is not None
    assert found[1].launched.tzinfo is not None


async def test_more_analyses_than_a_page_are_all_read(
    sandbox: Sandbox, botify: BotifyClient
) -> None:
    """A project that is crawled every day has more analyses than one page holds."""
    slugs = [f"2025{month:02}{day:02}" for month in range(1, 12) for day in range(1, 29)]
    sandbox.control.seed(
        {"botify": {"projects": [{"project": "daily.example", "analyses": slugs}]}}
    )
    found = await list_analyses(botify, Project("acme-org", "daily.example"))
    assert [each.slug for each in found] == sorted(slugs, reverse=True)


async def test_what_does_not_exist_is_named(botify: BotifyClient) -> None:
    """The sentence says whether the project or the analysis is unknown."""
    nobody = Project("acme-org", "no-such.example")
    with pytest.raises(NotFound, match=r"the project acme-org/no-such\.example"):
        await list_analyses(botify, nobody)
    with pytest.raises(NotFound, match=r"the analysis 20200101 of acme-org/acme\.com"):
        await get_analysis(botify, ACME, "20200101")
    with pytest.raises(NotFound, match="the analysis 20200101"):
        await list_fields(botify, ACME, "20200101")
    with pytest.raises(NotFound, match="the export job 9999999"):
        await get_job(botify, "9999999")
    with pytest.raises(WrongAnalysis):
        await get_analysis(botify, ACME, "../acme.com")


async def test_a_project_of_others_is_a_matter_of_permission(stranger: BotifyClient) -> None:
    """The sentence names the project, and the next step whom to ask."""
    for question in (
        list_analyses(stranger, ACME),
        get_analysis(stranger, ACME, SLUG),
        list_fields(stranger, ACME, SLUG),
        count_by_depth(stranger, ACME, SLUG),
        create_job(stranger, _payload(), None),
    ):
        with pytest.raises(PermissionRefused, match=r"the project acme-org/acme\.com"):
            await question


async def test_one_analysis_is_read(botify: BotifyClient) -> None:
    """Finished and running ones, by their slug."""
    assert (await get_analysis(botify, ACME, SLUG)).finished
    assert not (await get_analysis(botify, ACME, "20260712")).finished


@pytest.mark.parametrize("ids", ["bare", "prefixed"])
async def test_fields_have_one_form(sandbox: Sandbox, botify: BotifyClient, ids: str) -> None:
    """Without prefix, each once, with what people need to choose."""
    sandbox.control.set_switches({"field_ids": ids})
    found = {field.id: field for field in await list_fields(botify, ACME, SLUG)}
    assert set(DEFAULT_FIELDS) <= found.keys()
    assert not any(name.startswith("crawl.") for name in found)
    assert found["depth"].type == "integer"
    assert found["metadata.h1.contents"].multiple
    assert found["url"].selectable
    assert found["url"].name
    assert found["url"].group


async def test_thousands_of_fields_are_read(botify: BotifyClient) -> None:
    """The largest data model that was heard of."""
    found = await list_fields(botify, Project("acme-org", "manyfields.example"), "20260705")
    assert len({field.id for field in found}) == len(found) == 4_449


async def test_urls_are_counted_by_depth(botify: BotifyClient) -> None:
    """Every depth, and the URLs without one, add up to the analysis."""
    counts = await count_by_depth(botify, ACME, SLUG)
    assert counts == DepthCounts(tuple(enumerate(COUNTS)), 171)
    assert counts.total == 48_211
    assert (await count_by_depth(botify, BIGSHOP, "20260705")).up_to(3) == 303_560


async def test_all_pages_of_a_count_are_read(sandbox: Sandbox, botify: BotifyClient) -> None:
    """A site that is deeper than a page of answers is counted to its end."""
    deep = {"project": "deep.example", "depths": [1] * 1_203, "without_depth": 5}
    sandbox.control.seed({"botify": {"projects": [deep]}})
    counts = await count_by_depth(botify, Project("acme-org", "deep.example"), "20260705")
    assert counts == DepthCounts(tuple((depth, 1) for depth in range(1_203)), 5)


async def test_a_filter_is_counted_with(botify: BotifyClient) -> None:
    """The filter of a link narrows the count, in the words of the link."""
    chosen = {"and": [{"field": "depth", "predicate": "gte", "value": 9}]}
    counts = await count_by_depth(botify, ACME, SLUG, chosen)
    assert counts == DepthCounts(((9, 197), (10, 41)), 0)


def test_our_grammar_is_theirs() -> None:
    """Every predicate that Botify has is passed on; ours beyond it are those of time series."""
    theirs = set(PREDICATES) | {
        f"any.{name}" for name, each in PREDICATES.items() if each.on_multiple
    }
    ours = {*bql.VALUES, "exists"}
    assert theirs <= ours
    series = {
        f"{how}.{word}" for how in ("any", "all") for word in ("lt", "lte", "gt", "gte", "between")
    }
    assert ours - theirs == series | {"all.eq"}


@pytest.mark.parametrize(
    "chosen",
    [
        {"field": "http_code", "predicate": "between", "value": [200, 299]},
        {"field": "url", "predicate": "contains", "value": "/"},
        {"field": "url", "predicate": "re", "value": "^https"},
        {"field": "metadata.h1.contents", "predicate": "any.contains", "value": "a"},
        {"not": {"field": "depth", "predicate": "exists"}},
        {"or": [{"field": "depth", "value": 1}, {"and": [{"field": "depth", "value": 2}]}]},
        {"field": "segments.pagetype.value", "predicate": "with_children", "value": "a"},
        {"field": "compliant.is_compliant", "predicate": "eq", "value": True},
    ],
)
async def test_prefixed_filters_are_accepted(botify: BotifyClient, chosen: dict[str, Any]) -> None:
    """What we make of a link's filter is a filter for Botify."""
    await replay(botify, _spec(chosen=chosen), up_to(3))


@pytest.mark.parametrize(
    "rows",
    [
        WHOLE_SITE,
        up_to(0),
        up_to(3),
        up_to(99),
        DepthRange(first=4),
        DepthRange(first=4, without_depth=False),
        DepthRange(last=3),
        DepthRange(first=2, last=5),
        DepthRange(first=7, last=7),
        DepthRange(without_depth=False),
    ],
)
async def test_a_job_has_the_rows_of_its_depths(
    sandbox: Sandbox, botify: BotifyClient, rows: DepthRange
) -> None:
    """Botify writes the rows of the range, and URLs without a depth where they belong."""
    job = await create_job(botify, _payload(rows), {"botify_export": "X"})
    first, last = rows.first or 0, len(COUNTS) if rows.last is None else rows.last
    expected = sum(COUNTS[first : last + 1])
    if rows.without_depth and None in (rows.first, rows.last):
        expected += 171
    assert await _rows_of(sandbox, job) == expected


async def test_parts_of_a_site_make_the_whole(sandbox: Sandbox, botify: BotifyClient) -> None:
    """Bands of depths neither overlap nor leave a URL out."""
    bands = [
        DepthRange(last=3, without_depth=False),
        DepthRange(first=4, last=6),
        DepthRange(first=7, without_depth=True),
    ]
    jobs = [await create_job(botify, _payload(band), None) for band in bands]
    assert sum([await _rows_of(sandbox, job) for job in jobs]) == 48_211


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"job_id_form": "text"},
        {"job_url_form": "absolute"},
        {"job_url_form": "absent"},
        {"job_id_given": False},
        {"job_id_given": False, "job_url_form": "absolute"},
        {"job_created_status": 200},
        {"job_user_form": "object"},
        {"job_payload_echo": "with_defaults"},
        {"running_results": "absent"},
    ],
    ids=str,
)
async def test_a_job_is_followed_in_every_form(
    sandbox: Sandbox, botify: BotifyClient, switches: dict[str, Any]
) -> None:
    """Created, running, done with an address: whatever the answers look like."""
    sandbox.control.set_switches({"job_polls": 2, **switches})
    payload = _payload()
    created = await create_job(botify, payload, {"botify_export": "X"})
    assert (created.id, created.status, created.word) == ("4100001", JobStatus.RUNNING, "CREATED")
    running, done = await get_job(botify, created.id), await get_job(botify, created.id)
    assert (running.status, running.word, running.download_url) == (
        JobStatus.RUNNING, "PROCESSING", None,
    )  # fmt: skip
    assert (done.status, done.id) == (JobStatus.DONE, created.id)
    assert done.download_url is not None
    assert done.user == "jane.doe"
    assert done.metadata == {"botify_export": "X"}
    assert done.payload["query"] == payload["query"]
    assert done.created is not None
    assert done.created.tzinfo is not None


ENDS = {
    "done": (JobStatus.DONE, True),
    "complete": (JobStatus.DONE, True),
    "unknown_then_done": (JobStatus.DONE, True),
    "unknown_state": (JobStatus.RUNNING, False),
    "never_ends": (JobStatus.RUNNING, False),
    "failed": (JobStatus.FAILED, False),
    "failed_odd": (JobStatus.FAILED, False),
    "failed_code": (JobStatus.FAILED, False),
    "done_without_results": (JobStatus.DONE, False),
    "done_results_absent": (JobStatus.DONE, False),
    "done_without_url": (JobStatus.DONE, False),
    "done_odd_results": (JobStatus.DONE, False),
}


@pytest.mark.parametrize("fate", FATES)
async def test_every_end_of_a_job_is_read(
    sandbox: Sandbox, botify: BotifyClient, fate: str
) -> None:
    """A status and perhaps an address; never a guess, never a crash."""
    sandbox.control.set_switches({"job_fate": fate, "job_polls": 1})
    job = await get_job(botify, (await create_job(botify, _payload(), None)).id)
    assert (job.status, job.download_url is not None) == ENDS[fate]
    if fate == "failed_code":
        assert job.failure_text == "The export failed"


async def test_jobs_are_listed(sandbox: Sandbox, botify: BotifyClient) -> None:
    """By project or over all, page by page, with what is needed to know our own."""
    first = await create_job(botify, _payload(), {"botify_export": "A"})
    await create_job(botify, _payload(project=TINY, analysis="20260705"), None)
    listed = await list_jobs(botify, "acme.com", 1)
    assert [job.id for job in listed] == [first.id]
    assert listed[0].payload["project"] == "acme.com"
    assert listed[0].metadata == {"botify_export": "A"}
    assert len(await list_jobs(botify, None, 1)) == 2
    assert await list_jobs(botify, "acme.com", 2) == ()
    sandbox.control.set_switches({"jobs_list_shows": "none"})
    assert await list_jobs(botify, None, 1) == ()


async def test_refused_metadata_is_a_refused_query(sandbox: Sandbox, botify: BotifyClient) -> None:
    """The caller can tell it from a refusal that another try would not change."""
    sandbox.control.set_switches({"job_metadata": "refused"})
    with pytest.raises(QueryRefused) as caught:
        await create_job(botify, _payload(), {"botify_export": "X"})
    assert caught.value.repeat is Repeat.DONE
    assert (await create_job(botify, _payload(), None)).id


@pytest.mark.parametrize(("code", "status"), [*itertools.product((1052, 1058), (409, 400))])
async def test_a_busy_botify_is_recognised_by_its_code(
    sandbox: Sandbox, botify: BotifyClient, code: int, status: int
) -> None:
    """Whatever the status: another export runs, and it may be our own lost one."""
    sandbox.control.set_switches(
        {"running_jobs_limit": 1, "running_jobs_code": code, "running_jobs_status": status}
    )
    await create_job(botify, _payload(), None)
    with pytest.raises(ExportBusy) as caught:
        await create_job(botify, _payload(), None)
    assert caught.value.repeat is Repeat.UNKNOWN


async def test_a_daily_quota_is_a_limit_that_executed_nothing(
    sandbox: Sandbox, botify: BotifyClient
) -> None:
    """No job was started, so asking again later is safe."""
    sandbox.control.set_switches({"exports_per_day": 0})
    with pytest.raises(RateLimited) as caught:
        await create_job(botify, _payload(), None)
    assert caught.value.repeat is Repeat.NOT_SENT
    assert sandbox.control.state("botify")["jobs"] == []


@pytest.mark.parametrize("action", ["lost", "html", "garbage", "empty", "status"])
async def test_a_job_whose_answer_was_lost_exists_once(
    sandbox: Sandbox, botify: BotifyClient, action: str
) -> None:
    """The error says that nobody knows; at Botify there is exactly the one paid job."""
    sandbox.faults.add(Fault(service="botify", method="POST /jobs", action=action, moment="after"))
    with pytest.raises(BotifyUnreachable) as caught:
        await create_job(botify, _payload(), None)
    assert caught.value.repeat is Repeat.UNKNOWN
    assert len(sandbox.control.state("botify")["jobs"]) == 1
    assert len(await list_jobs(botify, "acme.com", 1)) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_an_unknown_field_is_named_by_a_replay(
    sandbox: Sandbox, botify: BotifyClient, status: int
) -> None:
    """The real reason of a failed job, with the field as people know it."""
    sandbox.control.set_switches({"unknown_field_status": status})
    with pytest.raises(WrongField, match=rf"the field no\.such in the analysis {SLUG}"):
        await replay(botify, _spec("url", "no.such"), up_to(3))
    with pytest.raises(WrongField):
        await create_job(botify, bql.job_payload(_spec("url", "no.such"), WHOLE_SITE, 1_000), None)
    sandbox.control.set_switches({"error_detail": False})
    with pytest.raises(WrongField, match="A field is not available"):
        await replay(botify, _spec("url", "no.such"), up_to(3))
    await replay(botify, _spec("url"), up_to(3))


@pytest.mark.parametrize(
    ("code", "kind"), [(1004, NotFound), (1033, WrongAnalysis), (1044, QueryRefused)]
)
async def test_an_analysis_without_data_is_named(
    sandbox: Sandbox, botify: BotifyClient, code: int, kind: type[Exception]
) -> None:
    """Asking about a crawl that has not finished says which one it is."""
    sandbox.control.set_switches({"unfinished_analysis_code": code})
    with pytest.raises(kind, match="20260712"):
        await count_by_depth(botify, ACME, "20260712")


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"fields_per_export": 3}, "at most 10 fields"),
        ({"multiple_fields_per_export": 0}, "at most one field"),
    ],
)
async def test_a_limit_of_botify_is_named(
    sandbox: Sandbox, botify: BotifyClient, switches: dict[str, Any], said: str
) -> None:
    """The person reads which limit it was, not that something was wrong."""
    sandbox.control.set_switches(switches)
    with pytest.raises(QueryRefused, match=said):
        await create_job(botify, _payload(), None)


async def test_the_budget_keeps_the_limit_of_botify(sandbox: Sandbox) -> None:
    """Many questions at once at the default pace: none is refused for coming too fast."""
    sandbox.control.set_switches({"rate_limit": 4})
    addresses = sandbox.addresses
    async with BotifyClient(
        addresses.botify_api_url, SecretStr(addresses.botify_api_token), Budget(4), patience=ONCE
    ) as client:
        await asyncio.gather(
            *(account(client) for _ in range(6)), list_projects(client, "acme-org")
        )
    times = [entry.time for entry in sandbox.journal.entries("botify")]
    assert len(times) == 7
    assert all(sum(at <= each < at + 1 for each in times) <= 4 for at in times)
