"""What the messages say: the facts, the price, the truth about buttons."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from messages_examples import (
    APP_URL,
    FAILURE,
    FILE,
    LATER,
    LINK,
    NOW,
    a_delivered,
    a_delivery,
    a_part,
    an_export,
)

from bot.model.delivery import Delivery, DeliveryState, Division, Planned, Upload
from bot.model.errors import ExportFailed, SlackUnreachable
from bot.model.export import Export, State
from bot.model.failure import Failure, failure_of
from bot.model.progress import NO_PROGRESS, Progress
from bot.model.settings import ProgressBlocks
from bot.model.specification import Column, DepthRange, up_to
from bot.slack.messages.actions import CHECK_AGAIN, RETRY, START_AGAIN, STOP
from bot.slack.messages.choice import Kind, kind, message_for
from bot.slack.messages.comment import upload_comment
from bot.slack.messages.facts import analysis_url, depths, price_of_retry
from bot.slack.messages.failed import TRIED_AGAIN
from bot.slack.messages.finished import finished_message
from bot.slack.messages.message import Message, digest
from bot.slack.messages.refused import refused_message
from bot.slack.messages.stages import Standing, rows

NEW_JOB = Failure("export_failed", "Botify could not make this export.", "Try again.", "E-1")


def drawn(
    export: Export, delivery: Delivery, progress: Progress = NO_PROGRESS, **changes: Any
) -> Message:
    """The message now."""
    given: dict[str, Any] = {"now": LATER, "app_url": APP_URL, **changes}
    return message_for(export, delivery, progress, **given)


def words(message: Message) -> str:
    """All that can be read in the blocks."""
    found: list[str] = []

    def read(value: Any) -> None:
        if isinstance(value, list | tuple):
            for inner in value:
                read(inner)
        elif isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            if isinstance(value.get("title"), str):
                found.append(value["title"])
            read(list(value.values()))

    read(message.blocks)
    return "\n".join(found)


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """The buttons by their action."""
    return {
        element["action_id"]: element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


@pytest.mark.parametrize(
    ("delivery", "export", "expected"),
    [
        (DeliveryState.WAITING, State.REQUESTED, Kind.PROGRESS),
        (DeliveryState.ANNOUNCED, State.CREATING, Kind.PROGRESS),
        (DeliveryState.ANNOUNCED, State.UNCLEAR, Kind.UNCLEAR),
        (DeliveryState.ANNOUNCED, State.PROCESSING, Kind.PROGRESS),
        (DeliveryState.ANNOUNCED, State.DOWNLOADING, Kind.PROGRESS),
        (DeliveryState.ANNOUNCED, State.FAILED, Kind.PROGRESS),
        (DeliveryState.ANNOUNCED, State.CANCELLED, Kind.PROGRESS),
        (DeliveryState.FAILED, State.FAILED, Kind.FAILED),
        (DeliveryState.UPLOADING, State.READY, Kind.PROGRESS),
        (DeliveryState.COMPLETING, State.READY, Kind.PROGRESS),
        (DeliveryState.CONFIRMING, State.READY, Kind.PROGRESS),
        (DeliveryState.DELIVERED, State.READY, Kind.FINISHED),
        (DeliveryState.UNCONFIRMED, State.READY, Kind.UNCONFIRMED),
        (DeliveryState.FAILED, State.READY, Kind.FAILED),
        (DeliveryState.FAILED, State.PROCESSING, Kind.FAILED),
        (DeliveryState.STOPPED, State.PROCESSING, Kind.STOPPED),
        (DeliveryState.STOPPED, State.FAILED, Kind.STOPPED),
    ],
)
def test_the_message_follows_from_two_states(
    delivery: DeliveryState, export: State, expected: Kind
) -> None:
    """An ended delivery says so; otherwise the export's state decides."""
    assert kind(delivery, export) is expected


@pytest.mark.parametrize(
    ("states", "delivery", "standings"),
    [
        ([State.REQUESTED], DeliveryState.ANNOUNCED, "now to_come to_come to_come"),
        ([State.CREATING], DeliveryState.ANNOUNCED, "now to_come to_come to_come"),
        ([State.PROCESSING], DeliveryState.ANNOUNCED, "done now to_come to_come"),
        ([State.DOWNLOADING], DeliveryState.ANNOUNCED, "done done now to_come"),
        ([State.READY], DeliveryState.UPLOADING, "done done done now"),
        ([State.READY], DeliveryState.CONFIRMING, "done done done now"),
        ([State.READY], DeliveryState.FAILED, "done done done failed"),
        ([State.READY], DeliveryState.DELIVERED, "done done done done"),
        ([State.FAILED], DeliveryState.ANNOUNCED, "done done failed to_come"),
        ([State.READY, State.PROCESSING], DeliveryState.ANNOUNCED, "done now now to_come"),
        ([State.READY, State.REQUESTED], DeliveryState.ANNOUNCED, "now now now to_come"),
        ([], DeliveryState.WAITING, "now to_come to_come to_come"),
    ],
)
def test_each_stage_stands_where_it_is(
    states: list[State], delivery: DeliveryState, standings: str
) -> None:
    """With several parts a stage is under way as long as one part is in it or before it."""
    found = rows(an_export(*states), a_delivery(delivery), NO_PROGRESS)
    assert [row.standing for row in found] == [Standing[name.upper()] for name in standings.split()]


@pytest.mark.parametrize(
    ("part", "stage"),
    [
        (a_part(State.FAILED, job_id=None, failure=NEW_JOB), 0),
        (a_part(State.FAILED, failure=NEW_JOB), 1),
        (a_part(State.FAILED, failure=FAILURE), 2),
    ],
)
def test_a_failure_is_shown_at_its_stage(part: Any, stage: int) -> None:
    """Refused, failed at Botify, and broken on the way are told apart."""
    found = rows(an_export(parts=(part,)), a_delivery(), NO_PROGRESS)
    assert found[stage].standing is Standing.FAILED


@pytest.mark.parametrize("style", ProgressBlocks)
def test_progress_says_who_what_how_far_and_since_when(style: ProgressBlocks) -> None:
    """The one message answers the questions of a person who comes by."""
    progress = Progress(7_600_000, 12_400_000, usual_seconds=180, trouble="Slow <today>.")
    message = drawn(an_export(State.DOWNLOADING), a_delivery(), progress, style=style)
    text = words(message)
    for fact in (
        "*Exporting acme.com* for <@U0ANA00001>",
        "20260705-2",
        "whole site",
        "2 fields",
        "48,211 rows for 48,211 credits",
        "61 % of 12.4 MB",
        "████████████░░░░░░░░",
        "Downloading",
        "Started <!date^1783864980^",
        "3 min so far",
        "usually about 3 min",
        "Slow &lt;today&gt;.",
        "`7K3M9QXZ2A`",
    ):
        assert fact in text
    assert "Downloading" in message.text


def test_plan_blocks_are_used_where_they_are_chosen() -> None:
    """Slack's own step display has the four stages with its own words."""
    message = drawn(an_export(State.PROCESSING), a_delivery(), style=ProgressBlocks.PLAN)
    (plan,) = [block for block in message.blocks if block["type"] == "plan"]
    assert [task["status"] for task in plan["tasks"]] == [
        "complete",
        "in_progress",
        "pending",
        "pending",
    ]


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Progress(), None),
        (Progress(downloaded=5_000_000), "5.0 MB so far"),
        (Progress(downloaded=5, download_total=0), "5 bytes so far"),
        (Progress(downloaded=5, download_total=-1), "5 bytes so far"),
        (Progress(downloaded=0, download_total=10), "0 % of 10 bytes"),
        (Progress(downloaded=11, download_total=10), "100 % of 10 bytes"),
    ],
)
def test_no_percentage_is_invented(progress: Progress, shown: str | None) -> None:
    """A bar and a percentage stand only where both numbers are known."""
    found = rows(an_export(State.DOWNLOADING), a_delivery(), progress)[2]
    assert found.detail == (shown or "")
    assert bool(found.bar) == ("%" in found.detail)


def test_the_finished_message_has_the_facts() -> None:
    """Rows, columns, size, depth, credits, duration, and two links."""
    text = words(drawn(an_export(State.READY), a_delivered()))
    for fact in (
        "*acme.com is exported* for <@U0ANA00001>",
        "*Rows*\n48,211",
        "*Columns*\n4",
        "*Size*\n12.4 MB",
        "*Depth*\nwhole site",
        "*Credits*\n48,211",
        "*Time*\n3 min 20 s",
        f"<{LINK}|acme-org_acme.com_20260705.csv>",
        "<https://app.botify.com/acme-org/acme.com/20260705-2/|Open analysis 20260705-2 in Botify>",
        "apostrophe",
        "`7K3M9QXZ2A`",
    ):
        assert fact in text
    assert "counted" not in text


def test_a_difference_and_notes_are_said() -> None:
    """Fewer rows than counted, and what was noticed in the file, never pass in silence."""
    file = replace(FILE, rows=48_205, notes=("A quote was never closed.",), guarded=False)
    export = an_export(parts=(a_part(State.READY, file=file),), reason="Audit")
    text = words(drawn(export, a_delivered()))
    assert "48,205 rows, 6 fewer than the 48,211 that it counted before" in text
    assert "A quote was never closed." in text
    assert "Reason: Audit" in text
    assert "apostrophe" not in text


def test_differences_of_parts_do_not_cancel() -> None:
    """One row more here and one less there is a difference, although the sum is right."""
    parts = tuple(
        a_part(State.READY, at, file=replace(FILE, rows=rows), rows_expected=10_000)
        for at, rows in ((1, 10_001), (2, 9_999), (3, 10_000))
    )
    text = words(drawn(an_export(parts=parts, rows_expected=30_000), a_delivered()))
    assert "part 1 holds 10,001 rows, not 10,000 and part 2 holds 9,999 rows, not 10,000." in text


def test_several_files_are_listed_by_name() -> None:
    """Each part's file has its own link."""
    files = [replace(FILE, path=Path(f"/data/part-{at}.csv")) for at in (1, 2)]
    parts = tuple(a_part(State.READY, at, file=file) for at, file in enumerate(files, start=1))
    seen = tuple(Upload(at, f"F{at}", "1.2", f"{LINK}{at}") for at in (1, 2))
    text = words(drawn(an_export(parts=parts), a_delivered(uploads=seen)))
    assert f"<{LINK}1|part-1.csv>\n<{LINK}2|part-2.csv>" in text


def test_a_very_long_address_pushes_nothing_out() -> None:
    """What does not fit is left out whole; the other links stay."""
    seen = tuple(Upload(at, f"F{at}", "1.2", f"{LINK}?{'x' * 1500}") for at in range(1, 4))
    text = words(drawn(an_export(State.READY), a_delivered(uploads=seen)))
    assert "Open analysis 20260705-2 in Botify" in text
    assert "…" not in text


def test_reuse_and_joining_cost_nothing_and_say_so() -> None:
    """The price that is shown is the one that this request causes."""
    reused = a_delivered(reused=True)
    assert "no new credits" in words(
        drawn(an_export(State.READY), replace(reused, state=DeliveryState.UPLOADING))
    )
    source = "from the export of <!date^"
    assert f"none, {source}" in words(drawn(an_export(State.READY), reused))
    comment = upload_comment(an_export(State.READY), reused)
    assert source in comment
    assert "no new credits" in comment


@pytest.mark.parametrize(
    ("by", "who"), [("U0ANA00001", "<@U0ANA00001>"), ("ana & co", "ana &amp; co")]
)
def test_who_joins_sees_no_second_bill_and_no_foreign_reason(by: str, who: str) -> None:
    """What another person pays and wrote is theirs; their handle is a mention."""
    ben = a_delivery(user="U0BEN00001", user_name="ben")
    running = an_export(State.PROCESSING, requested_by=by, reason="For the audit")
    text = words(drawn(running, ben))
    assert f"{who} asked for the same export before" in text
    assert f"48,211 rows, no new credits (paid by {who})" in text
    ready = replace(running, parts=an_export(State.READY).parts)
    done = a_delivered(user="U0BEN00001", user_name="ben")
    comment, end = upload_comment(ready, done), words(drawn(ready, done))
    assert f"no new credits (paid by {who})" in comment
    assert f"no new credits (paid by {who})" in end
    for shown in (text, comment, end):
        assert "audit" not in shown
    assert not re.search(r"\d credits", comment + end)
    assert "For the audit" in words(drawn(replace(running, requested_by="ana"), a_delivery()))


REFUSED = Failure("quota_reached", "Botify's limit has been reached.", "Ask Botify.", "E-ABCDEF")


@pytest.mark.parametrize(
    ("failure", "job", "said", "unsaid"),
    [
        (REFUSED, None, ("No credits were used", "Ask Botify."), ("billed",)),
        (
            failure_of(ExportFailed()),
            "7",
            ("new export", "does not say whether it billed"),
            ("Try again", "No credits"),
        ),
        (failure_of(SlackUnreachable()), "7", ("Wait a few minutes",), ("Try again",)),
        (replace(REFUSED, next_step=TRIED_AGAIN), None, ("*Retry*",), ("by itself",)),
    ],
)
def test_a_failure_says_once_what_to_do(
    failure: Failure, job: str | None, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    """The sentence about Retry is the only one about trying again, and says what was spent."""
    (part,) = an_export(State.FAILED).parts
    failed = an_export(parts=(replace(part, job_id=job, failure=failure),))
    shown = drawn(failed, a_delivery(DeliveryState.FAILED, failure=failure))
    text = json.dumps(shown.blocks, ensure_ascii=False)
    assert all(words_ in text for words_ in said)
    assert not any(words_ in text for words_ in unsaid)


def test_preset_filter_and_parts_are_said_in_words() -> None:
    """Whoever reads the message knows which rows and columns these are."""
    export = an_export(State.PROCESSING, State.PROCESSING, preset="links")
    not_found = {"field": "http_code", "predicate": "between", "value": [400, 499]}
    export = replace(export, specification=replace(export.specification, filter=not_found))
    text = words(drawn(export, a_delivery()))
    for fact in ("in 2 parts", "filter: HTTP code 4xx", "Links, 2 fields"):
        assert fact in text
    ready = replace(export, parts=an_export(State.READY, State.READY).parts)
    text = words(drawn(ready, a_delivered()))
    for fact in ("whole site, in 2 parts", "Filter: HTTP code 4xx", "4 (Links)"):
        assert fact in text
    assert "filter: HTTP code 4xx" in upload_comment(ready, a_delivered())


@pytest.mark.parametrize(
    ("preset", "shown"),
    [("essentials", "Essentials, 2 fields"), ("custom", "· 2 fields"), ("link", "Columns of the")],
)
def test_choice_of_fields_is_named(preset: str, shown: str) -> None:
    """A preset by its title, own fields by their number."""
    assert shown in words(drawn(an_export(State.PROCESSING, preset=preset), a_delivery()))


def test_a_link_graph_has_no_price_of_one_credit_a_row() -> None:
    """Botify bills a tenth of a credit for each link."""
    export = an_export(State.READY)
    graph = (Column("outlinks_internal.graph.url", "string"),)
    export = replace(export, specification=replace(export.specification, columns=graph))
    assert "48,211 credits" not in words(drawn(export, a_delivery()))
    assert "*Credits*\n4,822" in words(drawn(export, a_delivered()))
    assert "4,822 credits" in upload_comment(export, a_delivered())


@pytest.mark.parametrize(
    ("part", "price"),
    [
        (a_part(State.READY), 0),
        (a_part(State.PROCESSING), 0),
        (a_part(State.FAILED, failure=FAILURE), 0),
        (a_part(State.FAILED, failure=NEW_JOB), 48_211),
        (a_part(State.FAILED, failure=FAILURE, job_id=None), 48_211),
        (a_part(State.CANCELLED), 48_211),
        (a_part(State.REQUESTED), 48_211),
        (a_part(State.FAILED, failure=NEW_JOB, rows_expected=None), None),
    ],
)
def test_the_price_of_a_retry_is_known_before(part: Any, price: int | None) -> None:
    """Only what needs a new Botify job costs anything."""
    assert price_of_retry(an_export(parts=(part,))) == price


def test_a_failure_shows_cause_next_step_ids_and_a_retry_at_its_price() -> None:
    """A person can act on it, and an operator can find it in the log."""
    export = an_export(parts=(a_part(State.FAILED, failure=NEW_JOB),))
    message = drawn(export, a_delivery(DeliveryState.FAILED))
    text = words(message)
    for fact in (
        "The export of acme.com failed",
        "Botify could not make this export.",
        "Try again.",
        "`E-1`",
        "`7K3M9QXZ2A`",
        "Botify job `2044`",
        "✗  *Botify is working* · failed",
        "about 48,211 credits",
    ):
        assert fact in text
    assert "48,211 credits" in buttons(message)[RETRY]["confirm"]["text"]["text"]
    assert buttons(message)[RETRY]["value"] == "DELIVERY0001"


def test_a_failed_delivery_is_not_called_a_failed_export() -> None:
    """The file is there: a retry asks no question, because it costs nothing."""
    closed = Failure("channel_closed", "This channel is archived.", "Choose another.", "E-2")
    delivery = a_delivery(DeliveryState.FAILED, failure=closed)
    message = drawn(an_export(State.READY), delivery)
    assert "exported, but could not be delivered" in words(message)
    assert "no new credits" in words(message)
    assert "confirm" not in buttons(message)[RETRY]


def test_an_unclear_export_offers_both_choices_with_what_they_may_cost() -> None:
    """Nobody pays twice without having been told."""
    message = drawn(an_export(State.UNCLEAR), a_delivery())
    found = buttons(message)
    assert set(found) == {CHECK_AGAIN, START_AGAIN, STOP}
    assert "confirm" not in found[CHECK_AGAIN]
    assert "both are billed" in found[START_AGAIN]["confirm"]["text"]["text"]
    assert "<@U0ANA00001>, please decide" in message.text


def test_an_unconfirmed_file_is_called_that() -> None:
    """Slack said yes and showed nothing: both are said, and how to try again."""
    message = drawn(an_export(State.READY), a_delivery(DeliveryState.UNCONFIRMED))
    assert "does not show the file yet" in words(message)
    assert "delivered <!date" not in words(message)
    assert "twice" in buttons(message)[RETRY]["confirm"]["text"]["text"]


@pytest.mark.parametrize(
    ("state", "truth"),
    [
        (State.REQUESTED, "has not been asked yet"),
        (State.PROCESSING, "cannot be told to stop: it may finish and bill about 48,211 credits"),
        (State.READY, "has been billed"),
    ],
)
def test_stopping_tells_the_truth_first(state: State, truth: str) -> None:
    """The dialog says what stopping cannot undo."""
    question = buttons(drawn(an_export(state), a_delivery()))[STOP]["confirm"]["text"]["text"]
    assert truth in question
    assert len(question) <= 300
    assert not question.endswith("…")


@pytest.mark.parametrize(
    "state", [DeliveryState.COMPLETING, DeliveryState.CONFIRMING, DeliveryState.DELIVERED]
)
def test_there_is_no_stop_button_once_slack_has_the_file(state: DeliveryState) -> None:
    """A button that cannot keep its promise is not shown."""
    assert STOP not in buttons(drawn(an_export(State.READY), a_delivery(state)))


@pytest.mark.parametrize(
    ("export", "said"),
    [
        (an_export(State.PROCESSING), "Botify may still finish it and bill it."),
        (an_export(State.CANCELLED), "Botify had not been asked"),
    ],
)
def test_a_stopped_export_says_what_may_still_come(export: Export, said: str) -> None:
    """Nobody is surprised by a bill."""
    assert said in words(drawn(export, a_delivery(DeliveryState.STOPPED)))


def test_who_joined_hears_of_no_bill_that_is_not_theirs() -> None:
    """Somebody else asked first and pays, whatever the one who joined does."""
    export = an_export(State.PROCESSING, requested_by="U0SOMEBODY")
    question = buttons(drawn(export, a_delivery()))[STOP]["confirm"]["text"]["text"]
    assert "is not up to you" in question
    assert len(question) <= 300
    stopped = words(drawn(export, a_delivery(DeliveryState.STOPPED)))
    assert "<@U0SOMEBODY> asked for it first" in stopped
    assert "bill it" not in question + stopped


def test_a_refusal_says_that_nothing_was_spent() -> None:
    """The channel closed between choosing and posting."""
    closed = Failure("channel_closed", "This channel is archived.", "Choose another.", "E-2")
    delivery = a_delivery(DeliveryState.FAILED, failure=closed)
    text = words(refused_message(an_export(State.REQUESTED), delivery))
    for fact in ("<#C0SEO00001>", "This channel is archived.", "no credits were used", "`E-2`"):
        assert fact in text


def test_the_comment_mentions_the_person_once_all_files_are_there() -> None:
    """One notification, with the key facts in one line."""
    one = upload_comment(an_export(State.READY), a_delivered())
    assert one == (
        "<@U0ANA00001> your export of *acme.com* is here: 48,211 rows, 4 columns, 12.4 MB, "
        "whole site, 48,211 credits · Export `7K3M9QXZ2A`"
    )
    export = an_export(State.READY, State.READY)
    first = upload_comment(export, a_delivered(), number=1, of=2)
    last = upload_comment(export, a_delivered(), number=2, of=2)
    assert first.startswith("Part 1 of 2: acme.com · whole site, 48,211 rows, 12.4 MB")
    split = upload_comment(an_export(State.READY), a_delivered(), number=1, of=2)
    assert split.startswith("File 1 of 2: acme.com")
    assert "<@" not in first
    assert last.startswith("<@U0ANA00001> your export of *acme.com* is here, in 2 parts: 96,422")
    assert "Part 2 of 2: whole site, 48,211 rows" in last


@pytest.mark.parametrize(
    ("range_", "shown"),
    [
        (DepthRange(), "whole site"),
        (up_to(3), "depths 0 to 3"),
        (up_to(0), "depth 0"),
        (DepthRange(4, 5, without_depth=False), "depths 4 to 5"),
        (DepthRange(4, 4, without_depth=False), "depth 4"),
        (DepthRange(first=5, without_depth=False), "depth 5 and deeper"),
        (DepthRange(first=5), "depth 5 and deeper, and URLs without a depth"),
        (DepthRange(without_depth=False), "all depths"),
    ],
)
def test_depths_in_words(range_: DepthRange, shown: str) -> None:
    """Every range that an export can have."""
    assert depths(range_) == shown


def test_the_address_of_an_analysis_is_quoted() -> None:
    """A slug cannot leave its place in the address."""
    specification = an_export().specification
    odd = replace(specification, analysis="2026/../x?y")
    assert analysis_url(odd, f"{APP_URL}/").endswith("/acme.com/2026%2F..%2Fx%3Fy/")


def test_an_edit_that_changes_nothing_has_the_same_digest() -> None:
    """Elapsed time moves in steps, and so does the message."""
    export, delivery = an_export(State.PROCESSING), a_delivery()
    first = drawn(export, delivery, now=NOW + timedelta(seconds=61))
    same = drawn(export, delivery, now=NOW + timedelta(seconds=89))
    moved = drawn(export, delivery, now=NOW + timedelta(seconds=91))
    assert digest(first) == digest(same)
    assert digest(first) != digest(moved)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a.csv",), None),
        (("a_part-1-of-2.csv", "a_part-2-of-2.csv"), None),
        (("a.csv.gz",), "The file is packed with gzip, because Slack takes at most 1.0 GB a file"),
        (("a.csv", "b.csv.gz"), "Files that end in .gz are packed with gzip, because Slack takes"),
    ],
)
def test_what_arrives_packed_says_why(names: tuple[str, ...], said: str | None) -> None:
    """Who expected a CSV learns what it is, and finds each file by its name."""
    files = tuple(Planned(name, 5) for name in names)
    uploads = tuple(Upload(at, f"F{at}", "1.2", LINK) for at, _ in enumerate(names, start=1))
    delivery = a_delivered(division=Division(10**9, files), uploads=uploads)
    shown = str(finished_message(an_export(State.READY), delivery, app_url=APP_URL).blocks)
    assert said in shown if said else "gzip" not in shown
    assert all(f"|{name}>" in shown for name in names)
