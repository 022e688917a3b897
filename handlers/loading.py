"""Fills an open modal: asks what its draft does not know, side by side, and shows each answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from bot.exports import drafting
from bot.exports.drafting import Answer
from bot.exports.offers import looked_up
from bot.model.draft import Draft, Filterable
from bot.model.errors import ProductError
from handlers.background import Tell
from handlers.services import Services
from handlers.views import notices
from handlers.views.form import NO_PROBLEMS
from handlers.views.names import Place
from storage import drafts


async def find(services: Services, draft_id: str, user: str) -> Draft | None:
    """The draft, if it is this person's."""
    if not draft_id:
        return None
    async with services.database.read() as connection:
        draft = await drafts.get(connection, draft_id)
    return draft if draft is not None and draft.user == user else None


async def keep(
    services: Services,
    draft_id: str,
    change: Callable[[Draft], Draft],
    *,
    promised: bool = False,
) -> Draft | None:
    """Change the stored draft, as it is now; what has become an export stays as it is.

    Args:
        services: what is needed.
        draft_id: which one.
        change: what becomes of it.
        promised: whether the person is about to be told that it will start.

    Returns:
        The draft as it is stored; None when it has been swept.
    """
    async with services.database.write() as connection:
        draft = await drafts.get(connection, draft_id)
        if draft is None or draft.export_id:
            return draft
        if promised:
            await drafts.promise(connection, draft_id, services.owner)
        changed = await looked_up(connection, change(draft), services.settings, services.now())
        if changed == draft:
            return draft
        changed = replace(changed, revision=draft.revision + 1)
        await drafts.replace(connection, changed, revision=draft.revision)
        return changed


def begin(
    services: Services,
    view_id: str,
    draft_id: str,
    *,
    channel_name: str | None = None,
    problems: Mapping[Place, str] = NO_PROBLEMS,
) -> None:
    """Fill the modal in the background; an error is shown in it."""
    services.background.start(
        fill(services, view_id, draft_id, channel_name=channel_name, problems=problems),
        name=f"fill modal {draft_id}",
        tell=in_view(services, view_id, draft_id),
    )


def in_view(services: Services, view_id: str, draft_id: str) -> Tell:
    """Tells a person about an error in the modal that they look at.

    Once the draft is an export nothing failed that they wait for: its message tells the rest.
    """

    async def tell(error: ProductError) -> None:
        if not await _is_submitted(services, draft_id):
            await services.screens.put(view_id, notices.failed(error))

    return tell


async def _is_submitted(services: Services, draft_id: str) -> bool:
    try:
        async with services.database.read() as connection:
            draft = await drafts.get(connection, draft_id)
    except ProductError:  # perhaps the very error to be told, and no reason to be silent
        return False
    return draft is not None and draft.export_id is not None


async def fill(
    services: Services,
    view_id: str,
    draft_id: str,
    *,
    channel_name: str | None = None,
    problems: Mapping[Place, str] = NO_PROBLEMS,
) -> None:
    """Ask what the draft does not know.

    Args:
        services: what is needed.
        view_id: the modal.
        draft_id: its draft.
        channel_name: of the conversation of the command, as Slack told it then.
        problems: to be shown with the draft, at the inputs concerned.
    """
    filling = _Filling(services, view_id, draft_id, channel_name, problems)
    async with asyncio.TaskGroup() as group:
        group.create_task(services.screens.show(view_id, draft_id, problems))
        group.create_task(filling.destination())
        group.create_task(filling.project())


async def ask_again(services: Services, draft_id: str) -> Draft | None:
    """Ask what a submitted draft needs, while nothing is shown: its destination and its fields.

    Returns:
        The draft with the answers; None when it has been swept.
    """
    async with services.database.read() as connection:
        draft = await drafts.get(connection, draft_id)
    if draft is None or draft.export_id:
        return draft
    questions: list[Awaitable[Answer]] = []
    if not drafting.looked_at(draft.destination):
        questions.append(drafting.ask_destination(services.desk, draft))
    if drafting.asks_about_analysis(draft):
        questions.append(drafting.ask_fields(services.desk, draft))
    answers = await asyncio.gather(*questions)
    return await keep(services, draft_id, lambda stored: _with_all(stored, answers))


async def ask_all(services: Services, draft_id: str, *, channel_name: str) -> Draft | None:
    """Ask everything that a draft does not know, while nothing is shown.

    Returns:
        The draft with the answers; None when it has been swept.
    """
    filling = _Filling(services, None, draft_id, channel_name, NO_PROBLEMS)
    async with asyncio.TaskGroup() as group:
        group.create_task(filling.destination())
        group.create_task(filling.project())
    async with services.database.read() as connection:
        return await drafts.get(connection, draft_id)


def _with_all(draft: Draft, answers: Iterable[Answer]) -> Draft:
    for answer in answers:
        draft = answer.onto(draft)
    return draft


class _Filling:
    """One round of questions for one draft."""

    def __init__(
        self,
        services: Services,
        view_id: str | None,
        draft_id: str,
        channel_name: str | None,
        problems: Mapping[Place, str],
    ) -> None:
        self._services = services
        self._view_id = view_id
        self._draft_id = draft_id
        self._channel_name = channel_name
        self._problems = problems

    async def destination(self) -> None:
        draft = await self._draft()
        if draft is None or drafting.looked_at(draft.destination):
            return
        await self._answered(
            await drafting.ask_destination(
                self._services.desk, draft, channel_name=self._channel_name
            )
        )

    async def project(self) -> None:
        draft = await self._draft()
        async with asyncio.TaskGroup() as group:
            if draft is not None and drafting.asks_ahead(draft):
                group.create_task(self._fields(draft))
                group.create_task(self._counts(draft))
            group.create_task(self._analysis())
        # Whether links have to be counted is known when the fields are.
        draft = await self._draft()
        if draft is not None and drafting.asks_about_links(draft):
            await self._answered(await drafting.ask_links(self._services.desk, draft))

    async def _analysis(self) -> None:
        draft = await self._draft()
        if draft is not None and drafting.asks_about_project(draft):
            draft = await self._answered(await drafting.ask_project(self._services.desk, draft))
        if draft is None or not drafting.asks_about_analysis(draft):
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fields(draft))
            if drafting.asks_about_counts(draft):
                group.create_task(self._counts(draft))
            if drafting.asks_about_running(draft):
                group.create_task(self._running(draft))
            if draft.more and Filterable.PAGE_TYPE in draft.filterable:
                group.create_task(self._page_types(draft))

    async def _page_types(self, draft: Draft) -> None:
        """Have them at hand when the menu is opened. One that stays empty asks again by itself."""
        if draft.project is None or draft.analysis is None:
            return
        with suppress(ProductError):
            await self._services.desk.catalogue.page_types(draft.project, draft.analysis)

    async def _fields(self, draft: Draft) -> None:
        await self._answered(await drafting.ask_fields(self._services.desk, draft))

    async def _counts(self, draft: Draft) -> None:
        await self._answered(await drafting.ask_counts(self._services.desk, draft))

    async def _running(self, draft: Draft) -> None:
        await self._answered(await drafting.ask_running(self._services.desk, draft))

    async def _answered(self, answer: Answer) -> Draft | None:
        draft = await keep(self._services, self._draft_id, answer.onto)
        if self._view_id is not None:
            await self._services.screens.show(self._view_id, self._draft_id, self._problems)
        return draft

    async def _draft(self) -> Draft | None:
        async with self._services.database.read() as connection:
            return await drafts.get(connection, self._draft_id)
