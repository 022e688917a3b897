"""What is paid already: a finished export is offered for nothing, a running one is joined."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from modal_workspace import Workspace, running
from sqlalchemy import select

from handlers.views.choices import FINISHED_FILE, RUN_AGAIN
from handlers.views.names import Place
from sandbox.faults import Fault
from sandbox.slack.world import ANA, BEN, GENERAL, SEO
from storage import tables

TINY = "https://app.botify.com/acme-org/tiny.example"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


async def files(workspace: Workspace, channel: str, count: int) -> list[dict[str, Any]]:
    """The files in a channel, as soon as there are so many and everything has settled."""
    while True:
        await workspace.engine.tick()
        messages = (await workspace.state())["messages"].get(channel, [])
        found = [file for message in messages for file in message["files"]]
        settled = [one for one in messages if "is exported" in one["text"]]
        if len(found) >= count and len(settled) >= count:
            return found
        await asyncio.sleep(0.02)


async def exported(workspace: Workspace) -> None:
    """Ana has exported the small site into her channel."""
    await workspace.open(TINY)
    await workspace.submit()
    await files(workspace, SEO, 1)


async def reused(workspace: Workspace) -> list[bool]:
    """Of all deliveries, oldest first: whether the export had been finished before."""
    column = select(tables.deliveries.c.reused).order_by(tables.deliveries.c.requested_at)
    async with workspace.services.database.read() as connection:
        return list(await connection.scalars(column))


async def test_finished_export_is_offered_and_posted_for_nothing(workspace: Workspace) -> None:
    """Somebody else gets the file at once, in another channel, and Botify is not asked again."""
    await exported(workspace)
    workspace.user = BEN
    await workspace.open(TINY, channel=GENERAL)
    said = await workspace.said()
    assert f"Exported a moment ago by <@{ANA}>" in said
    assert "12 rows" in said
    assert (await workspace.submit())["ok"]
    (file,) = await files(workspace, GENERAL, 1)
    assert file["name"].endswith(".csv")
    assert workspace.counts()["POST /jobs"] == 1
    assert (await workspace.exports(), await reused(workspace)) == (1, [False, True])


async def test_finished_export_can_be_run_again(workspace: Workspace) -> None:
    """Who wants fresh rows chooses so, sees the price, and pays it."""
    await exported(workspace)
    await workspace.open(TINY)
    await workspace.choose(Place.OFFER, RUN_AGAIN)
    assert "12 rows · 12 credits" in await workspace.said()
    await workspace.submit()
    await files(workspace, SEO, 2)
    assert workspace.counts()["POST /jobs"] == 2
    assert (await workspace.exports(), await reused(workspace)) == (2, [False, False])


async def test_change_of_mind_costs_nothing(workspace: Workspace) -> None:
    """Back to the finished file: the last choice counts."""
    await exported(workspace)
    await workspace.open(TINY)
    await workspace.choose(Place.OFFER, RUN_AGAIN)
    await workspace.choose(Place.OFFER, FINISHED_FILE)
    assert "No credits are used" in await workspace.said()
    await workspace.submit()
    assert workspace.counts()["POST /jobs"] == 1


async def test_other_fields_are_another_export(workspace: Workspace) -> None:
    """The offer goes as soon as something else is asked for, and comes back with it."""
    await exported(workspace)
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.choose(Place.FIELDS, ["url", "http_code"])
    assert "Exported" not in await workspace.said()
    assert "12 rows · 12 credits" in await workspace.said()


async def test_fields_that_were_not_reported_are_priced_first(
    workspace: Workspace,
) -> None:
    """A form that promised a free file and is submitted with other fields shows the price first."""
    await exported(workspace)
    await workspace.open(TINY)
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.type(Place.FIELDS, ["url", "http_code"])
    assert (await workspace.submit())["response_action"] == "update"
    assert "12 rows · 12 credits" in await workspace.said()
    assert await workspace.exports() == 1


async def test_removed_file_is_fetched_from_its_job_again(workspace: Workspace) -> None:
    """The file is swept while the form is open: its job was paid, and gives it once more."""
    await exported(workspace)
    await workspace.open(TINY)
    for path in workspace.services.settings.data_dir.rglob("*.csv"):
        path.unlink()
    assert (await workspace.submit())["ok"]
    await files(workspace, SEO, 2)
    assert workspace.counts()["POST /jobs"] == 1
    assert (await workspace.exports(), await reused(workspace)) == (2, [False, True])


async def test_broken_download_is_offered_for_nothing(workspace: Workspace) -> None:
    """What is paid is not paid twice, also where the command is given again instead of Retry."""
    broken = Fault(service="files", method="GET /file", action="truncate", count=3)
    workspace.sandbox.faults.add(broken)
    await workspace.open(TINY)
    await workspace.submit()
    while "failed" not in str((await workspace.state())["messages"][SEO]):
        await workspace.engine.tick()
        await asyncio.sleep(0.02)
    await workspace.open(TINY)
    said = await workspace.said()
    assert "Paid" in said
    assert "fetched from Botify again" in said
    await workspace.submit()
    await files(workspace, SEO, 1)
    assert workspace.counts()["POST /jobs"] == 1


async def test_failed_export_is_never_offered(workspace: Workspace) -> None:
    """Only a file that exists is offered."""
    await workspace.fate(fate="failed", next=1)
    await workspace.open(TINY)
    await workspace.submit()
    while "failed" not in str((await workspace.state())["messages"][SEO]):
        await workspace.engine.tick()
        await asyncio.sleep(0.02)
    await workspace.open(TINY)
    assert "12 rows · 12 credits" in await workspace.said()
    assert "Exported" not in await workspace.said()


async def test_running_export_is_named_and_joined(workspace: Workspace) -> None:
    """Who asks for what runs sees whose it is and that nothing is paid twice."""
    await workspace.open(TINY)
    await workspace.submit()
    workspace.user = BEN
    await workspace.open(TINY)
    assert f"<@{ANA}> is already exporting this" in await workspace.said()
    await workspace.submit()
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 2)


async def test_same_person_in_the_same_channel_gets_no_second_message(
    workspace: Workspace,
) -> None:
    """Asking twice for what one awaits already adds nothing but a sentence."""
    await workspace.open(TINY)
    await workspace.submit()
    await workspace.open(TINY)
    assert "You are already exporting this" in await workspace.said()
    await workspace.submit()
    assert "already waiting for this export" in await workspace.said()
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 1)


async def test_same_person_in_another_channel_gets_the_file_there_too(
    workspace: Workspace,
) -> None:
    """One export, a message and a file for each place."""
    await workspace.open(TINY)
    await workspace.submit()
    await workspace.open(TINY, channel=GENERAL)
    await workspace.submit()
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 2)
