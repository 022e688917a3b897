"""What a person at a terminal is asked, and how they answer or stop it."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from bot.dialogue import Dialogue
from bot.outcome import Stopped


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of a terminal that is standard input: what is written is typed."""
    typed, read = os.openpty()
    with open(read, closefd=True) as terminal:  # noqa: PTH123 - a descriptor, not a path
        monkeypatch.setattr("sys.stdin", terminal)
        yield typed
    os.close(typed)


@pytest.mark.parametrize(
    ("typed", "agreed"),
    [
        (b"y\n", True),
        (b"Yes\n", True),
        (b"n\n", False),
        (b"\n", False),
        (b"yeah\n", False),
        (b"\x04", False),
    ],
)
async def test_only_a_yes_agrees(
    keys: int, capsys: pytest.CaptureFixture[str], typed: bytes, agreed: bool
) -> None:
    """Everything else is a no, the end of the input (Ctrl-D) too; the choice is shown."""
    os.write(keys, typed)
    assert await Dialogue(asyncio.Event()).ask("Start this export?") is agreed
    seen = capsys.readouterr()
    assert seen.err.startswith("Start this export? [y/N] ")
    assert seen.out == ""


@pytest.mark.usefixtures("keys")
async def test_a_stop_ends_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is answered at once: nobody has to press Return behind it."""
    stopped = asyncio.Event()
    asking = asyncio.create_task(Dialogue(stopped).ask("Start this export?"))
    await asyncio.sleep(0)
    stopped.set()
    with pytest.raises(Stopped):
        await asking
    assert capsys.readouterr().err.endswith("[y/N] \n")


async def test_without_a_terminal_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """A script gets no question that it cannot see."""
    assert await Dialogue(asyncio.Event()).ask("Start this export?") is None
    assert capsys.readouterr().err == ""


async def test_work_is_given_up_at_a_stop() -> None:
    """What waits for an answer of Botify does not hold up the end."""
    stopped = asyncio.Event()
    stopped.set()
    with pytest.raises(Stopped):
        await Dialogue(stopped).unless_stopped(asyncio.sleep(600))
    assert await Dialogue(asyncio.Event()).unless_stopped(asyncio.sleep(0, "done")) == "done"


def test_a_line_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """No word in brackets is lost, and no name of a file is broken."""
    line = f"[bold] {'long/' * 60}out.csv"
    Dialogue(asyncio.Event()).say(line)
    assert capsys.readouterr().err == f"{line}\n"
