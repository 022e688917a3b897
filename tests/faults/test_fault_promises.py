"""What a person was told will start: it starts or they hear why not, whatever fails on the way."""

import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from forked import ForkedStage
from modal_workspace import Workspace, running
from stories import LINK
from test_modal_submissions import TINY, set_value, submission
from world import at_rest, outcome

from bot.exports import requests
from bot.model.errors import NotSetUp
from handlers import promises, resuming
from handlers.services import Services
from handlers.views.names import Place
from sandbox.slack.world import ANA_AND_APP, GENERAL, SEO
from storage import drafts

UNWRITABLE = """
CREATE TRIGGER unwritable BEFORE UPDATE OF owner ON drafts WHEN NEW.owner = ''
BEGIN SELECT RAISE(ABORT, 'nothing can be given up'); END
"""


def execute(stage: ForkedStage, statement: str) -> None:
    """Change something in the bot's database from outside."""
    file = stage.folder / "data" / "botify-export.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)


async def test_a_stop_that_cannot_give_up_its_promises_leaves_them_to_the_next_bot(
    stage: ForkedStage,
) -> None:
    """Its lock stays and looks dead, so that the next one starts what was promised, once."""
    bot = await stage.start_bot()
    await stage.fault("botify", "*", "slow", seconds=3600, count=None)
    answer = await stage.do("command", channel=SEO, text=f"/botify-export {LINK} go")
    assert answer["ok"], answer
    execute(stage, UNWRITABLE)
    assert await bot.stop() != 0
    execute(stage, "DROP TRIGGER unwritable")
    await stage.http.delete("control/faults")
    await stage.start_bot()
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


async def test_a_stop_in_order_leaves_no_lock(stage: ForkedStage) -> None:
    """What it gave up belongs to nobody; nothing names it any more."""
    bot = await stage.start_bot()
    await stage.fault("botify", "*", "slow", seconds=3600, count=None)
    answer = await stage.do("command", channel=SEO, text=f"/botify-export {LINK} go")
    assert answer["ok"], answer
    assert await bot.stop() == 0
    assert list((stage.folder / "data" / "processes").iterdir()) == []


# --- in one process ---------------------------------------------------------------------------


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The handlers over a fresh sandbox; the looks for promises happen when a test says so."""
    async with running(tmp_path) as found:
        yield found


async def broken(workspace: Workspace, service: str, *methods: str, **how: Any) -> None:
    """These methods do not work until `mended`."""
    for method in methods:
        fault = {"service": service, "method": method, "count": None} | how
        answer = await workspace.http.post("control/faults", json=fault)
        answer.raise_for_status()


async def botify_refuses(workspace: Workspace) -> None:
    """Nothing that an export needs to know can be asked."""
    await broken(workspace, "botify", "*", action="status", status=403)


async def slack_fails(workspace: Workspace, *methods: str) -> None:
    """None of these methods works for now."""
    await broken(workspace, "slack", *methods, action="refuse", error="fatal_error")


async def no_answer_to_commands(workspace: Workspace) -> None:
    """What is said where the command was typed does not arrive."""
    await broken(workspace, "slack", "response_url", action="status", status=503)


async def mended(workspace: Workspace) -> None:
    """Everything works again."""
    (await workspace.http.delete("control/faults")).raise_for_status()


async def typed_go(workspace: Workspace) -> None:
    """A line that ends in `go` was acknowledged, and what followed has ended."""
    await workspace.command(f"{TINY} go")


async def pressed_export(workspace: Workspace, *fails: str) -> None:
    """Export was pressed for a channel that has to be looked at first.

    Args:
        workspace: with an open modal afterwards.
        fails: what of Slack does not work by then.
    """
    await workspace.open(TINY)
    payload = await submission(workspace)
    set_value(payload, Place.DESTINATION, {"selected_conversation": GENERAL})
    await slack_fails(workspace, *fails)
    answer = await workspace.dispatch(payload)
    assert "You can close this" in str(answer)


async def held(*_: Any) -> None:
    """Takes the place of something that writes, while the database is held."""
    raise NotSetUp("The database is held by another program.")


async def look(services: Services) -> None:
    """The look for promises, and everything that follows from it."""
    await resuming.take_over(services)
    await services.background.settle()


async def promised(workspace: Workspace) -> frozenset[str]:
    """Who has promised something."""
    async with workspace.services.database.read() as connection:
        return await drafts.promising(connection)


async def told_directly(workspace: Workspace) -> list[str]:
    """What stands in the person's direct messages."""
    return [one["text"] for one in (await workspace.state())["messages"].get(ANA_AND_APP, [])]


async def test_what_could_neither_start_nor_be_told_starts_later(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process lives on, so it goes on with its own promise: once, and says nothing wrong."""
    await no_answer_to_commands(workspace)
    with monkeypatch.context() as patched:
        patched.setattr(requests, "accept", held)
        await typed_go(workspace)
    await mended(workspace)
    for _ in range(2):
        await look(workspace.services)
    assert await workspace.exports() == 1
    assert await told_directly(workspace) == []
    assert await promised(workspace) == frozenset()


async def test_what_could_not_be_told_is_told_at_the_next_look_once(workspace: Workspace) -> None:
    """The address of the command did not work; the direct message does."""
    await botify_refuses(workspace)
    await no_answer_to_commands(workspace)
    await typed_go(workspace)
    for _ in range(2):
        await look(workspace.services)
    (told,) = await told_directly(workspace)
    assert "Not started" in told
    assert await promised(workspace) == frozenset()
    assert await workspace.exports() == 0


async def test_what_was_told_is_not_taken_up_again(workspace: Workspace) -> None:
    """In the usual case the person hears it once, where they typed the command."""
    await botify_refuses(workspace)
    await typed_go(workspace)
    assert await promised(workspace) == frozenset()
    await mended(workspace)
    await look(workspace.services)
    assert len(await workspace.ephemeral()) == 1
    assert await told_directly(workspace) == []
    assert await workspace.exports() == 0


async def test_a_modal_that_takes_no_update_does_not_swallow_the_reason(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is told directly instead, once."""
    monkeypatch.setattr(requests, "accept", held)
    await pressed_export(workspace, "views.update")
    (told,) = await told_directly(workspace)
    assert "Not started" in told
    assert await promised(workspace) == frozenset()


async def test_a_modal_that_shows_the_reason_is_enough(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told twice."""
    monkeypatch.setattr(requests, "accept", held)
    await pressed_export(workspace)
    assert "The database is held" in await workspace.said()
    assert await told_directly(workspace) == []
    assert await promised(workspace) == frozenset()


async def test_a_submission_that_could_neither_start_nor_be_told_starts_later(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to close the modal, the person gets the export when everything works again."""
    with monkeypatch.context() as patched:
        patched.setattr(requests, "accept", held)
        await pressed_export(workspace, "views.update", "conversations.open")
    assert await promised(workspace) == {drafts.NOBODY}
    await mended(workspace)
    for _ in range(2):
        await look(workspace.services)
    assert await workspace.exports() == 1
    assert await told_directly(workspace) == []


async def test_a_person_who_cannot_be_told_for_a_while_is_told_then(workspace: Workspace) -> None:
    """Each look tries anew while Slack does not answer."""
    await botify_refuses(workspace)
    await no_answer_to_commands(workspace)
    await slack_fails(workspace, "conversations.open")
    await typed_go(workspace)
    for _ in range(2):
        await look(workspace.services)
        assert await promised(workspace) == {drafts.NOBODY}
    await mended(workspace)
    await botify_refuses(workspace)
    for _ in range(2):
        await look(workspace.services)
    assert len(await told_directly(workspace)) == 1


@pytest.mark.parametrize("late", [False, True])
async def test_a_promise_ends_when_nobody_can_be_told(workspace: Workspace, late: bool) -> None:
    """Slack refuses for good, or has not answered for a day: the log has it, no look goes on."""
    await botify_refuses(workspace)
    await no_answer_to_commands(workspace)
    await typed_go(workspace)
    services = workspace.services
    if late:
        await slack_fails(workspace, "conversations.open")
        now = services.now() + timedelta(hours=25)
        services = dataclasses.replace(services, now=lambda: now)
    else:
        refused = {"action": "refuse", "error": "user_disabled"}
        await broken(workspace, "slack", "conversations.open", **refused)
    assert await promised(workspace) == {drafts.NOBODY}
    await look(services)
    assert await promised(workspace) == frozenset()
    assert await workspace.exports() == 0


@pytest.mark.parametrize("taken", [True, False])
async def test_a_held_database_does_not_leave_a_promise_with_a_living_process(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    """What was told, or could not be told, is stored as soon as the database can be written."""
    monkeypatch.setattr(promises, "STORE_AGAIN", 0)
    tries = 0

    def held_at_first(store: Any) -> Any:
        async def stores(*arguments: Any) -> None:
            nonlocal tries
            tries += 1
            await (held if tries < 3 else store)(*arguments)

        return stores

    for name in ("absolve", "give_up"):
        monkeypatch.setattr(drafts, name, held_at_first(getattr(drafts, name)))
    await botify_refuses(workspace)
    if not taken:
        await no_answer_to_commands(workspace)
    await typed_go(workspace)
    assert tries == 3
    assert await promised(workspace) == (frozenset() if taken else {drafts.NOBODY})
