"""From Botify's file host to a finished CSV on our disk.

The transfer, the unpacking and the cell guard run together in one worker thread, so the event
loop stays free and memory stays constant whatever the size. A broken transfer goes on where it
stopped when the host supports it; what is not whole is never kept.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.botify.downloads import Download, open_download
from bot.exports.context import Context, Figures
from bot.exports.creation import deadline
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_part, subject_of
from bot.exports.part_lifecycle import Broke, Event, Failed, Fetched, Refresh
from bot.exports.retention import make_room
from bot.exports.threads import in_daemon_thread
from bot.files import room
from bot.files.folder import path_of
from bot.files.intake import Intake
from bot.files.naming import file_name
from bot.model.errors import (
    DiskFull,
    DownloadFailed,
    FileBroken,
    FileGone,
    ProductError,
    Repeat,
)
from bot.model.export import Export, Part, StoredFile
from bot.model.failure import failure_of
from bot.model.limits import DOWNLOAD_TRIES

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0
"""Before a broken transfer is tried again; longer with each try."""

REPORT_SECONDS = 0.25
"""Between two notes of the bytes received: figures for people need no more."""


ROOM_SECONDS = 10.0
"""Before a file that has no room beside other transfers is looked at again."""

_UNEXPECTED = "Something unexpected happened while the file was fetched."


class Interrupted(Exception):
    """The process is stopping; the download is begun anew after the restart."""


def after_a_break(
    part: Part, error: ProductError, tries: int, now: datetime, last: datetime
) -> Event:
    """What a download that did not succeed means.

    A file that the host no longer has is asked for again, once, through its job: the address may
    have expired. Everything else that may be repeated is, at most three times in all.

    Args:
        part: in `downloading`.
        error: the cause.
        tries: requests for the file so far, this one included.
        now: the time.
        last: the deadline of the job, if it is asked again.
    """
    if isinstance(error, FileGone) and not part.refreshed:
        return Refresh(due_at=last)
    repeatable = isinstance(error, DownloadFailed) and error.repeat is not Repeat.DONE
    if repeatable and not isinstance(error, FileGone) and tries < DOWNLOAD_TRIES.value:
        return Broke(tries=tries, due_at=now + timedelta(seconds=PAUSE_SECONDS * tries))
    return Failed(failure_of(error))


async def fetch(context: Context, export: Export, part: Part, stopping: threading.Event) -> Part:
    """Work for a part in `downloading`."""
    many = len(export.parts)
    name = file_name(
        replace(export.specification, rows=part.rows),
        export.preset,
        export.id,
        part=part.number if many > 1 else None,
        of=many if many > 1 else None,
    )
    target = path_of(context.settings.data_dir.absolute(), export.specification, name)
    transfer = _Transfer(context, export, part, target, stopping)
    try:
        stored = await perform(
            context,
            Effect.FETCH_FILE,
            subject_of(part),
            in_daemon_thread(transfer.run, f"fetch-{export.id}"),
        )
    except Interrupted:
        raise
    except Exception as cause:  # noqa: BLE001 - whatever it is, the file is not fetched for ever
        error = _told(cause, export, transfer)
        event = after_a_break(part, error, transfer.tries, context.now(), deadline(context))
        if isinstance(error, DiskFull):
            event = await _with_room(context, part, transfer) or event
        return await record_part(context, part, event)
    return await record_part(context, part, Fetched(stored))


async def _with_room(context: Context, part: Part, transfer: "_Transfer") -> Event | None:
    """When a file that found no room is tried again; None when nothing will make room for it."""
    if transfer.tries < DOWNLOAD_TRIES.value and await make_room(context, transfer.wanted):
        return Broke(tries=transfer.tries, due_at=context.now())
    if transfer.refused and room.claimed():  # others are at work, and will leave or free some
        return Broke(tries=part.tries, due_at=context.now() + timedelta(seconds=ROOM_SECONDS))
    return None


def _told(cause: Exception, export: Export, transfer: "_Transfer") -> ProductError:
    """The cause as an error for people, written to the log; a mistake of ours with its trace."""
    error = cause if isinstance(cause, ProductError) else DownloadFailed(_UNEXPECTED)
    log.warning(
        "A download did not succeed.",
        action="download_broke",
        export_id=export.id,
        tries=transfer.tries,
        cause=error.code,
        error_id=error.error_id,
        **({"detail": error.detail} if isinstance(error, FileBroken) and error.detail else {}),
        **({} if error is cause else {"exc_info": cause}),
    )
    return error


class _Transfer:
    """In a worker thread: the whole way of one file, resumed where the connection broke.

    Attributes:
        tries: requests for the file, those of earlier transfers included.
        wanted: about how many bytes the file takes on the disk, once that can be said.
        refused: whether there was no room for it before anything was written.
    """

    def __init__(
        self,
        context: Context,
        export: Export,
        part: Part,
        target: Path,
        stopping: threading.Event,
    ) -> None:
        self._context, self._export, self._part = context, export, part
        self._target = target
        self._stopping = stopping
        self.tries = part.tries
        self.wanted = 0
        self.refused = False
        self._hours = context.settings.export_deadline_hours
        self._last = time.monotonic() + self._hours * 3600
        self._received = 0
        self._validator: str | None = None
        self._total: int | None = None

    def run(self) -> StoredFile:
        """Fetch it.

        Raises:
            DownloadFailed: or one of its kinds; nothing is left on the disk.
            DiskFull: there is no room.
            DiskRefused: the folder cannot be used.
            Interrupted: the process is stopping.
        """
        self.tries += 1
        columns = self._export.specification.columns
        with (
            ExitStack() as held,
            Intake(
                self._target,
                text_columns=tuple(column.is_text for column in columns),
                guard=self._export.guard,
            ) as intake,
        ):
            try:
                self._receive_all(intake, held)
            except DiskFull:
                self.wanted = max(self.wanted, 2 * intake.written)
                raise
            return replace(intake.finish(), preview=intake.preview)

    def _receive_all(self, intake: Intake, held: ExitStack) -> None:
        """Receive until the transfer is whole, going on where it was cut."""
        while True:
            try:
                self._receive(intake, held)
            except _Cut as cut:
                if self.tries >= DOWNLOAD_TRIES.value or self._validator is None:
                    raise cut.error from None
                self._stopping.wait(PAUSE_SECONDS * self.tries)
                self.tries += 1
            else:
                return

    def _receive(self, intake: Intake, held: ExitStack) -> None:
        """Feed the intake until the transfer is whole; `_Cut` where it can be resumed."""
        with ExitStack() as stack:
            download = self._opened(stack)
            if self._received and not download.resumed:
                raise FileBroken("The connection broke, and the file host cannot resume the file.")
            self._validator, self._total = download.validator, download.total
            meter = _Meter(self._context.figures, self._export, self._part, download.total)
            chunks = iter(download.chunks)
            while (chunk := self._next(chunks)) is not None:
                if not self._received:
                    self._claim_room(intake, held, chunk)
                intake.feed(chunk)
                self._received += len(chunk)
                meter.show(self._received)
            meter.show(self._received, now=True)

    def _opened(self, stack: ExitStack) -> Download:
        """Ask for the file, or for what is missing of it."""
        assert self._part.download_url is not None  # noqa: S101 - in `downloading` it is known
        asked = open_download(
            self._part.download_url,
            allowed_hosts=self._context.settings.botify_download_hosts,
            offset=self._received,
            validator=self._validator,
            total=self._total,
        )
        try:
            return stack.enter_context(asked)
        except DownloadFailed as error:
            if self._received and type(error) is DownloadFailed:  # the host has some trouble
                raise _Cut(error) from error
            raise

    def _claim_room(self, intake: Intake, held: ExitStack, first: bytes) -> None:
        """Before anything is written; what turns out larger meets a full disk on its way."""
        cells = (self._part.rows_expected or 0) * len(self._export.specification.columns)
        self.wanted = room.bytes_of(self._total, first, cells)
        data_dir = self._context.settings.data_dir
        try:
            held.enter_context(room.claim(data_dir, self.wanted, lambda: intake.written))
        except DiskFull:
            self.refused = True
            raise

    def _next(self, chunks: Iterator[bytes]) -> bytes | None:
        if self._stopping.is_set():
            raise Interrupted
        if time.monotonic() > self._last:  # a host that drips would never be silent for too long
            raise DownloadFailed(
                f"The file did not arrive within {self._hours:g} hours.", repeat=Repeat.DONE
            )
        try:
            return next(chunks, None)
        except DownloadFailed as error:
            raise _Cut(error) from error


class _Cut(Exception):
    """The connection broke after some bytes; a host with a validator lets us go on there."""

    def __init__(self, error: DownloadFailed) -> None:
        super().__init__(str(error))
        self.error = error


class _Meter:
    """Notes the bytes received, not more often than people can see."""

    def __init__(self, figures: Figures, export: Export, part: Part, total: int | None) -> None:
        self._figures, self._total = figures, total
        self._export_id, self._part, self._of = export.id, part.number, len(export.parts)
        self._shown = 0.0

    def show(self, received: int, *, now: bool = False) -> None:
        """Note that so many bytes have come."""
        moment = time.monotonic()
        if now or moment - self._shown >= REPORT_SECONDS:
            self._shown = moment
            state = (received, self._total)
            self._figures.note_transfer(self._export_id, self._part, self._of, state)
