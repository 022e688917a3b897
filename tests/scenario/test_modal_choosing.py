"""Choosing the data: presets, rows and filters, each with the price that it makes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from modal_workspace import LINK, Workspace, errors, running
from sqlalchemy import select
from test_modal_faults import QUERY, strike
from test_modal_price import chosen
from test_modal_refusals import problem

from bot.model.export import Export
from handlers.submissions import SEEN
from handlers.views.names import CHECK_AGAIN_HERE, FEWER, MORE, Place
from storage import exports, tables

APP = "https://app.botify.com/acme-org"
TINY = f"{APP}/tiny.example"
MODERN = f"{APP}/modern.example"
LACKING = f"{APP}/lacking.example"
BIGSHOP = f"{APP}/bigshop.example"
CODE_404 = {"field": "http_code", "predicate": "eq", "value": 404}


def explorer(filter_: dict[str, Any], columns: list[str] | None = None) -> str:
    """A link of the explorer with a filter, and columns."""
    link = f"{LINK}crawl/explorer?context={quote(json.dumps({'filter': filter_}))}"
    if columns is None:
        return link
    return f"{link}&explorerFilter={quote(json.dumps({'columns': columns}))}"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


async def only_export(workspace: Workspace) -> Export:
    """The export that was accepted."""
    async with workspace.services.database.read() as connection:
        export_id = await connection.scalar(select(tables.exports.c.id))
        export = await exports.get(connection, str(export_id))
    assert export is not None
    return export


async def rows_said(workspace: Workspace) -> int:
    """The rows of the price."""
    said = await workspace.said()
    return int(said.partition(" rows · ")[0].rpartition("*")[2].replace(",", ""))


async def exported(workspace: Workspace) -> Export:
    """What Export makes of the form as it is."""
    answer = await workspace.submit()
    assert answer["ok"], answer
    return await only_export(workspace)


# --- presets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "link", "field", "missing"),
    [
        ("indexability", LINK, "compliant.is_compliant", ""),
        ("indexability", MODERN, "indexable.is_indexable", ""),
        ("links", LINK, "internal_page_rank.value", ""),
        ("links", MODERN, "inlinks_internal.nb.unique", ""),
        ("performance", TINY, "delay_last_byte", ""),
        ("performance", f"{APP}/manyfields.example", "byte_size", ""),
        ("indexability", LACKING, "http_code", "does not have it: sitemaps.present"),
        ("performance", LACKING, "http_code", "does not have it: delay_last_byte"),
    ],
)
async def test_preset_is_checked_against_the_project(
    workspace: Workspace, preset: str, link: str, field: str, missing: str
) -> None:
    """Each project gets those fields of a preset that it has, under the names that it uses."""
    lacks = ["sitemaps.present", "delay_last_byte"]
    project = {"project": "lacking.example", "depths": [1, 9], "lacks": lacks}
    workspace.sandbox.control.seed({"botify": {"projects": [project]}})
    await workspace.open(link)
    await workspace.choose(Place.PRESET, preset)
    view = await workspace.top()
    assert chosen(view, Place.PRESET) == preset
    assert field in chosen(view, Place.FIELDS)
    said = await workspace.said()
    assert missing in said
    assert ("Left out" in said) == bool(missing)
    export = await exported(workspace)
    assert field in export.specification.fields
    assert export.preset == preset


async def test_fields_by_hand_end_the_preset(workspace: Workspace) -> None:
    """The menu of presets does not claim what is no longer true, and another one can be taken."""
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.choose(Place.FIELDS, ["url", "http_code"])
    assert chosen(await workspace.top(), Place.PRESET) == "custom"
    await workspace.choose(Place.PRESET, "essentials")
    assert len(chosen(await workspace.top(), Place.FIELDS)) == 4
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.choose(Place.FIELDS, ["http_code", "url"])
    export = await exported(workspace)
    assert (export.preset, export.specification.fields) == ("custom", ("http_code", "url"))


async def test_preset_survives_another_analysis(workspace: Workspace) -> None:
    """The fields of a preset are taken anew from the analysis that is exported."""
    await workspace.open()
    await workspace.choose(Place.PRESET, "links")
    await workspace.options(Place.ANALYSIS)
    await workspace.choose(Place.ANALYSIS, "20260607")
    view = await workspace.top()
    assert chosen(view, Place.PRESET) == "links"
    assert "internal_page_rank.value" in chosen(view, Place.FIELDS)


async def test_columns_of_the_link_are_a_preset(workspace: Workspace) -> None:
    """The columns of the explorer can be taken, as far as the analysis has them."""
    await workspace.open(explorer(CODE_404, ["http_code", "depth", "gone.field"]))
    await workspace.choose(Place.PRESET, "link")
    assert chosen(await workspace.top(), Place.FIELDS) == ["url", "http_code", "depth"]
    assert "gone.field" in await workspace.said()


async def test_export_pressed_before_the_preset_is_shown(workspace: Workspace) -> None:
    """What the person has not seen is not exported: the form is shown first."""
    await workspace.open(TINY)
    await workspace.type(Place.PRESET, "links")
    assert (await workspace.submit())["response_action"] == "update"
    assert "internal_page_rank.value" in chosen(await workspace.top(), Place.FIELDS)
    assert await workspace.exports() == 0


# --- rows -------------------------------------------------------------------------------------


async def test_depth_changes_the_price_without_a_question(workspace: Workspace) -> None:
    """The counts by depth are known: another depth is priced at once, and exported as shown."""
    await workspace.open(TINY)
    before = workspace.counts()[QUERY]
    await workspace.choose(Place.ROWS, "depth:1")
    assert "5 rows · 5 credits" in await workspace.said()
    assert workspace.counts()[QUERY] == before
    export = await exported(workspace)
    assert (export.rows_expected, export.specification.rows.last) == (5, 1)


async def test_everything_in_parts(workspace: Workspace) -> None:
    """A site over the limit can be had whole: each file under the limit, together everything."""
    await workspace.open(BIGSHOP)
    assert "░" in await workspace.said()
    await workspace.choose(Place.ROWS, "parts")
    said = await workspace.said()
    assert "2,999,210 rows · 2,999,210 credits" in said
    assert "Part 1: depths 0 to 3 · 303,560 rows" in said
    await workspace.submit()
    assert (await workspace.submit())["ok"]
    export = await only_export(workspace)
    limit = workspace.services.settings.botify_row_limit
    assert len(export.parts) > 1
    assert sum(part.rows_expected or 0 for part in export.parts) == 2_999_210
    assert all((part.rows_expected or 0) <= limit for part in export.parts)


async def test_chart_is_shown_where_a_depth_can_be_chosen(workspace: Workspace) -> None:
    """The URLs of each depth stand beside the choice, also of a site that fits."""
    await workspace.open(TINY)
    assert "depth 2  6" in await workspace.said()


# --- filters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value", "words", "bql"),
    [
        (
            Place.HTTP_CODE,
            "4",
            "HTTP code 4xx",
            {"field": "http_code", "predicate": "between", "value": [400, 499]},
        ),
        (
            Place.INDEXABLE,
            "no",
            "not indexable",
            {"field": "compliant.is_compliant", "predicate": "eq", "value": False},
        ),
        (
            Place.URL_CONTAINS,
            "/p",
            "URL contains /p",
            {"field": "url", "predicate": "contains", "value": "/p"},
        ),
    ],
)
async def test_filter_is_counted_and_sent(
    workspace: Workspace, place: Place, value: str, words: str, bql: dict[str, Any]
) -> None:
    """The price honours the filter, and the query sent is the one that was counted."""
    await workspace.open()
    await workspace.choose(MORE, None)
    await workspace.choose(place, value)
    rows = await rows_said(workspace)
    assert 0 < rows < 48_211
    assert words in await workspace.said()
    export = await exported(workspace)
    assert (export.specification.filter, export.rows_expected) == (bql, rows)


async def test_page_type_is_offered_from_the_project(workspace: Workspace) -> None:
    """The menu holds the project's own page types, asked for when the filters are opened."""
    await workspace.open()
    await workspace.choose(MORE, None)
    before = workspace.counts()
    first, *offered = [each["value"] for each in await workspace.options(Place.PAGE_TYPE)]
    assert first == "-any-"
    assert offered
    assert workspace.counts() == before
    await workspace.choose(Place.PAGE_TYPE, offered[0])
    assert 0 < await rows_said(workspace) < 48_211
    assert f"page type {offered[0]}" in await workspace.said()


async def test_project_without_page_types_offers_no_such_filter(workspace: Workspace) -> None:
    """Only what the analysis has fields for can be filtered by."""
    await workspace.open(MODERN)
    await workspace.choose(MORE, None)
    ids = [block.get("element", {}).get("action_id") for block in (await workspace.top())["blocks"]]
    assert Place.INDEXABLE in ids
    assert Place.PAGE_TYPE not in ids


async def test_filters_hold_together_and_stay_when_hidden(workspace: Workspace) -> None:
    """Two filters leave fewer rows than one; hiding them keeps and names them."""
    await workspace.open()
    await workspace.choose(MORE, None)
    await workspace.choose(Place.HTTP_CODE, "2")
    one = await rows_said(workspace)
    await workspace.choose(Place.URL_CONTAINS, "/p")
    two = await rows_said(workspace)
    assert two < one
    await workspace.choose(FEWER, None)
    assert "Only: HTTP code 2xx and URL contains /p" in await workspace.said()
    assert (await exported(workspace)).rows_expected == two


async def test_filter_that_nothing_passes(workspace: Workspace) -> None:
    """Nothing is exported where nothing is left, and that is said."""
    await workspace.open(TINY)
    await workspace.choose(MORE, None)
    await workspace.choose(Place.URL_CONTAINS, "there is no such address")
    assert "No URL passes the filters" in await workspace.said()
    assert "no URLs" in errors(await workspace.submit())[Place.ROWS]
    assert await workspace.exports() == 0


async def test_typed_filter_without_enter_is_priced_first(workspace: Workspace) -> None:
    """A text that was not entered when Export was pressed gets its price, not an export."""
    await workspace.open(TINY)
    await workspace.choose(MORE, None)
    await workspace.type(Place.URL_CONTAINS, "/")
    assert (await workspace.submit())["response_action"] == "update"
    assert "Only: URL contains /" in await workspace.said()
    assert await workspace.exports() == 0


async def test_filter_of_the_link_can_be_switched_off(workspace: Workspace) -> None:
    """A pasted filter is used, in sight, and goes with one click."""
    await workspace.open(explorer(CODE_404))
    filtered = await rows_said(workspace)
    assert 0 < filtered < 48_211
    assert "http_code is 404" in await workspace.said()
    await workspace.choose(Place.LINK_FILTER, [])
    assert "48,211 rows · 48,211 credits" in await workspace.said()
    await workspace.choose(Place.LINK_FILTER, ["use"])
    export = await exported(workspace)
    assert (export.specification.filter, export.rows_expected) == (CODE_404, filtered)


@pytest.mark.parametrize(
    ("filter_", "words"),
    [
        ({"field": "gone.field", "predicate": "eq", "value": 1}, "gone.field"),
        ({"field": "http_code", "predicate": "is_odd"}, "not understood"),
    ],
)
async def test_filter_of_the_link_that_cannot_be_used(
    workspace: Workspace, filter_: dict[str, Any], words: str
) -> None:
    """It is said under the filter; nothing is exported until it is switched off."""
    await workspace.open(explorer(filter_))
    assert words in await problem(workspace, Place.LINK_FILTER)
    assert (await workspace.submit())["ok"] is False
    await workspace.choose(Place.LINK_FILTER, [])
    assert not await problem(workspace, Place.LINK_FILTER)
    assert "48,211 rows · 48,211 credits" in await workspace.said()


async def test_late_count_of_a_former_filter_is_not_shown(workspace: Workspace) -> None:
    """The slow answer about one filter does not stand beside another."""
    await workspace.open()
    await workspace.choose(MORE, None)
    strike(workspace, "botify", QUERY, "slow", seconds=0.7)
    await workspace.act("action", Place.HTTP_CODE, "4")
    await workspace.until("counting")
    await workspace.act("action", Place.HTTP_CODE, "5")
    await workspace.services.background.settle()
    slow_first = await rows_said(workspace)
    await workspace.choose(Place.HTTP_CODE, "4")
    assert await rows_said(workspace) != slow_first
    await workspace.choose(Place.HTTP_CODE, "5")
    assert await rows_said(workspace) == slow_first


# --- links ------------------------------------------------------------------------------------


async def test_link_graph_is_counted_and_priced_by_links(workspace: Workspace) -> None:
    """One row a link at a tenth of a credit: another count, another price, and a note."""
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "outlinks_internal.graph.url")
    await workspace.choose(Place.FIELDS, ["url", "outlinks_internal.graph.url"])
    said = await workspace.said()
    assert "0.1 credits a link" in said
    assert "one row for each internal link" in said
    rows = await rows_said(workspace)
    assert rows > 12
    assert (await exported(workspace)).rows_expected == rows


async def test_failed_count_of_links_is_no_price(workspace: Workspace) -> None:
    """Without the number of links nothing can be exported, and that is said."""
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "outlinks_internal.graph.url")
    strike(workspace, "botify", QUERY, "status", count=None)
    await workspace.choose(Place.FIELDS, ["url", "outlinks_internal.graph.url"])
    assert "could not be counted" in await problem(workspace, Place.ROWS)
    assert errors(await workspace.submit()) == {Place.ROWS: SEEN}
    assert await workspace.exports() == 0
    workspace.sandbox.faults.clear()
    await workspace.choose(CHECK_AGAIN_HERE, None)
    said = await workspace.said()
    assert "could not be counted" not in said
    assert "0.1 credits a link" in said


# --- news -------------------------------------------------------------------------------------


async def test_newer_crawl_is_mentioned_with_its_progress(workspace: Workspace) -> None:
    """Who exports last week's crawl is told that a new one is on its way, and how far it is."""
    await workspace.open()
    said = await workspace.said()
    assert (
        "A newer analysis, 20260712, is still crawling (1,200 of 5,200 known pages so far)" in said
    )
    await workspace.open(TINY)
    assert "A newer analysis" not in await workspace.said()


async def test_progress_that_botify_does_not_tell_is_left_out(workspace: Workspace) -> None:
    """News is not needed: the form is complete without it."""
    method = "GET /analyses/{org}/{project}/{slug}/crawl_statistics"
    strike(workspace, "botify", method, "status", count=None)
    await workspace.open()
    assert "A newer analysis, 20260712, is still crawling." in await workspace.said()
    assert "48,211 rows" in await workspace.said()


async def test_filters_that_are_wrong_are_pointed_at_once(workspace: Workspace) -> None:
    """Export says where to look; the reason is read once."""
    await workspace.open(explorer({"field": "gone.field", "predicate": "eq", "value": 1}))
    assert errors(await workspace.submit()) == {Place.ROWS: SEEN}
    await workspace.choose(FEWER, None)
    assert errors(await workspace.submit()) == {Place.ROWS: SEEN}
    assert "gone.field" in await workspace.said()


async def test_two_changes_at_once_are_both_kept(workspace: Workspace) -> None:
    """Each change touches its own part of the draft, whoever is first."""
    await workspace.open()
    await workspace.choose(MORE, None)
    await asyncio.gather(
        workspace.act("action", Place.HTTP_CODE, "2"),
        workspace.act("action", Place.ROWS, "depth:2"),
    )
    await workspace.services.background.settle()
    said = await workspace.said()
    assert "HTTP code 2xx" in said
    assert "*depth 2*" in said
