"""Which running jobs are asked about in a tick."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.exports.questions import Memory, choose, pages, remember
from bot.model.limits import BOTIFY_LIST_PAGE


def ids(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def live(running: list[str], visible: set[str], ticks: int) -> tuple[dict[str, int], list[int]]:
    """Play ticks against a list that shows `visible`.

    Returns how often each job was heard of, and the requests of each tick.
    """
    memory = Memory()
    heard = dict.fromkeys(running, 0)
    requests = []
    shown_order = sorted(visible, key=int)
    for _ in range(ticks):
        asked = choose(running, memory)
        shown: list[str] = []
        if asked.page is not None:
            size = BOTIFY_LIST_PAGE.value
            shown = shown_order[(asked.page - 1) * size : asked.page * size]
        for job in [*shown, *asked.by_id]:
            heard[job] += 1
        requests.append(len(asked.by_id) + (asked.page is not None))
        memory = remember(memory, running, shown=shown, asked=asked.by_id)
    return heard, requests


def test_up_to_four_jobs_are_asked_for_by_id() -> None:
    """Few jobs are asked for directly: the list is not needed."""
    for count in range(5):
        assert choose(ids(count), Memory()).by_id == tuple(ids(count))
        assert choose(ids(count), Memory()).page is None


def test_hundreds_of_jobs_cost_one_request_a_tick_where_the_list_shows_them() -> None:
    """The steady state: 500 exports, one request to Botify per tick, and every job is heard of."""
    running = ids(500)
    heard, requests = live(running, set(running), 5 * pages(500))
    assert set(requests) == {1}
    assert min(heard.values()) >= 4


@given(hidden=st.integers(0, 60), visible=st.integers(0, 150))
@settings(deadline=None, max_examples=30)
def test_a_job_that_the_list_hides_is_asked_for_in_turn(hidden: int, visible: int) -> None:
    """Every job is heard of again and again, whatever the list shows, within five requests."""
    running = ids(hidden + visible)
    shows = set(running[hidden:])
    heard, requests = live(running, shows, pages(len(running)) + (hidden + 3) // 4 + 8)
    assert all(heard.values()) or not running
    assert max(requests, default=0) <= 5


def test_jobs_that_ended_are_forgotten() -> None:
    """The memory does not grow with the jobs of a year."""
    memory = remember(Memory(), ["1", "2"], shown=["1"], asked=["2"])
    memory = remember(memory, ["2"], shown=[], asked=[])
    assert not memory.shown
    assert list(memory.asked) == ["2"]
