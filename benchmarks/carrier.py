"""A process that carries files the way it is told, warm: time and memory are taken inside it.

    python -m benchmarks.carrier ours|naive

For each line `STEP URL` of standard input it does the step once and prints a line of JSON with
the `seconds` it took and the `peak` memory above that of the idle process, in bytes. The steps
are `file` (to a guarded, counted file on disk) and `way` (to a stored upload).
"""

import asyncio
import contextlib
import csv
import gc
import gzip
import io
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.testfile import TEXT_COLUMNS, WORK
from benchmarks.world import a_delivery, an_export
from bot.app import assembled
from bot.exports.context import Context
from bot.exports.division import divided
from bot.exports.fetching import fetch
from bot.files.parcels import remove_parcels
from bot.model.delivery import DeliveryState
from bot.model.export import Export, State
from bot.model.settings import Settings
from bot.slack import uploads
from storage import exports

Step = Callable[[str], Awaitable[object]]

GUARDED = ("=", "+", "-", "@", "\t", "\r")


async def ours(stack: AsyncExitStack) -> dict[str, Step]:
    """The program's own way, with its database and its records."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(dir=WORK))
    settings = Settings(data_dir=Path(folder))
    context = await stack.enter_async_context(assembled(settings, with_slack=True))

    async def file(url: str) -> Export:
        export = an_export(State.DOWNLOADING, download_url=url, job_id="1")
        lease_until = datetime.now(UTC) + timedelta(hours=1)
        async with context.database.write() as connection:
            await exports.add(connection, export, owner=context.owner, lease_until=lease_until)
        part = await fetch(context, export, export.parts[0], threading.Event())
        if part.file is None:
            raise RuntimeError(part.failure)
        return replace(export, parts=(part,))

    async def way(url: str) -> Export:
        export = await file(url)
        await _upload(context, export)
        return export

    return {"file": file, "way": way}


async def _upload(context: Context, export: Export) -> None:
    assert context.slack is not None  # noqa: S101 - assembled with it
    clients = context.slack.clients
    delivery = a_delivery(export, state=DeliveryState.ANNOUNCED)
    for parcel in (await divided(context, export, delivery)).parcels:
        reservation = await uploads.reserve(clients, parcel.name, parcel.bytes)
        await uploads.send(reservation.upload_url, parcel.path, parcel.bytes, lambda _sent: None)
        await uploads.complete(clients, reservation.file_id, parcel.name, "C1", "Here it is.")


async def naive(_stack: AsyncExitStack) -> dict[str, Step]:
    """What one writes first: everything in memory, with the usual modules."""
    settings = Settings()
    assert settings.slack_bot_token is not None  # noqa: S101 - in the environment
    token = settings.slack_bot_token.get_secret_value()
    slack = AsyncWebClient(token=token, base_url=str(settings.slack_api_url), timeout=300)

    async def way(url: str) -> None:
        async with httpx.AsyncClient(timeout=300) as client:
            packed = (await client.get(url)).content
        text = gzip.decompress(packed).decode()
        target = io.StringIO()
        writer = csv.writer(target)
        for row in csv.reader(io.StringIO(text, newline="")):
            writer.writerow(
                f"'{cell}" if is_text and cell.startswith(GUARDED) else cell
                for cell, is_text in zip(row, TEXT_COLUMNS, strict=True)
            )
        await slack.files_upload_v2(channel="C1", filename="x.csv", content=target.getvalue())

    return {"way": way}


def peak() -> int:
    """The most memory that the process has held since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def forget_peak() -> None:
    """Linux: the peak is what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


def _tidy(done: object) -> None:
    """What a run leaves on the disk is not measured."""
    if isinstance(done, Export) and done.parts[0].file is not None:
        remove_parcels(done.parts[0].file)
        done.parts[0].file.path.unlink()


async def main(kind: str) -> None:
    """Work until standard input ends; the program's log goes to standard error."""
    async with AsyncExitStack() as stack:
        answers = sys.stdout
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        steps = await {"ours": ours, "naive": naive}[kind](stack)
        gc.collect()
        forget_peak()
        idle = peak()
        while line := await asyncio.to_thread(sys.stdin.readline):
            step, url = line.split()
            forget_peak()
            began = time.perf_counter()
            done = await steps[step](url)
            seconds = time.perf_counter() - began
            print(json.dumps({"seconds": seconds, "peak": peak() - idle}), file=answers, flush=True)
            _tidy(done)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
