"""Which rows a choice means, and everything in parts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.botify.bql import depth_filter
from bot.exports.plan import Band, Plan, plan
from bot.files.naming import depth_word
from bot.model.depths import DepthCounts
from bot.model.errors import NothingFits, WrongInput
from bot.model.rows import AS_MUCH_AS_FITS, IN_PARTS, RowsChoice, RowsMode
from bot.model.specification import ONLY_WITHOUT_DEPTH, WHOLE_SITE, DepthRange, up_to

BIGSHOP = (
    10, 550, 28000, 275000, 825000, 660000, 440000, 275000, 165000, 110000, 55000,
    44000, 33000, 28000, 22000, 17000, 11000, 6000, 3000, 1100, 550,
)  # fmt: skip
COLLECTION = "crawl.20240101"


def counts(*by_depth: int, without: int = 0) -> DepthCounts:
    return DepthCounts(tuple(enumerate(by_depth)), without)


def band(first: int | None, last: int | None, count: int, *, without: bool = False) -> Band:
    return Band(DepthRange(first, last, without), count)


def to_depth(depth: int) -> RowsChoice:
    return RowsChoice(RowsMode.DEPTH, depth)


def parts_to(depth: int) -> RowsChoice:
    return RowsChoice(RowsMode.PARTS, depth)


@pytest.mark.parametrize(
    ("known", "limit", "choice", "expected"),
    [
        (counts(1, 2, 3), 6, AS_MUCH_AS_FITS, Plan((Band(WHOLE_SITE, 6),))),
        (counts(1, 2, 3), 5, AS_MUCH_AS_FITS, Plan((band(None, 1, 3),), 3)),
        (counts(1, 2, 3), 6, to_depth(1), Plan((band(None, 1, 3),), 3)),
        (counts(1, 2, 3), 6, to_depth(9), Plan((band(None, 9, 6),))),
        (counts(1, 2, without=4), 6, to_depth(0), Plan((band(None, 0, 1),), 6, 4)),
        (counts(1, 2, 3, without=1), 7, IN_PARTS, Plan((Band(WHOLE_SITE, 7),))),
        (
            counts(1, 2, 3, 4, without=1),
            5,
            IN_PARTS,
            Plan((band(None, 1, 3), band(2, 2, 3), band(3, None, 5, without=True))),
        ),
        (
            counts(1, 2, 3, 4, without=2),
            5,
            IN_PARTS,
            Plan((band(None, 1, 3), band(2, 2, 3), band(3, None, 4), Band(ONLY_WITHOUT_DEPTH, 2))),
        ),
        (
            counts(4, without=4),
            5,
            IN_PARTS,
            Plan((band(None, None, 4), Band(ONLY_WITHOUT_DEPTH, 4))),
        ),
        (
            DepthCounts(((0, 3), (5, 3), (9, 3))),
            5,
            IN_PARTS,
            Plan((band(None, 0, 3), band(1, 5, 3), band(6, None, 3, without=True))),
        ),
        (counts(1, 2, 3, without=9), 6, parts_to(2), Plan((band(None, 2, 6),), 9, 9)),
        (
            counts(3, 3, 3, 8, without=9),
            7,
            parts_to(2),
            Plan((band(None, 1, 6), band(2, 2, 3)), 17, 9),
        ),
    ],
    ids=[
        "as much as fits: everything",
        "as much as fits: the largest depth",
        "a depth that is named",
        "a depth deeper than the site",
        "a depth leaves out URLs without one, and says so",
        "parts of what fits are one part",
        "URLs without a depth go with the deepest where they fit",
        "and into a part of their own where they do not",
        "one depth, and the URLs without",
        "no depth can lie between two parts",
        "parts up to a depth that fit are one part",
        "a depth over the limit does not matter where it is not asked for",
    ],
)
def test_every_choice_of_rows_has_a_plan(
    known: DepthCounts, limit: int, choice: RowsChoice, expected: Plan
) -> None:
    """What a person asks for is exactly what is planned, job by job."""
    assert plan(known, limit, choice) == expected


def test_bigshop_in_parts() -> None:
    """The published example needs five jobs, none over the limit."""
    made = plan(counts(*BIGSHOP), 1_000_000, IN_PARTS)
    assert [each.count for each in made.bands] == [303_560, 825_000, 660_000, 990_000, 220_650]
    assert made.rows == WHOLE_SITE
    assert made.count == 2_999_210


@pytest.mark.parametrize(
    ("known", "choice", "sentence", "next_step"),
    [
        (counts(9), AS_MUCH_AS_FITS, "Depth 0 alone holds 9 rows", "higher row limit"),
        (counts(without=9), AS_MUCH_AS_FITS, "URLs without a depth", "higher row limit"),
        (
            counts(4, 4),
            to_depth(1),
            "Depths 0 to 1 hold 8 rows",
            "depth that fits is 0. Or export it",
        ),
        (
            counts(4, 9),
            to_depth(1),
            "Depths 0 to 1 hold 13 rows",
            "The largest depth that fits is 0.",
        ),
        (counts(9, 4), to_depth(1), "Depths 0 to 1 hold 13 rows", "higher row limit"),
        (counts(1, 9), IN_PARTS, "Depth 1 alone holds 9 rows", "filter"),
        (counts(1, 9), IN_PARTS, "cannot be divided", "up to depth 0"),
        (counts(9, 1), IN_PARTS, "Depth 0 alone", "higher row limit"),
        (counts(1, without=9), IN_PARTS, "The URLs without a depth alone are 9", "up to depth 0"),
        (counts(1, 9, 1), parts_to(2), "Depth 1 alone holds 9", "up to depth 0"),
    ],
)
def test_what_cannot_be_done_is_named_with_what_can(
    known: DepthCounts, choice: RowsChoice, sentence: str, next_step: str
) -> None:
    """A depth over the limit is named; nothing is cut silently."""
    with pytest.raises(NothingFits) as caught:
        plan(known, 5, choice)
    assert sentence in caught.value.sentence
    assert next_step in caught.value.next_step


def test_a_depth_is_asked_for_where_none_is_named() -> None:
    """`up to a depth` without the depth means nothing."""
    with pytest.raises(WrongInput, match="No depth"):
        plan(counts(1), 5, RowsChoice(RowsMode.DEPTH))


def holds(rows: DepthRange, depth: int | None) -> bool:
    """Whether a URL at this depth passes the filter that is sent for the range."""
    return passes(depth_filter(rows, COLLECTION), depth)


def passes(node: dict[str, object] | None, depth: int | None) -> bool:
    """Botify's filters as its pages describe them: no comparison holds for a missing value."""
    match node:
        case None:
            return True
        case {"or": list() as inner}:
            return any(passes(each, depth) for each in inner)
        case {"not": dict() as inner}:
            return not passes(inner, depth)
        case {"predicate": "exists"}:
            return depth is not None
        case {"predicate": predicate, "value": value}:
            return depth is not None and COMPARED[str(predicate)](depth, value)
    raise AssertionError(node)


COMPARED = {
    "lte": lambda depth, value: depth <= value,
    "gte": lambda depth, value: depth >= value,
    "between": lambda depth, value: value[0] <= depth <= value[1],
}

_counts = st.builds(
    lambda by_depth, without: DepthCounts(tuple(sorted(by_depth.items())), without),
    st.dictionaries(st.integers(0, 40), st.integers(0, 500), max_size=12),
    st.integers(0, 500),
)
# around the largest depth: there most sites need several parts, and most can have them
_limits = st.integers(1, 2_000) | st.integers(450, 700)
_choices = st.one_of(
    st.just(AS_MUCH_AS_FITS),
    st.just(IN_PARTS),
    st.builds(RowsChoice, st.sampled_from([RowsMode.DEPTH, RowsMode.PARTS]), st.integers(0, 45)),
)


@given(known=_counts, limit=_limits, choice=_choices)
def test_parts_cover_what_was_asked_once_and_fit(
    known: DepthCounts, limit: int, choice: RowsChoice
) -> None:
    """Whatever the counts: every row in exactly one part, each within the limit, none invented."""
    try:
        made = plan(known, limit, choice)
    except NothingFits:
        refused_rightly(known, limit, choice)
        return
    assert made.count + made.left_out == known.total
    for each in made.bands:
        held = sum(count for depth, count in known.by_depth if holds(each.rows, depth))
        held += known.without_depth if holds(each.rows, None) else 0
        assert held == each.count <= limit
    for depth in (*range(50), None):
        times = sum(holds(each.rows, depth) for each in made.bands)
        assert times == holds(made.rows, depth), depth
    if choice.mode is RowsMode.PARTS and choice.depth is None:
        assert made.rows == WHOLE_SITE
        assert made.left_out == made.left_out_without_depth == 0
    if choice.mode is RowsMode.DEPTH:
        assert made.rows == up_to(choice.depth or 0)
    names = [depth_word(each.rows) for each in made.bands]
    assert len(set(names)) == len(names)


def refused_rightly(known: DepthCounts, limit: int, choice: RowsChoice) -> None:
    """Nothing is refused that could be done."""
    within = [count for at, count in known.by_depth if choice.depth is None or at <= choice.depth]
    if choice.mode is RowsMode.PARTS:
        without = known.without_depth if choice.depth is None else 0
        assert max(*within, without, 0) > limit
    elif choice.mode is RowsMode.DEPTH:
        assert sum(within) > limit
    else:
        assert known.total > limit
        assert not known.by_depth or known.by_depth[0][1] > limit


@given(known=_counts, limit=_limits)
def test_there_are_no_more_parts_than_consecutive_depths_need(
    known: DepthCounts, limit: int
) -> None:
    """Each part costs a job and a file: two neighbours that fit together are one."""
    try:
        made = plan(known, limit, IN_PARTS)
    except NothingFits:
        return
    neighbours = zip(made.bands, made.bands[1:], strict=False)
    assert all(a.count + b.count > limit for a, b in neighbours)


def test_urls_without_a_depth_alone_are_asked_for_by_what_they_lack() -> None:
    """No comparison with a depth holds for them."""
    exists = {"field": f"{COLLECTION}.depth", "predicate": "exists"}
    assert depth_filter(ONLY_WITHOUT_DEPTH, COLLECTION) == {"not": exists}
    assert holds(ONLY_WITHOUT_DEPTH, None)
    assert not any(holds(ONLY_WITHOUT_DEPTH, depth) for depth in range(50))


def test_the_whole_site_and_one_of_its_parts_are_asked_for_differently() -> None:
    """A filter for a part never is the filter of another part."""
    made = plan(counts(4, 4, 4, without=3), 5, IN_PARTS)
    filters = [repr(depth_filter(each.rows, COLLECTION)) for each in made.bands]
    assert len(set(filters)) == 4
    assert replace(made, bands=made.bands[:1]).rows == up_to(0)
