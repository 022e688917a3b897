"""*Export*: what was shown is accepted, once; anything else is one sentence and spends nothing."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from modal_workspace import LINK, Workspace, running
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy import select

from bot.model.project import Project
from bot.model.specification import Column
from handlers import promises, resuming
from handlers.views.names import MORE, Place, place_of
from sandbox.slack.world import ANA, ANA_AND_APP, BEN, GENERAL, LEADERSHIP, OLD, SEO
from storage import deliveries, exports, tables

Payload = dict[str, Any]
TINY_PROJECT = Project("acme-org", "tiny.example")
TINY = "https://app.botify.com/acme-org/tiny.example"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


async def submission(workspace: Workspace, user: str = ANA) -> Payload:
    """What Slack sends when this person presses Export in the open modal."""
    view = await workspace.top()
    state = await workspace.http.get("client/state", params={"user": user})
    assert state.status_code == httpx.codes.OK
    draft_id = await only_draft(workspace)
    return {
        "type": "view_submission",
        "team": {"id": workspace.services.identity.team},
        "user": {"id": user, "team_id": workspace.services.identity.team},
        "view": copy.deepcopy(view) | {"private_metadata": draft_id, "type": "modal"},
    }


async def only_draft(workspace: Workspace) -> str:
    """The id of the newest draft."""
    newest = select(tables.drafts.c.id).order_by(tables.drafts.c.created_at.desc())
    async with workspace.services.database.read() as connection:
        return str(await connection.scalar(newest))


def set_value(payload: Payload, place: Place, value: dict[str, Any] | None) -> None:
    """Replace the state of an input; None takes it away."""
    values = payload["view"]["state"]["values"]
    block = next(block for block in values if place_of(block) == place)
    if value is None:
        del values[block]
    else:
        values[block] = {place.value: value}


async def test_a_change_that_was_not_counted_is_said(workspace: Workspace) -> None:
    """Typed and sent at once: the form stays with another price, and says why."""
    await workspace.open(TINY)
    await workspace.choose(MORE, None)
    payload = await submission(workspace)
    set_value(payload, Place.URL_CONTAINS, {"value": "/p"})
    answer = await workspace.dispatch(payload)
    assert answer["response_action"] == "update"
    assert "was not counted yet when you pressed Export" in await workspace.said()
    assert await workspace.exports() == 0


async def test_export_is_accepted_as_shown(workspace: Workspace) -> None:
    """Export closes the modal and leaves one export, with the fields in the order chosen."""
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.type(Place.FIELDS, ["http_code", "url"])
    await workspace.type(Place.POST, "thread")
    assert (await workspace.submit())["ok"]
    assert (await workspace.state())["views"] == []
    async with workspace.services.database.read() as connection:
        export_id = await connection.scalar(select(tables.exports.c.id))
        export = await exports.get(connection, str(export_id))
        (delivery,) = await deliveries.of_export(connection, str(export_id))
    assert export is not None
    asked = export.specification
    assert asked.columns == (Column("http_code", "integer"), Column("url", "string"))
    assert (asked.account, asked.project, asked.analysis) == ("jane.doe", TINY_PROJECT, "20260705")
    assert export.rows_expected == 12
    assert (delivery.channel, delivery.user, delivery.post_file_in) == (SEO, ANA, "thread")


async def test_modal_says_where_to_look(workspace: Workspace) -> None:
    """Where the progress appears in another conversation, the modal ends by saying which."""
    await workspace.open(TINY)
    await workspace.choose(Place.DESTINATION, GENERAL)
    assert (await workspace.submit())["response_action"] == "update"
    assert f"<#{GENERAL}>" in await workspace.said()
    assert (await workspace.top())["submit"] is None
    assert await workspace.exports() == 1


async def test_same_export_for_two_people_is_one(workspace: Workspace) -> None:
    """Who asks for what is already on its way joins it, and is told that it costs nothing."""
    await workspace.open(TINY)
    await workspace.submit()
    workspace.user = BEN
    await workspace.open(TINY)
    await workspace.submit()
    assert "no credits are used a second time" in await workspace.said()
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 2)


async def test_submission_twice_at_once_is_one_export(workspace: Workspace) -> None:
    """A double click, or Slack delivering again: one export, one delivery."""
    await workspace.open(TINY)
    payload = await submission(workspace)
    answers = await asyncio.gather(*(workspace.dispatch(payload) for _ in range(5)))
    assert all("errors" not in answer for answer in answers)
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 1)


async def test_submission_delivered_again_is_one_export(workspace: Workspace) -> None:
    """Slack sends a submission again when its acknowledgement was lost."""
    await workspace.open(TINY)
    await workspace.submit()
    for _ in range(3):
        await workspace.control("redeliver")
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 1)


async def test_submission_of_an_accepted_form_changes_nothing(workspace: Workspace) -> None:
    """The same form hours later is not a second export, whatever stands in it."""
    await workspace.open(TINY)
    payload = await submission(workspace)
    await workspace.submit()
    set_value(payload, Place.LINK, {"type": "plain_text_input", "value": LINK})
    assert await workspace.dispatch(payload) == {}
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 1)


async def test_refused_submission_can_be_corrected(workspace: Workspace) -> None:
    """After an error the corrected form is accepted, though Slack shows the same view."""
    await workspace.open(TINY)
    await workspace.type(Place.LINK, "nonsense")
    assert not (await workspace.submit())["ok"]
    await workspace.type(Place.LINK, TINY)
    assert (await workspace.submit())["ok"]
    assert await workspace.exports() == 1


def option(value: Any) -> dict[str, Any]:
    """An option as Slack sends it back."""
    return {"text": {"type": "plain_text", "text": "x"}, "value": value}


Wild = Callable[[Payload], None]
WILD: dict[str, tuple[Wild, Place | None]] = {
    "no link": (lambda p: set_value(p, Place.LINK, None), Place.LINK),
    "link null": (lambda p: set_value(p, Place.LINK, {"value": None}), Place.LINK),
    "link of another type": (lambda p: set_value(p, Place.LINK, {"value": 7}), Place.LINK),
    "link of 10,000 characters": (
        lambda p: set_value(p, Place.LINK, {"value": "x" * 10_000}),
        Place.LINK,
    ),
    "no analysis": (lambda p: set_value(p, Place.ANALYSIS, None), Place.ANALYSIS),
    "unknown analysis": (
        lambda p: set_value(p, Place.ANALYSIS, {"selected_option": option("20010101")}),
        Place.ANALYSIS,
    ),
    "analysis of another project": (
        lambda p: set_value(p, Place.ANALYSIS, {"selected_option": option("20260705-2")}),
        Place.ANALYSIS,
    ),
    "analysis of 10,000 characters": (
        lambda p: set_value(p, Place.ANALYSIS, {"selected_option": option("9" * 10_000)}),
        Place.ANALYSIS,
    ),
    "analysis of another type": (
        lambda p: set_value(p, Place.ANALYSIS, {"selected_option": option(["a"])}),
        Place.ANALYSIS,
    ),
    "no fields": (lambda p: set_value(p, Place.FIELDS, None), Place.FIELDS),
    "empty fields": (lambda p: set_value(p, Place.FIELDS, {"selected_options": []}), Place.FIELDS),
    "fields of another type": (
        lambda p: set_value(p, Place.FIELDS, {"selected_options": "url"}),
        Place.FIELDS,
    ),
    "a field that the project lacks": (
        lambda p: set_value(
            p, Place.FIELDS, {"selected_options": [option("url"), option("no.such.field")]}
        ),
        Place.FIELDS,
    ),
    "a field of 10,000 characters": (
        lambda p: set_value(p, Place.FIELDS, {"selected_options": [option("f" * 10_000)]}),
        Place.FIELDS,
    ),
    "no channel": (lambda p: set_value(p, Place.DESTINATION, None), Place.DESTINATION),
    "a channel that is none": (
        lambda p: set_value(p, Place.DESTINATION, {"selected_conversation": "#seo " * 2_000}),
        Place.DESTINATION,
    ),
    "no place for the file": (lambda p: set_value(p, Place.POST, None), Place.POST),
    "an unknown place for the file": (
        lambda p: set_value(p, Place.POST, {"selected_option": option("moon")}),
        Place.POST,
    ),
    "no state": (lambda p: p["view"].pop("state"), Place.LINK),
    "state of another type": (lambda p: p["view"].update(state=[1]), Place.LINK),
    "values of another type": (lambda p: p["view"].update(state={"values": "x"}), Place.LINK),
    "no blocks either": (lambda p: (p["view"].pop("state"), p["view"].pop("blocks")), None),
    "an unknown draft": (lambda p: p["view"].update(private_metadata="0" * 20), None),
    "a draft of 10,000 characters": (
        lambda p: p["view"].update(private_metadata="0" * 10_000),
        None,
    ),
    "no draft": (lambda p: p["view"].pop("private_metadata"), None),
    "somebody else's draft": (lambda p: p["user"].update(id=BEN), None),
    "nobody": (lambda p: p.pop("user"), None),
}


@pytest.mark.parametrize("name", WILD)
async def test_wild_submission_is_one_sentence(workspace: Workspace, name: str) -> None:
    """Anything that a submission can hold is answered, at the field concerned or as a view."""
    change, place = WILD[name]
    await workspace.open(TINY)
    payload = await submission(workspace)
    change(payload)
    answer = await workspace.dispatch(payload)
    if place is None:
        assert answer["response_action"] == "update"
        assert any(block.get("text") for block in answer["view"]["blocks"])
    else:
        assert answer["response_action"] == "errors"
        assert [place_of(block) for block in answer["errors"]] == [place]
        assert all(0 < len(text) <= 2_000 for text in answer["errors"].values())
    assert await workspace.exports() == 0


async def test_analysis_whose_price_was_not_shown_is_counted_first(workspace: Workspace) -> None:
    """A submission that names another analysis than was shown gets its price, not an export."""
    await workspace.open()
    payload = await submission(workspace)
    set_value(payload, Place.ANALYSIS, {"selected_option": option("20260607")})
    answer = await workspace.dispatch(payload)
    assert answer["response_action"] == "update"
    assert "counting" in str(answer["view"]["blocks"])
    assert await workspace.exports() == 0


@pytest.mark.parametrize(
    ("channel", "words"),
    [(OLD, "archived"), (LEADERSHIP, "/invite @"), ("C0NOWHERE1", "/invite @")],
)
async def test_channel_that_was_not_looked_at_is_looked_at_first(
    workspace: Workspace, channel: str, words: str
) -> None:
    """A channel that the app has not heard of before Export is checked, then refused."""
    await workspace.open(TINY)
    payload = await submission(workspace)
    set_value(payload, Place.DESTINATION, {"selected_conversation": channel})
    answer = await workspace.dispatch(payload)
    assert "Checking" in str(answer["view"]["blocks"])
    assert words in await workspace.said()
    assert await workspace.exports() == 0


async def test_checking_goes_on_to_the_export(workspace: Workspace) -> None:
    """What turns out to be right after the check is exported without a second press."""
    await workspace.open(TINY)
    payload = await submission(workspace)
    set_value(payload, Place.DESTINATION, {"selected_conversation": GENERAL})
    await workspace.dispatch(payload)
    assert f"<#{GENERAL}>" in await workspace.said()
    assert await workspace.exports() == 1


async def test_fields_are_asked_again_when_the_catalogue_has_forgotten(
    workspace: Workspace,
) -> None:
    """A modal that was open for an hour is accepted: its fields are looked up once more."""
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.type(Place.FIELDS, ["url", "http_code"])
    workspace.services.desk.catalogue.forget(TINY_PROJECT, "20260705")
    answer = await workspace.submit()
    assert answer["response_action"] == "update"
    assert "has started" in await workspace.said()
    assert await workspace.exports() == 1


async def test_export_while_counting_waits_for_the_figure(workspace: Workspace) -> None:
    """Nobody can press Export before the price is there."""
    await workspace.command()
    payload = await submission(workspace)
    blocks = {
        "link": {"link": {"value": LINK}},
        "analysis": {"analysis": {"selected_option": option("20260705")}},
    }
    payload["view"]["state"] = {"values": blocks}
    answer = await workspace.dispatch(payload)
    assert answer["response_action"] == "update"
    assert await workspace.exports() == 0


async def interrupted(workspace: Workspace, channel: str) -> None:
    """Export is pressed for a channel that Slack tells nothing about, and the process ends."""
    await workspace.open(TINY)
    payload = await submission(workspace)
    set_value(payload, Place.DESTINATION, {"selected_conversation": channel})
    slow = {"service": "slack", "method": "conversations.info", "action": "slow", "seconds": 600}
    await workspace.http.post("control/faults", json=slow)
    request = AsyncBoltRequest(mode="socket_mode", body=payload)
    answer = await workspace.app.async_dispatch(request)
    assert "You can close this" in answer.body
    await workspace.services.background.close()
    await workspace.http.delete("control/faults")
    await promises.release(workspace.services)


async def test_what_was_promised_starts_in_the_next_process(workspace: Workspace) -> None:
    """Told to close the modal, the person gets the export, once, whatever stopped meanwhile."""
    await interrupted(workspace, GENERAL)
    assert await workspace.exports() == 0
    for _ in range(2):
        await resuming.take_over(workspace.services)
        await workspace.services.background.settle()
    assert await workspace.exports() == 1


async def test_what_was_promised_and_cannot_start_is_said_directly(workspace: Workspace) -> None:
    """The person may have closed the modal: their direct messages say why there is no export."""
    await interrupted(workspace, OLD)
    for _ in range(2):
        await resuming.take_over(workspace.services)
        await workspace.services.background.settle()
    assert await workspace.exports() == 0
    (told,) = (await workspace.state())["messages"][ANA_AND_APP]
    assert "Not started: This channel is archived" in told["text"]


async def test_a_closed_modal_does_not_swallow_the_reason(workspace: Workspace) -> None:
    """What the check finds after the person closed the modal reaches them directly."""
    await workspace.open(TINY)
    payload = await submission(workspace)
    set_value(payload, Place.DESTINATION, {"selected_conversation": OLD})
    view = await workspace.top()
    await workspace.post("close", user=ANA, view_id=view["id"])
    await workspace.dispatch(payload)
    (told,) = (await workspace.state())["messages"][ANA_AND_APP]
    assert "archived" in told["text"]


async def ended_after_go(workspace: Workspace) -> None:
    """A line that ends in `go` is acknowledged, and the process ends before it has begun."""
    slow = {"service": "botify", "method": "GET /analyses/{org}/{project}/light"}
    await workspace.http.post("control/faults", json=slow | {"action": "slow", "seconds": 600})
    typed = {"user": ANA, "channel": SEO, "text": f"/botify-export {TINY} go"}
    await workspace.post("command", **typed)
    await workspace.services.background.close()
    await promises.release(workspace.services)
    await workspace.http.delete("control/faults")
    assert await workspace.exports() == 0


async def test_go_outlives_the_process(workspace: Workspace) -> None:
    """Acknowledged, the export of a typed line starts, in the next process if need be."""
    await ended_after_go(workspace)
    await resuming.take_over(workspace.services)
    await workspace.services.background.settle()
    assert await workspace.exports() == 1


async def test_go_cuts_nothing_in_the_next_process_either(tmp_path: Path) -> None:
    """Nobody has seen how many rows would be left out, so that it is said and not started."""
    async with running(tmp_path, botify_row_limit=8) as workspace:
        await ended_after_go(workspace)
        await resuming.take_over(workspace.services)
        await workspace.services.background.settle()
        assert await workspace.exports() == 0
        (told,) = (await workspace.state())["messages"][ANA_AND_APP]
        assert "7 rows would be left out" in told["text"]
