"""What an unsuccessful request for a job means, and which listed job is ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.botify.jobs import Job, JobStatus
from bot.exports import part_lifecycle
from bot.exports.creation import (
    Look,
    after_a_look,
    after_refusal,
    contains,
    go_ahead,
    is_ours,
    look_through,
    mark_of,
    may_be_the_metadata,
)
from bot.exports.part_lifecycle import (
    AnswerLost,
    Failed,
    Intended,
    LookedInVain,
    NeverSeen,
    NotSent,
    StartOver,
)
from bot.model import errors
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, Part, State
from bot.model.project import Project
from bot.model.settings import PostFileIn
from bot.model.specification import WHOLE_SITE, Specification

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
PAYLOAD = {"username": "acme-org", "project": "acme.com", "query": {"collections": ["crawl.1"]}}
PART = Part(
    export_id="EXPORT",
    rows=WHOLE_SITE,
    state=State.CREATING,
    entered_at=NOW,
    due_at=NOW,
    intent_at=NOW,
    payload=PAYLOAD,
    looks=0,
)
EXPORT = Export(
    id="EXPORT",
    specification=Specification("jane.doe", Project("acme-org", "acme.com"), "1", ()),
    preset="essentials",
    rows_expected=None,
    requested_by="Ana",
    requested_at=NOW,
)
DELIVERY = Delivery(
    id="D",
    export_id="EXPORT",
    team="T",
    channel="C",
    user="U",
    user_name="Ana",
    post_file_in=PostFileIn.CHANNEL,
    entered_at=NOW,
    requested_at=NOW,
    due_at=NOW,
)
MARK = mark_of(PART)
JOB = Job(
    id="7",
    status=JobStatus.RUNNING,
    word="CREATED",
    user="jane.doe",
    created=NOW + timedelta(seconds=1),
    payload=PAYLOAD | {"added_by_botify": 1},
    metadata={},
)


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (errors.RateLimited(7), NotSent(NOW + timedelta(seconds=7))),
        (errors.RateLimited(86_400), NotSent(NOW + timedelta(days=1))),
        (
            errors.BotifyUnreachable(repeat=errors.Repeat.NOT_SENT),
            NotSent(NOW + timedelta(seconds=1)),
        ),
        (errors.BotifyUnreachable(), AnswerLost(lost=1)),
    ],
    ids=["429 for a second", "429 for a day", "connection refused", "answer lost"],
)
def test_only_what_was_provably_not_sent_is_sent_again(
    error: errors.ProductError, event: NotSent | AnswerLost
) -> None:
    """A lost answer is looked up; what Botify did not execute is asked again in time."""
    assert after_refusal(error, PART, NOW, tick=2) == event


@pytest.mark.parametrize(
    "error", [errors.TokenRefused(), errors.PermissionRefused(), errors.QueryRefused()]
)
def test_a_final_refusal_ends_the_part_with_its_cause(error: errors.ProductError) -> None:
    """The person reads Botify's reason under the id that the log has."""
    event = after_refusal(error, PART, NOW, tick=2)
    assert isinstance(event, Failed)
    assert (event.failure.code, event.failure.error_id) == (error.code, error.error_id)


@pytest.mark.parametrize(
    ("job", "ours"),
    [
        (JOB, True),
        (replace(JOB, metadata={"botify_export": MARK}), True),
        (replace(JOB, metadata={"botify_export": MARK}, payload={}, created=None), True),
        (replace(JOB, metadata={"botify_export": "OTHER/1"}), False),
        (replace(JOB, user="other.person"), False),
        (replace(JOB, user=None), True),
        (replace(JOB, payload=PAYLOAD | {"project": "other.com"}), False),
        (replace(JOB, payload={}), False),
        (replace(JOB, created=NOW - timedelta(minutes=4, seconds=59)), True),
        (replace(JOB, created=NOW - timedelta(minutes=5, seconds=1)), False),
        (replace(JOB, created=None), False),
    ],
    ids=[
        "same payload, our account, after the intent",
        "our mark beside it",
        "our mark alone is enough",
        "the mark of another export",
        "somebody else's",
        "a list that does not say whose",
        "another project",
        "a list that does not repeat the payload",
        "clocks differ a little",
        "older than the intent",
        "a list that does not say when",
    ],
)
def test_a_listed_job_is_adopted_only_if_it_must_be_ours(job: Job, ours: bool) -> None:
    """Adopting a stranger's job would deliver a stranger's data."""
    assert is_ours(job, PART, "jane.doe") is ours


def test_the_mark_names_the_export_the_part_and_the_wish() -> None:
    """Parts of one export are told apart, and so are the jobs before and after a new start."""
    assert mark_of(PART).startswith("EXPORT/1/")
    assert mark_of(replace(PART, number=3)).startswith("EXPORT/3/")
    again = part_lifecycle.after(replace(PART, state=State.FAILED), StartOver(), LATER)
    again = part_lifecycle.after(again, Intended(PAYLOAD, LATER, LATER), LATER)
    assert mark_of(again) != MARK
    assert not is_ours(replace(JOB, metadata={"botify_export": MARK}), again, "jane.doe")


def test_a_try_that_made_no_job_does_not_move_the_intent() -> None:
    """A job whose answer was lost is recognised after any number of refusals since then."""
    waiting = part_lifecycle.after(PART, NotSent(LATER), LATER)
    assert waiting.intent_at == NOW
    assert mark_of(waiting) == MARK
    assert is_ours(JOB, waiting, "jane.doe")


def listed(*ages: int) -> list[Job]:
    """Other people's jobs, so many minutes older than the intent."""
    return [
        replace(JOB, id=str(age), user="other.person", created=NOW - timedelta(minutes=age))
        for age in ages
    ]


@pytest.mark.parametrize(
    ("jobs", "trusted", "complete", "proves"),
    [
        ([], True, True, True),
        (listed(1, 2), True, True, True),
        (listed(2, 1), True, True, True),
        (listed(1, 2), False, True, False),
        (listed(-1, 1, 6), True, False, True),
        (listed(-1, 1, 4), True, False, False),
        (listed(6, 1, -1), True, False, False),
        (listed(100, 50, 60), True, False, False),
        ([replace(one, created=None) for one in listed(1)], True, False, False),
    ],
    ids=[
        "an empty list",
        "a list that ends",
        "a list that ends, in any order",
        "a list that never showed a job of ours",
        "new to old, to before the intent",
        "new to old, but not far enough",
        "old to new: ours would be on a page behind",
        "no order at all",
        "a list that does not say when",
    ],
)
def test_a_list_without_our_job_proves_something_only_where_it_would_have_to_show_it(
    jobs: list[Job], trusted: bool, complete: bool, proves: bool
) -> None:
    """A new job is made only where the first one is known not to exist."""
    found = look_through(jobs, PART, "jane.doe", held=(), trusted=trusted, complete=complete)
    assert found == Look(None, proves=proves)


@pytest.mark.parametrize(
    ("job", "proves"),
    [
        (replace(JOB, payload={}), False),
        (replace(JOB, created=None), False),
        (replace(JOB, created=NOW - timedelta(minutes=6)), False),
        (replace(JOB, user=None, payload={}, created=None), False),
        (Job(id="", status=JobStatus.RUNNING), False),
        (replace(JOB, id="", metadata={"botify_export": MARK}), False),
        (replace(JOB, created=NOW - timedelta(days=1, minutes=6)), True),
        (replace(JOB, payload=PAYLOAD | {"project": "other.com"}, created=None), True),
        (replace(JOB, user="other.person", payload={}), True),
        (replace(JOB, metadata={"botify_export": "OTHER/1"}, created=None), True),
    ],
    ids=[
        "no payload",
        "no date",
        "a clock that is six minutes late",
        "nothing but an id",
        "not even an id",
        "our mark without an id",
        "older than any clock is wrong",
        "another project, at no date",
        "somebody else's",
        "the mark of another export",
    ],
)
def test_a_list_that_does_not_say_whose_a_job_is_proves_nothing(job: Job, proves: bool) -> None:
    """What may be ours is not adopted, and not denied either."""
    found = look_through([job], PART, "jane.doe", held=(), trusted=True, complete=True)
    assert found == Look(None, proves=proves)
    held = {job.id} if job.id else set()
    known = look_through([job], PART, "jane.doe", held=held, trusted=True, complete=True)
    assert known.proves or not job.id


def test_of_several_jobs_that_may_be_ours_the_newest_is_taken() -> None:
    """After a new start the list may still show the one before, where it repeats no mark."""
    old, new = replace(JOB, id="1"), replace(JOB, id="2", created=NOW + timedelta(seconds=9))
    for jobs in ([old, new], [new, old]):
        found = look_through(jobs, PART, "jane.doe", held=(), trusted=True, complete=True)
        assert found.job == new
    found = look_through([old, new], PART, "jane.doe", held={"2"}, trusted=True, complete=True)
    assert found.job == old


def test_asking_ends_after_two_days() -> None:
    """Longer than a daily quota; then the person reads what Botify answered last."""
    late = NOW + timedelta(hours=48, seconds=1)
    for error in (errors.RateLimited(3600), errors.ExportBusy()):
        event = after_refusal(error, PART, late, tick=2)
        assert isinstance(event, Failed)
        assert event.failure.code == error.code


def test_busy_means_that_no_job_was_made() -> None:
    """1052 and 1058 are asked again, at growing intervals."""
    waits = [
        after_refusal(errors.ExportBusy(), PART, NOW + timedelta(seconds=age), tick=2)
        for age in (0, 10, 1000)
    ]
    assert waits == [
        NotSent(NOW + timedelta(seconds=age) + timedelta(seconds=wait))
        for age, wait in ((0, 1), (10, 5), (1000, 60))
    ]


def test_looks_are_spread_over_fifteen_ticks_and_end_when_the_request_has_settled() -> None:
    """Ticks 0, 3, 8 and 15, and for a proof of the absence two minutes after the request."""
    part, at, moments = PART, NOW, [NOW]
    while isinstance(event := after_a_look(part, proven=True, now=at, tick=2), LookedInVain):
        part, at = replace(part, looks=event.looks), event.due_at
        moments.append(at)
    assert [(moment - NOW).total_seconds() / 2 for moment in moments] == [0, 3, 8, 15, 60]
    assert event == NotSent(at)
    fourth = replace(part, looks=3)
    unknown = after_a_look(fourth, proven=False, now=NOW + timedelta(seconds=30), tick=2)
    assert isinstance(unknown, NeverSeen)


def test_a_slow_tick_needs_no_look_more() -> None:
    """Where the fourth look comes after two minutes already, it is the last one."""
    late = NOW + timedelta(minutes=2)
    assert after_a_look(replace(PART, looks=3), proven=True, now=late, tick=10) == NotSent(late)


def test_what_a_list_proved_once_and_was_wrong_about_is_for_a_person() -> None:
    """After a second lost answer no list leads to a third request."""
    late = NOW + timedelta(minutes=2)
    once = part_lifecycle.answer_lost(PART)
    assert once.lost == 1
    twice = part_lifecycle.answer_lost(replace(PART, lost=once.lost))
    part = replace(PART, looks=3, lost=twice.lost)
    assert isinstance(after_a_look(part, proven=True, now=late, tick=2), NeverSeen)
    again = part_lifecycle.after(replace(part, state=State.UNCLEAR), StartOver(), late)
    assert again.lost == 0


def test_busy_after_a_lost_answer_may_be_the_lost_job() -> None:
    """It is looked for once more, and then a person decides; nothing is asked blindly."""
    lost = replace(PART, lost=1)
    assert after_refusal(errors.ExportBusy(), lost, LATER, tick=2) == AnswerLost(lost=2)


@pytest.mark.parametrize(
    ("states", "go"),
    [
        ([], True),
        (["waiting"], None),
        (["waiting", "announced"], True),
        (["failed"], False),
        (["failed", "stopped"], False),
        (["failed", "waiting"], None),
        (["failed", "announced"], True),
    ],
)
def test_nothing_is_spent_before_a_message_stands_in_slack(
    states: list[str],
    go: bool | None,
) -> None:
    """A request that could not be announced costs nothing; one that nobody waits for neither."""
    waiting = [
        replace(DELIVERY, id=str(number), state=DeliveryState(state))
        for number, state in enumerate(states)
    ]
    assert go_ahead(EXPORT, waiting) is go


def test_the_command_line_waits_for_nobody_s_message() -> None:
    """Somebody who joins from Slack, or cannot be reached there, does not hold it up."""
    joined = replace(DELIVERY, requested_at=LATER)
    assert go_ahead(EXPORT, [joined]) is True
    assert go_ahead(EXPORT, [replace(joined, state=DeliveryState.FAILED)]) is True


def test_only_a_plain_refusal_is_tried_again_without_metadata() -> None:
    """A quota or a missing right is not about the metadata; asking again would change nothing."""
    assert may_be_the_metadata(errors.QueryRefused())
    assert may_be_the_metadata(errors.WrongField())
    for other in (errors.QuotaReached(), errors.TokenRefused(), errors.ExportBusy()):
        assert not may_be_the_metadata(other)
    assert not may_be_the_metadata(errors.BotifyUnreachable())
    assert not may_be_the_metadata(errors.QueryRefused(repeat=errors.Repeat.UNKNOWN))


@pytest.mark.parametrize(
    ("theirs", "ours", "inside"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": [1, 2], "c": 3}}, {"a": {"b": [1, 2]}}, True),
        ({"a": [1, 2, 3]}, {"a": [1, 2]}, False),
        ({"a": [2, 1]}, {"a": [1, 2]}, False),
        ("text", {"a": 1}, False),
    ],
)
def test_botify_may_add_to_a_payload_but_not_change_it(
    theirs: object,
    ours: object,
    inside: bool,
) -> None:
    """Order matters in lists (columns), additions in objects do not."""
    assert contains(theirs, ours) is inside
