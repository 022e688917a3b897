"""The program of the crash tests: the real one, with observers that pull the plug.

It is forked from a process that has imported everything once, so that a start costs a tenth of a
second instead of two; what follows is what `botify-export run` does.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import serve, utc_now
from bot.exports.context import Moment
from bot.log import start_log
from bot.model.errors import ProductError
from bot.model.settings import read_settings

ANY = "*"
STARTED = "started"
"""Stands in the list of points where a process began."""


@dataclass(frozen=True)
class Plug:
    """Where the program kills itself: the n-th time that it comes to a point.

    Attributes:
        name: of a transaction (an event) or an effect; `*` counts all of them.
        moment: before or after.
        nth: from 1.
        effect: whether it is an effect; some names are both. None is either.
        sleep: stop there instead (SIGSTOP), until somebody wakes it.
    """

    name: str
    moment: str = ANY
    nth: int = 1
    effect: bool | None = None
    sleep: bool = False


def main(environment: Mapping[str, str], folder: str, log: str, plug: Plug | None) -> None:
    """Serve until SIGTERM or the plug. Runs in a process of its own."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(stream, 1)
    os.dup2(stream, 2)
    sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    settings = read_settings()
    start_log(settings.log_format, settings.secrets(), level=logging.INFO)
    pull = _Pull(plug, Path(folder, "points.jsonl"))
    try:
        asyncio.run(
            serve(
                settings,
                transactions=pull.at(effect=False),
                effects=pull.at(effect=True),
                now=shifted(Path(folder, "clock")),
            )
        )
    except ProductError as error:
        print(error, file=sys.stderr)  # noqa: T201 - as the command line does it
        sys.exit(2)


SPEED = 10
"""The program's clock runs so much faster: three seconds between two edits take 0.3."""

BEGINNING = utc_now()
"""When the process was made from which all bots are forked: their clocks agree."""


def shifted(file: Path) -> Callable[[], datetime]:
    """A fast clock, moved on by the seconds that stand in a file when a test says so."""

    def now() -> datetime:
        ahead = float(file.read_text()) if file.exists() else 0.0
        return utc_now() + (utc_now() - BEGINNING) * (SPEED - 1) + timedelta(seconds=ahead)

    return now


class _Pull:
    """Notes every point on its way, and kills the process at one of them."""

    def __init__(self, plug: Plug | None, points: Path) -> None:
        self._plug = plug
        self._points = points.open("a", buffering=1)
        self._points.write(json.dumps([STARTED, "", "", False]) + "\n")
        self._met = 0

    def at(self, *, effect: bool) -> Callable[[str, Moment, str], None]:
        def observe(name: str, moment: Moment, subject: str) -> None:
            self._points.write(json.dumps([name, moment, subject, effect]) + "\n")
            plug = self._plug
            if (
                plug is not None
                and plug.name in (ANY, name)
                and plug.moment in (ANY, moment)
                and plug.effect in (None, effect)
            ):
                self._met += 1
                if self._met == plug.nth:
                    os.kill(os.getpid(), signal.SIGSTOP if plug.sleep else signal.SIGKILL)

        return observe
