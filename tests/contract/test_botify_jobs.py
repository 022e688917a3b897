"""Export jobs: what a body must be, how jobs go on, how they end, who sees them."""

import copy
import datetime as dt
from typing import Any

import httpx
import pytest

from sandbox.botify.fates import FATES
from sandbox.botify.world import OTHER_TOKEN, TOKEN
from sandbox.servers import Sandbox

CRAWL = "crawl.20260705"
H1 = f"{CRAWL}.metadata.h1.contents"
LINKS = f"{CRAWL}.outlinks_internal.graph.url"
STRANGER = {"Authorization": f"Token {OTHER_TOKEN}"}


def job(**payload: Any) -> dict[str, Any]:
    """A good body; None takes a key of the payload out."""
    whole = {
        "username": "acme-org",
        "project": "tiny.example",
        "export_size": 12,
        "formatter": "csv",
        "formatter_config": {
            "delimiter": ",",
            "print_delimiter": False,
            "print_header": True,
            "header_format": "verbose",
        },
        "connector": "direct_download",
        "extra_config": {},
        "query": {
            "collections": [CRAWL],
            "query": {"dimensions": [f"{CRAWL}.url"], "metrics": []},
        },
        **payload,
    }
    return {
        "job_type": "export",
        "payload": {key: value for key, value in whole.items() if value is not None},
    }


def selecting(*fields: str, **query: Any) -> dict[str, Any]:
    """A job's query over these fields."""
    return {
        "collections": [CRAWL],
        "query": {"dimensions": list(fields), "metrics": [], **query},
    }


async def created(botify: httpx.AsyncClient, body: Any = None) -> dict[str, Any]:
    """The answer to a good job."""
    answer = await botify.post("/jobs", json=body or job())
    assert answer.status_code in (200, 201), answer.text
    data: dict[str, Any] = answer.json()
    return data


async def states(botify: httpx.AsyncClient, number: Any, times: int) -> list[str]:
    """The states that so many polls show."""
    return [(await botify.get(f"/jobs/{number}")).json()["job_status"] for _ in range(times)]


CONFIG = job()["payload"]["formatter_config"]
REFUSED: dict[str, tuple[Any, int, int]] = {
    "no object": ([], 400, 1020),
    "no payload": ({"job_type": "export"}, 400, 1020),
    "another key at the top": ({**job(), "priority": 1}, 400, 1020),
    "no job_type": ({"payload": job()["payload"]}, 400, 1020),
    "another job_type": ({**job(), "job_type": "logs_urls_export"}, 400, 1020),
    "metadata is no object": ({**job(), "metadata": "x"}, 400, 1020),
    "no username": (job(username=None), 400, 1020),
    "no project": (job(project=None), 400, 1020),
    "no export_size": (job(export_size=None), 400, 1020),
    "no formatter": (job(formatter=None), 400, 1020),
    "no connector": (job(connector=None), 400, 1020),
    "no query": (job(query=None), 400, 1020),
    "another key in the payload": (job(size=12), 400, 1020),
    "username is no text": (job(username=1), 400, 1020),
    "nobody's organisation": (job(username="nobody"), 404, 1007),
    "somebody else's organisation": (job(username="other-org"), 403, 1002),
    "an unknown project": (job(project="nothing.example"), 404, 1010),
    "export_size zero": (job(export_size=0), 400, 1020),
    "export_size negative": (job(export_size=-1), 400, 1020),
    "export_size is text": (job(export_size="12"), 400, 1020),
    "export_size is broken": (job(export_size=1.5), 400, 1020),
    "export_size is true": (job(export_size=True), 400, 1020),
    "export_size above the limit": (job(export_size=1_000_001), 400, 1020),
    "an unknown formatter": (job(formatter="xlsx"), 400, 1020),
    "a formatter that the sandbox has not": (job(formatter="json"), 400, 1034),
    "formatter_config is a list": (job(formatter_config=[]), 400, 1020),
    "an unknown option": (job(formatter_config={**CONFIG, "quote": "'"}), 400, 1020),
    "a long delimiter": (job(formatter_config={**CONFIG, "delimiter": ";;"}), 400, 1020),
    "print_header is text": (job(formatter_config={**CONFIG, "print_header": "no"}), 400, 1020),
    "print_delimiter is 1": (job(formatter_config={**CONFIG, "print_delimiter": 1}), 400, 1020),
    "an unknown header_format": (job(formatter_config={"header_format": "long"}), 400, 1020),
    "columns without a slug": (
        job(formatter_config={"prepend_columns": [{"value": "a", "name": "b"}]}),
        400,
        1020,
    ),
    "an unknown connector": (job(connector="email"), 400, 1020),
    "a connector that is not configured": (
        job(connector="8f3f1d3e-0000-4000-8000-1234567890ab"),
        400,
        1034,
    ),
    "extra_config is text": (job(extra_config="zip"), 400, 1020),
    "a query without its wrapper": (job(query={"dimensions": [], "metrics": []}), 400, 1022),
    "an unknown field": (job(query=selecting(f"{CRAWL}.nothing")), 400, 1029),
    "an unknown key in the query": (job(query=selecting(f"{CRAWL}.url", limit=1)), 400, 1022),
    "an analysis that is not there": (
        job(query={**selecting(), "collections": ["crawl.1"]}),
        404,
        1004,
    ),
    "a crawl that runs": (
        job(project="acme.com", query={**selecting(), "collections": ["crawl.20260712"]}),
        404,
        1004,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_bad_bodies_are_refused_and_cost_nothing(
    sandbox: Sandbox, botify: httpx.AsyncClient, case: str
) -> None:
    """Each way to ask wrongly for a job has its code, and starts and costs nothing."""
    body, status, code = REFUSED[case]
    answer = await botify.post("/jobs", json=body)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (status, code)
    state = sandbox.control.state("botify")
    assert (state["jobs"], state["credits"]) == ([], 0)


async def test_a_good_job_is_answered_at_once(botify: httpx.AsyncClient) -> None:
    """The answer is 201 with the state CREATED, an echo of the payload and no results yet."""
    answer = await botify.post("/jobs", json={**job(), "metadata": {"export": "x1"}})
    data = answer.json()
    assert answer.status_code == 201
    when = dt.datetime.fromisoformat(data.pop("date_created"))
    assert when.tzinfo is not None
    assert data == {
        "job_id": 4_100_001,
        "job_type": "export",
        "job_url": "/v1/jobs/4100001",
        "job_status": "CREATED",
        "payload": job()["payload"],
        "results": None,
        "user": "jane.doe",
        "metadata": {"export": "x1"},
    }


FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"job_id_form": "text"}, {"job_id": "4100001"}),
    "absolute": ({"job_url_form": "absolute"}, {"job_url": "{origin}/v1/jobs/4100001"}),
    "no url": ({"job_url_form": "absent"}, {"job_url": None}),
    "no id": ({"job_id_given": False}, {"job_id": None}),
    "dropped": ({"job_metadata": "dropped"}, {"metadata": {}}),
    "user object": ({"job_user_form": "object"}, {"user": {"username": "jane.doe"}}),
    "no user": ({"job_user_form": "absent"}, {"user": None}),
}


@pytest.mark.parametrize("case", FORMS)
async def test_jobs_can_look_otherwise(
    sandbox: Sandbox, botify: httpx.AsyncClient, case: str
) -> None:
    """Ids, URLs, users and metadata come in every form that is open."""
    switches, expected = FORMS[case]
    sandbox.control.set_switches(switches)
    data = await created(botify, {**job(), "metadata": {"export": "x1"}})
    origin = sandbox.addresses.botify_api_url.removesuffix("/v1")
    for key, value in expected.items():
        wanted = value.format(origin=origin) if isinstance(value, str) else value
        assert data.get(key) == wanted


async def test_a_job_can_be_answered_with_200(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """Both 200 and 201 have been seen for a created job."""
    sandbox.control.set_switches({"job_created_status": 200})
    assert (await botify.post("/jobs", json=job())).status_code == 200


async def test_metadata_can_be_refused(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """Metadata is unproven: it can be refused with 400, and then the job without it is fine."""
    sandbox.control.set_switches({"job_metadata": "refused"})
    refused = await botify.post("/jobs", json={**job(), "metadata": {}})
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (400, 1020)
    await created(botify)


async def test_the_payload_can_come_back_with_defaults(
    sandbox: Sandbox, botify: httpx.AsyncClient
) -> None:
    """The echo can hold more than was sent, never less."""
    sandbox.control.set_switches({"job_payload_echo": "with_defaults"})
    body = job(formatter_config={"print_header": True}, extra_config=None)
    echo = (await created(botify, body))["payload"]
    assert echo["formatter_config"].items() > {"print_header": True}.items()
    assert echo.keys() > body["payload"].keys()


async def test_a_job_goes_on_with_each_poll(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """In the test profile a job is PROCESSING at its first showing and DONE at its second."""
    first = await created(botify)
    assert await states(botify, first["job_id"], 3) == ["PROCESSING", "DONE", "DONE"]
    sandbox.control.set_switches({"job_polls": 4, "job_polls_created": 2})
    second = await created(botify)
    assert await states(botify, second["job_id"], 4) == ["CREATED", "CREATED", "PROCESSING", "DONE"]


async def test_a_job_goes_on_with_time(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """By time a job works longer the more rows it has; looking does not move it on."""
    sandbox.clock.drive()
    sandbox.control.set_switches(
        {
            "job_progress_by": "time",
            "job_seconds": 10,
            "job_seconds_created": 2,
            "job_seconds_per_100k_rows": 100_000,
        }
    )
    data = await created(botify)
    seen = await states(botify, data["job_id"], 3)
    for seconds in (1.5, 1, 19, 1):
        sandbox.clock.advance(seconds)
        seen += await states(botify, data["job_id"], 1)
    assert seen == ["CREATED"] * 4 + ["PROCESSING"] * 2 + ["DONE"]


ENDS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "done": (["PROCESSING", "DONE", "DONE"], {}),
    "complete": (["PROCESSING", "COMPLETE", "COMPLETE"], {}),
    "unknown_then_done": (["ARCHIVING", "DONE", "DONE"], {}),
    "unknown_state": (["SUSPENDED", "SUSPENDED", "SUSPENDED"], {"results": None}),
    "never_ends": (["PROCESSING", "PROCESSING", "PROCESSING"], {"results": None}),
    "failed": (["PROCESSING", "FAILED", "FAILED"], {"results": None}),
    "failed_odd": (["PROCESSING", "FAILED", "FAILED"], {"results": {}, "failure_reason": ""}),
    "failed_code": (["PROCESSING", "FAILED", "FAILED"], {"results": None}),
    "done_without_results": (["PROCESSING", "DONE", "DONE"], {"results": None}),
    "done_results_absent": (["PROCESSING", "DONE", "DONE"], {}),
    "done_without_url": (["PROCESSING", "DONE", "DONE"], {"results": {}}),
    "done_odd_results": (["PROCESSING", "DONE", "DONE"], {"results": {"download_url": None}}),
}


@pytest.mark.parametrize("fate", FATES)
async def test_every_fate(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, fate: str
) -> None:
    """The next job can be given any fate; it ends in that state with that body."""
    await plain.post(f"{sandbox.addresses.control}botify/fate", json={"fate": fate})
    data = await created(botify)
    shown, body = ENDS[fate]
    assert await states(botify, data["job_id"], 3) == shown
    last = (await botify.get(f"/jobs/{data['job_id']}")).json()
    assert body.items() <= last.items()
    assert ("results" in last) == (fate != "done_results_absent")
    assert FATES[fate].delivers == bool((last.get("results") or {}).get("download_url"))
    after = await created(botify)
    assert await states(botify, after["job_id"], 2) == ["PROCESSING", "DONE"]


async def test_a_fate_can_come_later(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A job that never ends can be finished, or made to fail, by its id."""
    fate = f"{sandbox.addresses.control}botify/fate"
    await plain.post(fate, json={"fate": "never_ends", "next": 2})
    one, two = await created(botify), await created(botify)
    assert await states(botify, one["job_id"], 3) == ["PROCESSING"] * 3
    await plain.post(fate, json={"job_id": one["job_id"], "fate": "failed"})
    await plain.post(fate, json={"job_id": two["job_id"], "fate": "done", "finish": True})
    assert await states(botify, one["job_id"], 1) == ["FAILED"]
    assert await states(botify, two["job_id"], 1) == ["DONE"]


@pytest.mark.parametrize("fate", FATES)
async def test_every_job_can_be_finished(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, fate: str
) -> None:
    """Finished it has ended as its fate says, or is done with a file where that has no end."""
    control = f"{sandbox.addresses.control}botify/fate"
    await plain.post(control, json={"fate": fate})
    number = (await created(botify))["job_id"]
    told = (await plain.post(control, json={"job_id": number, "finish": True})).json()
    shown = (await botify.get(f"/jobs/{number}")).json()
    assert told["state"] == shown["job_status"] == (FATES[fate].end or "DONE")
    if FATES[fate].end is None:
        assert shown["results"]["download_url"]


async def test_a_job_is_not_finished_as_one_that_has_no_end(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """The two contradict each other; nothing changes."""
    control = f"{sandbox.addresses.control}botify/fate"
    number = (await created(botify))["job_id"]
    said = {"job_id": number, "fate": "never_ends", "finish": True}
    assert (await plain.post(control, json=said)).status_code == 400
    assert await states(botify, number, 2) == ["PROCESSING", "DONE"]


async def test_results_may_tell_the_rows(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """The number of lines was reported and never seen: both exist."""
    for told in (False, True):
        sandbox.control.set_switches({"results_rows": told})
        number = (await created(botify))["job_id"]
        await botify.get(f"/jobs/{number}")
        ended = (await botify.get(f"/jobs/{number}")).json()["results"]
        rows = sandbox.control.state("botify")["jobs"][-1]["rows"]
        assert ended.get("nb_lines") == (rows if told else None)


@pytest.mark.parametrize(("limit", "rows"), [(None, 12), (12, 12), (5, 5)])
async def test_a_file_may_end_silently(
    sandbox: Sandbox, botify: httpx.AsyncClient, limit: int | None, rows: int
) -> None:
    """A file can have fewer rows than were asked for, and than are there; only they are paid."""
    sandbox.control.set_switches({"delivered_rows_limit": limit})
    await created(botify)
    state = sandbox.control.state("botify")
    assert (state["jobs"][-1]["rows"], state["credits"]) == (rows, rows)


async def test_results_of_a_running_job_may_be_absent(
    sandbox: Sandbox, botify: httpx.AsyncClient
) -> None:
    """While a job runs, `results` is null or not there at all."""
    sandbox.control.set_switches({"running_results": "absent"})
    assert "results" not in await created(botify)


@pytest.mark.parametrize("number", ["4100009", "abc", "-1"])
async def test_an_unknown_job_is_404(botify: httpx.AsyncClient, number: str) -> None:
    """A job that is not there is 404 with 1059."""
    answer = await botify.get(f"/jobs/{number}")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (404, 1059)


async def test_a_strangers_job_is_404(botify: httpx.AsyncClient) -> None:
    """A job of an organisation that the person may not see does not exist for that person."""
    data = await created(botify)
    assert (await botify.get(f"/jobs/{data['job_id']}", headers=STRANGER)).status_code == 404


async def test_the_list_is_enveloped_and_chosen_from(botify: httpx.AsyncClient) -> None:
    """`GET /jobs` has pages, the newest job first, and chooses by type, project and analysis."""
    for project in ("tiny.example", "modern.example", "tiny.example"):
        await created(botify, job(project=project))

    async def numbers(query: str) -> list[int]:
        return [item["job_id"] for item in (await botify.get(f"/jobs{query}")).json()["results"]]

    assert await numbers("") == [4_100_003, 4_100_002, 4_100_001]
    assert await numbers("?project=tiny.example&job_type=export") == [4_100_003, 4_100_001]
    assert await numbers("?project=tiny.example&size=1&page=2") == [4_100_001]
    assert await numbers("?analysis=20260705&project=modern.example") == [4_100_002]
    assert await numbers("?job_type=crawl") == []
    assert (await botify.get("/jobs?size=2")).json()["next"].endswith("size=2&page=2")


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({}, [4_100_002]),
        ({"jobs_list_shows": "all"}, [4_100_002, 4_100_001]),
        ({"jobs_list_shows": "all", "jobs_list_order": "oldest"}, [4_100_001, 4_100_002]),
        ({"jobs_list_shows": "none"}, []),
    ],
)
async def test_who_sees_which_jobs_is_open(
    sandbox: Sandbox, botify: httpx.AsyncClient, switches: dict[str, Any], expected: list[int]
) -> None:
    """The list shows own jobs, everybody's or none, in either order."""
    sandbox.control.seed(
        {"botify": {"people": [{"token": "x", "username": "ben", "organizations": ["acme-org"]}]}}
    )
    await botify.post("/jobs", json=job(), headers={"Authorization": "Token x"})
    await created(botify)
    sandbox.control.set_switches(switches)
    answer = (await botify.get("/jobs")).json()
    assert [item["job_id"] for item in answer["results"]] == expected


async def test_a_new_job_can_be_listed_late(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """A job can be missing from the first listings after its creation."""
    sandbox.control.set_switches({"jobs_list_late": 2})
    await created(botify)
    counts = [(await botify.get("/jobs")).json()["count"] for _ in range(3)]
    assert counts == [0, 0, 1]


async def test_being_listed_moves_a_job_on(botify: httpx.AsyncClient) -> None:
    """A client that polls by the list sees jobs end too."""
    await created(botify)
    seen = [(await botify.get("/jobs")).json()["results"][0]["job_status"] for _ in range(2)]
    assert seen == ["PROCESSING", "DONE"]


@pytest.mark.parametrize(
    ("query", "size", "rows", "credits_spent"),
    [
        (selecting(f"{CRAWL}.url"), 12, 12, 12),
        (selecting(f"{CRAWL}.url"), 5, 5, 5),
        (
            selecting(
                f"{CRAWL}.url",
                filters={"field": f"{CRAWL}.depth", "predicate": "lte", "value": 2},
            ),
            100,
            11,
            11,
        ),
        (selecting(f"{CRAWL}.url", LINKS), 1000, 26, 2.6),
        (selecting(f"{CRAWL}.http_code"), 100, 1, 1),
    ],
)
async def test_credits_are_counted(
    sandbox: Sandbox,
    botify: httpx.AsyncClient,
    query: dict[str, Any],
    size: int,
    rows: int,
    credits_spent: float,
) -> None:
    """A row costs one credit, a row of the links graph a tenth; export_size cuts silently."""
    await created(botify, job(query=query, export_size=size))
    state = sandbox.control.state("botify")
    assert (state["jobs"][0]["rows"], state["credits"]) == (rows, credits_spent)


@pytest.mark.parametrize(("billed", "credits_spent"), [(True, 12), (False, 0)])
async def test_whether_failures_cost_is_open(
    sandbox: Sandbox, botify: httpx.AsyncClient, *, billed: bool, credits_spent: int
) -> None:
    """A job that fails is billed, or not, by switch."""
    sandbox.control.set_switches({"failed_jobs_billed": billed, "job_fate": "failed"})
    await created(botify)
    assert sandbox.control.state("botify")["credits"] == credits_spent


async def test_every_post_is_a_new_job(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """There is no idempotency: the same body twice is two jobs, both paid for."""
    first, second = await created(botify), await created(botify)
    assert first["job_id"] != second["job_id"]
    assert sandbox.control.state("botify")["credits"] == 24


async def test_too_large_sizes_can_be_cut(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """A size above the limit is refused, or silently cut to the limit."""
    sandbox.control.set_switches({"direct_download_rows": 5, "export_size_over": "cut"})
    await created(botify)
    assert sandbox.control.state("botify")["jobs"][0]["rows"] == 5


@pytest.mark.parametrize(
    ("switches", "code"),
    [({"fields_per_export": 2}, 1027), ({"multiple_fields_per_export": 0}, 1028)],
)
async def test_limits_of_the_older_path(
    sandbox: Sandbox, botify: httpx.AsyncClient, switches: dict[str, Any], code: int
) -> None:
    """The limits on fields of the older export path can be switched on."""
    body = job(query=selecting(f"{CRAWL}.url", f"{CRAWL}.depth", H1))
    await created(botify, body)
    sandbox.control.set_switches(switches)
    answer = await botify.post("/jobs", json=body)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, code)


@pytest.mark.parametrize("code", [1052, 1058])
@pytest.mark.parametrize("status", [409, 400])
async def test_one_export_at_a_time(
    sandbox: Sandbox, botify: httpx.AsyncClient, code: int, status: int
) -> None:
    """With a limit of running jobs the next one of the project waits until one has ended."""
    sandbox.control.set_switches(
        {"running_jobs_limit": 1, "running_jobs_code": code, "running_jobs_status": status}
    )
    first = await created(botify)
    refused = await botify.post("/jobs", json=job())
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (status, code)
    await created(botify, job(project="modern.example"))
    await states(botify, first["job_id"], 2)
    await created(botify)


async def test_a_daily_quota_is_429_for_a_day(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """With a daily quota `POST /jobs` is 429 until a day has gone by, and all else works."""
    sandbox.clock.drive()
    sandbox.control.set_switches({"exports_per_day": 1})
    await created(botify)
    sandbox.clock.advance(86_399)
    assert (await botify.post("/jobs", json=job())).status_code == 429
    assert (await botify.get("/jobs")).status_code == 200
    sandbox.clock.advance(2)
    await created(botify)


async def test_a_lost_answer_does_not_undo_the_job(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """When the answer is lost after acting, the job exists, is billed and is in the list."""
    fault = {"service": "botify", "method": "POST /jobs", "action": "lost", "moment": "after"}
    await plain.post(f"{sandbox.addresses.control}faults", json=fault)
    body = {**copy.deepcopy(job()), "metadata": {"export": "x1"}}
    with pytest.raises(httpx.RemoteProtocolError):
        await botify.post("/jobs", json=body)
    answer = (await botify.get("/jobs")).json()
    assert [item["metadata"] for item in answer["results"]] == [{"export": "x1"}]
    assert sandbox.control.state("botify")["credits"] == 12
    (entry,) = sandbox.journal.entries("botify", "POST /jobs")
    assert (entry.status, entry.error, entry.fault, entry.acted) == (None, "lost", "lost", True)


async def test_no_token_no_job(botify: httpx.AsyncClient) -> None:
    """`POST /jobs` without access is refused before the body is read."""
    bad = {"Authorization": f"Token {TOKEN}x"}
    assert (await botify.post("/jobs", json=job(), headers=bad)).status_code == 401
    assert (await botify.post("/jobs", json=job(), headers=STRANGER)).status_code == 403


async def test_numbers_go_on_after_a_reset(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A client that remembers a job from before a reset never meets another under its number."""
    before = await created(botify)
    await plain.post(f"{sandbox.addresses.control}reset", json={})
    gone = await botify.get(f"/jobs/{before['job_id']}")
    after = await created(botify)
    assert gone.status_code == 404
    assert after["job_id"] == before["job_id"] + 1


async def test_a_fate_of_jobs_to_come_can_be_taken_back(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """What was decided for the next jobs is forgotten; `clear` beside anything else is refused."""
    control = f"{sandbox.addresses.control}botify/fate"
    await plain.post(control, json={"fate": "failed", "next": 2})
    mixed = await plain.post(control, json={"clear": True, "fate": "failed"})
    cleared = await plain.post(control, json={"clear": True})
    job_id = (await created(botify))["job_id"]
    jobs = sandbox.control.state("botify")["jobs"]
    assert mixed.status_code == 400
    assert cleared.json() == {"next_fates": []}
    assert [(one["job_id"], one["fate"]) for one in jobs] == [(job_id, "done")]
