"""The dialogue with the person at the terminal: what they are told, asked, and when they stop it.

Everything for people goes to standard error; standard output belongs to programs.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.outcome import Stopped

Answer = TypeVar("Answer")

Show = Callable[[str, float | None], None]
"""Shows a stage, and how much of it is done in percent, where that is known."""


class Dialogue:
    """One command's dialogue.

    Args:
        stopped: set when the person, or the system, wants the command to end.
    """

    def __init__(self, stopped: asyncio.Event) -> None:
        self.stopped = stopped
        self._console = Console(stderr=True)

    def say(self, line: str) -> None:
        """A line as it is: names of files and foreign text are no markup, and are not broken."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    async def ask(self, question: str) -> bool | None:
        """Whether they agree; no answer at all (Ctrl-D) is a no. None without a terminal.

        Raises:
            Stopped: before they answered.
        """
        if not sys.stdin.isatty():
            return None
        self._console.print(f"{question} [y/N] ", end="", markup=False, highlight=False)
        try:
            answer = await self.unless_stopped(_line())
        except Stopped:
            self.say("")
            raise
        if not answer:
            self.say("")
        return answer.strip().casefold() in ("y", "yes")

    async def unless_stopped(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """What the work gives, unless the command is stopped before.

        Raises:
            Stopped: it was; the work has been cancelled.
        """
        doing = asyncio.ensure_future(work)
        waiting = asyncio.ensure_future(self.stopped.wait())
        try:
            await asyncio.wait((doing, waiting), return_when=asyncio.FIRST_COMPLETED)
            if self.stopped.is_set():
                raise Stopped
            return await doing
        finally:
            for task in (doing, waiting):
                task.cancel()
            await asyncio.gather(doing, waiting, return_exceptions=True)

    @contextmanager
    def progress(self) -> Iterator[Show]:
        """A bar where somebody can watch it; elsewhere one line for each change of the stage."""
        if not self._console.is_interactive:
            yield _in_lines()
            return
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        ) as bar:
            task = bar.add_task("", total=None)

            def show(stage: str, done: float | None) -> None:
                total = None if done is None else 100
                bar.update(task, description=stage, total=total, completed=done or 0)

            yield show


def _in_lines() -> Show:
    last = ""

    def show(stage: str, _done: float | None) -> None:
        nonlocal last
        if stage == last:
            return
        last = stage
        with suppress(OSError):  # nobody reads any more: no reason to end what is being paid
            sys.stderr.write(f"{stage}\n")
            sys.stderr.flush()

    return show


async def _line() -> str:
    """The next line of standard input; no thread waits for it, so that nothing holds up the end."""
    loop = asyncio.get_running_loop()
    there = asyncio.Event()
    loop.add_reader(sys.stdin, there.set)
    try:
        await there.wait()
        return sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin)
