"""Threads for work that may hang, and how they stand back."""

import subprocess
import sys

import pytest

from bot.exports.threads import NICE, in_daemon_thread

PRIORITY = "lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())"


async def test_a_thread_gives_what_its_work_gives() -> None:
    """A result comes back, and an error does."""
    assert await in_daemon_thread(lambda: 7, "seven") == 7
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 // 0, "none")


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has no priority of its own")
@pytest.mark.parametrize("nice", [0, 15])
def test_large_files_stand_back_behind_people(nice: int) -> None:
    """Also in a process that its supervisor has put back already, where work must not hang."""
    code = (
        "import asyncio, os, threading\n"
        "from bot.exports.threads import in_daemon_thread\n"
        f"os.nice({nice})\n"
        "before = os.getpriority(os.PRIO_PROCESS, 0)\n"
        f"inside = asyncio.run(in_daemon_thread({PRIORITY}, 'file'))\n"
        "print(before, inside, os.getpriority(os.PRIO_PROCESS, 0))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=60, text=True
    )
    before, inside, after = map(int, ran.stdout.split())
    assert inside == min(19, before + NICE)
    assert after == before
