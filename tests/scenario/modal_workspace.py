"""The modal at work: the program's own parts over a real socket, against the sandbox.

The engine begins with what is accepted, but no clock ticks after the first time: it goes on when
a test says so.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from databases import lay_out
from pydantic import AnyHttpUrl, SecretStr
from refusals import refused
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy import func, select
from stage import NO_TLS

import handlers
from bot.app import services as assemble
from bot.app import utc_now
from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.exports.catalogue import Catalogue
from bot.exports.context import Context, Slack
from bot.exports.engine import Engine
from bot.model.ids import new_owner_id
from bot.model.settings import Settings
from bot.slack.bolt import bolt_app
from bot.slack.clients import identify, open_clients
from bot.slack.socket import Socket
from handlers.services import Services
from handlers.views.names import Place, place_of
from sandbox import servers
from sandbox.servers import Sandbox
from sandbox.slack.world import ANA, SEO
from storage import tables
from storage.database import open_database

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
LINK = "https://app.botify.com/acme-org/acme.com/"


@dataclass
class Workspace:
    """A person's hands on the modal, and eyes on what it did."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    services: Services
    app: AsyncApp
    engine: Engine
    user: str = ANA
    channel: str = SEO

    async def command(self, text: str = "", **who: str) -> dict[str, Any]:
        """Type the slash command and wait until the modal has nothing more to find out."""
        answer = await self.post(
            "command",
            user=who.get("user", self.user),
            channel=who.get("channel", self.channel),
            text=f"/botify-export {text}".strip(),
        )
        await self.services.background.settle()
        return answer

    async def open(self, link: str = LINK, **who: str) -> dict[str, Any]:
        """The modal of a command with a link, filled."""
        await self.command(link, **who)
        return await self.top()

    async def choose(self, place: Place | str, value: Any) -> dict[str, Any]:
        """Choose in an input, or press a button; wait until everything was found out."""
        answer = await self.act("action", place, value)
        await self.services.background.settle()
        return answer

    async def type(self, place: Place, value: Any) -> dict[str, Any]:
        """Fill in an input without Enter."""
        return await self.act("input", place, value)

    async def act(self, how: str, place: Place | str, value: Any = None) -> dict[str, Any]:
        """One act on an element of the top view."""
        view = await self.top()
        block, action = _element(view, place)
        given = {} if value is None else {"value": value}
        return await self.post(
            how, user=self.user, view_id=view["id"], block_id=block, action_id=action, **given
        )

    async def options(self, place: Place, query: str = "") -> list[dict[str, Any]]:
        """What a menu offers."""
        view = await self.top()
        block, action = _element(view, place)
        answer = await self.post(
            "options",
            user=self.user,
            view_id=view["id"],
            block_id=block,
            action_id=action,
            query=query,
        )
        assert answer["ok"], answer
        grouped = [each for group in answer["option_groups"] for each in group["options"]]
        offered: list[dict[str, Any]] = answer["options"] + grouped
        return offered

    async def submit(self) -> dict[str, Any]:
        """Press *Export* and wait until everything was found out."""
        answer = await self.post("submit", user=self.user, view_id=(await self.top())["id"])
        await self.services.background.settle()
        return answer

    async def top(self) -> dict[str, Any]:
        """The view that the person looks at."""
        views = (await self.state())["views"]
        assert views, "no modal is open"
        top: dict[str, Any] = views[-1]
        return top

    async def until(self, text: str) -> dict[str, Any]:
        """The top view, as soon as it holds this text."""
        while True:
            for view in (await self.state())["views"][-1:]:
                if text in json.dumps(view):
                    found: dict[str, Any] = view
                    return found
            await asyncio.sleep(0.01)

    async def message(self, text: str) -> dict[str, Any]:
        """The message of the channel that holds this text, as soon as there is one."""
        while True:
            for message in (await self.state())["messages"][self.channel]:
                if text in json.dumps(message["blocks"]):
                    found: dict[str, Any] = message
                    return found
            await asyncio.sleep(0.01)

    async def control(self, name: str, **said: Any) -> dict[str, Any]:
        """Something that happens to the workspace; wait until the app has dealt with it."""
        answer = await self.http.post(f"control/slack/{name}", json=said)
        assert answer.status_code == httpx.codes.OK, answer.text
        await self.services.background.settle()
        found: dict[str, Any] = answer.json()
        return found

    async def fate(self, **fate: Any) -> None:
        """Decide how jobs end."""
        answer = await self.http.post("control/botify/fate", json=fate)
        assert answer.status_code == httpx.codes.OK, answer.text

    async def state(self) -> dict[str, Any]:
        """Everything that the person sees."""
        answer = await self.http.get("client/state", params={"user": self.user})
        found: dict[str, Any] = answer.json()
        return found

    async def said(self) -> str:
        """All text of the top view."""
        return json.dumps((await self.top())["blocks"], ensure_ascii=False)

    async def ephemeral(self) -> list[dict[str, Any]]:
        """Messages that only this person sees."""
        messages = (await self.state())["messages"]
        return [one for channel in messages.values() for one in channel if one["ephemeral"]]

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Something that a person does."""
        answer = await self.http.post(f"client/{path}", json=body)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def dispatch(self, payload: dict[str, Any]) -> dict[str, Any]:
        """An event that no client of Slack would send, given to the app as the socket gives it."""
        request = AsyncBoltRequest(mode="socket_mode", body=payload)
        response = await self.app.async_dispatch(request)
        assert response.status == httpx.codes.OK
        await self.services.background.settle()
        if not response.body.startswith("{"):
            return {"text": response.body} if response.body else {}
        found: dict[str, Any] = json.loads(response.body)
        return found

    async def exports(self) -> int:
        """Exports that were accepted."""
        return await self._count(tables.exports)

    async def deliveries(self) -> int:
        """Deliveries that were accepted."""
        return await self._count(tables.deliveries)

    async def _count(self, table: Any) -> int:
        async with self.services.database.read() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    def counts(self, service: str = "botify") -> dict[str, int]:
        """How often each method of a service was asked."""
        return dict(self.sandbox.journal.counts().get(service, {}))


def _element(view: dict[str, Any], place: Place | str) -> tuple[str, str]:
    """The block and the action of an input, or of a button in a row or beside a text."""
    for block in view["blocks"]:
        held = (block.get("element"), block.get("accessory"), *block.get("elements", ()))
        for element in held:
            if (element or {}).get("action_id") == str(place) and (
                block["type"] != "input" or place_of(block["block_id"]) == place
            ):
                return block["block_id"], element["action_id"]
    raise AssertionError(f"no {place} in {json.dumps(view['blocks'])}")


def errors(answer: dict[str, Any]) -> dict[Place | None, str]:
    """The errors that the app answered to a submission, by input."""
    assert answer["error"] == "errors", answer
    return {place_of(block): text for block, text in answer["errors"].items()}


def settings_for(sandbox: Sandbox, data_dir: Path, **more: Any) -> Settings:
    """The settings of a program that knows only the sandbox."""
    addresses = sandbox.addresses
    return Settings(
        slack_bot_token=SecretStr(addresses.slack_bot_token),
        slack_app_token=SecretStr(addresses.slack_app_token),
        slack_api_url=AnyHttpUrl(addresses.slack_api_url),
        botify_api_token=SecretStr(more.pop("botify_token", addresses.botify_api_token)),
        botify_api_url=AnyHttpUrl(addresses.botify_api_url),
        botify_download_hosts=(addresses.files_origin.partition("://")[2],),
        data_dir=data_dir,
        **more,
    )


@asynccontextmanager
async def running(
    data_dir: Path, *, limited: bool = False, refuses: Collection[str] = (), **settings: Any
) -> AsyncIterator[Workspace]:
    """A sandbox and our handlers, connected by a socket; in the end no request was wrong.

    Args:
        data_dir: where the program keeps its data.
        limited: Botify too refuses what comes too fast, and the program keeps to its budget.
            Slack always does.
        refuses: the errors of wrong requests that the test brings about.
        settings: those that are not the usual ones.
    """
    sandbox = await servers.start(manifest=MANIFEST)
    if not limited:
        sandbox.control.set_switches({"rate_limit": None})
    # Slack's three seconds are kept by the sandbox's clock; a busy machine must not break them.
    sandbox.clock.stretch = 20
    try:
        found = settings_for(sandbox, data_dir, **settings)
        budget = Budget(found.botify_requests_per_second if limited else 1000)
        async with _program(sandbox, found, budget) as workspace:
            yield workspace
        assert refused(sandbox.journal, but=refuses) == []
    finally:
        await sandbox.stop()


@asynccontextmanager
async def _program(
    sandbox: Sandbox, settings: Settings, budget: Budget
) -> AsyncIterator[Workspace]:
    await asyncio.to_thread(lay_out, settings.data_dir)
    database = await open_database(settings)
    botify = BotifyClient(
        str(settings.botify_api_url), settings.botify_api_token or SecretStr(""), budget
    )
    try:
        async with (
            botify,
            open_clients(settings) as clients,
            httpx.AsyncClient(base_url=sandbox.addresses.page, timeout=60, verify=NO_TLS) as http,
        ):
            slack = Slack(clients=clients, identity=await identify(clients))
            context = Context(
                settings=settings,
                database=database,
                botify=botify,
                catalogue=Catalogue(botify),
                slack=slack,
                owner=new_owner_id(),
                now=utc_now,
            )
            engine = Engine(context)
            services = assemble(context, slack, engine)
            app = bolt_app(clients, slack.identity)
            handlers.register(app, services)
            socket = Socket(app, clients, sandbox.addresses.slack_app_token)
            await socket.open()
            await socket.ready()
            await engine.tick()  # as the program begins; it says that this process is alive
            try:
                yield Workspace(sandbox, http, services, app, engine)
            finally:
                await socket.close()
                await services.background.close()
                await services.desk.catalogue.close()
                await engine.stop(5)
    finally:
        await database.close()
