"""Choosing the data on the command line: presets, filters, parts, and what they cost."""

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from stage import TINY, Stage

from sandbox.botify.world import BIGSHOP as BIGSHOP_DEPTHS

SHOP = "https://app.botify.com/acme-org/shop.example/"
BIGSHOP = "https://app.botify.com/acme-org/bigshop.example/"
MODERN = "https://app.botify.com/acme-org/modern.example/"
ACME_PATH = "https://app.botify.com/acme-org/acme.com/"
LIMIT = "50"

DEPTHS = [1, 12, 40, 49, 30, 8, 25, 3]
WITHOUT_DEPTH = 31
TOTAL = sum(DEPTHS) + WITHOUT_DEPTH


def rows_of(path: Path) -> list[list[str]]:
    """The cells of a file, header first."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))


def tally(path: Path, seen: bytearray, by_depth: Counter[str]) -> int:
    """How many rows a file of URLs and depths has; notes each URL and each depth."""
    rows = 0
    with path.open(newline="", encoding="utf-8") as file:
        for rows, (url, depth) in enumerate(csv.reader(file)):
            if rows:  # the first is the header
                # every address but that of the front page carries the number of its row
                number = re.search(r"/(\d{7})-", url)
                seen[int(number[1]) if number else 0] += 1
                by_depth[depth] += 1
    return rows


async def seed(stage: Stage, **more: Any) -> None:
    """A shop with a few hundred URLs, some of which no link leads to."""
    project = {"project": "shop.example", "depths": DEPTHS, "without_depth": WITHOUT_DEPTH}
    await stage.control("seed", {"botify": {"projects": [project | more]}})


async def test_parts_hold_every_url_once(stage: Stage) -> None:
    """The union of all parts is the site: no row is missing, none comes twice, none is too many."""
    await seed(stage)
    ran = await stage.run(
        "export", SHOP, "--parts", "--fields", "url,depth", "--yes", "--json",
        "--output", "shop.csv", BOTIFY_ROW_LIMIT=LIMIT,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    paths = [Path(path) for path in ran.report["paths"]]
    assert ran.report["path"] == str(paths[0])
    of = len(paths)
    assert [path.name for path in paths] == [
        f"shop-part-{number}-of-{of}.csv" for number in range(1, of + 1)
    ]
    rows: list[list[str]] = []
    for path in paths:
        header, *data = rows_of(path)
        assert header == ["Full URL", "Depth"]
        assert 0 < len(data) <= int(LIMIT)
        rows += data
    assert len(rows) == len({row[0] for row in rows}) == TOTAL
    assert Counter(row[1] for row in rows) == {
        **{str(depth): count for depth, count in enumerate(DEPTHS)},
        "": WITHOUT_DEPTH,
    }
    assert ran.report["rows"] == ran.report["credits"] == TOTAL
    assert ran.report["depth"] is None
    assert len(set(ran.report["job_ids"])) == of == stage.counts()["POST /jobs"]
    assert ran.report["bytes"] == sum(path.stat().st_size for path in paths)


async def test_three_million_urls_come_in_parts(stage: Stage) -> None:
    """2,999,210 URLs over the usual limit of a million: each in exactly one of five files."""
    ran = await stage.run(
        "export", BIGSHOP, "--parts", "--fields", "url,depth", "--yes", "--json",
        "--output", "shop.csv",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    seen = bytearray(2_999_210)
    by_depth: Counter[str] = Counter()
    held = [tally(Path(path), seen, by_depth) for path in ran.report["paths"]]
    assert held == [303_560, 825_000, 660_000, 990_000, 220_650]
    assert seen.count(1) == len(seen) == ran.report["rows"]
    assert [by_depth[str(depth)] for depth in range(21)] == [*BIGSHOP_DEPTHS]


async def test_each_part_asks_for_what_was_shown(stage: Stage) -> None:
    """The bands in the price are the filters of the jobs, and their counts are the files' rows."""
    await seed(stage)
    ran = await stage.run("export", SHOP, "--parts", "--yes", "--json", BOTIFY_ROW_LIMIT=LIMIT)
    assert ran.status == 0, ran.err
    shown = (
        "depths 0 to 1: 13; depth 2: 40; depth 3: 49; depths 4 to 5: 38; "
        "depth 6 and deeper: 28; URLs without a depth: 31"
    )
    assert shown in " ".join(ran.err.split())
    sent = [job["payload"]["query"]["query"]["filters"] for job in await stage.jobs()]
    at = "crawl.20260705.depth"
    exists = {"field": at, "predicate": "exists"}
    expected = [
        {"field": at, "predicate": "lte", "value": 1},
        {"field": at, "predicate": "between", "value": [2, 2]},
        {"field": at, "predicate": "between", "value": [3, 3]},
        {"field": at, "predicate": "between", "value": [4, 5]},
        {"field": at, "predicate": "gte", "value": 6},
        {"not": exists},
    ]
    assert sorted(map(repr, sent)) == sorted(map(repr, expected))
    names = sorted(Path(path).name for path in ran.report["paths"])
    assert names[0].startswith("shop.example_20260705_essentials_depth1_")
    assert all(f"{ran.report['export_id']}_part-" in name for name in names)


async def test_parts_up_to_a_depth(stage: Stage) -> None:
    """--depth with --parts leaves deeper URLs, and those without a depth, out of every part."""
    await seed(stage)
    ran = await stage.run(
        "export", SHOP, "--parts", "--depth", "3", "--fields", "depth,url", "--yes", "--json",
        BOTIFY_ROW_LIMIT=LIMIT,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert ran.report["depth"] == 3
    assert ran.report["rows"] == sum(DEPTHS[:4])
    depths = {row[0] for path in ran.report["paths"] for row in rows_of(Path(path))[1:]}
    assert depths == {"0", "1", "2", "3"}


async def test_parts_that_fit_together_are_one_file(stage: Stage) -> None:
    """--parts on a site under the limit is a plain export, reported as one."""
    await stage.run("export", TINY, "--yes", "--json", "--output", "plain.csv")
    ran = await stage.run("export", TINY, "--parts", "--json", "--output", "parts.csv")
    assert ran.status == 0, ran.err
    assert "paths" not in ran.report
    assert ran.report["reused"] is True
    assert (stage.folder / "parts.csv").read_bytes() == (stage.folder / "plain.csv").read_bytes()


async def test_finished_parts_are_not_paid_again(stage: Stage) -> None:
    """The second time every part comes from the disk."""
    await seed(stage)
    arguments = ("export", SHOP, "--parts", "--yes", "--json")
    first = await stage.run(*arguments, BOTIFY_ROW_LIMIT=LIMIT)
    again = await stage.run(*arguments, BOTIFY_ROW_LIMIT=LIMIT)
    assert again.report["reused"] is True
    assert again.report["credits"] == 0
    assert again.report["job_ids"] == first.report["job_ids"]
    assert stage.counts()["POST /jobs"] == 6


async def test_a_depth_over_the_limit_is_named(stage: Stage) -> None:
    """What cannot be exported whole is said, with what can be done, and nothing is paid."""
    await seed(stage)
    ran = await stage.run("export", SHOP, "--parts", "--yes", BOTIFY_ROW_LIMIT="45")
    assert ran.status == 2
    assert "Depth 3 alone holds 49 rows" in ran.err
    assert "up to depth 1" in ran.err
    assert "filter" in ran.err
    assert "POST /jobs" not in stage.counts()


async def test_a_filter_decides_rows_and_price(stage: Stage) -> None:
    """What is counted, agreed to, sent and delivered is the same set of rows."""
    ran = await stage.run(
        "export", ACME_PATH, "--where", "http_code:4xx", "--where", "pagetype:product",
        "--fields", "url,code,pagetype", "--yes", "--json", "--output", "lost.csv",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert "HTTP code 4xx and page type product" in " ".join(ran.err.split())
    _, *rows = rows_of(stage.folder / "lost.csv")
    assert ran.report["rows"] == ran.report["credits"] == len(rows)
    assert 0 < len(rows) < 10_000
    assert {row[1] for row in rows} <= {"404", "410"}
    assert all(row[2].startswith("product") for row in rows)
    assert "Counted before" not in ran.err
    (job,) = await stage.jobs()
    assert job["payload"]["query"]["query"]["filters"] == {
        "and": [
            {
                "field": "crawl.20260705-2.http_code",
                "predicate": "between",
                "value": [400, 499],
            },
            {
                "field": "crawl.20260705-2.segments.pagetype.value",
                "predicate": "with_children",
                "value": "product",
            },
        ]
    }


@pytest.mark.parametrize(
    ("condition", "column", "holds"),
    [
        ("indexable:no", "indexable.is_indexable", lambda cell: cell.casefold() == "false"),
        ("indexable:yes", "indexable.is_indexable", lambda cell: cell.casefold() == "true"),
        ("url:/blog/", "url", lambda cell: "/blog/" in cell),
        ("http_code:3xx", "http_code", lambda cell: cell.startswith("3")),
    ],
)
async def test_each_filter_holds_in_an_analysis_with_the_newer_names(
    stage: Stage, condition: str, column: str, holds: Any
) -> None:
    """`indexable.*` where `compliant.*` does not exist: every row of the file passes."""
    ran = await stage.run(
        "export", MODERN, "--where", condition, "--fields", column, "--preset", "essentials",
        "--yes", "--json", "--output", "some.csv",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    _, *rows = rows_of(stage.folder / "some.csv")
    assert rows
    assert all(holds(row[0]) for row in rows)
    assert "Counted before" not in ran.err


@pytest.mark.parametrize("preset", ["essentials", "indexability", "links", "performance"])
async def test_each_preset_is_exported_and_named(stage: Stage, preset: str) -> None:
    """The preset's word stands in the file's name, and all of its columns in the file."""
    ran = await stage.run("export", TINY, "--preset", preset, "--yes", "--json")
    assert ran.status == 0, ran.err
    name = Path(ran.report["path"]).name
    assert name.startswith(f"tiny.example_20260705_{preset}_all_")
    header, *rows = rows_of(Path(ran.report["path"]))
    assert header[0] == "Full URL"
    assert len(rows) == 12
    assert "left out" not in ran.err


async def test_the_columns_and_the_filter_of_an_explorer_link(stage: Stage) -> None:
    """The filter is used as in Slack, unless `link:no`; `--preset link` takes the columns."""
    link = (
        "https://app.botify.com/acme-org/tiny.example/explorer"
        "?explorerFilter=%7B%22columns%22%3A%5B%22depth%22%2C%22no.such%22%5D%7D"
        "&context=%7B%22filter%22%3A%7B%22field%22%3A%22metadata.h1.contents%22%2C"
        "%22predicate%22%3A%22contains%22%2C%22value%22%3A%22e%22%7D%7D"
    )
    ran = await stage.run(
        "export", link, "--preset", "link", "--yes", "--json",
        "--output", "some.csv",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert "no.such; left out" in ran.err
    assert rows_of(stage.folder / "some.csv")[0] == ["Full URL", "Depth"]
    assert 0 < ran.report["rows"] < 12
    (job,) = await stage.jobs()
    assert job["payload"]["query"]["query"]["filters"]["predicate"] == "any.contains"
    assert "--where link:no leaves it out" in ran.err
    plain = await stage.run("export", link, "--where", "link:no", "--yes", "--json")
    assert plain.report["rows"] == 12


async def test_links_have_a_count_and_a_price_of_their_own(stage: Stage) -> None:
    """One row a link, counted as such before, at a tenth of a credit each."""
    ran = await stage.run(
        "export", ACME_PATH, "--fields", "url,outlinks_internal.graph.url", "--where",
        "pagetype:search", "--yes", "--json", "--output", "links.csv",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    rows = ran.report["rows"]
    assert len(rows_of(stage.folder / "links.csv")) == rows + 1
    assert ran.report["credits"] == -(-rows // 10)
    said = " ".join(ran.err.split())
    assert f"{rows:,} rows" in said
    assert f"{-(-rows // 10):,} credits" in said
    assert "one row for each internal link" in said
    assert "Counted before" not in said


async def test_without_the_url_rows_may_be_fewer_and_that_is_said(stage: Stage) -> None:
    """Botify merges equal rows; the person reads it before paying and the figures after."""
    ran = await stage.run("export", TINY, "--fields", "depth,h1", "--yes", "--json")
    assert ran.status == 0, ran.err
    said = " ".join(ran.err.split())
    assert "merges rows that are equal" in said
    assert "H1 can hold several values" in said


async def test_the_size_is_learnt_from_finished_files(stage: Stage) -> None:
    """The first price guesses the size; the next one knows it from the file."""
    first = await stage.run("export", TINY, "--yes", "--json")
    fresh = await stage.run("export", TINY, "--yes", "--json", "--fresh")
    size = first.report["bytes"]
    assert f"about {size / 1000:.1f} KB" in fresh.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--where", "http_code:many"], "http_code:4xx"),
        (["--where", "colour:red"], "pagetype"),
        (["--where", "url:a", "--where", "url:b"], "twice"),
        (["--where", "link"], "no filter"),
        (["--preset", "linkz"], "essentials, indexability, links, performance"),
        (["--preset", "link"], "no columns"),
        (["--fields", "count_urls_crawl"], "does not give it as a column"),
        (["--fields", "titel"], "not a field"),
        (["--where", "url:nowhere-at-all"], "no URLs to export"),
    ],
)
async def test_a_choice_that_cannot_be_is_one_sentence(
    stage: Stage, arguments: list[str], words: str
) -> None:
    """Status 2, what is wrong and what is right; nothing is paid."""
    ran = await stage.run("export", TINY, *arguments, "--yes")
    assert ran.status == 2, ran.err
    assert words in " ".join(ran.err.split())
    assert "POST /jobs" not in stage.counts()


async def test_a_filter_that_the_analysis_lacks_is_named(stage: Stage) -> None:
    """Not every project has page types."""
    ran = await stage.run("export", MODERN, "--where", "pagetype:product", "--yes")
    assert ran.status == 2
    assert "segments.pagetype.value" in ran.err
