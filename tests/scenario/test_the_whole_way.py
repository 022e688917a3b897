"""From `/botify-export` to the CSV in the channel, with the real program."""

import asyncio
import csv
import io
import json

from stage import ACME, TINY, Stage

from sandbox.slack.world import BEN, GENERAL, SEO_TEAM

GUARDED = ("=", "+", "-", "@", "\t", "\r")


def guarded(raw: bytes) -> list[list[str]]:
    """What a CSV should hold after the guard, where every column is text."""
    rows = csv.reader(io.StringIO(raw.decode(), newline=""))
    return [[f"'{cell}" if cell.startswith(GUARDED) else cell for cell in row] for row in rows]


def cells(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode(), newline="")))


async def test_a_link_becomes_a_csv_in_the_channel(stage: Stage) -> None:
    """One command and one press: one job, one message, one file, the exact bytes, a mention."""
    await stage.start_bot()
    await stage.export()
    (file,) = await stage.delivered()
    progress, upload = await stage.messages()
    (job,) = await stage.jobs()
    content = await stage.download(file)
    assert cells(content) == guarded(await stage.expected(str(job["job_id"])))
    assert len(cells(content)) == 48_211 + 1
    assert file["name"].startswith("acme.com_20260705-2_essentials_all_")
    assert file["name"].endswith(".csv")
    assert f"<@{stage.user}>" in upload["text"], "an edit notifies nobody, the file's comment does"
    said = json.dumps(progress, ensure_ascii=False)
    for fact in ("48,211", "whole site", "acme-org/acme.com/20260705-2", file["name"]):
        assert fact in said
    slack = stage.counts("slack")
    assert slack["chat.postMessage"] == 1
    assert slack["files.completeUploadExternal"] == 1
    assert stage.counts()["POST /jobs"] == 1


async def test_the_file_goes_into_the_thread_where_that_is_chosen(stage: Stage) -> None:
    """The person's choice under *Post the file* wins over the setting."""
    await stage.start_bot()
    await stage.export(TINY, post="thread")
    await stage.delivered()
    progress, upload = await stage.messages()
    assert upload["thread_ts"] == progress["ts"]
    assert upload["files"]


async def test_a_public_channel_is_joined_only_after_export_is_pressed(stage: Stage) -> None:
    """Looking at the price changes nothing; delivering into #general makes the app join it."""
    await stage.start_bot()
    await stage.open(TINY)
    await stage.choose("destination", GENERAL)
    assert "conversations.join" not in stage.counts("slack")
    assert (await stage.submit())["ok"]
    assert await stage.delivered(channel=GENERAL)
    assert stage.counts("slack")["conversations.join"] == 1


async def test_a_command_between_two_people_ends_in_the_direct_message(stage: Stage) -> None:
    """Where no app can be, the person's own conversation with the app is proposed and used."""
    await stage.start_bot()
    between = next(
        channel["id"] for channel in (await stage.state())["channels"] if channel["kind"] == "im"
    )
    await stage.export(TINY, channel=between)
    direct = next(
        channel["id"]
        for channel in (await stage.state())["channels"]
        if channel["kind"] == "im" and channel["app_is_member"]
    )
    assert await stage.delivered(channel=direct)


async def test_two_exports_at_once_do_not_disturb_each_other(stage: Stage) -> None:
    """Two people, two projects: two jobs, two messages, two files, each with its own content."""
    await stage.start_bot()
    await stage.switch(job_polls=6)
    await stage.export(ACME)
    await stage.export(TINY, user=BEN, channel=SEO_TEAM)
    stage.user = BEN
    (first,), (second,) = await asyncio.gather(stage.delivered(), stage.delivered(channel=SEO_TEAM))
    assert first["name"].startswith("acme.com_")
    assert second["name"].startswith("tiny.example_")
    assert len(cells(await stage.download(second))) == 13
    assert stage.counts()["POST /jobs"] == 2


async def test_the_same_submission_twice_is_one_export(stage: Stage) -> None:
    """Slack delivers again what was acknowledged late; the second one changes nothing."""
    await stage.start_bot()
    await stage.export(TINY)
    await stage.control("slack/redeliver", {})
    await stage.delivered()
    await stage.export(TINY, user=BEN)
    await stage.delivered(2)
    assert stage.counts("slack")["chat.postMessage"] == 2
    assert len(await stage.files()) == 2


async def test_a_closed_modal_leaves_nothing_behind(stage: Stage) -> None:
    """Closing at any time is harmless, also while Botify is being asked."""
    await stage.start_bot()
    await stage.fault("botify", "POST /projects/{org}/{project}/query", "slow", seconds=0.3)
    answer = await stage.do("command", channel=stage.channel, text=f"/botify-export {ACME}")
    assert answer["ok"]

    async def opened() -> dict[str, object] | None:
        return await stage.view()

    view = await stage.until(opened)
    await stage.do("close", view_id=view["id"])
    await stage.open(TINY)
    view = await stage.until(opened)
    await stage.do("close", view_id=view["id"])
    await stage.export(TINY)
    await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1
    assert "Traceback" not in stage.bots[0].log
