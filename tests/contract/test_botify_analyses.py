"""The lists of analyses, one analysis, and the progress of a crawl."""

import httpx
import pytest

from sandbox.servers import Sandbox

ACME = "/analyses/acme-org/acme.com"
SUCCESSES = ["20260705-2", "20260705", "20260628", "20260607", "20260503"]
ALL = ["20260712", "20260705-2", "20260705", "20260628", "20260621", "20260607", "20260503"]


@pytest.mark.parametrize("path", [ACME, f"{ACME}/light"])
@pytest.mark.parametrize(
    ("query", "slugs"),
    [("", SUCCESSES), ("?only_success=true", SUCCESSES), ("?only_success=false", ALL)],
)
async def test_only_finished_ones_unless_asked(
    botify: httpx.AsyncClient, path: str, query: str, slugs: list[str]
) -> None:
    """A running or failed crawl is listed only with `only_success=false`; newest come first."""
    answer = (await botify.get(f"{path}{query}")).json()
    assert [item["slug"] for item in answer["results"]] == slugs


async def test_the_order_can_be_another(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """No source promises newest first, so oldest first exists too."""
    sandbox.control.set_switches({"analyses_order": "oldest"})
    answer = (await botify.get(f"{ACME}/light")).json()
    assert [item["slug"] for item in answer["results"]] == SUCCESSES[::-1]


async def test_pages_keep_the_question(botify: httpx.AsyncClient) -> None:
    """The link to the next page repeats `only_success` and goes on where this page ends."""
    first = (await botify.get(f"{ACME}/light?only_success=false&size=4")).json()
    second = (await botify.get(first["next"])).json()
    assert [item["slug"] for item in first["results"] + second["results"]] == ALL
    assert (first["count"], second["next"]) == (7, None)


async def test_only_success_is_true_or_false(botify: httpx.AsyncClient) -> None:
    """Any other word for `only_success` is refused."""
    answer = await botify.get(f"{ACME}/light?only_success=perhaps")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, 1020)


@pytest.mark.parametrize(
    ("slug", "status", "urls"),
    [("20260705-2", "success", 48_211), ("20260712", "crawling", 0), ("20260621", "failed", 0)],
)
async def test_one_analysis_whatever_its_status(
    botify: httpx.AsyncClient, slug: str, status: str, urls: int
) -> None:
    """One analysis is served in any status; a running one has crawled 0 URLs so far."""
    item = (await botify.get(f"{ACME}/{slug}")).json()
    assert (item["slug"], item["status"], item["urls_done"]) == (slug, status, urls)
    assert "private_config" in item


async def test_a_running_crawl_does_not_know_its_queue(botify: httpx.AsyncClient) -> None:
    """`urls_in_queue` of a running crawl is null."""
    assert (await botify.get(f"{ACME}/20260712")).json()["urls_in_queue"] is None


async def test_light_items_lack_what_full_ones_have(botify: httpx.AsyncClient) -> None:
    """`date_crawl_done` and the configuration stand in full items only."""
    light = (await botify.get(f"{ACME}/light")).json()["results"][0]
    full = (await botify.get(ACME)).json()["results"][0]
    assert {"date_crawl_done", "config", "features"} <= full.keys() - light.keys()
    assert light.items() <= full.items()


async def test_fields_choose_keys(botify: httpx.AsyncClient) -> None:
    """`fields` of the full list keeps the keys that it names."""
    answer = (await botify.get(f"{ACME}?fields=slug,status&size=1")).json()
    assert answer["results"] == [{"slug": "20260705-2", "status": "success"}]


async def test_one_is_about_to_be_deleted(botify: httpx.AsyncClient) -> None:
    """One seeded analysis says when it will be removed."""
    answer = (await botify.get(f"{ACME}/light")).json()
    dated = [item["slug"] for item in answer["results"] if item["to_be_deleted_at"]]
    assert dated == ["20260503"]


async def test_a_project_without_a_finished_analysis(botify: httpx.AsyncClient) -> None:
    """empty.example has nothing to export: one crawl is running."""
    path = "/analyses/acme-org/empty.example/light"
    assert (await botify.get(path)).json()["results"] == []
    answer = (await botify.get(f"{path}?only_success=false")).json()
    assert [item["status"] for item in answer["results"]] == ["crawling"]


async def test_progress_only_while_it_runs(botify: httpx.AsyncClient) -> None:
    """`crawl_statistics` answers for a running crawl, and 1011 for any other."""
    running = await botify.get(f"{ACME}/20260712/crawl_statistics")
    ended = await botify.get(f"{ACME}/20260705/crawl_statistics")
    assert running.json()["pages_dones"] == 1200
    assert (ended.status_code, ended.json()["error"]["error_code"]) == (400, 1011)
