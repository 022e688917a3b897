"""The processes that a measurement needs, started and ended with it, and what they are told."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from benchmarks.testfile import TEXT_COLUMNS, WORK
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, Part, State
from bot.model.ids import new_delivery_id, new_export_id
from bot.model.project import Project
from bot.model.settings import PostFileIn
from bot.model.specification import WHOLE_SITE, Column, Specification

ROOT = Path(__file__).parents[1]
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class World:
    """Where everything is.

    Attributes:
        host: serves the files of `work/` and takes uploads.
        slack: a Slack that answers at once.
        botify: the local Botify; None where none is needed.
        control: the local Botify's control API.
    """

    host: str
    slack: str
    botify: str | None = None
    control: str | None = None

    def environment(self, data_dir: Path, **more: str) -> dict[str, str]:
        """The settings of a program in this world."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "SLACK_APP_TOKEN": "xapp-bench",
            "SLACK_API_URL": f"{self.slack}/api/",
            "BOTIFY_API_TOKEN": "sandbox-botify-token",
            "BOTIFY_API_URL": self.botify or f"{self.slack}/v1",
            "BOTIFY_DOWNLOAD_HOSTS": self.host.partition("://")[2],
            "DATA_DIR": str(data_dir),
            "LOG_FORMAT": "json",
            **more,
        }


@contextmanager
def world(*, botify: bool = False) -> Iterator[World]:
    """The host and Slack, and a local Botify where it is asked for."""
    WORK.mkdir(exist_ok=True)
    with ExitStack() as stack:
        host = f"http://127.0.0.1:{stack.enter_context(_started('benchmarks.host', str(WORK)))}"
        slack = f"http://127.0.0.1:{stack.enter_context(_started('benchmarks.slack', host))}"
        if not botify:
            yield World(host, slack)
            return
        told = json.loads(
            stack.enter_context(
                _started("sandbox", "--port", "0", "--profile", "test", "--until-eof")
            )
        )
        yield World(host, slack, told["botify_api_url"], told["control"].rstrip("/"))


@contextmanager
def _started(module: str, *arguments: str) -> Iterator[str]:
    """A process of ours, until the end; gives the first line that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def bot(env: dict[str, str], log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The program itself; whoever uses it waits until it is connected."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "run"], cwd=ROOT, env=env, stderr=log
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def ask(url: str, body: Any = None, *, post: bool = False) -> Any:
    """JSON in and out, with one of our processes."""
    data = json.dumps(body or {}).encode() if post or body is not None else None
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:  # noqa: S310 - our own addresses
        return json.load(answer)


def until(look: Any, what: str, seconds: float = READY_SECONDS) -> Any:
    """Look until there is something."""
    last = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > last:
            raise TimeoutError(f"{what}: nothing within {seconds:g} s")
        time.sleep(0.01)
    return seen


def an_export(state: State, *, number: int = 0, **part: Any) -> Export:
    """An export of one part, asked for in order of its number."""
    now = datetime.now(UTC) - timedelta(hours=1) + timedelta(milliseconds=number)
    export_id = new_export_id()
    columns = tuple(
        Column(f"field_{at}", "string" if text else "integer")
        for at, text in enumerate(TEXT_COLUMNS)
    )
    only = Part(
        export_id=export_id,
        rows=WHOLE_SITE,
        rows_expected=1_000_000,
        state=state,
        entered_at=now,
        due_at=now + timedelta(hours=6) if state is State.PROCESSING else now,
        intent_at=now,
        **part,
    )
    return Export(
        id=export_id,
        specification=Specification(
            account="jane.doe",
            project=Project("acme-org", "acme.com"),
            analysis=f"2026{number:06d}",
            columns=columns,
        ),
        preset="essentials",
        rows_expected=1_000_000,
        requested_by="ana",
        requested_at=now,
        finished_at=now if state.ended else None,
        parts=(only,),
    )


def a_delivery(export: Export, *, state: DeliveryState, number: int = 0) -> Delivery:
    """Ana's, with a progress message."""
    return Delivery(
        id=new_delivery_id(),
        export_id=export.id,
        team="T1",
        channel="C1",
        user="U1",
        user_name="ana",
        post_file_in=PostFileIn.CHANNEL,
        state=state,
        entered_at=export.requested_at,
        requested_at=export.requested_at,
        due_at=export.requested_at
        if state is not DeliveryState.ANNOUNCED
        else export.requested_at + timedelta(days=36_500),
        message_channel="C1",
        message_ts=f"1700000000.{number:06d}",
        settled=state.ended,
    )
