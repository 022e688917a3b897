"""What cannot be exported is said in the modal, at the field concerned; nothing is spent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from modal_workspace import LINK, Workspace, errors, running

from handlers.submissions import SEEN
from handlers.views.names import CHECK_AGAIN_HERE, Place
from sandbox.slack.world import (
    ANA_AND_BEN,
    GENERAL,
    LEADERSHIP,
    PARTNER,
    SEO,
    SEO_TEAM,
)

APP = "https://app.botify.com"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found
        assert found.counts().get("POST /jobs", 0) <= await found.exports()


async def problem(workspace: Workspace, place: Place) -> str:
    """The sentence directly under an input; empty where there is none."""
    blocks = (await workspace.top())["blocks"]
    ids = [str(block.get("block_id", "")).partition(".")[0] for block in blocks]
    below = blocks[ids.index(place.value) + 1 :]
    text = below[0].get("text", {}).get("text", "") if below else ""
    return text if text.startswith(":warning:") else ""


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("hello there", "not a link to a Botify project"),
        ("https://example.com/acme-org/acme.com", "not to Botify"),
        (f"{APP}/acme-org", "no project"),
        (f"{APP}/account", "belongs to no project"),
        (f"{LINK} {APP}/acme-org/tiny.example", "more than one link"),
        (f"{APP}/acme-org/nosuch.example", "Botify does not know the project"),
        (f"{APP}/other-org/other.example", "may not see the project"),
        (f"{APP}/acme-org/empty.example", "No analysis of acme-org/empty.example has finished"),
    ],
)
async def test_link_that_cannot_be_used(workspace: Workspace, link: str, words: str) -> None:
    """The reason stands under the link, with what to do; Export points there, and says it once."""
    await workspace.open(link)
    said = await problem(workspace, Place.LINK)
    assert words in said
    assert len((await workspace.top())["blocks"]) == 2
    assert errors(await workspace.submit()) == {Place.LINK: SEEN}
    assert await workspace.exports() == 0


async def test_link_is_corrected_in_place(workspace: Workspace) -> None:
    """A wrong link needs no new command: the right one, and Enter."""
    await workspace.open("nonsense")
    await workspace.choose(Place.LINK, LINK)
    assert not await problem(workspace, Place.LINK)
    assert "48,211 rows" in await workspace.said()


async def test_wrong_link_typed_over_a_good_one(workspace: Workspace) -> None:
    """Export with a changed, unreadable link is an error at the link, and keeps the form."""
    await workspace.open()
    await workspace.type(Place.LINK, "https://example.com/x/y")
    answer = await workspace.submit()
    assert list(errors(answer)) == [Place.LINK]
    assert "48,211 rows" in await workspace.said()


async def test_export_with_another_good_link_shows_its_price_first(workspace: Workspace) -> None:
    """Nothing is exported for a link whose price was not shown: the form loads instead."""
    await workspace.open()
    await workspace.type(Place.LINK, f"{APP}/acme-org/tiny.example")
    answer = await workspace.submit()
    assert answer["response_action"] == "update"
    assert "12 rows · 12 credits" in await workspace.said()
    assert await workspace.exports() == 0


@pytest.mark.parametrize(
    ("token", "words"),
    [("nobody-knows-this-token", "does not accept the API token"), ("", "")],
)
async def test_token_that_botify_refuses(tmp_path: Path, token: str, words: str) -> None:
    """A refused token is said at the link, with what the operator has to do."""
    if not token:
        token, words = "sandbox-botify-other", "may not see the project"
    async with running(tmp_path, botify_token=token) as workspace:
        await workspace.open()
        assert words in await problem(workspace, Place.LINK)
        assert list(errors(await workspace.submit())) == [Place.LINK]


async def test_unfinished_analysis_is_explained(workspace: Workspace) -> None:
    """An analysis that still runs can be looked at, not exported; another one can be chosen."""
    await workspace.open()
    await workspace.options(Place.ANALYSIS)
    await workspace.choose(Place.ANALYSIS, "20260712")
    assert "is still crawling" in await problem(workspace, Place.ANALYSIS)
    assert list(errors(await workspace.submit())) == [Place.ANALYSIS]
    await workspace.options(Place.ANALYSIS)
    await workspace.choose(Place.ANALYSIS, "20260705")
    assert not await problem(workspace, Place.ANALYSIS)
    assert "48,211 rows" in await workspace.said()


@pytest.mark.parametrize(
    ("slug", "words"), [("20260712", "is still crawling"), ("20250101", "has no analysis 20250101")]
)
async def test_link_to_an_analysis_that_cannot_be_exported(
    workspace: Workspace, slug: str, words: str
) -> None:
    """A link to an unfinished or unknown analysis says so at Analysis; the project is usable."""
    await workspace.open(f"{LINK}?analysisSlug={slug}")
    assert words in await problem(workspace, Place.ANALYSIS)
    answer = await workspace.submit()
    assert [block.partition(".")[0] for block in answer["errors"]] == [Place.ANALYSIS]
    await workspace.options(Place.ANALYSIS)
    await workspace.choose(Place.ANALYSIS, "20260705-2")
    assert "48,211 rows · 48,211 credits" in await workspace.said()


async def test_site_of_which_nothing_fits(workspace: Workspace) -> None:
    """Where the first depth alone is over the limit, that is said; nothing is cut silently."""
    await workspace.open(f"{APP}/acme-org/flat.example")
    said = await workspace.said()
    assert "Depth 0 alone holds 1,200,000 rows" in said
    assert "1,205,300 URLs" in said
    assert "Add a filter" in said
    assert "higher row limit" in said
    assert errors(await workspace.submit()) == {Place.ROWS: SEEN}
    assert await workspace.exports() == 0


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (LEADERSHIP, "/invite @"),
        (PARTNER, "shared with another company"),
        (ANA_AND_BEN, "No app can be in a message between people"),
    ],
)
async def test_channel_that_cannot_be_used(workspace: Workspace, channel: str, words: str) -> None:
    """The reason stands under Deliver to, with what to do; Export points there, says it once."""
    await workspace.open()
    await workspace.choose(Place.DESTINATION, channel)
    assert words in await problem(workspace, Place.DESTINATION)
    assert errors(await workspace.submit()) == {Place.DESTINATION: SEEN}
    assert await workspace.exports() == 0
    await workspace.choose(Place.DESTINATION, SEO_TEAM)
    assert not await problem(workspace, Place.DESTINATION)


@pytest.mark.parametrize(("channel", "words"), [(LEADERSHIP, "/invite @"), (PARTNER, "shared")])
async def test_command_typed_in_a_channel_that_cannot_be_used(
    workspace: Workspace, channel: str, words: str
) -> None:
    """The conversation of the command is looked at like any other."""
    await workspace.open(channel=channel)
    assert words in await problem(workspace, Place.DESTINATION)


async def test_invited_app_is_noticed(workspace: Workspace) -> None:
    """After the invitation, Check again is enough."""
    await workspace.open(channel=LEADERSHIP)
    await workspace.post("invite", user=workspace.user, channel=LEADERSHIP)
    await workspace.choose(CHECK_AGAIN_HERE, None)
    assert not await problem(workspace, Place.DESTINATION)
    workspace.channel = LEADERSHIP
    assert (await workspace.submit())["ok"]
    assert await workspace.exports() == 1


async def test_shared_channels_are_a_choice_of_the_operator(tmp_path: Path) -> None:
    """ALLOW_SHARED_CHANNELS makes a shared channel like any other."""
    async with running(tmp_path, allow_shared_channels=True) as workspace:
        await workspace.open(channel=PARTNER)
        assert not await problem(workspace, Place.DESTINATION)


async def test_public_channel_is_no_problem(workspace: Workspace) -> None:
    """A public channel that the app is not in needs no invitation."""
    await workspace.open()
    await workspace.choose(Place.DESTINATION, GENERAL)
    assert not await problem(workspace, Place.DESTINATION)
    await workspace.choose(Place.DESTINATION, SEO)
    assert "joins this channel" not in await workspace.said()
