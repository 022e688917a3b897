"""What a part and a delivery can become: the tables, and random walks through them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports import delivery_lifecycle as dl
from bot.exports import part_lifecycle as pl
from bot.exports.lifecycle import Impossible
from bot.model.delivery import Delivery, DeliveryState, Division, Planned, Upload
from bot.model.export import Part, State, StoredFile, overall
from bot.model.failure import Failure
from bot.model.settings import PostFileIn
from bot.model.specification import WHOLE_SITE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
FAILURE = Failure("code", "It broke.", "Mend it.", "E-000000")
FILE = StoredFile(Path("/x.csv"), 10, 1, 1)
DIVISION = Division(10, (Planned("x.csv", 10),))
UPLOADS = (Upload(1, "F1", "1.1", None),)

PART_EVENTS: tuple[pl.Event, ...] = (
    pl.Intended({}, NOW, NOW),
    pl.NotSent(LATER),
    pl.AnswerLost(1),
    pl.LookedInVain(1, LATER),
    pl.NeverSeen(FAILURE),
    pl.Created("1", "CREATED", LATER, NOW),
    pl.Adopted("1", "PROCESSING", LATER),
    pl.StillRunning("PROCESSING", LATER),
    pl.Finished("DONE", "https://x/y.gz"),
    pl.Broke(1, LATER),
    pl.Refresh(LATER),
    pl.Fetched(FILE),
    pl.Failed(FAILURE),
    pl.Cancelled(),
    pl.GoOn(LATER, NOW),
    pl.StartOver(),
    pl.CheckAgain(),
)

DELIVERY_EVENTS: tuple[dl.Event, ...] = (
    dl.PostIntended(NOW),
    dl.NotPosted(LATER, None),
    dl.Posted("C1", "1.1", LATER),
    dl.Later(LATER),
    dl.Settled(),
    dl.Redirected("D1", (), LATER),
    dl.Reserved((Upload(1, "F1"),), DIVISION),
    dl.Stored(NOW),
    dl.Completed(LATER),
    dl.NotCompleted(LATER),
    dl.Unthreaded(LATER),
    dl.SeenOne(UPLOADS),
    dl.Seen(UPLOADS),
    dl.UploadAgain((), LATER),
    dl.NotSeen(),
    dl.Failed(FAILURE),
    dl.Stopped(),
    dl.Retried(()),
)


def part(state: State = State.REQUESTED) -> Part:
    return Part(export_id="X", rows=WHOLE_SITE, entered_at=NOW, due_at=NOW, state=state)


def delivery(state: DeliveryState = DeliveryState.WAITING) -> Delivery:
    return Delivery(
        id="D",
        export_id="X",
        team="T",
        channel="C",
        user="U",
        user_name="Ana",
        post_file_in=PostFileIn.CHANNEL,
        state=state,
        entered_at=NOW,
        requested_at=NOW,
        due_at=NOW,
    )


def test_every_event_of_a_table_has_a_value_here() -> None:
    """The walks below meet each event that the tables know."""
    assert {event for _, event in pl.TABLE} == {type(event) for event in PART_EVENTS}
    assert {event for _, event in dl.TABLE} == {type(event) for event in DELIVERY_EVENTS}


@pytest.mark.parametrize("event", PART_EVENTS, ids=lambda event: type(event).__name__)
def test_a_part_moves_as_the_table_says_and_otherwise_not_at_all(event: pl.Event) -> None:
    """In each state an event either leads where its row says or is refused."""
    for state in State:
        following = pl.TABLE.get((state, type(event)))
        if following is None:
            with pytest.raises(Impossible):
                pl.after(part(state), event, LATER)
            continue
        moved = pl.after(part(state), event, LATER)
        assert moved.state is following
        assert moved.entered_at == (NOW if following is state else LATER)


@pytest.mark.parametrize("event", DELIVERY_EVENTS, ids=lambda event: type(event).__name__)
def test_a_delivery_moves_as_the_table_says_and_otherwise_not_at_all(event: dl.Event) -> None:
    """In each state an event either leads where its row says or is refused."""
    for state in DeliveryState:
        following = dl.TABLE.get((state, type(event)))
        if following is None:
            with pytest.raises(Impossible):
                dl.after(delivery(state), event, LATER)
            continue
        assert dl.after(delivery(state), event, LATER).state is following


def test_botify_is_asked_for_a_job_only_with_a_stored_intent() -> None:
    """The one way into `creating` from outside is an intent, or a person who lets us look again."""
    into = {event for (state, event), to in pl.TABLE.items() if to is State.CREATING != state}
    assert into == {pl.Intended, pl.CheckAgain}


def test_a_new_request_needs_proof_or_a_person() -> None:
    """Nothing leads back to `requested` but "provably not sent" and a person's decision."""
    into = {event for (_, event), to in pl.TABLE.items() if to is State.REQUESTED}
    assert into == {pl.NotSent, pl.StartOver}


def test_delivered_needs_a_share_that_was_seen() -> None:
    """Nothing but the file's record, with the share in it, makes a delivery delivered."""
    into = {
        event
        for (state, event), to in dl.TABLE.items()
        if to is DeliveryState.DELIVERED and state is not DeliveryState.DELIVERED
    }
    assert into == {dl.Seen}


def test_a_share_is_asked_for_only_with_a_stored_intent() -> None:
    """`completing` is entered by the event that stores the intent, and by nothing else."""
    into = {
        event
        for (state, event), to in dl.TABLE.items()
        if to is DeliveryState.COMPLETING and state is not DeliveryState.COMPLETING
    }
    assert into == {dl.Stored}


def test_from_every_state_the_end_can_be_reached() -> None:
    """No dead ends: each state of both tables leads to success in the end."""
    for table, goal in ((pl.TABLE, State.READY), (dl.TABLE, DeliveryState.DELIVERED)):
        reaching = {goal}
        while True:
            more = {state for (state, _), to in table.items() if to in reaching} | reaching
            if more == reaching:
                break
            reaching = more
        final = {State.CANCELLED, DeliveryState.STOPPED}
        assert set(type(goal)) - reaching <= final


@given(st.lists(st.sampled_from(PART_EVENTS), max_size=40))
def test_no_walk_forgets_a_job_that_may_still_give_the_file(events: list[pl.Event]) -> None:
    """Whatever happens: a job id is dropped only by a person who starts over."""
    walker = part()
    for event in events:
        if (walker.state, type(event)) not in pl.TABLE:
            continue
        before, walker = walker, pl.after(walker, event, LATER)
        if before.job_id is not None and not isinstance(event, pl.StartOver):
            assert walker.job_id is not None
        if walker.state is State.READY:
            assert walker.file is not None


@given(st.lists(st.sampled_from(PART_EVENTS), max_size=40))
def test_no_walk_asks_for_a_second_job_beside_one_that_may_exist(events: list[pl.Event]) -> None:
    """Between two requests stands the proof that there is no job, or a person's word."""
    walker, may_exist = part(), False
    for event in events:
        if (walker.state, type(event)) not in pl.TABLE:
            continue
        walker = pl.after(walker, event, LATER)
        if isinstance(event, pl.Intended):
            assert not may_exist
            may_exist = True
        elif isinstance(event, pl.NotSent | pl.StartOver):
            may_exist = False


@given(st.lists(st.sampled_from(DELIVERY_EVENTS), max_size=40))
def test_no_walk_delivers_twice(events: list[dl.Event]) -> None:
    """Delivered and stopped are for ever, and a share that is doubted is only looked for."""
    walker = delivery()
    for event in events:
        if (walker.state, type(event)) not in dl.TABLE:
            continue
        before, walker = walker, dl.after(walker, event, LATER)
        if before.state in (DeliveryState.DELIVERED, DeliveryState.STOPPED):
            assert walker.state is before.state
        if before.state is DeliveryState.UNCONFIRMED is not walker.state:
            assert walker.state is DeliveryState.CONFIRMING


@given(st.lists(st.sampled_from(list(State)), min_size=1, max_size=6))
def test_an_export_is_ready_only_when_all_its_parts_are(states: list[State]) -> None:
    """One part that failed or is under way decides about the whole."""
    whole = overall(tuple(states))
    assert (whole is State.READY) == all(state is State.READY for state in states)
    assert (whole is State.FAILED) == (State.FAILED in states)
