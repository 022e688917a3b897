"""Work that goes on after an acknowledgement: held, so that its errors reach somebody."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from bot.log import log_error
from bot.model.errors import ProductError

log = structlog.get_logger(__name__)

Tell = Callable[[ProductError], Awaitable[None]]
"""Tells the person what went wrong."""


class Background:
    """The tasks of one process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, name: str, tell: Tell) -> None:
        """Begin; an error goes to the log and, with the same id, to the person."""
        task = asyncio.create_task(_watched(work, name, tell), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # ended before its first step, it is left

    async def settle(self) -> None:
        """Wait until nothing is going on."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """End everything. What a person was told will start is stored, and goes on elsewhere."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watched(work: Coroutine[Any, Any, None], name: str, tell: Tell) -> None:
    try:
        await work
    except Exception as raised:  # noqa: BLE001 - the last stop: it becomes an id, a sentence, a line
        await report(raised, tell, doing=name)


async def report(raised: Exception, tell: Tell, *, doing: str) -> ProductError:
    """Log an error once and tell the person, with the same id."""
    error = product_error(raised)
    log_error(error, doing=doing, trace=raised if type(error) is ProductError else None)
    try:
        await tell(error)
    except Exception as untold:
        # The error itself is in the log by now, and this was the only way to the person.
        cause = product_error(untold).code
        log.exception("the person could not be told", error_id=error.error_id, cause=cause)
    return error


def product_error(raised: BaseException) -> ProductError:
    """What to tell about any error; of several at once, about the first."""
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    return raised if isinstance(raised, ProductError) else ProductError()
