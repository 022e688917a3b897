"""The catalogue's shelves: one question at a time, answers for a while, no kept failures."""

import asyncio

import pytest

from bot.exports.catalogue import KEPT, Shelf
from bot.model.errors import BotifyUnreachable


class Asked:
    """A question to Botify that is answered when the test says so."""

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.may_answer = asyncio.Event()
        self.failing = False
        self.seconds = 0.0

    async def __call__(self, question: str) -> str:
        self.questions.append(question)
        await self.may_answer.wait()
        if self.failing:
            raise BotifyUnreachable
        return f"{question} {len(self.questions)}"


@pytest.fixture
def asked() -> Asked:
    """Nothing is answered yet."""
    return Asked()


@pytest.fixture
def shelf(asked: Asked) -> Shelf[str, str]:
    """Answers live for ten seconds of the test's own clock."""
    return Shelf(asked, seconds=10, clock=lambda: asked.seconds)


async def test_twenty_people_ask_once(asked: Asked, shelf: Shelf[str, str]) -> None:
    """Everybody who asks the same at the same time waits for one answer."""
    waiting = [asyncio.create_task(shelf.get("acme")) for _ in range(20)]
    asked.may_answer.set()
    assert set(await asyncio.gather(*waiting)) == {"acme 1"}
    assert asked.questions == ["acme"]


async def test_answer_is_kept_for_its_time(asked: Asked, shelf: Shelf[str, str]) -> None:
    """Until its end an answer costs nothing; after it, the question is asked anew."""
    asked.may_answer.set()
    assert shelf.peek("acme") is None
    await shelf.get("acme")
    asked.seconds = 9.9
    assert await shelf.get("acme") == shelf.peek("acme") == "acme 1"
    asked.seconds = 10
    assert shelf.peek("acme") is None
    assert await shelf.get("acme") == "acme 2"


async def test_forgotten_answer_is_asked_anew(asked: Asked, shelf: Shelf[str, str]) -> None:
    """What somebody says has changed is not served from here."""
    asked.may_answer.set()
    await shelf.get("acme")
    shelf.forget("acme")
    assert await shelf.get("acme") == "acme 2"


async def test_failure_is_told_to_all_and_not_kept(asked: Asked, shelf: Shelf[str, str]) -> None:
    """All who waited hear of the failure; the next one asks again."""
    asked.failing = True
    waiting = [asyncio.create_task(shelf.get("acme")) for _ in range(3)]
    asked.may_answer.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [BotifyUnreachable] * 3
    asked.failing = False
    assert await shelf.get("acme") == "acme 2"


async def test_one_who_leaves_does_not_take_the_answer_along(
    asked: Asked, shelf: Shelf[str, str]
) -> None:
    """A menu that gave up waiting does not end the question for the others."""
    leaving = asyncio.create_task(shelf.get("acme"))
    staying = asyncio.create_task(shelf.get("acme"))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    asked.may_answer.set()
    assert await staying == "acme 1"
    assert leaving.cancelled()


async def test_shelf_does_not_grow_for_ever(asked: Asked, shelf: Shelf[str, str]) -> None:
    """The oldest answers make room."""
    asked.may_answer.set()
    for number in range(KEPT + 5):
        await shelf.get(str(number))
    assert shelf.peek("0") is None
    assert shelf.peek(str(KEPT + 4)) is not None


async def test_close_ends_what_is_asked(shelf: Shelf[str, str]) -> None:
    """Nothing is left running when the program stops."""
    waiting = asyncio.create_task(shelf.get("acme"))
    await asyncio.sleep(0)
    await shelf.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
