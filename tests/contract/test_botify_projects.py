"""The two lists of projects."""

from typing import Any

import httpx
import pytest

from sandbox.servers import Sandbox

SLUGS = [
    "acme.com",
    "bigshop.example",
    "flat.example",
    "tiny.example",
    "empty.example",
    "manyfields.example",
    "modern.example",
]


async def test_one_list_is_enveloped(botify: httpx.AsyncClient) -> None:
    """`/projects/{org}` has an envelope with the keys of the specification."""
    answer = (await botify.get("/projects/acme-org")).json()
    assert answer.keys() == {"count", "page", "size", "next", "previous", "results"}
    assert [item["slug"] for item in answer["results"]] == SLUGS
    assert answer["next"] is None


async def test_the_other_is_a_bare_array(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """`/users/{org}/projects` is a bare array, enveloped only by switch."""
    bare = (await botify.get("/users/acme-org/projects")).json()
    assert [item["slug"] for item in bare] == SLUGS
    sandbox.control.set_switches({"user_projects_shape": "envelope"})
    assert (await botify.get("/users/acme-org/projects")).json()["results"] == bare


async def test_pages_follow_each_other(botify: httpx.AsyncClient) -> None:
    """Following `next` from page 1 gives every project once, and `previous` leads back."""
    seen: list[str] = []
    url: str | None = "/projects/acme-org?page=1&size=3"
    previous: list[Any] = []
    while url:
        answer = (await botify.get(url)).json()
        seen += [item["slug"] for item in answer["results"]]
        previous.append(answer["previous"])
        url = answer["next"]
    assert seen == SLUGS
    assert [link is None for link in previous] == [True, False, False]


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "size=0", "size=-1", "page=1.5", "page=" + "9" * 5000]
)
async def test_pages_are_counted_from_one(botify: httpx.AsyncClient, query: str) -> None:
    """A page or size that is no positive whole number is refused with 1020."""
    answer = await botify.get(f"/projects/acme-org?{query}")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, 1020)


async def test_name_searches(botify: httpx.AsyncClient) -> None:
    """`name` keeps the projects that contain it."""
    answer = (await botify.get("/projects/acme-org?name=SHOP")).json()
    assert [item["slug"] for item in answer["results"]] == ["bigshop.example"]


@pytest.mark.parametrize(
    ("shape", "keys"),
    [
        ("organization", {"organization"}),
        ("user", {"user"}),
        ("both", {"organization", "user"}),
        ("neither", set()),
    ],
)
async def test_the_organisation_is_named_in_several_ways(
    sandbox: Sandbox, botify: httpx.AsyncClient, shape: str, keys: set[str]
) -> None:
    """A project names its organisation in the older form, the newer, both or not at all."""
    sandbox.control.set_switches({"project_shape": shape})
    item = (await botify.get("/projects/acme-org")).json()["results"][0]
    assert item.keys() & {"organization", "user"} == keys
