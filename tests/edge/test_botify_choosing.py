"""Questions about the data that a person chooses from, against the local Botify."""

from typing import Any

import pytest

from bot.botify.bql import depth_filter
from bot.botify.client import BotifyClient
from bot.botify.counts import count_by_depth, count_links
from bot.botify.fields import list_fields
from bot.botify.page_types import list_page_types
from bot.exports.plan import plan
from bot.model.errors import WrongField
from bot.model.filters import Filters, filter_of
from bot.model.project import Project
from bot.model.rows import IN_PARTS
from sandbox.botify.rows import expected_csv
from sandbox.botify.world import World, read_project
from sandbox.servers import Sandbox

ACME = Project("acme-org", "acme.com")
MODERN = Project("acme-org", "modern.example")
SLUG = "20260705-2"
SHOP = Project("acme-org", "shop.example")
SEEDED = {"project": "shop.example", "depths": [1, 12, 40], "without_depth": 9}


def seed(sandbox: Sandbox) -> None:
    sandbox.control.seed({"botify": {"projects": [SEEDED]}})


async def test_links_are_counted_for_every_depth(sandbox: Sandbox, botify: BotifyClient) -> None:
    """As many as an export with the link graph has rows, URLs without a depth included."""
    seed(sandbox)
    links = await count_links(botify, SHOP, "20260705")
    urls = await count_by_depth(botify, SHOP, "20260705")
    assert [depth for depth, _ in links.by_depth] == [depth for depth, _ in urls.by_depth]
    assert links.without_depth
    world = World()
    world.add_project(read_project(SEEDED))
    graph = ["outlinks_internal.graph.url"]
    given = b"".join(expected_csv("acme-org", "shop.example", "20260705", graph, world=world))
    assert links.total == given.count(b"\n") - 1
    only = await count_links(botify, SHOP, "20260705", {"field": "depth", "value": 1})
    assert only.total == dict(links.by_depth)[1]


async def test_page_types_are_those_of_the_project(botify: BotifyClient) -> None:
    """Largest first; the front page's own type too."""
    found = await list_page_types(botify, ACME, SLUG)
    assert found == ("product", "category", "blog", "brand", "help", "search", "home")


async def test_a_project_without_page_types_says_so(botify: BotifyClient) -> None:
    """The question is refused by name, as a filter by page type is before it is asked."""
    with pytest.raises(WrongField, match=r"segments\.pagetype\.value"):
        await list_page_types(botify, MODERN, "20260705")


@pytest.mark.parametrize("project", [ACME, MODERN])
@pytest.mark.parametrize(
    "filters",
    [
        Filters(http_family=2),
        Filters(http_family=4),
        Filters(indexable=False),
        Filters(url_contains="/product/"),
        Filters(http_family=2, indexable=True, url_contains="/blog/"),
        Filters(from_link={"field": "metadata.h1.contents", "predicate": "contains", "value": "a"}),
    ],
    ids=str,
)
async def test_every_filter_is_accepted_and_divides_the_site(
    botify: BotifyClient, project: Project, filters: Filters
) -> None:
    """What passes and what does not are the whole analysis together."""
    slug = SLUG if project == ACME else "20260705"
    made = filter_of(filters, await list_fields(botify, project, slug))
    assert made is not None
    passing = await count_by_depth(botify, project, slug, made)
    others: dict[str, Any] = {"not": made}
    rest = await count_by_depth(botify, project, slug, others)
    whole = await count_by_depth(botify, project, slug)
    assert 0 < passing.total < whole.total
    assert passing.total + rest.total == whole.total


async def test_each_part_counts_what_was_planned(sandbox: Sandbox, botify: BotifyClient) -> None:
    """Botify gives for each part's filter exactly the rows of its band."""
    seed(sandbox)
    made = plan(await count_by_depth(botify, SHOP, "20260705"), 45, IN_PARTS)
    assert len(made.bands) == 3
    for band in made.bands:
        only = depth_filter(band.rows, "crawl.20260705")
        counted = await count_by_depth(botify, SHOP, "20260705", only)
        assert counted.total == band.count
