"""How a delivery is divided into files, and what the file's record at Slack means for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from databases import lay_out
from pydantic import SecretStr
from storage_examples import NOW, a_delivery, an_export

from bot.app import assembled
from bot.exports.confirming import after_a_look
from bot.exports.context import Context
from bot.exports.delivery_lifecycle import (
    Event,
    Later,
    NotSeen,
    Seen,
    SeenOne,
    Stored,
    UploadAgain,
)
from bot.exports.division import Divided, divided, division_of
from bot.exports.troubles import Troubles, outlasted
from bot.files.parcels import remove_parcels
from bot.model.delivery import Delivery, DeliveryState, Division, Planned, Upload
from bot.model.errors import InstallationGone, SlackUnreachable
from bot.model.export import Export, State, StoredFile
from bot.model.settings import Settings
from bot.slack.errors import FileMissing, FileUnknown
from bot.slack.messages.comment import upload_comment
from bot.slack.uploads import Share

LIMIT = 4_000
HOUR = timedelta(hours=1)
SEEN = (Upload(1, "F1", "1.1"),)


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    settings = Settings(
        data_dir=lay_out(tmp_path / "data"),
        botify_api_token=SecretStr("xoxo"),
        slack_upload_limit_bytes=LIMIT,
    )
    async with assembled(settings, with_slack=False) as ready:
        yield ready


def limited(context: Context, limit: int) -> Context:
    """The same process with another SLACK_UPLOAD_LIMIT_BYTES, as after a restart."""
    changed = context.settings.model_copy(update={"slack_upload_limit_bytes": limit})
    return replace(context, settings=changed)


def with_rows(folder: Path, rows: int) -> Export:
    """A finished export whose file is far larger than the limit."""
    path = folder / "x.csv"
    path.write_bytes(b"url\n" + b"".join(b"%x\n" % (at * 7919**3) for at in range(rows)))
    export = an_export(State.READY)
    (part,) = export.parts
    file = StoredFile(path, path.stat().st_size, rows, 1)
    return replace(export, parts=(replace(part, file=file),))


def with_seen(export: Export, files: Divided) -> Delivery:
    """A delivery whose first file stands in the channel."""
    return a_delivery(
        export.id, state=DeliveryState.UPLOADING, uploads=SEEN, division=files.division
    )


async def test_another_limit_does_not_divide_a_delivery_anew(
    context: Context, tmp_path: Path
) -> None:
    """Files that stand in the channel and those to come hold every row once."""
    export = with_rows(tmp_path, 2_000)
    first = await divided(context, export, a_delivery(export.id))
    assert len(first.parcels) > 1
    delivery = with_seen(export, first)
    for limit in (LIMIT * 3, LIMIT // 2, 10**9):
        later = await divided(limited(context, limit), export, delivery)
        assert (later.division, later.parcels, later.seen) == (first.division, first.parcels, SEEN)
    before = await divided(limited(context, LIMIT * 3), export, a_delivery(export.id))
    assert len(before.parcels) < len(first.parcels)


async def test_what_cannot_be_divided_as_before_is_sent_again_whole(
    context: Context, tmp_path: Path
) -> None:
    """Another file lies on the disk: no mixture, and each new file says what it replaces."""
    export = with_rows(tmp_path, 2_000)
    delivery = with_seen(export, await divided(context, export, a_delivery(export.id)))
    other = with_rows(tmp_path, 1_000)
    found = await divided(context, other, delivery)
    assert (found.division.anew, found.seen) == (True, ())
    said = upload_comment(other, replace(delivery, division=found.division), number=1, of=2)
    assert "divided differently" in said


async def test_more_uploads_than_files_are_no_error(context: Context, tmp_path: Path) -> None:
    """A delivery from before divisions were stored: where its files do not fit, all are sent."""
    export = with_rows(tmp_path, 2_000)
    old = a_delivery(export.id, state=DeliveryState.UPLOADING, uploads=SEEN)
    assert (await divided(context, export, old)).seen == SEEN
    found = await divided(limited(context, 10**9), export, old)
    assert (found.division.anew, len(found.parcels), found.seen) == (True, 1, ())


async def test_the_record_is_looked_up_without_the_file(context: Context, tmp_path: Path) -> None:
    """A file that is gone from the disk says nothing about the one in the channel."""
    export = with_rows(tmp_path, 2_000)
    first = await divided(context, export, a_delivery(export.id))
    delivery = with_seen(export, first)
    (file,) = [part.file for part in export.parts if part.file]
    remove_parcels(file)
    file.path.unlink()
    assert await division_of(context, export, delivery) == first.division
    with pytest.raises(FileMissing):
        await divided(context, export, delivery)


CONFIRMING = a_delivery(
    "X",
    state=DeliveryState.CONFIRMING,
    intent_at=NOW,
    uploads=(Upload(1, "F1"),),
    division=Division(LIMIT, (Planned("x.csv", 10),)),
)
COMPLETING = replace(CONFIRMING, state=DeliveryState.COMPLETING)
RETRIED = replace(CONFIRMING, intent_at=None)
SHARE = Share("1.1")


@pytest.mark.parametrize(
    ("delivery", "found", "age", "vain", "event"),
    [
        (CONFIRMING, SHARE, 0, 0, Seen),
        (CONFIRMING, None, 60, 60, Later),
        (CONFIRMING, None, 700, 700, NotSeen),
        (CONFIRMING, FileUnknown(), 700, 700, UploadAgain),
        (COMPLETING, None, 60, 60, Later),
        (COMPLETING, None, 200, 200, Stored),
        (COMPLETING, FileUnknown(), 200, 200, UploadAgain),
        (COMPLETING, None, 8 * 3600, 0, Stored),
        (COMPLETING, None, 8 * 3600, 7 * 3600, NotSeen),
        (RETRIED, SHARE, 0, 0, Seen),
        (RETRIED, None, 0, 0, UploadAgain),
        (RETRIED, FileUnknown(), 0, 0, UploadAgain),
    ],
)
def test_what_a_look_means(
    delivery: Delivery, found: Share | FileUnknown | None, age: int, vain: int, event: type[Event]
) -> None:
    """A retry looks once more, then uploads; the time without a process does not count."""
    now = NOW + timedelta(seconds=age)
    since = now - timedelta(seconds=vain)
    assert type(after_a_look(delivery, found, 1, now, 2.0, since, 6 * HOUR)) is event


def test_a_delivery_has_ended_with_its_last_file() -> None:
    """The number of files decides that was stored, not one of today."""
    event = after_a_look(CONFIRMING, SHARE, 2, NOW, 2.0, NOW, 6 * HOUR)
    assert isinstance(event, SeenOne)


def test_the_time_without_a_token_does_not_count() -> None:
    """However long it was: what comes after it has the whole patience again."""
    troubles, bound = Troubles(), 6 * HOUR

    def ends(error: SlackUnreachable | InstallationGone, now: datetime) -> bool:
        return outlasted(error, troubles.since("d", now, error), now, bound)

    assert not ends(InstallationGone(), NOW)
    assert not ends(InstallationGone(), NOW + 100 * HOUR)
    assert not ends(SlackUnreachable(), NOW + 101 * HOUR)
    assert not ends(SlackUnreachable(), NOW + 106 * HOUR)
    assert ends(SlackUnreachable(), NOW + 108 * HOUR)
    troubles.over("d")
    assert not ends(SlackUnreachable(), NOW + 109 * HOUR)
