"""What an export will hold and cost, and what is worth saying about it."""

import pytest
from choosing_examples import EVERYTHING
from hypothesis import given
from hypothesis import strategies as st

from bot.botify.bql import link_counts_query, values_query
from bot.botify.counts import read_counts
from bot.botify.page_types import read_page_types
from bot.exports.plan import Band, Plan
from bot.exports.price import Price, guessed_bytes_per_row, price
from bot.model.credits import by_links, credits_for
from bot.model.depths import DepthCounts
from bot.model.errors import BotifyUnreachable
from bot.model.field import Field
from bot.model.field_names import find_fields
from bot.model.specification import WHOLE_SITE

GRAPH = "outlinks_internal.graph.url"


def fields(*names: str) -> tuple[Field, ...]:
    return find_fields(names, EVERYTHING)


def of(rows: int) -> Plan:
    return Plan((Band(WHOLE_SITE, rows),))


@pytest.mark.parametrize(
    ("rows", "names", "credits_", "links"),
    [
        (48_211, ("url", "title"), 48_211, None),
        (0, ("url",), 0, None),
        (48_211, ("url", GRAPH), 4_822, 48_211),
        (1, ("url", GRAPH), 1, 1),
        (10, (GRAPH,), 1, 10),
    ],
)
def test_rows_and_links_have_their_price(
    rows: int, names: tuple[str, ...], credits_: int, links: int | None
) -> None:
    """One credit a row; a tenth for a link, and a part of a credit is one."""
    made = price(of(rows), fields(*names))
    assert (made.rows, made.credits, made.links) == (rows, credits_, links)


def test_the_size_is_measured_where_it_can_be() -> None:
    """Bytes of a row from finished files of the same fields; else a guess from their types."""
    assert price(of(1_000), fields("url", "depth"), bytes_per_row=61.5).bytes == 61_500
    guessed = price(of(1_000), fields("url", "depth")).bytes
    assert guessed is not None
    assert 50_000 < guessed < 150_000
    assert price(of(0), fields("url")).bytes is None


@given(st.lists(st.sampled_from(EVERYTHING), min_size=1, max_size=20))
def test_another_column_never_makes_a_row_shorter(chosen: list[Field]) -> None:
    """The guess grows with every column, whatever its type."""
    guesses = [guessed_bytes_per_row(chosen[:count]) for count in range(len(chosen) + 1)]
    assert guesses == sorted(set(guesses))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("url", "depth"), []),
        (("depth",), ["merges rows"]),
        (("url", "h1"), ["H1 can hold several values"]),
        (("url", "h1", "h2", "metadata.h3.contents"), ["H1, H2 and H3 can hold"]),
        (("url", GRAPH), ["one row for each internal link"]),
        ((GRAPH, "h1"), ["one row for each internal link", "merges rows", "several values"]),
    ],
)  # fmt: skip
def test_what_is_unusual_about_fields_is_said(names: tuple[str, ...], words: list[str]) -> None:
    """Merged rows, several values and links are explained before they are paid."""
    notes = price(of(5), fields(*names)).notes
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))


@given(rows=st.integers(0, 10**10))
def test_credits_never_fall_short(rows: int) -> None:
    """Never less than Botify's price, and never a whole credit more."""
    assert credits_for(rows, ("url",)) == rows
    links = credits_for(rows, ("url", GRAPH))
    assert 0 <= links * 10 - rows < 10
    assert by_links((GRAPH,))
    assert not by_links(("url", "outlinks_internal.nb.total"))


def test_links_are_summed_up_by_depth() -> None:
    """One row a depth, in an order that paging can rely on, with the filter of the export."""
    at = "crawl.20240101"
    chosen = {"field": "http_code", "value": 200}
    assert link_counts_query("20240101", chosen) == {
        "collections": [at],
        "query": {
            "dimensions": [f"{at}.depth"],
            "metrics": [{"function": "sum", "args": [f"{at}.outlinks_internal.nb.total"]}],
            "filters": {"field": f"{at}.http_code", "predicate": "eq", "value": 200},
            "sort": [{"type": "dimensions", "index": 0, "order": "asc"}],
        },
    }


def test_a_sum_over_nothing_is_zero_and_a_count_is_not() -> None:
    """Pages without links have none; a count that cannot be read is never taken for zero."""
    rows = [{"dimensions": [0], "metrics": [7]}, {"dimensions": [1], "metrics": [None]}]
    assert read_counts(rows, null_is_zero=True) == DepthCounts(((0, 7), (1, 0)))
    with pytest.raises(BotifyUnreachable):
        read_counts(rows)


def test_the_values_of_a_field_are_asked_for_by_size() -> None:
    """The most frequent first, so that a first page is enough."""
    at = "crawl.20240101.segments.pagetype.value"
    query = values_query("20240101", "segments.pagetype.value")["query"]
    assert query["dimensions"] == [at]
    assert query["filters"] == {"field": at, "predicate": "exists"}
    assert query["sort"] == [{"type": "metrics", "index": 0, "order": "desc"}]


@pytest.mark.parametrize(
    ("rows", "offered"),
    [
        ([], ()),
        ([("help", 1), ("product", 5)], ("product", "help")),
        ([("product/shoes", 5), ("product/bags", 2)], ("product", "product/shoes", "product/bags")),
        ([("product/page", 5), ("blog/page", 2)], ("product", "blog")),
        ([("a", 3), ("a/b", 2)], ("a", "a/b")),
        ([(None, 9), ("", 2), ("x", 1)], ("x",)),
        ([("b", 1), ("a", 1)], ("a", "b")),
    ],
    ids=[
        "none",
        "largest first",
        "what is above a node can be chosen",
        "a node with one node below it is that node",
        "a node with pages of its own and below it",
        "pages without a type are no type",
        "equal ones in the order of their names",
    ],
)
def test_page_types_are_offered_largest_first(
    rows: list[tuple[object, int]], offered: tuple[str, ...]
) -> None:
    """Nodes of the tree at every level, with those below them."""
    given_rows = [{"dimensions": [value], "metrics": [count]} for value, count in rows]
    assert read_page_types(given_rows) == offered


def test_not_more_page_types_are_offered_than_a_menu_holds() -> None:
    """The hundred largest."""
    rows = [{"dimensions": [f"type {n:03d}"], "metrics": [1000 - n]} for n in range(300)]
    offered = read_page_types(rows)
    assert len(offered) == 100
    assert offered[0] == "type 000"


@pytest.mark.parametrize("row", [{"dimensions": [5], "metrics": [1]}, {"dimensions": ["x"]}])
def test_page_types_that_cannot_be_read_are_not_guessed(row: dict[str, object]) -> None:
    """An answer of another form is no answer."""
    with pytest.raises(BotifyUnreachable):
        read_page_types([row])


def test_every_field_of_the_link_graph_is_billed_by_links() -> None:
    """Whichever link graph it is: a tenth of a credit a row, and merged rows without the URL."""
    graph = (Field("inlinks_internal.graph.url", "Internal Inlink URL", "string"),)
    found = price(of(1_000), graph)
    assert (found.credits, found.links) == (100, 1_000)
    assert [note.partition(",")[0] for note in found.notes] == [
        "Links: the file has one row for each internal link",
        "Without the field url",
    ]


def test_a_price_without_links_says_none() -> None:
    """`links` tells the two kinds of export apart."""
    assert price(of(3), fields("url")) == Price(3, 3, 3 * 82, None, ())
