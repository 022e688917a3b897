"""The engine: a tick asks what is due and sets the workers going; nothing waits for anything else.

Each piece of work (a part, a delivery, the round of questions, of edits, the sweep, the leases) is
one task under one key, and a key that is at work is not started again. A task that fails with
something unexpected is logged with its id and tried again later; it never stops the others.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.exports import creation, fetching
from bot.exports.board import Board
from bot.exports.context import Context
from bot.exports.delivering import advance
from bot.exports.effects import LeaseOver
from bot.exports.estimate import usual_seconds
from bot.exports.fetching import Interrupted
from bot.exports.ledger import record_part
from bot.exports.ownership import LEASE, claim, release, renew
from bot.exports.part_lifecycle import Work, answer_lost, work
from bot.exports.polling import Poller
from bot.exports.retention import sweep
from bot.files.parcels import PackingStopped
from bot.model.delivery import Delivery
from bot.model.errors import Stale
from bot.model.export import Export, Part, State
from bot.model.ids import new_error_id
from storage import deliveries, exports

log = structlog.get_logger(__name__)

FETCHES = 4
"""Downloads at a time: more would share the same line and disk."""

CLAIM_EVERY = LEASE / 6
RENEW_EVERY = LEASE / 3


def _is_over(since: datetime, pause: timedelta, now: datetime) -> bool:
    """Whether a pause has passed; a clock that was set back does not make it longer."""
    return not timedelta() <= now - since < pause


class Engine:
    """Everything that a process does for its exports.

    Args:
        context: what the workers share.
        only: the one export to work on; None for all.
    """

    def __init__(self, context: Context, *, only: str | None = None) -> None:
        self.context = context
        self._only = only
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._troubles: dict[str, tuple[int, str]] = {}
        self._poller = Poller(context)
        self._board = Board(context, context.slack) if context.slack else None
        self._fetching = asyncio.Semaphore(FETCHES)
        self._stopping = context.stopping
        self._ticking = asyncio.Lock()
        self._claimed_at = self._renewed_at = context.now() - 2 * LEASE

    async def tick(self) -> None:
        """Look at what is due and start it. Quick: it waits for reading the database only.

        Writing may take seconds while large files are on their way to the same disk, so that
        the leases are kept beside everything else, for as long as they hold.
        """
        async with self._ticking:
            if not self._stopping.is_set():
                await self._tick()

    async def _tick(self) -> None:
        leases = self._start("leases", self._keep_leases)
        now = self.context.now()
        if leases is not None and now >= self.context.hold.until:
            await asyncio.wait([leases])  # after a sleep, and at the start, who knows what is ours
        self._start("poll", self._poll)
        owner = self.context.owner
        async with self.context.database.read() as connection:
            due = await exports.due(connection, owner=owner, now=now, only=self._only)
            waiting = await deliveries.due(connection, owner=owner, now=now) if self._board else ()
        for export in due:
            self._start_parts(export)
        for delivery in waiting:
            self._start_delivery(delivery)
        if self._board:
            self._board.watch(waiting)
            self._start("board", self._board.round)

    def take(self, export: Export, delivery: Delivery | None = None) -> None:
        """Begin at once with something that was just stored for this process."""
        self.context.running.note(export.parts)
        self._start_parts(export)
        if delivery is not None:
            self._start_delivery(delivery)

    async def sweep(self) -> None:
        """Begin to remove what nobody needs any more, unless that is going on.

        A task like all others, so that the stop waits for it: a database connection whose task was
        cancelled, and is left alone before it is closed, keeps the process from ending.
        """
        self._start("sweep", lambda: sweep(self.context))

    async def stop(self, grace: float) -> None:
        """Start nothing more, let what is under way end, and give everything back.

        Args:
            grace: seconds for calls whose answer would otherwise be lost. What is cut off after
                that is found again after the restart: its intent is stored.
        """
        self._stopping.set()
        async with self._ticking:  # one that had begun may still start something
            pass
        waiting = [task for task in self._tasks.values() if not task.done()]
        if waiting:
            _, unfinished = await asyncio.wait(waiting, timeout=grace)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        await release(self.context)

    async def _keep_leases(self) -> None:
        now = self.context.now()
        if _is_over(self._renewed_at, RENEW_EVERY, now):
            await renew(self.context)
            self._renewed_at = now
        if _is_over(self._claimed_at, CLAIM_EVERY, now):
            taken, waiting = await claim(self.context, only=self._only)
            self._claimed_at = now
            for export in taken:
                self.context.running.recall(export.parts)  # a tick may be ahead of this copy
                self._start_parts(export)
            for delivery in waiting:
                self._start_delivery(delivery)
            if self._board:
                self._board.watch(waiting)
            await self._recall()

    async def _recall(self) -> None:
        """Watch all that is ours by the database.

        A claim that was committed and could not be read back, or an edit that met a person's word,
        would otherwise leave something with a living owner who does not know of it.
        """
        owner = self.context.owner
        async with self.context.database.read() as connection:
            self.context.figures.keep(await exports.in_work(connection))
            for export in await exports.unfinished(connection, owner=owner):
                self.context.running.recall(export.parts)
            if self._board:
                self._board.watch(await deliveries.unsettled(connection, owner=owner))

    def _start(
        self, key: str, begin: Callable[[], Coroutine[Any, Any, None]], export_id: str | None = None
    ) -> asyncio.Task[None] | None:
        """The task that works under this key, begun now unless it runs; None while stopping."""
        running = self._tasks.get(key)
        if running is not None and not running.done():
            return running
        if self._stopping.is_set():
            return None
        task = asyncio.create_task(self._guarded(key, begin, export_id), name=key)
        self._tasks[key] = task
        return task

    async def _guarded(
        self,
        key: str,
        begin: Callable[[], Coroutine[Any, Any, None]],
        export_id: str | None,
    ) -> None:
        try:
            await begin()
        except Stale as stale:
            log.info(stale.sentence, action="stale", work=key)
        except (Interrupted, PackingStopped):
            log.info("Work on a file was interrupted by the stop.", action="interrupted", work=key)
        except LeaseOver:
            log.warning(
                "This process was asleep for too long to go on; it looks anew.",
                action="lease_over",
                work=key,
            )
        except Exception:
            # one id for all times, since not each of them is logged
            times, error_id = self._troubles.get(key, (0, new_error_id()))
            times += 1
            self._troubles[key] = times, error_id
            if export_id is not None:
                trouble = f"Something unexpected happened ({error_id}); it is tried again."
                self.context.figures.note(export_id, trouble=trouble)
            if times & (times - 1) == 0:  # 1, 2, 4, 8 ...: a lasting fault does not fill the disk
                log.exception(
                    "Something unexpected happened; it is tried again.",
                    action="unexpected",
                    work=key,
                    times=times,
                    error_id=error_id,
                )
        else:
            self._troubles.pop(key, None)
        finally:
            if self._tasks.get(key) is asyncio.current_task():
                del self._tasks[key]

    # --- parts --------------------------------------------------------------------------------

    def _start_parts(self, export: Export) -> None:
        for part in export.parts:
            if not part.state.ended and part.due_at <= self.context.now():
                self._start_part(export.id, part.number)

    def _start_part(self, export_id: str, number: int) -> None:
        key = f"part {export_id}/{number}"
        self._start(key, lambda: self._work_on_part(export_id, number), export_id)

    async def _work_on_part(self, export_id: str, number: int) -> None:
        """Advance a part until it has to wait. It is read anew: the caller's copy may be old."""
        while not self._stopping.is_set():
            async with self.context.database.read() as connection:
                export = await exports.get(connection, export_id)
            if export is None:
                return
            part = export.parts[number - 1]
            if part.state.ended or part.due_at > self.context.now():
                break
            moved = await self._step(export, part)
            if moved == part:
                return
            if moved.state is not part.state:
                self._draw(moved)
            if moved.state is State.PROCESSING:
                await self._estimate(export, moved)
            if moved.state.ended:
                await self._ended(moved)

    async def _step(self, export: Export, part: Part) -> Part:
        match work(part):
            case Work.CREATE_JOB:
                return await creation.create(self.context, export, part)
            case Work.LOOK_FOR_JOB:
                return await creation.look(self.context, export, part)
            case Work.ASK_JOB:  # the poller's: it also says what a deadline that passed means
                return part
            case Work.FETCH_FILE:
                async with self._fetching:
                    return await fetching.fetch(self.context, export, part, self._stopping)
            case None if part.state is State.CREATING:  # nobody holds the request any more
                return await record_part(self.context, part, answer_lost(part))
            case None:
                return part

    async def _ended(self, part: Part) -> None:
        """Whoever waits for this export goes on now."""
        if not self._board:
            return
        async with self.context.database.read() as connection:
            waiting = await deliveries.of_export(connection, part.export_id)
        for delivery in waiting:
            self._start_delivery(delivery)

    async def _estimate(self, export: Export, part: Part) -> None:
        async with self.context.database.read() as connection:
            finished = await exports.processing_seconds(
                connection, account=export.specification.account
            )
        expected = usual_seconds(finished, part.rows_expected)
        self.context.figures.note(export.id, usual_seconds=expected)

    def _draw(self, part: Part) -> None:
        """A part has reached another stage, which need not wait for the next tick to be seen."""
        if self._board:
            self._board.stir(part.export_id, asks=part.state is State.UNCLEAR)
            self._start("board", self._board.round)

    async def _poll(self) -> None:
        for part in await self._poller.round():
            self._draw(part)
            if part.state.ended:
                await self._ended(part)
            else:
                self._start_part(part.export_id, part.number)

    # --- deliveries ---------------------------------------------------------------------------

    def _start_delivery(self, delivery: Delivery) -> None:
        if not delivery.state.ended:
            key = f"delivery {delivery.id}"
            self._start(key, lambda: self._deliver(delivery.id), delivery.export_id)

    async def _deliver(self, delivery_id: str) -> None:
        slack, board = self.context.slack, self._board
        if slack is None or board is None:
            return
        async with self.context.database.read() as connection:
            delivery = await deliveries.get(connection, delivery_id)
            export = await exports.get(connection, delivery.export_id) if delivery else None
        if delivery is None or export is None:
            return
        moved = await advance(self.context, slack, export, delivery)
        board.watch([moved])
        if moved.state is not delivery.state:
            self._start_parts(export)
        if moved.state.ended:
            self._start("board", board.round)
