"""Slack's budget: never over it, fair within it, and a method that waits waits whole."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.budget import MINUTE, SPACING, STAGE_SPACING, Candidate, Turns, choose_edits
from bot.slack.gate import Gate

NOW = 100_000.0


def ago(seconds: float) -> float:
    """So many seconds before now."""
    return NOW - seconds


def test_the_end_of_an_export_goes_first() -> None:
    """An end is worth more than a per cent, however long the others have waited."""
    waiting = [
        Candidate("moving", ended=False, edited_at=ago(1000)),
        Candidate("ended", ended=True, edited_at=ago(5)),
    ]
    assert choose_edits(waiting, now=NOW, spent=()) == ("ended", "moving")


def test_the_longest_waiting_goes_next() -> None:
    """Nobody is overtaken by somebody who was edited later; unknown means longest."""
    waiting = [
        Candidate("b", ended=False, edited_at=ago(20)),
        Candidate("c", ended=False, edited_at=ago(10)),
        Candidate("a", ended=False, edited_at=None),
    ]
    assert choose_edits(waiting, now=NOW, spent=()) == ("a", "b", "c")


@pytest.mark.parametrize(("seconds", "chosen"), [(2.9, ()), (3.0, ("a",))])
def test_edits_of_one_message_are_three_seconds_apart(
    seconds: float, chosen: tuple[str, ...]
) -> None:
    """Even an end waits that long."""
    waiting = [Candidate("a", ended=True, edited_at=ago(seconds))]
    assert choose_edits(waiting, now=NOW, spent=()) == chosen


@pytest.mark.parametrize(
    ("spent", "ends", "moves"), [(0, 50, 3), (44, 6, 1), (45, 5, 0), (50, 0, 0)]
)
def test_ends_may_use_what_moving_messages_must_leave(spent: int, ends: int, moves: int) -> None:
    """The last five edits of a minute are kept for ends."""
    used = [ago(30)] * spent
    ended = [Candidate(f"e{at}", ended=True, edited_at=ago(60)) for at in range(60)]
    moving = [Candidate(f"m{at}", ended=False, edited_at=ago(60)) for at in range(60)]
    assert len(choose_edits(ended, now=NOW, spent=used)) == ends
    assert len(choose_edits(moving, now=NOW, spent=used)) == moves


@pytest.mark.parametrize(("seconds", "chosen"), [(0.9, ()), (1.0, ("a",))])
def test_a_new_stage_waits_for_a_second_only(seconds: float, chosen: tuple[str, ...]) -> None:
    """People see each stage, however short; within the budget of all messages."""
    waiting = [Candidate("a", ended=False, edited_at=ago(seconds), moved=True)]
    assert choose_edits(waiting, now=NOW, spent=()) == chosen
    assert choose_edits(waiting, now=NOW, spent=[ago(2)] * 3) == ()


def test_a_new_stage_goes_before_a_per_cent() -> None:
    """But never before an end."""
    waiting = [
        Candidate("moving", ended=False, edited_at=ago(1000)),
        Candidate("stage", ended=False, edited_at=ago(5), moved=True),
        Candidate("ended", ended=True, edited_at=ago(5)),
    ]
    assert choose_edits(waiting, now=NOW, spent=()) == ("ended", "stage", "moving")


def test_an_edit_counts_for_exactly_a_minute() -> None:
    """What is older is forgotten."""
    moving = [Candidate("a", ended=False, edited_at=None)]
    assert choose_edits(moving, now=NOW, spent=[ago(59.9)] * 50) == ()
    assert choose_edits(moving, now=NOW, spent=[ago(60)] * 50) == ("a",)


@settings(max_examples=15)
@given(
    st.integers(1, 250),
    st.lists(st.sampled_from([0.1, 0.5, 1.0, 2.0, 2.0, 2.0, 5.0, 61.0]), min_size=1, max_size=200),
    st.floats(0, 0.2),
    st.randoms(use_true_random=False),
)
def test_never_more_than_fifty_edits_in_any_minute(
    exports: int, ticks: list[float], ending: float, random: object
) -> None:
    """However many exports run and end, and however unevenly the ticks come."""
    chance = random.random  # type: ignore[attr-defined]
    now, spent = NOW, []
    edited: dict[str, float | None] = {str(at): None for at in range(exports)}
    for tick in ticks:
        now += tick
        moved = {key: chance() < ending for key in edited}
        waiting = [Candidate(key, chance() < ending, at, moved[key]) for key, at in edited.items()]
        chosen = choose_edits(waiting, now=now, spent=spent)
        assert len(set(chosen)) == len(chosen)
        for key in chosen:
            last = edited[key]
            assert last is None or now - last >= (STAGE_SPACING if moved[key] else SPACING)
            edited[key] = now
            spent.append(now)
    for at in spent:
        assert sum(1 for other in spent if at <= other < at + MINUTE) <= 50


def test_with_two_hundred_exports_every_message_moves_and_evenly() -> None:
    """The longest anybody stands still is what 45 edits a minute allow, and no second is idle."""
    now, spent, worst = NOW, [], 0.0
    edited = {str(at): NOW for at in range(200)}
    for tick in range(1, 901):
        now = NOW + 2 * tick
        waiting = [Candidate(key, ended=False, edited_at=at) for key, at in edited.items()]
        for key in choose_edits(waiting, now=now, spent=spent[-60:]):
            worst = max(worst, now - edited[key])
            edited[key] = now
            spent.append(now)
    assert worst <= 200 / 45 * 60 + 10
    assert max(now - at for at in edited.values()) <= 200 / 45 * 60 + 10
    gaps = [later - earlier for earlier, later in itertools.pairwise(spent)]
    assert max(gaps) <= 4


def test_one_post_a_second_in_each_channel() -> None:
    """First come, first posted; another channel does not wait."""
    time = [100.0]
    turns = Turns(lambda: time[0])
    assert [turns.take("C1"), turns.take("C1"), turns.take("C1"), turns.take("C2")] == [0, 1, 2, 0]
    time[0] = 101.5
    assert [turns.take("C1"), turns.take("C2")] == [1.5, 0]


def test_a_gate_opens_at_a_stored_deadline() -> None:
    """A shorter wait does not shorten a longer one, and another method is not concerned."""
    time = [100.0]
    gate = Gate(lambda: time[0])
    assert gate.wait("chat.update") == 0
    assert gate.open_at("chat.update") is None
    gate.close("chat.update", 30)
    gate.close("chat.update", 5)
    time[0] = 110.0
    assert gate.wait("chat.update") == 20
    assert gate.open_at("chat.update") == 130
    assert gate.wait("chat.postMessage") == 0
    time[0] = 130.0
    assert gate.wait("chat.update") == 0
    assert gate.open_at("chat.update") is None
