"""Into which files a delivery is divided, and the files themselves.

While nothing stands in the channel the limit of today decides. From the first file on the division
is kept, whatever the settings say meanwhile: files of two divisions together would lose rows or
give them twice. Where it cannot be kept, all files are sent again, and each of them says so.
"""

import asyncio
from dataclasses import dataclass

import structlog

from bot.exports.context import Context
from bot.exports.retention import make_room
from bot.exports.threads import in_daemon_thread
from bot.files.parcels import Parcel, parcels_of
from bot.model.delivery import Delivery, Division, Planned, Upload
from bot.model.errors import DiskFull
from bot.model.export import Export, StoredFile
from bot.slack.errors import FileMissing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Divided:
    """A delivery's files.

    Attributes:
        division: what is stored.
        parcels: the files on our disk, in the order of the division.
        seen: the uploads that stand in the channel and belong to the division.
    """

    division: Division
    parcels: tuple[Parcel, ...]
    seen: tuple[Upload, ...]


def seen_of(delivery: Delivery) -> tuple[Upload, ...]:
    """The uploads that were seen in the channel."""
    return tuple(one for one in delivery.uploads if one.share_ts is not None)


async def divided(context: Context, export: Export, delivery: Delivery) -> Divided:
    """The files of a delivery: as before, as soon as one of them stands in the channel.

    Raises:
        DiskFull: there is no room to pack a file that is too large for Slack.
        ContentRefused: a row alone is too large for Slack.
        FileMissing: a file is no longer there.
        PackingStopped: the process ends.
    """
    seen, known = seen_of(delivery), delivery.division
    limit = context.settings.slack_upload_limit_bytes
    if not seen:
        parcels = await _parcels(context, export, limit)
        return Divided(Division(limit, _planned(parcels)), parcels, ())
    parcels = await _parcels(context, export, known.limit if known else limit)
    files = _planned(parcels)
    if known is not None and known.files == files:
        return Divided(known, parcels, seen)
    if known is None and len(seen) < len(files):  # from before divisions were stored
        return Divided(Division(limit, files), parcels, seen)
    log.warning(
        "A delivery cannot go on as it was divided; all its files are sent again.",
        action="divided_anew",
        export_id=export.id,
        delivery_id=delivery.id,
        seen=len(seen),
    )
    parcels = await _parcels(context, export, limit)
    return Divided(Division(limit, _planned(parcels), anew=True), parcels, ())


async def division_of(context: Context, export: Export, delivery: Delivery) -> Division:
    """Into which files a delivery with uploads is divided; the disk is not needed for that.

    Raises:
        ProductError: as `divided`, of a delivery from before divisions were stored.
    """
    if delivery.division is not None:
        return delivery.division
    limit = context.settings.slack_upload_limit_bytes
    return Division(limit, _planned(await _parcels(context, export, limit)))


def _planned(parcels: tuple[Parcel, ...]) -> tuple[Planned, ...]:
    return tuple(Planned(parcel.name, parcel.bytes) for parcel in parcels)


async def _parcels(context: Context, export: Export, limit: int) -> tuple[Parcel, ...]:
    """The files to send, in order: the same ones each time it is asked."""
    parcels: list[Parcel] = []
    for part in export.parts:
        if part.file is not None:
            lock = context.packing.setdefault(part.file.path, asyncio.Lock())
            async with lock:
                parcels += await _parcels_of(context, part.file, limit)
    return tuple(parcels)


async def _parcels_of(context: Context, file: StoredFile, limit: int) -> tuple[Parcel, ...]:
    async def made() -> tuple[Parcel, ...]:
        return await in_daemon_thread(
            lambda: parcels_of(file, limit, context.stopping.is_set), f"pack-{file.path.name}"
        )

    try:
        try:
            return await made()
        except DiskFull:
            if not await make_room(context, file.bytes):
                raise
            return await made()
    except FileNotFoundError as error:
        raise FileMissing from error
