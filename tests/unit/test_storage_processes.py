"""A process that died is known to be dead at once, and a living one never is."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.model.errors import NotSetUp
from storage import processes
from storage.processes import ProcessLock

HOLDER = """
import sys, time
from pathlib import Path
from storage.processes import ProcessLock
lock = ProcessLock.acquire(Path(sys.argv[1]), sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
lock.release()
"""


@contextmanager
def holder(data_dir: Path, owner: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds its lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir), owner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    """After kill -9 nobody has to wait for a lease."""
    with holder(tmp_path, "VICTIM") as process:
        assert processes.dead(tmp_path, {"VICTIM"}) == frozenset()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert processes.dead(tmp_path, {"VICTIM"}) == {"VICTIM"}
        assert processes.dead(tmp_path, {"VICTIM", "STRANGER"}) == {"VICTIM"}


def test_a_process_that_ended_in_order_says_nothing(tmp_path: Path) -> None:
    """It gave its rows up before; its file is gone."""
    with holder(tmp_path, "ORDERLY") as process:
        process.communicate("\n")
        assert process.returncode == 0
        assert processes.dead(tmp_path, {"ORDERLY"}) == frozenset()
        assert list((tmp_path / "processes").iterdir()) == []


def test_a_started_program_does_not_keep_the_lock(tmp_path: Path) -> None:
    """A child program that outlives its parent does not make the parent look alive."""
    script = HOLDER.replace(
        'print("held"',
        "import subprocess; subprocess.Popen(['cat'], stdout=subprocess.DEVNULL)\nprint(\"held\"",
    )
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), "PARENT"],
        stdin=reading,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.kill()
        process.wait()
        assert processes.dead(tmp_path, {"PARENT"}) == {"PARENT"}
        os.close(reading)
        os.close(writing)  # ends the child


def test_a_living_process_is_not_dead_to_itself(tmp_path: Path) -> None:
    """Looking does not disturb the lock, however often."""
    lock = ProcessLock.acquire(tmp_path, "ME")
    for _ in range(3):
        assert processes.dead(tmp_path, {"ME"}) == frozenset()
    lock.release()
    lock.release()
    assert processes.dead(tmp_path, {"ME"}) == frozenset()


def test_lookers_do_not_see_each_other_as_the_owner(tmp_path: Path) -> None:
    """While one process looks, another still sees that the owner is dead."""
    with holder(tmp_path, "VICTIM") as process:
        process.kill()
        process.wait()
    with (tmp_path / "processes" / "VICTIM.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert processes.dead(tmp_path, {"VICTIM"}) == {"VICTIM"}


def test_the_folder_is_private(tmp_path: Path) -> None:
    """Other users of the machine can neither see nor hold the locks."""
    lock = ProcessLock.acquire(tmp_path / "data", "ME")
    folder = tmp_path / "data" / "processes"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "ME.lock").stat().st_mode & 0o777 == 0o600
    lock.release()


def test_the_dead_are_known_by_their_files(tmp_path: Path) -> None:
    """Files of the dead go once their work is taken over; the living and the named stay."""
    for name in ("NAMED", "FORGOTTEN"):
        with holder(tmp_path, name) as process:
            process.kill()
            process.wait()
    living = ProcessLock.acquire(tmp_path, "LIVING")
    assert processes.ended(tmp_path) == {"NAMED", "FORGOTTEN"}
    processes.forget(tmp_path, {"FORGOTTEN"})
    left = {file.name for file in (tmp_path / "processes").iterdir()}
    assert left == {"NAMED.lock", "LIVING.lock"}
    living.release()


def test_a_sweep_before_the_first_start_finds_nothing(tmp_path: Path) -> None:
    """No folder is no error."""
    assert processes.ended(tmp_path) == frozenset()
    processes.forget(tmp_path, ())
    assert processes.dead(tmp_path, {"ANYBODY"}) == frozenset()


def test_a_folder_that_cannot_be_used_is_said_plainly(tmp_path: Path) -> None:
    """The sentence names the folder and the reason."""
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(NotSetUp, match=r"processes cannot be used: Not a directory\."):
        ProcessLock.acquire(tmp_path / "data", "ME")
