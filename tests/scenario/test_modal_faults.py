"""The modal when Slack, Botify or the person does not do what was hoped for."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from modal_workspace import LINK, Workspace, errors, running
from test_modal_price import chosen
from test_modal_refusals import problem

from handlers.views.names import CHECK_AGAIN_HERE, OPEN, Place
from sandbox.faults import Fault
from sandbox.slack.world import BEN, GENERAL, SEO_TEAM
from storage.database import FILE_NAME

TINY = "https://app.botify.com/acme-org/tiny.example"
QUERY = "POST /projects/{org}/{project}/query"
ANALYSES = "GET /analyses/{org}/{project}/light"
MODEL = "GET /projects/{org}/{project}/collections/{collection}"
IDS = re.compile(r"E-\w{6}")


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


@pytest.fixture
def logged() -> Any:
    """What is logged meanwhile."""
    with structlog.testing.capture_logs() as lines:
        yield lines


def strike(workspace: Workspace, service: str, method: str, action: str, **more: Any) -> None:
    """Break something once, or as `more` says."""
    workspace.sandbox.faults.add(Fault(service=service, method=method, action=action, **more))


# --- Slack ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"]
)
async def test_late_modal_is_offered_by_a_button(workspace: Workspace, word: str) -> None:
    """When the trigger has expired, the person gets a button that opens the same form."""
    strike(workspace, "slack", "views.open", "refuse", error=word)
    await workspace.command(TINY)
    assert (await workspace.state())["views"] == []
    (message,) = await workspace.ephemeral()
    (row,) = [block for block in message["blocks"] if block["type"] == "actions"]
    await workspace.post(
        "action",
        user=workspace.user,
        channel=message["channel"],
        ts=message["ts"],
        block_id=row["block_id"],
        action_id=OPEN,
    )
    await workspace.services.background.settle()
    assert "12 rows · 12 credits" in await workspace.said()


async def test_modal_that_slack_does_not_open(workspace: Workspace, logged: Any) -> None:
    """A modal that cannot be opened is told to the person, with the id that is in the log."""
    strike(workspace, "slack", "views.open", "html", status=502)
    await workspace.command(TINY)
    (message,) = await workspace.ephemeral()
    (line,) = [line for line in logged if line["log_level"] == "error"]
    assert line["error_id"] in message["text"]


async def test_command_delivered_again_opens_one_modal(workspace: Workspace) -> None:
    """A command that Slack sends again, because the acknowledgement was lost, is done once."""
    await workspace.command(TINY)
    for _ in range(3):
        await workspace.control("redeliver")
    assert workspace.counts("slack")["views.open"] == 1
    assert await workspace.ephemeral() == []


async def test_closed_modal_is_left_alone(workspace: Workspace, logged: Any) -> None:
    """Closing while data is on its way is harmless: no error, no message, nothing accepted."""
    strike(workspace, "botify", ANALYSES, "slow", seconds=0.3)
    opened = asyncio.create_task(workspace.command(TINY))
    view = await workspace.until('"type"')
    await workspace.post("close", user=workspace.user, view_id=view["id"])
    await opened
    assert (await workspace.state())["views"] == []
    assert [line for line in logged if line["log_level"] in ("warning", "error")] == []
    assert await workspace.ephemeral() == []
    assert await workspace.exports() == 0


@pytest.mark.parametrize("action", ["lost", "html", "garbage", "empty"])
async def test_lost_answer_of_an_update(workspace: Workspace, action: str) -> None:
    """An update whose answer is lost is sent again or overtaken: the price is shown."""
    strike(workspace, "slack", "views.update", action, moment="after", status=500)
    await workspace.open(TINY)
    assert "12 rows · 12 credits" in await workspace.said()


async def test_limited_update_is_sent_later(workspace: Workspace) -> None:
    """A 429 for views.update delays the price, and does not lose it."""
    strike(workspace, "slack", "views.update", "ratelimit", seconds=3)
    await workspace.open(TINY)
    assert "12 rows · 12 credits" in await workspace.said()


async def test_conflicting_update_does_not_win_over_the_newer_one(workspace: Workspace) -> None:
    """When Slack says that the view has changed, what is shown next is the stored draft."""
    strike(workspace, "slack", "views.update", "refuse", error="hash_conflict")
    await workspace.open(TINY)
    assert "12 rows · 12 credits" in await workspace.said()


# --- Botify -----------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["html", "garbage", "empty", "status", "lost"])
async def test_botify_without_a_usable_answer(
    workspace: Workspace, logged: Any, action: str
) -> None:
    """Whatever Botify answers: a sentence at the link with an id; later, Check again works."""
    strike(workspace, "botify", ANALYSES, action, count=None)
    await workspace.open(TINY)
    assert "E-" in await problem(workspace, Place.LINK)
    assert list(errors(await workspace.submit())) == [Place.LINK]
    workspace.sandbox.faults.clear()
    await workspace.choose(CHECK_AGAIN_HERE, None)
    assert "12 rows · 12 credits" in await workspace.said()
    assert [line for line in logged if line["log_level"] == "error"] == []


def lines_with(logged: Any, error_id: str) -> list[Any]:
    """The lines that are about an error."""
    return [line for line in logged if line.get("error_id") == error_id]


@pytest.mark.parametrize(
    ("method", "place"),
    [("*", Place.LINK), (ANALYSES, Place.LINK), (MODEL, Place.ANALYSIS), (QUERY, Place.ROWS)],
)
async def test_an_id_in_the_form_is_in_the_log(
    workspace: Workspace, logged: Any, method: str, place: Place
) -> None:
    """Whatever Botify refuses: once, with the code and what the operator can do."""
    strike(workspace, "botify", method, "status", status=401, count=None)
    await workspace.open(TINY)
    (shown,) = set(IDS.findall(await problem(workspace, place)))
    (line,) = lines_with(logged, shown)
    assert line["cause"] == "token_refused"
    assert "BOTIFY_API_TOKEN" in line["advice"]
    assert "sandbox-botify-token" not in str(line)


async def test_an_id_of_slack_in_the_form_is_in_the_log(workspace: Workspace, logged: Any) -> None:
    """A conversation that Slack does not tell about: the form has an id, and so has the log."""
    strike(workspace, "slack", "conversations.info", "html", status=502, count=None)
    await workspace.open(TINY)
    (shown,) = set(IDS.findall(await workspace.said()))
    (line,) = lines_with(logged, shown)
    assert line["cause"] == "slack_unreachable"


async def test_an_error_that_ends_two_questions_is_logged_once(
    workspace: Workspace, logged: Any
) -> None:
    """The fields are wanted for the menu and for the filter: one answer, one id, one line."""
    strike(workspace, "botify", MODEL, "status", status=401, count=None)
    await workspace.open(f"{TINY} where=http_code:4xx")
    assert workspace.counts()[MODEL] == 1
    (shown,) = set(IDS.findall(await workspace.said()))
    assert len(lines_with(logged, shown)) == 1


async def test_a_choice_that_is_refused_without_an_id_is_no_line(
    workspace: Workspace, logged: Any
) -> None:
    """What a person can put right alone is nothing for an operator."""
    await workspace.open("https://example.com/")
    assert IDS.findall(await workspace.said()) == []
    assert [line for line in logged if line.get("error_id")] == []


async def test_failed_count_is_no_guess(workspace: Workspace) -> None:
    """Where the URLs cannot be counted there is no price and no Export, but another try."""
    strike(workspace, "botify", QUERY, "status", count=None)
    await workspace.open(TINY)
    assert "could not be counted" in await problem(workspace, Place.ROWS)
    assert "credit" not in (await workspace.said()).partition("divider")[2]
    assert list(errors(await workspace.submit())) == [Place.ROWS]
    workspace.sandbox.faults.clear()
    await workspace.choose(CHECK_AGAIN_HERE, None)
    assert "12 rows · 12 credits" in await workspace.said()
    assert (await workspace.submit())["ok"]


async def test_late_count_does_not_overwrite_a_newer_choice(workspace: Workspace) -> None:
    """The slow answer about the analysis chosen first is not shown for the one chosen since."""
    await workspace.open()
    await workspace.options(Place.ANALYSIS)
    strike(workspace, "botify", QUERY, "slow", seconds=0.5)
    await workspace.act("action", Place.ANALYSIS, "20260607")
    await workspace.options(Place.ANALYSIS)
    await workspace.act("action", Place.ANALYSIS, "20260705")
    await workspace.act("action", Place.DESTINATION, SEO_TEAM)
    await workspace.services.background.settle()
    view = await workspace.top()
    assert chosen(view, Place.ANALYSIS) == "20260705"
    assert chosen(view, Place.DESTINATION) == SEO_TEAM
    assert "48,211 rows" in await workspace.said()


async def test_named_analysis_is_asked_about_beside_the_list(workspace: Workspace) -> None:
    """A link that names its analysis has its fields and counts asked for in the same round."""
    strike(workspace, "botify", ANALYSES, "slow", seconds=2)
    opened = asyncio.create_task(workspace.command(f"{TINY}?analysisSlug=20260705"))
    while QUERY not in workspace.counts():  # noqa: ASYNC110 - nothing shows that it was asked
        await asyncio.sleep(0.01)
    assert "Asking Botify about" in await workspace.said()
    await opened
    assert "12 rows · 12 credits" in await workspace.said()
    assert set(workspace.counts().values()) == {1}


async def test_counting_is_said_while_it_lasts(workspace: Workspace) -> None:
    """Before the figure is there the form says so, and Export asks to wait for it."""
    strike(workspace, "botify", QUERY, "slow", seconds=1)
    opened = asyncio.create_task(workspace.command(TINY))
    view = await workspace.until("counting")
    answer = await workspace.post("submit", user=workspace.user, view_id=view["id"])
    assert "still being counted" in errors(answer)[Place.ROWS]
    await opened
    assert "12 rows · 12 credits" in await workspace.said()


# --- everything else --------------------------------------------------------------------------


async def test_help_is_answered_at_once(workspace: Workspace) -> None:
    """`/botify-export help` explains, and opens nothing."""
    answer = await workspace.command("help")
    assert "/botify-export" in answer["ack"]["text"]
    assert (await workspace.state())["views"] == []


@pytest.mark.parametrize(
    "payload",
    [
        {"command": "/other", "text": ""},
        {"type": "block_actions", "actions": [{"action_id": "old", "block_id": "b"}]},
        {"type": "block_suggestion", "action_id": "old", "block_id": "b", "value": ""},
        {"type": "view_submission", "view": {"callback_id": "old", "type": "modal"}},
        {"type": "view_closed", "view": {"callback_id": "old", "type": "modal"}},
        {"type": "shortcut", "callback_id": "old"},
        {"type": "event_callback", "event": {"type": "team_join"}},
    ],
    ids=lambda payload: payload.get("type", "command"),
)
async def test_everything_is_acknowledged(workspace: Workspace, payload: dict[str, Any]) -> None:
    """What nobody listens to any more is acknowledged, so that Slack calls nothing broken."""
    team = workspace.services.identity.team
    who = {"team": {"id": team}, "team_id": team, "user": {"id": BEN}, "user_id": BEN}
    answer = await workspace.dispatch(who | payload)
    if payload.get("type") == "view_submission":
        assert answer["response_action"] == "update"
    if payload.get("type") == "block_suggestion":
        assert answer == {"options": []}


@pytest.mark.parametrize("text", ["", "x" * 10_000, "<>", "<|>", "\u202e\x00", "help me", "💥" * 9])
async def test_any_text_of_the_command_opens_a_form(workspace: Workspace, text: str) -> None:
    """Whatever stands behind the command, the modal opens and says what is wrong at the link."""
    await workspace.command(text)
    view = await workspace.top()
    assert view["blocks"][0]["block_id"] == Place.LINK
    assert bool(text) == bool(await problem(workspace, Place.LINK))


async def test_error_before_the_acknowledgement_is_answered(
    workspace: Workspace, logged: Any
) -> None:
    """What nobody foresaw is answered in time too: a sentence in the modal, its id in the log."""
    await workspace.open(TINY)
    with closing(sqlite3.connect(workspace.services.settings.data_dir / FILE_NAME)) as database:
        database.execute("ALTER TABLE drafts RENAME TO drafts_gone")
    answer = await workspace.submit()
    assert answer["ok"]
    assert answer["response_action"] == "update"
    said = json.dumps(answer["view"]["blocks"])
    ids = {line["error_id"] for line in logged if line["log_level"] == "error"}
    assert any(error_id in said for error_id in ids)


async def test_two_people_at_once_do_not_meet(workspace: Workspace) -> None:
    """Each modal shows its own draft."""
    await asyncio.gather(
        workspace.command(LINK), workspace.command(TINY, user=BEN, channel=GENERAL)
    )
    assert "48,211 rows" in await workspace.said()
    workspace.user = BEN
    assert "12 rows" in await workspace.said()
