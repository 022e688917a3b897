"""Which rows fit under the row limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.plan import Band, Plan, cut, largest_fit
from bot.model.depths import DepthCounts
from bot.model.specification import WHOLE_SITE, DepthRange, up_to

BIGSHOP = (
    10, 550, 28000, 275000, 825000, 660000, 440000, 275000, 165000, 110000, 55000,
    44000, 33000, 28000, 22000, 17000, 11000, 6000, 3000, 1100, 550,
)  # fmt: skip


def counts(*by_depth: int, without: int = 0) -> DepthCounts:
    return DepthCounts(tuple(enumerate(by_depth)), without)


def one(rows: DepthRange, count: int, left_out: int = 0, without_depth: int = 0) -> Plan:
    """A plan of one job."""
    return Plan((Band(rows, count),), left_out, without_depth)


@pytest.mark.parametrize(
    ("known", "limit", "plan"),
    [
        (counts(1, 2, 3), 6, one(WHOLE_SITE, 6)),
        (counts(1, 2, 3), 1000, one(WHOLE_SITE, 6)),
        (counts(1, 2, 3), 5, one(up_to(1), 3, 3)),
        (counts(7, 2, 3), 6, None),
        (counts(), 6, one(WHOLE_SITE, 0)),
        (counts(without=5), 6, one(WHOLE_SITE, 5)),
        (counts(without=7), 6, None),
        (counts(1, 2, without=3), 6, one(WHOLE_SITE, 6)),
        (counts(1, 2, without=4), 6, one(up_to(1), 3, 4, 4)),
        (DepthCounts(((0, 1), (5, 2), (9, 10))), 3, one(up_to(5), 3, 10)),
        (counts(1, 0, 0, 9), 3, one(up_to(2), 1, 9)),
    ],
    ids=[
        "a sum equal to the limit fits",
        "everything fits",
        "the largest depth under the limit",
        "the first depth alone is over the limit",
        "an empty analysis fits",
        "only URLs without a depth, and they fit",
        "only URLs without a depth, and no depth can hold them",
        "URLs without a depth belong to the whole site",
        "URLs without a depth are left out where the site does not fit, and counted",
        "gaps between depths",
        "a depth without URLs",
    ],
)
def test_every_edge_of_the_depth_has_an_answer(
    known: DepthCounts, limit: int, plan: Plan | None
) -> None:
    """The plan never proposes more than the limit and never hides what it leaves out."""
    assert largest_fit(known, limit) == plan


def test_bigshop_fits_up_to_depth_three() -> None:
    """The published example: 2,999,210 URLs, of which depth 3 holds 303,560."""
    known = counts(*BIGSHOP)
    assert known.total == 2_999_210
    plan = largest_fit(known, 1_000_000)
    assert plan == one(up_to(3), 303_560, 2_999_210 - 303_560)


@given(
    by_depth=st.dictionaries(st.integers(0, 40), st.integers(0, 500), max_size=12),
    without=st.integers(0, 500),
    limit=st.integers(1, 2_000),
)
def test_a_plan_holds_what_it_says_and_nothing_larger_fits(
    by_depth: dict[int, int], without: int, limit: int
) -> None:
    """Whatever the counts: within the limit, nothing lost, and one depth more is too much."""
    known = DepthCounts(tuple(sorted(by_depth.items())), without)
    plan = largest_fit(known, limit)
    if plan is None:
        assert known.total > limit
        assert not by_depth or by_depth[min(by_depth)] > limit
        return
    assert plan.count <= limit
    assert plan.count + plan.left_out == known.total
    assert plan.left_out_without_depth <= plan.left_out
    if not plan.rows.whole:
        assert known.total > limit
        assert plan.rows.last is not None
        deeper = [depth for depth in by_depth if depth > plan.rows.last]
        assert not deeper or known.up_to(min(deeper)) > limit


@given(depth=st.integers(0, 30))
def test_a_chosen_depth_counts_what_it_holds(depth: int) -> None:
    """A depth that a person names is counted as such, without URLs that have none."""
    plan = cut(counts(*BIGSHOP, without=7), depth)
    assert plan.count == sum(BIGSHOP[: depth + 1])
    assert plan.left_out == sum(BIGSHOP[depth + 1 :]) + 7
