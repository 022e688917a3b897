"""Open modals: each shows its draft as it is stored, whoever changed it.

A view is never built from what a request brought along, but from the stored draft at the moment
of sending. Updates of one view go one after the other; the `hash` of the latest answer goes with
each, so that Slack refuses an update of a view that has become another one meanwhile.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from slack_sdk.errors import SlackApiError

from bot.exports import drafting
from bot.model.draft import Draft
from bot.model.errors import (
    ProductError,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.model.settings import Settings
from bot.slack.calls import call, text_of
from bot.slack.clients import SlackClients
from handlers.quoting import quote_of
from handlers.views.confirming import confirming
from handlers.views.elements import Block
from handlers.views.form import NO_PROBLEMS, form
from handlers.views.names import Place
from storage import drafts
from storage.database import Database

log = structlog.get_logger(__name__)

REMEMBERED: Final = 1_000
"""Modals whose hash is remembered; a forgotten one is updated without a hash."""

WAITS: Final = (10.0, 30.0, 30.0)
"""Seconds that an update is put off at most, try by try, while Slack does not take it."""

PAUSE_SECONDS: Final = 0.5
"""Where Slack does not say how long to wait."""

LATE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
"""Words of views.open for a trigger that can no longer be used."""


class TriggerExpired(SlackRefused):
    """Slack lets a modal be opened for three seconds after a person acted, and once."""

    sentence = "The form could not be opened in time."
    next_step = "Press the button to open it."


@dataclass(slots=True)
class _Screen:
    """What is known about one view.

    Attributes:
        hash: of its latest state; None when that is not known.
        shown: a digest of the view, to skip updates that change nothing; None when not known.
        lock: held while it is updated.
    """

    hash: str | None = None
    shown: str | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Screens:
    """The modals that this process has opened or heard of."""

    def __init__(
        self,
        slack: SlackClients,
        database: Database,
        settings: Settings,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._slack = slack
        self._database = database
        self._settings = settings
        self._now = now
        self._screens: OrderedDict[str, _Screen] = OrderedDict()

    async def open(self, trigger_id: str, draft: Draft) -> str:
        """Open the modal of a draft: the id of its view.

        Raises:
            TriggerExpired: too late; another trigger is needed.
            ProductError: Slack refused, or gave no usable answer.
        """
        view = self.view(draft)
        try:
            answer = await call(
                self._slack.posting,
                self._slack.gate,
                "views.open",
                trigger_id=trigger_id,
                view=view,
            )
        except ProductError as error:
            if _trigger_refused(error):
                raise TriggerExpired(error_id=error.error_id) from error
            raise
        view_id = text_of(answer, "view", "id")
        self._note(view_id, answer, view)
        return view_id

    def replaced(self, view_id: str, view: Block) -> None:
        """The view was replaced by the answer to a submission: its hash is not known any more."""
        screen = self._screen(view_id)
        screen.hash, screen.shown = None, _digest(view)

    def heard(self, view_id: str, view_hash: str) -> None:
        """An interaction told the hash of a view; our own answers know better, where there are."""
        screen = self._screen(view_id)
        screen.hash = screen.hash or view_hash or None

    async def show(
        self, view_id: str, draft_id: str, problems: Mapping[Place, str] = NO_PROBLEMS
    ) -> None:
        """Bring the view up to the stored draft. A view that was closed is left alone.

        Raises:
            ProductError: Slack refused, or gave no usable answer.
        """
        screen = self._screen(view_id)
        async with screen.lock:
            for wait in (*WAITS, None):
                draft = await self._draft(draft_id)
                if draft is None or draft.export_id:
                    return
                view = self.view(draft, problems)
                if screen.shown == _digest(view):
                    return
                try:
                    await self._update(view_id, view)
                except SlackUnreachable as error:
                    if wait is None:
                        raise
                    await asyncio.sleep(min(_asked_to_wait(error), wait))
                except SlackRefused as error:
                    # Another answer replaced the view. What is stored now is the newest that
                    # anybody knows, so it may go there; but not over the end of a submission,
                    # which is why the draft is read again.
                    if word_of(error) != "hash_conflict" or screen.hash is None:
                        raise
                    screen.hash = None
                else:
                    return

    def is_open(self, view_id: str) -> bool:
        """Whether a view is there, as far as Slack has said so."""
        return view_id in self._screens

    async def put(self, view_id: str, view: Block) -> None:
        """Replace the view by another than its draft's.

        Raises:
            ProductError: Slack refused, or gave no usable answer.
        """
        screen = self._screen(view_id)
        async with screen.lock:
            screen.hash = None
            await self._update(view_id, view)

    def view(self, draft: Draft, problems: Mapping[Place, str] = NO_PROBLEMS) -> Block:
        """The modal of a draft."""
        looking = draft.destination is not None and not drafting.looked_at(draft.destination)
        quote = quote_of(draft, self._settings)
        if draft.asking is not None:
            return confirming(draft, quote, draft.asking)
        return form(draft, quote, now=self._now(), looking=looking, problems=problems)

    async def _draft(self, draft_id: str) -> Draft | None:
        async with self._database.read() as connection:
            return await drafts.get(connection, draft_id)

    async def _update(self, view_id: str, view: Block) -> None:
        screen = self._screen(view_id)
        try:
            answer = await call(
                self._slack.bolt,
                self._slack.gate,
                "views.update",
                view_id=view_id,
                view=view,
                hash=screen.hash,
            )
        except SlackRefused as error:
            if word_of(error) != "not_found":
                raise
            log.debug("the person closed the modal", view=view_id)
            self._screens.pop(view_id, None)
            return
        self._note(view_id, answer, view)

    def _screen(self, view_id: str) -> _Screen:
        screen = self._screens.setdefault(view_id, _Screen())
        self._screens.move_to_end(view_id)
        while len(self._screens) > REMEMBERED:
            self._screens.popitem(last=False)
        return screen

    def _note(self, view_id: str, answer: Mapping[str, Any], view: Block) -> None:
        screen = self._screen(view_id)
        told = answer.get("view")
        found = told.get("hash") if isinstance(told, Mapping) else None
        screen.hash = found if isinstance(found, str) else None
        screen.shown = _digest(view)


def _digest(view: Block) -> str:
    return hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()


def word_of(error: ProductError) -> str:
    """Slack's own word for a refusal; empty where it has none."""
    cause = error.__cause__
    if not isinstance(cause, SlackApiError):
        return ""
    data = getattr(cause.response, "data", None)
    word = data.get("error") if isinstance(data, Mapping) else None
    return word if isinstance(word, str) else ""


def _asked_to_wait(error: SlackUnreachable) -> float:
    return error.retry_after if isinstance(error, SlackRateLimited) else PAUSE_SECONDS


def _trigger_refused(error: ProductError) -> bool:
    """Slack says it with one of three words, and sometimes only in the explanation of another."""
    if word_of(error) in LATE:
        return True
    cause = error.__cause__
    if word_of(error) != "invalid_arguments" or not isinstance(cause, SlackApiError):
        return False
    metadata = cause.response.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    return any("trigger_id" in str(message) for message in messages or ())
