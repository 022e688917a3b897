"""What Botify told us a moment ago: analyses, fields and counts, each with a time to live.

People open the modal again within minutes, and each letter that they type into a menu is a
question: those are answered from here. While one question is on its way, everybody who asks the
same waits for the same answer. A failure is not kept: the next person asks anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.botify import analyses, counts, fields, profile
from bot.botify.client import BotifyClient
from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.field import Field
from bot.model.project import Project

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

ACCOUNT_SECONDS = 600.0
ANALYSES_SECONDS = 60.0
FIELDS_SECONDS = 600.0
COUNTS_SECONDS = 600.0
KEPT = 64
"""Answers of one kind that are kept at most; a list of fields can be a megabyte."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Answer]):
    answer: Answer
    until: float


class Shelf(Generic[Question, Answer]):
    """Answers to one kind of question, each kept for a time, each asked for once at a time."""

    def __init__(
        self,
        ask: Callable[[Question], Awaitable[Answer]],
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._kept: dict[Question, _Kept[Answer]] = {}
        self._asking: dict[Question, asyncio.Task[Answer]] = {}

    def peek(self, question: Question) -> Answer | None:
        """The answer, if it is here and fresh; nothing is asked."""
        kept = self._kept.get(question)
        return kept.answer if kept and self._clock() < kept.until else None

    async def get(self, question: Question) -> Answer:
        """The answer, from here or from Botify.

        Raises:
            ProductError: whatever the question ended with.
        """
        if (answer := self.peek(question)) is not None:
            return answer
        task = self._asking.get(question)
        if task is None:
            task = asyncio.create_task(self._fetch(question), name=f"catalogue {question}")
            self._asking[question] = task
            task.add_done_callback(lambda done: self._asked(question, done))
        # Shielded: one person who leaves must not take the answer away from the others.
        return await asyncio.shield(task)

    def forget(self, question: Question) -> None:
        """Ask anew next time."""
        self._kept.pop(question, None)

    async def close(self) -> None:
        """End what is being asked."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, question: Question) -> Answer:
        answer = await self._ask(question)
        self._kept.pop(question, None)
        self._kept[question] = _Kept(answer, self._clock() + self._seconds)
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return answer

    def _asked(self, question: Question, task: asyncio.Task[Answer]) -> None:
        del self._asking[question]
        if not task.cancelled():
            # Whoever waits is told by the task itself. Where nobody waits any more, this keeps
            # asyncio from reporting an error that the next person will meet anew.
            task.exception()


class Catalogue:
    """The shelves, over one Botify client."""

    def __init__(
        self, client: BotifyClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._account: Shelf[None, str] = Shelf(
            lambda _: profile.account(client), seconds=ACCOUNT_SECONDS, clock=clock
        )
        self._analyses: Shelf[Project, tuple[Analysis, ...]] = Shelf(
            lambda project: analyses.list_analyses(client, project),
            seconds=ANALYSES_SECONDS,
            clock=clock,
        )
        self._analysis: Shelf[tuple[Project, str], Analysis] = Shelf(
            lambda at: analyses.get_analysis(client, *at), seconds=ANALYSES_SECONDS, clock=clock
        )
        self._fields: Shelf[tuple[Project, str], tuple[Field, ...]] = Shelf(
            lambda at: fields.list_fields(client, *at), seconds=FIELDS_SECONDS, clock=clock
        )
        self._counts: Shelf[tuple[Project, str], DepthCounts] = Shelf(
            lambda at: counts.count_by_depth(client, *at), seconds=COUNTS_SECONDS, clock=clock
        )

    async def account(self) -> str:
        """The Botify person whose token asks."""
        return await self._account.get(None)

    async def analyses(self, project: Project) -> tuple[Analysis, ...]:
        """Newest first, unfinished ones included."""
        return await self._analyses.get(project)

    async def analysis(self, project: Project, slug: str) -> Analysis:
        """One that the list did not show."""
        return await self._analysis.get((project, slug))

    async def fields(self, project: Project, slug: str) -> tuple[Field, ...]:
        """The data model of an analysis."""
        return await self._fields.get((project, slug))

    def known_fields(self, project: Project, slug: str) -> tuple[Field, ...] | None:
        """The data model, if it is at hand; nothing is asked."""
        return self._fields.peek((project, slug))

    async def counts(self, project: Project, slug: str) -> DepthCounts:
        """URLs per depth; those of a finished analysis do not change."""
        return await self._counts.get((project, slug))

    def forget(self, project: Project, slug: str | None) -> None:
        """Ask Botify anew about a project, because somebody says that it has changed."""
        self._account.forget(None)
        self._analyses.forget(project)
        if slug is not None:
            self._analysis.forget((project, slug))
            self._fields.forget((project, slug))
            self._counts.forget((project, slug))

    async def close(self) -> None:
        """End what is being asked."""
        for shelf in (self._account, self._analyses, self._analysis, self._fields, self._counts):
            await shelf.close()
