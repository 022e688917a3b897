"""Assembling the program: the one place below the commands where everything is known."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

import handlers
from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.botify.profile import account as ask_account
from bot.botify.retries import ONCE
from bot.exports import choices, requests
from bot.exports.catalogue import Catalogue
from bot.exports.context import Context, Observer, Slack, unobserved
from bot.exports.drafting import Desk
from bot.exports.engine import Engine
from bot.model.draft import Draft
from bot.model.errors import ProductError
from bot.model.ids import new_owner_id
from bot.model.limits import STOP_SECONDS
from bot.model.settings import Settings
from bot.model.tokens import app_token, botify_token
from bot.slack.bolt import bolt_app
from bot.slack.clients import identify, open_clients
from bot.slack.manifest import missing_scopes
from bot.slack.socket import Socket
from handlers import promises, resuming
from handlers.background import Background
from handlers.screens import Screens
from handlers.services import Press, Services
from storage import drafts, exports
from storage.database import Database, open_database
from storage.processes import ProcessLock

log = structlog.get_logger(__name__)

SWEEP_MINUTES = 60
GRACE = STOP_SECONDS.value / 2
"""Seconds that calls under way get at a stop; the other half is for everything else."""


PROMISES_SECONDS = 10.0
"""Between two looks for what a process that has ended had promised."""

FIRST_LOOK_SECONDS = 5.0
"""How long the start waits for Botify's word about the token."""


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    with_slack: bool,
    transactions: Observer = unobserved,
    effects: Observer = unobserved,
    now: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Context]:
    """Everything that workers share, opened in order and closed in reverse.

    Args:
        settings: the operator's choices.
        with_slack: whether to serve a workspace.
        transactions: observer of all transactions.
        effects: observer of all effects.
        now: the clock of everything that is waited for and remembered.

    Raises:
        NotSetUp: a setting is missing, the database or the folder cannot be used.
        InstallationGone, SlackUnreachable: Slack does not say who we are.
    """
    token = botify_token(settings)
    owner = new_owner_id()
    async with AsyncExitStack() as stack:
        database = await open_database(settings)
        stack.push_async_callback(database.close)
        lock = ProcessLock.acquire(settings.data_dir, owner)
        stack.push_async_callback(_unlock, lock, database, owner)
        budget = Budget(settings.botify_requests_per_second)
        botify = await stack.enter_async_context(
            BotifyClient(str(settings.botify_api_url), token, budget)
        )
        catalogue = Catalogue(botify)
        stack.push_async_callback(catalogue.close)
        slack = None
        if with_slack:
            clients = await stack.enter_async_context(open_clients(settings))
            slack = Slack(clients=clients, identity=await identify(clients))
        yield Context(
            settings=settings,
            database=database,
            botify=botify,
            catalogue=catalogue,
            slack=slack,
            owner=owner,
            now=now,
            transactions=transactions,
            effects=effects,
        )


async def _unlock(lock: ProcessLock, database: Database, owner: str) -> None:
    """End the lock of a process: its file goes only where no row names the process any more.

    Whether everything was given up is asked of the database, not of the stop: that was perhaps cut
    off, or could not write.
    """
    owing = True
    try:
        async with database.read() as connection:
            owing = owner in await exports.owners(connection) | await drafts.promising(connection)
    except ProductError as error:
        log.warning(
            "Whether all work was given up is not known; the next process takes over what is left.",
            action="owners_not_read",
            cause=error.code,
            error_id=error.error_id,
        )
    finally:
        lock.release(owing=owing)


@asynccontextmanager
async def working(engine: Engine) -> AsyncIterator[None]:
    """The engine at work: a tick every POLL_SECONDS and a sweep every hour, until the end."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    settings = engine.context.settings
    scheduler.add_job(
        engine.tick,
        "interval",
        seconds=settings.poll_seconds,
        next_run_time=utc_now(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        id="poll",
    )
    scheduler.add_job(
        engine.sweep,
        "interval",
        minutes=SWEEP_MINUTES,
        next_run_time=utc_now(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        id="sweep",
    )
    scheduler.start()
    steady = asyncio.create_task(_keep_steady(scheduler, settings.poll_seconds))
    try:
        yield
    finally:
        steady.cancel()
        scheduler.pause()
        await engine.stop(GRACE)
        scheduler.shutdown(wait=False)


async def _keep_steady(scheduler: AsyncIOScheduler, seconds: float) -> NoReturn:
    """By the clock of the event loop, which nobody sets."""
    while True:
        await asyncio.sleep(max(1.0, seconds))
        bring_forward(scheduler, utc_now())


def bring_forward(scheduler: AsyncIOScheduler, now: datetime) -> None:
    """After the system's clock was set back, no job waits for longer than its interval."""
    for job in scheduler.get_jobs():
        due = job.next_run_time
        if due is not None and due - now > job.trigger.interval:
            job.modify(next_run_time=now)


def stop_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, instead of ending the process at once."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked


def services(context: Context, slack: Slack, engine: Engine) -> Services:
    """What the handlers of a workspace need."""

    async def accept(draft: Draft) -> requests.Accepted:
        accepted = await requests.accept(context, draft)
        engine.take(accepted.export, accepted.delivery)
        return accepted

    def pressed(act: Callable[[Context, str, str], Awaitable[str]]) -> Press:
        async def press(delivery_id: str, user: str) -> str:
            sentence = await act(context, delivery_id, user)
            await engine.tick()
            return sentence

        return press

    return Services(
        settings=context.settings,
        database=context.database,
        desk=Desk(context.settings, context.catalogue, slack.clients, slack.identity),
        slack=slack.clients,
        identity=slack.identity,
        owner=context.owner,
        accept=accept,
        stop=pressed(choices.stop),
        retry=pressed(choices.retry),
        check_again=pressed(choices.check_again),
        start_again=pressed(choices.start_again),
        background=Background(),
        screens=Screens(slack.clients, context.database, context.settings),
        now=context.now,
    )


async def serve(
    settings: Settings,
    *,
    transactions: Observer = unobserved,
    effects: Observer = unobserved,
    now: Callable[[], datetime] = utc_now,
) -> None:
    """Serve the Slack app over Socket Mode until SIGTERM or SIGINT. Arguments as for `assembled`.

    Raises:
        NotSetUp, InstallationGone: before anything began, or when Slack ends the connection for
            good; the supervisor may start the program again.
    """
    token = app_token(settings)
    async with assembled(
        settings, with_slack=True, transactions=transactions, effects=effects, now=now
    ) as context:
        slack = context.slack
        assert slack is not None  # noqa: S101 - asked for just above
        granted = slack.identity.scopes
        missing = missing_scopes(granted) if granted else ()
        if missing:
            log.warning(
                "The installed app lacks scopes of manifest.yml; install it again.",
                action="scopes_missing",
                missing=sorted(missing),
            )
        engine = Engine(context)
        desk = services(context, slack, engine)
        app = bolt_app(slack.clients, slack.identity)
        handlers.register(app, desk)
        asked = stop_signals()
        async with working(engine):
            await _look_at_botify(context)
            socket = Socket(app, slack.clients, token)
            await socket.open()
            try:
                await _first(
                    asked.wait(),
                    socket.watch(),
                    _greet(socket, slack, settings),
                    _keep_promises(desk),
                )
            finally:
                await socket.close()
                await desk.background.close()
                await promises.release(desk)
        log.info("Botify Export has stopped; every export goes on after the next start.")


async def _look_at_botify(context: Context) -> None:
    """Say at once that exports will not work; the program runs all the same, and says so again."""
    try:
        async with asyncio.timeout(FIRST_LOOK_SECONDS):
            await ask_account(context.botify, patience=ONCE)
    except (ProductError, TimeoutError) as error:
        log.warning(
            "Exports will not work: Botify gave no account for the token.",
            action="botify_not_ready",
            reason=str(error) or "It did not answer in time.",
        )


async def _greet(socket: Socket, slack: Slack, settings: Settings) -> NoReturn:
    """Say that the program runs once Slack's requests arrive; then wait for ever."""
    await socket.ready()
    log.info(
        "Botify Export is running.",
        action="started",
        team=slack.identity.team_name,
        data_dir=str(settings.data_dir.absolute()),
    )
    await asyncio.Event().wait()
    raise AssertionError  # nobody sets an event that nobody has


async def _keep_promises(desk: Services) -> NoReturn:
    """Take over what other processes have promised and did not get to: now, and ever again."""
    while True:
        try:
            await resuming.take_over(desk)
        except ProductError as error:
            log.warning(
                "Promises were not looked for; it is tried again.",
                action="promises_not_read",
                cause=error.code,
                error_id=error.error_id,
            )
        await asyncio.sleep(PROMISES_SECONDS)


async def _first(*awaited: Coroutine[Any, Any, Any]) -> None:
    """Wait until one of several ends, and raise what it raised; the others are ended."""
    tasks = [asyncio.create_task(one) for one in awaited]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
