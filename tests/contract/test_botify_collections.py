"""Collections and the data model."""

from typing import Any

import httpx
import pytest

from sandbox.servers import Sandbox

ACME = "/projects/acme-org/acme.com/collections"
CRAWL = f"{ACME}/crawl.20260705-2"


async def fields_of(botify: httpx.AsyncClient, path: str) -> dict[str, dict[str, Any]]:
    """The fields of a collection, by id."""
    answer = (await botify.get(path)).json()
    return {field["id"]: field for dataset in answer["datasets"] for field in dataset["fields"]}


async def test_collections_are_a_bare_array(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """The collections are an array: `global`, each finished crawl, and one with periods."""
    items = (await botify.get(ACME)).json()
    assert [item["id"] for item in items] == [
        "global",
        "crawl.20260705-2",
        "crawl.20260705",
        "crawl.20260628",
        "crawl.20260607",
        "crawl.20260503",
        "search_console",
    ]
    assert [item["id"] for item in items if item["timestamped"]] == ["search_console"]
    sandbox.control.set_switches({"collections_shape": "envelope"})
    assert (await botify.get(ACME)).json()["results"] == items


async def test_fields_of_every_crawl_can_stand_in_global_alone(
    sandbox: Sandbox, botify: httpx.AsyncClient
) -> None:
    """No source shows which of the two it is; `global` lists them either way."""
    assert "url" in await fields_of(botify, CRAWL)
    sandbox.control.set_switches({"global_fields": "global"})
    fields = await fields_of(botify, CRAWL)
    assert not {"url", "host", "segments.pagetype.value"} & fields.keys()
    assert "url" in await fields_of(botify, f"{ACME}/global")


async def test_fields_say_all_that_is_required(botify: httpx.AsyncClient) -> None:
    """Every field has the required keys, and there are several hundred of them."""
    fields = await fields_of(botify, CRAWL)
    required = {"id", "name", "type", "subtype", "kind", "multiple", "permissions", "optional"}
    assert all(required <= field.keys() for field in fields.values())
    assert 300 < len(fields) < 1000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("url", {"type": "string", "multiple": False}),
        ("depth", {"type": "integer", "kind": "dimension"}),
        ("metadata.h1.contents", {"type": "string", "multiple": True}),
        ("segments.pagetype.value", {"type": "tree"}),
        ("canonical.to.url", {"subtype": "url_status", "permissions": ["select", "filters_exist"]}),
        ("inlinks_internal.anchors.top", {"subtype": "string_nb_map", "permissions": ["select"]}),
        ("outlinks_internal.graph.url", {"type": "string", "multiple": False}),
        ("count_urls_crawl", {"kind": "metric"}),
    ],
)
async def test_the_kinds_of_fields(
    botify: httpx.AsyncClient, name: str, expected: dict[str, Any]
) -> None:
    """Multiple, tree, struct, metric and links graph fields are there, and say what they are."""
    assert expected.items() <= (await fields_of(botify, CRAWL))[name].items()


async def test_newer_projects_know_other_names(botify: httpx.AsyncClient) -> None:
    """modern.example has `indexable.*`, no `compliant.*`, and no segmentation called pagetype."""
    path = "/projects/acme-org/modern.example/collections/crawl.20260705"
    names = (await fields_of(botify, path)).keys()
    assert "indexable.is_indexable" in names
    assert not [name for name in names if name.startswith(("compliant.", "segments.pagetype."))]


async def test_one_project_has_4449_fields(botify: httpx.AsyncClient) -> None:
    """manyfields.example has as many fields as the largest known project."""
    path = "/projects/acme-org/manyfields.example/collections/crawl.20260705"
    assert len(await fields_of(botify, path)) == 4449


async def test_ids_can_have_the_collection_in_front(
    sandbox: Sandbox, botify: httpx.AsyncClient
) -> None:
    """No source shows whether ids carry the collection's prefix: both forms exist."""
    bare = await fields_of(botify, CRAWL)
    sandbox.control.set_switches({"field_ids": "prefixed"})
    prefixed = await fields_of(botify, CRAWL)
    assert list(prefixed) == [f"crawl.20260705-2.{name}" for name in bare]


@pytest.mark.parametrize("slug", ["20260712", "20260621"])
async def test_no_model_without_a_finished_crawl(botify: httpx.AsyncClient, slug: str) -> None:
    """A crawl that is not a success has no collection: 404 with 1004."""
    answer = await botify.get(f"{ACME}/crawl.{slug}")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (404, 1004)


async def test_global_fields_are_few(botify: httpx.AsyncClient) -> None:
    """`global` holds the URL scheme and the segmentations only."""
    names = (await fields_of(botify, f"{ACME}/global")).keys()
    assert {"url", "host", "protocol"} <= names
    assert all(
        name in ("url", "host", "protocol") or name.startswith("segments.") for name in names
    )
