"""Work that may hang in a socket: in a thread that does not keep the process from ending.

`asyncio.to_thread` uses a pool whose threads are joined when the interpreter exits, so a download
that waits for a silent host would hold up a restart for as long as its timeout.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")

NICE = 10
"""How far such a thread, and those that it starts, stand back behind the answers to people.

Counted from where the process stands: a supervisor may have put it back already, and no thread
may come forward again.
"""


async def in_daemon_thread(work: Callable[[], Result], name: str) -> Result:
    """Run `work` in a thread of its own and return what it returns, or raise what it raises."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        if not outcome.done():
            act()

    def run() -> None:
        _stand_back()
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - handed to the one who awaits it
            failure = error
            _tell(loop, lambda: settle(lambda: outcome.set_exception(failure)))
        else:
            _tell(loop, lambda: settle(lambda: outcome.set_result(result)))

    threading.Thread(target=run, name=name, daemon=True).start()
    return await outcome


def _stand_back() -> None:
    if sys.platform != "linux":  # elsewhere a thread has no priority of its own
        return
    thread = threading.get_native_id()
    with suppress(OSError):  # a sandbox that forbids it takes nothing but the courtesy
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICE)


def _tell(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(act)
