"""The buttons of messages: heard once, from the person who asked, answered to that person alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from modal_workspace import Workspace, running

from bot.slack.messages.actions import STOP
from sandbox.slack.world import ANA, BEN

TINY = "https://app.botify.com/acme-org/tiny.example"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


async def announced(workspace: Workspace) -> dict[str, Any]:
    """The progress message of an export that Ana asked for."""
    await workspace.open(TINY)
    await workspace.submit()
    return await workspace.message(STOP)


async def press(workspace: Workspace, message: dict[str, Any], action: str) -> None:
    """Press a button of the message as this person."""
    row = next(block for block in message["blocks"] if action in str(block))
    await workspace.post(
        "action",
        user=workspace.user,
        channel=message["channel"],
        ts=message["ts"],
        block_id=row["block_id"],
        action_id=action,
    )
    await workspace.services.background.settle()


async def test_person_who_asked_is_answered(workspace: Workspace) -> None:
    """Stop is carried out, and says to the one who pressed it what that means."""
    message = await announced(workspace)
    await press(workspace, message, STOP)
    (answer,) = await workspace.ephemeral()
    assert "Stopped" in answer["text"]


async def test_others_cannot_decide(workspace: Workspace) -> None:
    """Somebody else is told who can, and the export goes on."""
    message = await announced(workspace)
    workspace.user = BEN
    await press(workspace, message, STOP)
    (answer,) = await workspace.ephemeral()
    assert "Only ana" in answer["text"]
    workspace.user = ANA
    assert await workspace.ephemeral() == []


async def test_press_that_is_delivered_again_is_carried_out_once(workspace: Workspace) -> None:
    """Slack sends a press again when its acknowledgement was lost: it counts as one."""
    message = await announced(workspace)
    await press(workspace, message, STOP)
    for _ in range(3):
        await workspace.control("redeliver")
    assert len(await workspace.ephemeral()) == 1


async def test_button_without_a_listener_says_that_it_is_old(workspace: Workspace) -> None:
    """A button of an old message is acknowledged, and says what to do instead."""
    message = await announced(workspace)
    clicked = {"channel": message["channel"], "ts": message["ts"], "action_id": "of-another-year"}
    assert await workspace.control("stale-click", **clicked) == {"ok": True}
    (said,) = await workspace.ephemeral()
    assert "/botify-export" in said["text"]
