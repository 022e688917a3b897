"""The second question: above the threshold a large export is confirmed once more, with a reason."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from modal_workspace import Workspace, running
from test_modal_choosing import BIGSHOP, TINY, only_export
from test_modal_price import chosen
from test_modal_reuse import files

from bot.slack.messages.actions import STOP
from handlers.views.names import BACK, CONFIRM_VIEW, EXPORT_VIEW, Place
from sandbox.slack.world import BEN, GENERAL, SEO


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox; more than ten credits are asked about again."""
    async with running(tmp_path, confirm_credits_above=10) as found:
        yield found


async def test_large_export_is_asked_about_again(workspace: Workspace) -> None:
    """Export leads to a second view with rows, credits and place; only then it starts."""
    await workspace.open(TINY)
    assert (await workspace.submit())["response_action"] == "update"
    assert await workspace.exports() == 0
    view = await workspace.top()
    said = await workspace.said()
    assert view["callback_id"] == CONFIRM_VIEW
    assert "This export uses 12 credits." in said
    assert "12 rows, " in said
    assert f"<#{SEO}>" in said
    assert (await workspace.submit())["ok"]
    assert (await workspace.state())["views"] == []
    assert await workspace.exports() == 1


async def test_reason_stands_in_the_database_and_in_the_message(workspace: Workspace) -> None:
    """Whoever answers for the credits can read why they were spent."""
    await workspace.open(TINY)
    await workspace.submit()
    await workspace.type(Place.REASON, "Migration check <!channel>")
    await workspace.submit()
    assert (await only_export(workspace)).reason == "Migration check <!channel>"
    message = await workspace.message(STOP)
    assert "Reason: Migration check &lt;!channel&gt;" in str(message["blocks"])


async def test_reason_is_not_needed(workspace: Workspace) -> None:
    """Nobody has to write something to get their data."""
    await workspace.open(TINY)
    await workspace.submit()
    await workspace.type(Place.REASON, "   ")
    assert (await workspace.submit())["ok"]
    assert (await only_export(workspace)).reason is None


async def test_way_back_keeps_every_choice(workspace: Workspace) -> None:
    """Back shows the form as it was; a smaller export needs no second question."""
    await workspace.open(TINY)
    await workspace.choose(Place.PRESET, "links")
    await workspace.choose(Place.DESTINATION, GENERAL)
    await workspace.type(Place.POST, "thread")
    await workspace.submit()
    await workspace.choose(BACK, None)
    view = await workspace.top()
    assert view["callback_id"] == EXPORT_VIEW
    assert chosen(view, Place.PRESET) == "links"
    assert "internal_page_rank.value" in chosen(view, Place.FIELDS)
    assert chosen(view, Place.DESTINATION) == GENERAL
    assert chosen(view, Place.POST) == "thread"
    await workspace.choose(Place.ROWS, "depth:1")
    await workspace.submit()
    assert "has started" in await workspace.said()
    assert (await only_export(workspace)).rows_expected == 5


async def test_yes_counts_for_the_price_that_was_shown(workspace: Workspace) -> None:
    """Who says yes to one price and then chooses more is asked again."""
    await workspace.open(TINY)
    await workspace.choose(Place.ROWS, "depth:1")
    await workspace.choose(Place.ROWS, "fit")
    await workspace.submit()
    await workspace.choose(BACK, None)
    assert (await workspace.submit())["response_action"] == "update"
    assert (await workspace.top())["callback_id"] == CONFIRM_VIEW
    assert await workspace.exports() == 0


async def test_second_question_delivered_again_is_one_export(workspace: Workspace) -> None:
    """Slack sends the yes again when its acknowledgement was lost."""
    await workspace.open(TINY)
    await workspace.submit()
    await workspace.submit()
    for _ in range(3):
        await workspace.control("redeliver")
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 1)


async def test_what_is_paid_already_is_not_asked_about(workspace: Workspace) -> None:
    """A finished export is free, however large it is."""
    await workspace.open(TINY)
    await workspace.submit()
    await workspace.submit()
    await files(workspace, SEO, 1)
    workspace.user = BEN
    await workspace.open(TINY, channel=GENERAL)
    await workspace.submit()
    assert await workspace.deliveries() == 2


async def test_threshold_itself_needs_no_question(tmp_path: Path) -> None:
    """Above means above."""
    async with running(tmp_path, confirm_credits_above=12) as workspace:
        await workspace.open(TINY)
        await workspace.submit()
        assert await workspace.exports() == 1


async def test_default_threshold_asks_about_a_large_site(tmp_path: Path) -> None:
    """300,000 credits are not spent with one press."""
    async with running(tmp_path) as workspace:
        await workspace.open(BIGSHOP)
        await workspace.submit()
        assert "This export uses 303,560 credits." in await workspace.said()
        assert await workspace.exports() == 0
