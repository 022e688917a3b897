"""The typed line: everything in one command, corrected where it is wrong, started with `go`."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from modal_workspace import Workspace, running
from test_modal_choosing import BIGSHOP, TINY, only_export
from test_modal_price import chosen
from test_modal_refusals import problem
from test_modal_reuse import files

from handlers.views.names import CONFIRM_VIEW, OPEN, Place
from sandbox.faults import Fault
from sandbox.slack.world import BEN, GENERAL, SEO, SEO_TEAM


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """The modal over a fresh sandbox."""
    async with running(tmp_path) as found:
        yield found


async def press_open(workspace: Workspace, message: dict[str, Any]) -> None:
    """Press the button of a sentence that offers the form."""
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


async def test_line_opens_the_form_filled_in(workspace: Workspace) -> None:
    """Every word of the line stands in the form, with its price."""
    await workspace.command(
        "https://app.botify.com/acme-org/acme.com fields=code,url depth=3 where=http_code:2xx "
        "where=url:/p analysis=20260628 to=#seo-team"
    )
    view = await workspace.top()
    assert chosen(view, Place.ANALYSIS) == "20260628"
    assert chosen(view, Place.FIELDS) == ["http_code", "url"]
    assert chosen(view, Place.PRESET) == "custom"
    assert chosen(view, Place.ROWS) == "depth:3"
    assert chosen(view, Place.HTTP_CODE) == "2"
    assert chosen(view, Place.URL_CONTAINS) == "/p"
    assert chosen(view, Place.DESTINATION) == SEO_TEAM
    said = await workspace.said()
    assert "Only: HTTP code 2xx and URL contains /p" in said
    assert "*depth 3*" in said
    assert await workspace.exports() == 0


async def test_preset_with_fields(workspace: Workspace) -> None:
    """Typed fields come first, then those of the preset."""
    await workspace.command(f"{TINY} preset=performance fields=title")
    fields = chosen(await workspace.top(), Place.FIELDS)
    assert fields[:2] == ["metadata.title.content", "url"]
    assert "delay_last_byte" in fields


async def test_latest_goes_before_the_link(workspace: Workspace) -> None:
    """`analysis=latest` means the newest that has finished."""
    link = "https://app.botify.com/acme-org/acme.com?analysisSlug=20260607"
    await workspace.command(f"{link} analysis=latest")
    assert chosen(await workspace.top(), Place.ANALYSIS) == "20260705-2"


async def test_link_may_come_later(workspace: Workspace) -> None:
    """Words without a link wait for it."""
    await workspace.command("preset=links depth=1")
    await workspace.choose(Place.LINK, TINY)
    view = await workspace.top()
    assert chosen(view, Place.PRESET) == "links"
    assert chosen(view, Place.ROWS) == "depth:1"


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        (f"{TINY} presett=links", f"/botify-export {TINY} preset=links"),
        (f"{TINY} preset=link5", f"/botify-export {TINY} preset=link"),
        (f"{TINY} depth=three go", f"/botify-export {TINY} depth=3 go"),
        (f"{TINY} where=status:404", f"/botify-export {TINY} where=http_code:4xx"),
    ],
)
async def test_mistake_is_answered_with_the_corrected_line(
    workspace: Workspace, typed: str, corrected: str
) -> None:
    """Only the person who typed sees it; nothing opens and nothing starts."""
    answer = await workspace.command(typed)
    assert corrected in answer["ack"]["text"]
    assert answer["ack"].get("response_type", "ephemeral") == "ephemeral"
    assert (await workspace.state())["views"] == []
    assert await workspace.exports() == 0


async def test_typed_field_that_there_is_not_is_said_in_the_form(workspace: Workspace) -> None:
    """Which fields there are is known when Botify has answered; then the form says it."""
    await workspace.command(f"{TINY} fields=url,http_kode")
    assert "Did you mean http_code?" in await problem(workspace, Place.FIELDS)


async def test_channel_that_slack_did_not_recognise(workspace: Workspace) -> None:
    """A name that is no channel leads to the menu, with a sentence."""
    await workspace.command(f"{TINY} to=#no-such-channel")
    assert "#no-such-channel" in await problem(workspace, Place.DESTINATION)
    assert chosen(await workspace.top(), Place.DESTINATION) is None


async def test_depth_over_the_limit_is_explained(workspace: Workspace) -> None:
    """A typed depth that does not fit is shown as chosen, with what can be done."""
    await workspace.command(f"{BIGSHOP} depth=9")
    said = await workspace.said()
    assert "Depths 0 to 9 hold" in said
    assert "The largest depth that fits is 3." in said
    assert chosen(await workspace.top(), Place.ROWS) == "depth:9"


async def test_help_shows_examples(workspace: Workspace) -> None:
    """Every word there is stands in the help."""
    answer = await workspace.command("help")
    for word in ("preset=links", "fields=", "depth=3", "where=http_code:4xx", "to=#seo", "`go`"):
        assert word in answer["ack"]["text"]


async def test_go_starts_at_once(workspace: Workspace) -> None:
    """Under the threshold nothing is asked: the export runs, and the person is told."""
    await workspace.command(f"{TINY} preset=links depth=1 go")
    assert (await workspace.state())["views"] == []
    (said,) = await workspace.ephemeral()
    assert "has started" in said["text"]
    assert f"<#{SEO}>" in said["text"]
    export = await only_export(workspace)
    assert (export.preset, export.rows_expected) == ("links", 5)
    await files(workspace, SEO, 1)


async def test_go_delivered_again_is_one_export(workspace: Workspace) -> None:
    """Slack sends a command again whose acknowledgement was lost."""
    await workspace.command(f"{TINY} go")
    for _ in range(3):
        await workspace.control("redeliver")
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 1)


async def test_go_takes_what_is_paid_already(workspace: Workspace) -> None:
    """The finished file comes at once, for nothing, and that is said."""
    await workspace.command(f"{TINY} go")
    await files(workspace, SEO, 1)
    workspace.user = BEN
    await workspace.command(f"{TINY} go", channel=GENERAL)
    (said,) = await workspace.ephemeral()
    assert "No credits are used" in said["text"]
    assert (await workspace.exports(), await workspace.deliveries()) == (1, 2)


async def test_go_over_the_threshold_asks_again(workspace: Workspace) -> None:
    """A large export is never started by a typed word: the second question opens by a button."""
    await workspace.command(f"{BIGSHOP} go")
    (said,) = await workspace.ephemeral()
    assert "303,560 credits" in said["text"]
    assert await workspace.exports() == 0
    await press_open(workspace, said)
    assert (await workspace.top())["callback_id"] == CONFIRM_VIEW
    await workspace.submit()
    assert await workspace.exports() == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("https://app.botify.com/acme-org/nosuch.example go", "does not know the project"),
        (f"{TINY} fields=url,http_kode go", "Did you mean http_code?"),
        (f"{TINY} analysis=20200101 go", "has no analysis 20200101"),
        (f"{TINY} to=#leadership go", "/invite @"),
        (f"{TINY} to=#no-such-channel go", "does not know a channel #no-such-channel"),
        (f"{TINY} to=@ben go", "No app can be in a message between people"),
        (f"{TINY} where=url:nowhere go", "no URLs"),
        (f"{TINY} preset=link go", "names no columns"),
        ("https://app.botify.com/acme-org/flat.example go", "Depth 0 alone holds"),
    ],
)
async def test_go_that_cannot_start_says_why(workspace: Workspace, line: str, words: str) -> None:
    """The reason, and a button that opens the form where it can be put right."""
    await workspace.command(line)
    (said,) = await workspace.ephemeral()
    assert said["text"].startswith("Not started: ")
    assert words in said["text"]
    assert await workspace.exports() == 0
    await press_open(workspace, said)
    assert (await workspace.top())["blocks"][0]["block_id"] == Place.LINK


async def test_an_id_in_the_answer_to_go_is_in_the_log(workspace: Workspace) -> None:
    """A line that Botify refuses: the id that the person reads has one line, with its code."""
    refuse = Fault(service="botify", method="*", action="status", status=401, count=None)
    workspace.sandbox.faults.add(refuse)
    with structlog.testing.capture_logs() as logged:
        await workspace.command(f"{TINY} go")
    (said,) = await workspace.ephemeral()
    assert said["text"].startswith("Not started: Botify does not accept the API token.")
    (shown,) = set(re.findall(r"E-\w{6}", said["text"]))
    (line,) = [line for line in logged if line.get("error_id") == shown]
    assert line["cause"] == "token_refused"
    assert "BOTIFY_API_TOKEN" in line["advice"]


async def test_go_cuts_nothing_that_nobody_asked_to_cut(tmp_path: Path) -> None:
    """A site over the limit is not started without a word about its depth."""
    async with running(tmp_path, botify_row_limit=8) as workspace:
        await workspace.command(f"{TINY} go")
        (said,) = await workspace.ephemeral()
        assert "7 rows would be left out" in said["text"]
        assert await workspace.exports() == 0
        await workspace.command(f"{TINY} depth=1 go")
        assert await workspace.exports() == 1


async def test_go_names_the_fields_that_are_left_out(workspace: Workspace) -> None:
    """A preset that an analysis does not have whole is started, and said."""
    project = {"project": "lacking.example", "depths": [1, 9], "lacks": ["sitemaps.present"]}
    workspace.sandbox.control.seed({"botify": {"projects": [project]}})
    link = "https://app.botify.com/acme-org/lacking.example"
    await workspace.command(f"{link} preset=indexability go")
    (said,) = await workspace.ephemeral()
    assert "does not have it: sitemaps.present" in said["text"]
    assert await workspace.exports() == 1


async def test_go_without_a_link_opens_the_form(workspace: Workspace) -> None:
    """There is nothing to start yet."""
    await workspace.command("preset=links go")
    assert (await workspace.top())["blocks"][0]["block_id"] == Place.LINK
