"""The progress messages of this process: who shows what, and which to edit next.

Edits are idempotent, so what a message shows is remembered here and not in the database; after a
restart every message is drawn once more. Only the end is stored (`Settled`): it must be shown,
however often it takes.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from bot.exports.announcing import announce, ask, draw, left_out, tell
from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import Settled
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_delivery
from bot.exports.patience import passes
from bot.exports.troubles import outlasted
from bot.exports.uploading import bound, redirect
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import (
    ChannelClosed,
    ContentRefused,
    MessageLost,
    ProductError,
    SlackRateLimited,
    Stale,
)
from bot.model.export import Export, State
from bot.slack import posts
from bot.slack.budget import MINUTE, Candidate, choose_edits
from bot.slack.channels import DIRECT_PREFIX
from bot.slack.messages.message import Message, digest
from storage import deliveries, exports

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Face:
    """One message: whose it is, whether its delivery has ended, what it shows, since when.

    A message that was lost on the way is not edited any more; the end gets a new one, and so does
    a question. One that has moved has another stage to show, which is not to wait for its turn.
    """

    export_id: str
    ended: bool
    lost: bool = False
    moved: bool = False
    shown: str | None = None
    edited_at: float | None = None


class Board:
    """All progress messages that this process keeps up to date.

    Args:
        context: of the process.
        slack: the workspace.
        clock: seconds that only grow: the budget must not depend on the time of day.
    """

    def __init__(
        self, context: Context, slack: Slack, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._context = context
        self._slack = slack
        self._clock = clock
        self._faces: dict[str, _Face] = {}
        self._spent: deque[float] = deque()
        self._silent_until = clock()

    def watch(self, known: Iterable[Delivery]) -> None:
        """Keep these up to date from now on; those that are settled are let go."""
        for delivery in known:
            if delivery.settled:
                self._faces.pop(delivery.id, None)
            elif delivery.state is not DeliveryState.WAITING:
                new = _Face(delivery.export_id, delivery.state.ended)
                face = self._faces.setdefault(delivery.id, new)
                face.moved = face.moved or face.ended is not delivery.state.ended
                face.ended = delivery.state.ended

    def stir(self, export_id: str, *, asks: bool = False) -> None:
        """An export has reached another stage: its messages are next.

        Args:
            export_id: which.
            asks: whether a person has to decide; then a message that was lost gets a successor.
        """
        for face in self._faces.values():
            if face.export_id == export_id:
                face.moved = True
                face.lost = face.lost and not asks

    def forget(self, delivery_id: str) -> None:
        """Another process shows this one now."""
        self._faces.pop(delivery_id, None)

    async def round(self) -> None:
        """Edit as many messages as Slack's budget allows now, ends first."""
        now = self._clock()
        while self._spent and now - self._spent[0] > MINUTE:
            self._spent.popleft()
        if now < self._silent_until:
            return
        candidates = [
            Candidate(key, face.ended, face.edited_at, face.moved)
            for key, face in self._faces.items()
            if face.ended or not face.lost
        ]
        for key in choose_edits(candidates, now=now, spent=tuple(self._spent)):
            if self._clock() < self._silent_until:
                return
            await self._refresh(key)

    async def _refresh(self, delivery_id: str) -> None:
        async with self._context.database.read() as connection:
            delivery = await deliveries.get(connection, delivery_id)
            export = await exports.get(connection, delivery.export_id) if delivery else None
        if delivery is None or export is None or delivery.settled:
            self.forget(delivery_id)
            return
        face = self._faces.get(delivery_id)
        if face is None:
            return
        face.ended, face.moved = delivery.state.ended, False
        face.edited_at = self._clock()
        try:
            await self._show(export, delivery, face)
        except Stale:
            self.forget(delivery_id)

    async def _show(self, export: Export, delivery: Delivery, face: _Face) -> None:
        message = await draw(self._context, self._slack, export, delivery)
        looks = digest(message)
        if looks == face.shown and not delivery.state.ended:
            return
        if delivery.message_ts is None or delivery.message_channel is None:
            # a delivery that was redirected gets its end only, and its question
            if delivery.state.ended:
                await self._post(export, delivery)
            elif _asks(export):
                await self._ask(export, delivery, face)
            else:
                face.lost = True
            return
        self._spent.append(self._clock())
        try:
            await perform(
                self._context,
                Effect.EDIT_MESSAGE,
                delivery.id,
                posts.edit(
                    self._slack.clients, delivery.message_channel, delivery.message_ts, message
                ),
            )
        except ProductError as error:
            await self._not_shown(export, delivery, face, error, message)
            return
        self._context.troubles.over(_key(delivery))
        face.shown = looks
        if delivery.state.ended:
            await self._settle(delivery)

    async def _not_shown(
        self,
        export: Export,
        delivery: Delivery,
        face: _Face,
        error: ProductError,
        message: Message,
    ) -> None:
        if isinstance(error, SlackRateLimited):
            self._silent_until = self._clock() + error.retry_after
        log.info(
            "A progress message was not edited.",
            action="message_not_edited",
            export_id=export.id,
            delivery_id=delivery.id,
            cause=error.code,
            error_id=error.error_id,
        )
        if passes(error):
            await self._wait(delivery, face, error)
            return
        refused = isinstance(error, ContentRefused)
        if refused and await left_out(self._context, self._slack, message):
            return  # the next round draws it without them
        if not delivery.state.ended and not _asks(export):
            face.lost = True
        elif isinstance(error, MessageLost):
            if delivery.state.ended:
                await self._post(export, delivery)
            else:
                await self._ask(export, delivery, face)
        elif isinstance(error, ChannelClosed):
            await self._move(delivery, face, error)
        else:
            await self._give_up(delivery, face)

    async def _wait(self, delivery: Delivery, face: _Face, error: ProductError) -> None:
        """Trouble that passes: the next round tries again, an end for as long as anybody waits."""
        now = self._context.now()
        since = self._context.troubles.since(_key(delivery), now, error)
        if delivery.state.ended and outlasted(error, since, now, bound(self._context)):
            self._context.troubles.over(_key(delivery))
            await self._give_up(delivery, face)

    async def _ask(self, export: Export, delivery: Delivery, face: _Face) -> None:
        """A person has to decide, and nothing goes on before: the question gets a message."""
        try:
            await ask(self._context, self._slack, export, delivery)
        except ProductError as error:
            if not passes(error):
                await self._give_up(delivery, face)

    async def _post(self, export: Export, delivery: Delivery) -> None:
        """The end must be seen: in a new message where there is none, or the old one is gone."""
        if delivery.due_at > self._context.now():
            return
        redirected = delivery.channel.startswith(DIRECT_PREFIX)
        never = delivery.state is DeliveryState.FAILED and delivery.message_ts is None
        if never and not redirected:
            told = await tell(self._context, self._slack, export, delivery)
        else:
            told = await announce(self._context, self._slack, export, delivery)
        if told.settled:
            self.forget(delivery.id)
        elif told.message_ts not in (None, delivery.message_ts):
            await self._settle(told)

    async def _move(self, delivery: Delivery, face: _Face, error: ChannelClosed) -> None:
        """The channel closed: the end or the question is told in the direct message."""
        if await redirect(self._context, self._slack, delivery, error) == delivery:
            await self._give_up(delivery, face)

    async def _give_up(self, delivery: Delivery, face: _Face) -> None:
        """The end, or a question, cannot be shown anywhere, or not for hours."""
        log.warning(
            "The end of an export, or a question about it, could not be shown to the person.",
            action="end_not_shown",
            export_id=delivery.export_id,
            delivery_id=delivery.id,
        )
        if delivery.state.ended:
            await self._settle(delivery)
        else:
            face.lost = True

    async def _settle(self, delivery: Delivery) -> None:
        await record_delivery(self._context, delivery, Settled())
        self.forget(delivery.id)


def _asks(export: Export) -> bool:
    """Whether a person has to decide before anything goes on."""
    return export.state is State.UNCLEAR


def _key(delivery: Delivery) -> str:
    return f"edit {delivery.id}"
