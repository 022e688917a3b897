"""The progress messages of this process: who shows what, and which to edit next.

Edits are idempotent, so what a message shows is remembered here and not in the database; after a
restart every message is drawn once more. Only the end is stored (`Settled`): it must be shown,
however often it takes.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.exports.announcing import announce, draw, left_out, tell
from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import Settled
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_delivery
from bot.exports.patience import passes
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
from bot.model.export import Export
from bot.slack import posts
from bot.slack.budget import Candidate, choose_edits
from bot.slack.channels import DIRECT_PREFIX
from bot.slack.messages.message import Message, digest
from storage import deliveries, exports

log = structlog.get_logger(__name__)

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class _Face:
    """One message: whether its delivery has ended, what it shows, since when.

    A message that was lost on the way is not edited any more; the end gets a new one.
    """

    ended: bool
    lost: bool = False
    shown: str | None = None
    edited_at: datetime | None = None


class Board:
    """All progress messages that this process keeps up to date."""

    def __init__(self, context: Context, slack: Slack) -> None:
        self._context = context
        self._slack = slack
        self._faces: dict[str, _Face] = {}
        self._spent: deque[datetime] = deque()
        self._silent_until = context.now()

    def watch(self, known: Iterable[Delivery]) -> None:
        """Keep these up to date from now on; those that are settled are let go."""
        for delivery in known:
            if delivery.settled:
                self._faces.pop(delivery.id, None)
            elif delivery.message_ts is not None or delivery.state.ended:
                face = self._faces.setdefault(delivery.id, _Face(ended=False))
                face.ended = delivery.state.ended

    def forget(self, delivery_id: str) -> None:
        """Another process shows this one now."""
        self._faces.pop(delivery_id, None)

    async def round(self) -> None:
        """One tick: edit as many messages as Slack's budget allows, ends first."""
        now = self._context.now()
        while self._spent and now - self._spent[0] > MINUTE:
            self._spent.popleft()
        if now < self._silent_until:
            return
        candidates = [
            Candidate(key, face.ended, face.edited_at)
            for key, face in self._faces.items()
            if face.ended or not face.lost
        ]
        for key in choose_edits(candidates, now=now, spent=tuple(self._spent)):
            if self._context.now() < self._silent_until:
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
        face.ended = delivery.state.ended
        face.edited_at = self._context.now()
        try:
            await self._show(export, delivery, face)
        except Stale:
            self.forget(delivery_id)

    async def _show(self, export: Export, delivery: Delivery, face: _Face) -> None:
        message = await draw(self._context, self._slack, export, delivery)
        looks = digest(message)
        if looks == face.shown and not face.ended:
            return
        if delivery.message_ts is None or delivery.message_channel is None:
            if face.ended:  # a delivery that was redirected gets its end only
                await self._post(export, delivery)
            return
        self._spent.append(self._context.now())
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
        face.shown = looks
        if face.ended:
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
            self._silent_until = self._context.now() + timedelta(seconds=error.retry_after)
            return
        log.info(
            "A progress message was not edited.",
            action="message_not_edited",
            export_id=export.id,
            delivery_id=delivery.id,
            cause=error.code,
            error_id=error.error_id,
        )
        if passes(error):
            if face.ended and self._context.now() - delivery.entered_at > bound(self._context):
                await self._give_up(delivery)
            return
        refused = isinstance(error, ContentRefused)
        if refused and await left_out(self._context, self._slack, message):
            return  # the next round draws it without them
        if not face.ended:
            face.lost = True
        elif isinstance(error, MessageLost):
            await self._post(export, delivery)
        elif isinstance(error, ChannelClosed):
            await self._move(delivery, error)
        else:
            await self._give_up(delivery)

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

    async def _move(self, delivery: Delivery, error: ChannelClosed) -> None:
        """The channel closed after the file was there: the end is told in the direct message."""
        if await redirect(self._context, self._slack, delivery, error) == delivery:
            await self._give_up(delivery)

    async def _give_up(self, delivery: Delivery) -> None:
        """The end cannot be shown anywhere, or not for hours."""
        log.warning(
            "The end of an export could not be shown to the person.",
            action="end_not_shown",
            export_id=delivery.export_id,
            delivery_id=delivery.id,
        )
        await self._settle(delivery)

    async def _settle(self, delivery: Delivery) -> None:
        await record_delivery(self._context, delivery, Settled())
        self.forget(delivery.id)
