"""The program as a forked process: what `botify-export` does, started in a moment.

One process imports everything once and is forked for each start. That saves two seconds of a
processor each time, and changes nothing that a user could see: the arguments, the environment, the
folder, the signals and the exit status are those of a process of its own. That the installed
command starts by itself is tried by the tests of the wheel and of the demo.
"""

import asyncio
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

FORKS = multiprocessing.get_context("forkserver")

TESTS = Path(__file__).parents[1]
SEARCHED = (TESTS / "crash", TESTS / "scenario", TESTS.parent)
"""Where the forked process finds what it is to run: it has no other way to know."""

MODULES = (
    "forks",
    "program",
    "bot.cli",
    "bot.commands",
    "bot.log",
    "bot.app",
    "bot.doctor",
    "bot.terminal",
    "alembic.command",
    "alembic.autogenerate",
    "frozen",
)
"""Imported once, in the process from which all others are forked."""


@cache
def prepare() -> None:
    """Start the process that is forked."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, SEARCHED))
    FORKS.set_forkserver_preload(list(MODULES))
    multiprocessing.forkserver.ensure_running()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


def command(
    arguments: tuple[str, ...], environment: Mapping[str, str], folder: str, out: str, err: str
) -> None:
    """`botify-export ARGUMENTS`, with its output in two files. Runs in a process of its own."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, out), (2, err)):
        stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(stream, number)
        os.close(stream)
    sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = ["botify-export", *arguments]
    importlib.import_module("bot.cli").main()


class Forked:
    """A forked process, waited for without blocking the loop."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        prepare()
        self._process: ForkServerProcess = FORKS.Process(target=target, args=arguments, daemon=True)
        self._process.start()
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.is_set()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    async def ended(self) -> int:
        """Its exit status, once it has ended; negative where a signal ended it."""
        await self._ended.wait()
        assert self._process.exitcode is not None
        return self._process.exitcode

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        if self.alive:
            os.kill(self.pid, number)
