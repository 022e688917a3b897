"""What an unsuccessful request for a job means, and which listed job is ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.botify.jobs import Job, JobStatus
from bot.exports.creation import (
    after_a_look,
    after_refusal,
    contains,
    go_ahead,
    is_ours,
    mark_of,
    may_be_the_metadata,
)
from bot.exports.part_lifecycle import AnswerLost, Failed, LookedInVain, NeverSeen, NotSent
from bot.model import errors
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Part, State
from bot.model.settings import PostFileIn
from bot.model.specification import WHOLE_SITE

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
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
        (errors.BotifyUnreachable(), AnswerLost()),
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
        (replace(JOB, metadata={"botify_export": "EXPORT/1"}), True),
        (replace(JOB, metadata={"botify_export": "EXPORT/1"}, payload={}, created=None), True),
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


def test_the_mark_names_the_export_and_the_part() -> None:
    """Parts of one export are told apart."""
    assert mark_of(replace(PART, number=3)) == "EXPORT/3"


def test_looks_are_spread_over_fifteen_ticks_and_then_end() -> None:
    """Four looks, at ticks 0, 3, 8 and 15; a list that shows our jobs then proves the absence."""
    part, at, moments = PART, NOW, [NOW]
    while isinstance(event := after_a_look(part, trusted=True, now=at, tick=2), LookedInVain):
        part, at = replace(part, looks=event.looks), event.due_at
        moments.append(at)
    assert [(moment - NOW).total_seconds() / 2 for moment in moments] == [0, 3, 8, 15]
    assert event == NotSent(at)
    unknown = after_a_look(part, trusted=False, now=at, tick=2)
    assert isinstance(unknown, NeverSeen)


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
        Delivery(
            id=str(number),
            export_id="EXPORT",
            team="T",
            channel="C",
            user="U",
            user_name="Ana",
            post_file_in=PostFileIn.CHANNEL,
            state=DeliveryState(state),
            entered_at=NOW,
            requested_at=NOW,
            due_at=NOW,
        )
        for number, state in enumerate(states)
    ]
    assert go_ahead(waiting) is go


def test_only_a_plain_refusal_is_tried_again_without_metadata() -> None:
    """A quota or a missing right is not about the metadata; asking again would change nothing."""
    assert may_be_the_metadata(errors.QueryRefused())
    assert may_be_the_metadata(errors.WrongField())
    for other in (errors.QuotaReached(), errors.TokenRefused(), errors.ExportBusy()):
        assert not may_be_the_metadata(other)
    assert not may_be_the_metadata(errors.BotifyUnreachable())


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
