"""Botify's limit of requests."""

from typing import Any

import httpx
import pytest

from sandbox.servers import Sandbox

PATH = "/users/acme-org/projects"


@pytest.fixture
def limited(sandbox: Sandbox, botify: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client under the limit that is on by default, at a time that stands still."""
    sandbox.clock.drive()
    sandbox.control.set_switches({"rate_limit": 5})
    return botify


def test_the_limit_is_on_by_default(sandbox: Sandbox) -> None:
    """Five requests a second is what a client meets that asks for nothing else."""
    assert sandbox.control.switches()["rate_limit"].default == 5


async def test_five_in_any_second(sandbox: Sandbox, limited: httpx.AsyncClient) -> None:
    """In any second five requests pass and the next is 429, wherever the second begins."""
    statuses = []
    for pause in (0, 0.25, 0.25, 0.25, 0, 0, 0.21875, 0.03125, 0, 0.25, 0):
        sandbox.clock.advance(pause)
        statuses.append((await limited.get(PATH)).status_code)
    assert statuses == [200] * 5 + [429, 429, 200, 429, 200, 429]


@pytest.mark.parametrize(
    ("switches", "code", "header"),
    [
        ({}, 1053, None),
        ({"retry_after": True}, 1053, "1"),
        ({"too_many_code": False}, None, None),
        ({"too_many_code": False, "retry_after": True}, None, "1"),
    ],
)
async def test_what_a_429_says(
    sandbox: Sandbox,
    limited: httpx.AsyncClient,
    switches: dict[str, Any],
    code: int | None,
    header: str | None,
) -> None:
    """A 429 comes with or without code 1053, with or without Retry-After."""
    sandbox.control.set_switches(switches)
    for _ in range(6):
        answer = await limited.get(PATH)
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == header
    assert (answer.json()["error"]["error_code"] if answer.content else None) == code


async def test_the_limit_can_count_per_project(
    sandbox: Sandbox, limited: httpx.AsyncClient
) -> None:
    """Whether the limit is per person or per project is open: both exist."""
    paths = [f"/analyses/acme-org/{name}/light" for name in ("acme.com", "tiny.example")] * 4
    by_person = [(await limited.get(path)).status_code for path in paths]
    sandbox.clock.advance(1)
    sandbox.control.set_switches({"rate_limit_scope": "project"})
    by_project = [(await limited.get(path)).status_code for path in paths]
    assert (by_person.count(429), by_project.count(429)) == (3, 0)


async def test_jobs_count_for_their_project(sandbox: Sandbox, limited: httpx.AsyncClient) -> None:
    """A project's jobs are among its requests, whether the path, the body or the job names it."""
    sandbox.control.set_switches({"rate_limit_scope": "project"})
    numbers = {}
    for name in ("acme.com", "tiny.example"):
        query = {"dimensions": ["crawl.20260705.url"], "metrics": []}
        payload = {
            "username": "acme-org",
            "project": name,
            "export_size": 10,
            "formatter": "csv",
            "connector": "direct_download",
            "query": {"collections": ["crawl.20260705"], "query": query},
        }
        body = {"job_type": "export", "payload": payload}
        numbers[name] = (await limited.post("/jobs", json=body)).json()["job_id"]
    statuses = [
        (await limited.get(path)).status_code
        for path in (
            *[f"/jobs/{numbers['acme.com']}"] * 2,
            "/jobs?project=acme.com",
            "/analyses/acme-org/acme.com/light",
            "/jobs?project=acme.com",
            f"/jobs/{numbers['acme.com']}",
            f"/jobs/{numbers['tiny.example']}",
            "/jobs",
        )
    ]
    assert statuses == [200] * 4 + [429] * 2 + [200] * 2


async def test_a_429_can_last_as_long_as_wanted(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A fault makes every call 429 for a day, and it is over when the day is."""
    sandbox.clock.drive()
    fault = {"service": "botify", "action": "ratelimit", "count": None, "lasts": 86_400}
    await plain.post(f"{sandbox.addresses.control}faults", json=fault)
    statuses = []
    for pause in (0, 1, 86_398, 2):
        sandbox.clock.advance(pause)
        statuses.append((await botify.get(PATH)).status_code)
    assert statuses == [429, 429, 429, 200]
