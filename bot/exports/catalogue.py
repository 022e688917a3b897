"""What Botify told us a moment ago: analyses, fields and counts, each with a time to live.

People open the modal again within minutes, and each letter that they type into a menu is a
question: those are answered from here. While one question is on its way, everybody who asks the
same waits for the same answer. A failure is not kept: the next person asks anew.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.botify import analyses, counts, crawl_progress, fields, page_types, profile
from bot.botify.client import BotifyClient
from bot.botify.crawl_progress import CrawlProgress
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
PAGE_TYPES_SECONDS = 600.0
PROGRESS_SECONDS = 30.0
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

    def forget_all(self, which: Callable[[Question], bool]) -> None:
        """Ask anew whatever is one of these."""
        for question in [kept for kept in self._kept if which(kept)]:
            self.forget(question)

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


@dataclass(frozen=True, slots=True)
class _Filtered:
    """A question about the URLs of an analysis that pass a filter, given as JSON; empty: all."""

    project: Project
    slug: str
    text: str

    @classmethod
    def by(
        cls,
        project: Project,
        slug: str,
        filter: dict[str, Any] | None,  # noqa: A002 - as above
    ) -> "_Filtered":
        """Equal filters give equal questions."""
        return cls(project, slug, "" if filter is None else json.dumps(filter, sort_keys=True))

    @property
    def filter(self) -> dict[str, Any] | None:
        """As it was given."""
        found: dict[str, Any] | None = json.loads(self.text) if self.text else None
        return found


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
        self._counts: Shelf[_Filtered, DepthCounts] = Shelf(
            lambda at: counts.count_by_depth(client, at.project, at.slug, at.filter),
            seconds=COUNTS_SECONDS,
            clock=clock,
        )
        self._links: Shelf[_Filtered, DepthCounts] = Shelf(
            lambda at: counts.count_links(client, at.project, at.slug, at.filter),
            seconds=COUNTS_SECONDS,
            clock=clock,
        )
        self._page_types: Shelf[tuple[Project, str], tuple[str, ...]] = Shelf(
            lambda at: page_types.list_page_types(client, *at),
            seconds=PAGE_TYPES_SECONDS,
            clock=clock,
        )
        self._progress: Shelf[tuple[Project, str], CrawlProgress] = Shelf(
            lambda at: crawl_progress.ask_progress(client, *at),
            seconds=PROGRESS_SECONDS,
            clock=clock,
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

    async def counts(
        self,
        project: Project,
        slug: str,
        filter: dict[str, Any] | None = None,  # noqa: A002 - its name in links and specifications
    ) -> DepthCounts:
        """URLs per depth that pass a filter; those of a finished analysis do not change."""
        return await self._counts.get(_Filtered.by(project, slug, filter))

    async def links(
        self,
        project: Project,
        slug: str,
        filter: dict[str, Any] | None = None,  # noqa: A002 - as above
    ) -> DepthCounts:
        """Internal links on those URLs, by the depth of the URL that holds them."""
        return await self._links.get(_Filtered.by(project, slug, filter))

    async def page_types(self, project: Project, slug: str) -> tuple[str, ...]:
        """The page types of an analysis that has some, largest first."""
        return await self._page_types.get((project, slug))

    async def progress(self, project: Project, slug: str) -> CrawlProgress:
        """How far a crawl is that has not finished."""
        return await self._progress.get((project, slug))

    def forget(self, project: Project, slug: str | None) -> None:
        """Ask Botify anew about a project, because somebody says that it has changed."""
        self._account.forget(None)
        self._analyses.forget(project)
        if slug is not None:
            self._analysis.forget((project, slug))
            self._fields.forget((project, slug))
            self._page_types.forget((project, slug))
            for shelf in (self._counts, self._links):
                shelf.forget_all(lambda at: (at.project, at.slug) == (project, slug))

    async def close(self) -> None:
        """End what is being asked."""
        shelves: tuple[Shelf[Any, Any], ...] = (
            self._account,
            self._analyses,
            self._analysis,
            self._fields,
            self._counts,
            self._links,
            self._page_types,
            self._progress,
        )
        for shelf in shelves:
            await shelf.close()
