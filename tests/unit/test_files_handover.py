"""One thread consumes while another one makes."""

import threading

import pytest

from bot.files.handover import Handover


def test_the_next_is_made_while_the_last_is_consumed_and_never_two() -> None:
    """`put` returns at once, and the next `put` waits: what the maker lends out is used once."""
    going_on, consumed = threading.Event(), list[int]()

    def consume(number: int) -> None:
        assert going_on.wait(10)
        consumed.append(number)

    handover = Handover(consume)
    handover.put(1)
    assert consumed == []
    going_on.set()
    handover.put(2)
    assert consumed[:1] == [1]
    handover.wait()
    assert consumed == [1, 2]
    handover.stop()


def test_what_went_wrong_elsewhere_is_raised_where_the_next_is_put() -> None:
    """A full disk stops the file, not only the thread that met it; it is raised once."""

    def consume(_: str) -> None:
        raise OSError("no room")

    handover = Handover(consume)
    handover.put("a")
    with pytest.raises(OSError, match="no room"):
        handover.put("b")
    handover.wait()
    handover.stop()
    handover.stop()
