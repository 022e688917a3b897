"""The modal from the command to the price: what a person sees before anything is spent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from modal_workspace import LINK, Workspace, running

from handlers.views.names import Place
from sandbox.slack.world import ANA_AND_APP, ANA_AND_BEN, GENERAL, SEO

BIGSHOP = "https://app.botify.com/acme-org/bigshop.example"
TINY = "https://app.botify.com/acme-org/tiny.example"
DEFAULTS = [
    "url",
    "metadata.title.content",
    "metadata.description.content",
    "metadata.h1.contents",
]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


def chosen(view: dict[str, Any], place: Place) -> Any:
    """What an input of the view holds, as one or several plain values."""
    values = next(
        value
        for block, value in view["state"]["values"].items()
        if block.partition(".")[0] == place.value
    )[place.value]
    if "selected_options" in values:
        return [each["value"] for each in values["selected_options"]]
    if "selected_option" in values:
        return values["selected_option"] and values["selected_option"]["value"]
    return values.get("selected_conversation", values.get("value"))


async def test_modal_of_a_link_ends_with_the_price(workspace: Workspace) -> None:
    """A command with a link gives a filled form with rows and credits, and spends nothing."""
    view = await workspace.open()
    assert "48,211 rows · 48,211 credits" in await workspace.said()
    assert chosen(view, Place.LINK) == LINK
    assert chosen(view, Place.ANALYSIS) == "20260705-2"
    assert chosen(view, Place.FIELDS) == DEFAULTS
    assert chosen(view, Place.DESTINATION) == SEO
    assert chosen(view, Place.POST) == "channel"
    assert view["submit"]["text"] == "Export"
    assert "POST /jobs" not in workspace.counts()


async def test_modal_opens_before_botify_is_asked(workspace: Workspace) -> None:
    """The view is there at once: no slow answer of Botify can let the trigger expire."""
    await workspace.open()
    asked = [(one.service, one.method) for one in workspace.sandbox.journal.entries()]
    assert asked.index(("slack", "views.open")) < min(
        place for place, (service, _) in enumerate(asked) if service == "botify"
    )
    assert workspace.counts("slack")["views.open"] == 1


async def test_modal_asks_botify_once_for_each_thing(workspace: Workspace) -> None:
    """One round: who asks, the analyses, the fields, the counts, and the crawl that runs."""
    await workspace.open()
    assert set(workspace.counts().values()) == {1}
    assert len(workspace.counts()) == 5


async def test_modal_opened_again_is_answered_from_the_catalogue(workspace: Workspace) -> None:
    """The second modal of a project costs Botify nothing."""
    await workspace.open()
    before = workspace.counts()
    await workspace.open()
    assert "48,211 rows" in await workspace.said()
    assert workspace.counts() == before


async def test_modal_says_which_depth_fits_and_what_is_left_out(workspace: Workspace) -> None:
    """A site over the row limit is cut at the largest depth that fits, in plain words."""
    await workspace.open(BIGSHOP)
    said = await workspace.said()
    assert "303,560 rows · 303,560 credits" in said
    assert "2,999,210 URLs" in said
    assert "*depth 3*" in said
    assert "2,695,650 URLs at a greater depth" in said


async def test_modal_names_urls_without_a_depth_that_are_left_out(tmp_path: Path) -> None:
    """URLs that no link leads to are named where a cut by depth cannot hold them."""
    async with running(tmp_path, botify_row_limit=8) as workspace:
        await workspace.open(TINY)
        said = await workspace.said()
    assert "5 rows · 5 credits" in said
    assert "6 URLs at a greater depth and 1 URL without a depth" in said


async def test_modal_without_a_link_asks_for_one(workspace: Workspace) -> None:
    """The command alone opens a form with nothing but the link, which Export then reads."""
    await workspace.command()
    view = await workspace.top()
    assert [block["type"] for block in view["blocks"]] == ["input", "context"]
    await workspace.type(Place.LINK, LINK)
    answer = await workspace.submit()
    assert answer["ok"]
    assert answer["response_action"] == "update"
    assert "48,211 rows · 48,211 credits" in await workspace.said()
    assert await workspace.exports() == 0


async def test_enter_in_the_link_loads_the_project(workspace: Workspace) -> None:
    """Enter in the link does the same as Export: the form fills, what was typed stays."""
    await workspace.command()
    await workspace.choose(Place.LINK, TINY)
    view = await workspace.top()
    assert chosen(view, Place.LINK) == TINY
    assert "12 rows · 12 credits" in await workspace.said()


@pytest.mark.parametrize("links", ["bare", "labelled", "raw"])
async def test_link_in_every_markup_of_slack(workspace: Workspace, links: str) -> None:
    """However Slack writes a typed address into a command, the link in the form is clean."""
    workspace.sandbox.control.set_switches({"command_links": links})
    link = f"{TINY}/crawl?analysisSlug=20260705&context=%7B%7D"
    view = await workspace.open(link)
    assert chosen(view, Place.LINK) == link
    assert chosen(view, Place.ANALYSIS) == "20260705"


async def test_another_link_starts_anew(workspace: Workspace) -> None:
    """A changed link shows its own project's analysis, fields and price; the channel stays."""
    await workspace.open()
    await workspace.choose(Place.DESTINATION, GENERAL)
    await workspace.choose(Place.LINK, BIGSHOP)
    view = await workspace.top()
    assert chosen(view, Place.ANALYSIS) == "20260705"
    assert chosen(view, Place.FIELDS) == DEFAULTS
    assert chosen(view, Place.DESTINATION) == GENERAL
    assert "303,560 rows" in await workspace.said()


async def test_another_analysis_is_counted_anew(workspace: Workspace) -> None:
    """Choosing an analysis changes the price, and keeps what else was chosen."""
    await workspace.open()
    await workspace.options(Place.FIELDS, "http_code")
    await workspace.type(Place.FIELDS, ["url", "http_code"])
    await workspace.options(Place.ANALYSIS, "20260607")
    await workspace.choose(Place.ANALYSIS, "20260607")
    view = await workspace.top()
    assert "48,211" not in (await workspace.said()).partition("divider")[2]
    assert " credits*" in await workspace.said()
    assert chosen(view, Place.FIELDS) == ["url", "http_code"]
    assert chosen(view, Place.ANALYSIS) == "20260607"


async def test_analysis_of_the_link_is_preselected(workspace: Workspace) -> None:
    """A link to an older analysis means that one, not the newest."""
    view = await workspace.open(f"{LINK}?analysisSlug=20260628")
    assert chosen(view, Place.ANALYSIS) == "20260628"


async def test_menu_of_analyses_is_searched_by_words(workspace: Workspace) -> None:
    """The menu shows all analyses with their URLs, and narrows with what is typed."""
    await workspace.open()
    everything = await workspace.options(Place.ANALYSIS)
    assert [each["value"] for each in everything][:3] == ["20260712", "20260705-2", "20260705"]
    texts = [each["text"]["text"] for each in everything]
    assert "still crawling" in texts[0]
    assert texts[1].endswith("48,211 URLs · 20260705-2")
    found = await workspace.options(Place.ANALYSIS, "0705-2")
    assert [each["value"] for each in found] == ["20260705-2"]


async def test_menu_of_fields_holds_a_hundred_of_thousands(workspace: Workspace) -> None:
    """4,449 fields: never more than Slack takes, the best matches first, from the catalogue."""
    await workspace.open("https://app.botify.com/acme-org/manyfields.example")
    before = workspace.counts()
    first = await workspace.options(Place.FIELDS)
    assert len(first) == 100
    assert {each["value"] for each in first[:20]} & set(DEFAULTS)
    found = await workspace.options(Place.FIELDS, "meta description")
    assert found[0]["value"] == "metadata.description.content"
    assert await workspace.options(Place.FIELDS, "no such field at all") == []
    assert workspace.counts() == before


async def test_direct_message_takes_the_place_of_a_talk_between_people(
    workspace: Workspace,
) -> None:
    """Typed where no app can be, the file goes to the person's own direct message."""
    view = await workspace.open(channel=ANA_AND_BEN)
    assert chosen(view, Place.DESTINATION) == ANA_AND_APP
    assert "nobody else sees the file" in await workspace.said()


async def test_public_channel_is_joined_only_after_export(workspace: Workspace) -> None:
    """The form says that the app will join; looking at the price makes it join nothing."""
    view = await workspace.open(channel=GENERAL)
    assert chosen(view, Place.DESTINATION) == GENERAL
    assert "joins this channel when you press" in await workspace.said()
    assert "conversations.join" not in workspace.counts("slack")


async def test_place_of_the_file_follows_the_setting(tmp_path: Path) -> None:
    """POST_FILE_IN decides what is preselected."""
    async with running(tmp_path, post_file_in="thread") as workspace:
        assert chosen(await workspace.open(), Place.POST) == "thread"
