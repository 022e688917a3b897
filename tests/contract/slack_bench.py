"""A bench for the contract tests of the local Slack: plain HTTP, a person's hands, a bare app.

Nothing here knows an SDK: what the rules say is seen as bytes on the wire.
"""

import asyncio
import dataclasses
import inspect
import json
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from sandbox import servers
from sandbox.addresses import SLACK_APP_TOKEN, SLACK_BOT_TOKEN
from sandbox.journal import Entry
from sandbox.servers import Sandbox
from sandbox.slack import world
from sandbox.slack.manifest_rules import EVENTS

Json = dict[str, Any]

SCOPES = (
    "commands",
    "chat:write",
    "files:write",
    "files:read",
    "channels:read",
    "groups:read",
    "im:read",
    "mpim:read",
    "im:write",
    "mpim:write",
    "channels:join",
    "channels:history",
    "groups:history",
    "im:history",
    "links.embed:write",
    "users:read",
)
SUBSCRIBED = ["app_home_opened", "message.channels"]
MANIFEST: Json = {
    "display_information": {"name": "Bench"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "bench"},
        "shortcuts": [
            {"name": "New", "type": "global", "callback_id": "new", "description": "New"},
            {"name": "This", "type": "message", "callback_id": "this", "description": "This"},
        ],
        "slash_commands": [
            {"command": "/bench", "description": "Bench", "should_escape": True},
            {"command": "/plain", "description": "Bench", "should_escape": False},
        ],
    },
    "oauth_config": {"scopes": {"bot": list(SCOPES)}},
    "settings": {
        "event_subscriptions": {"bot_events": SUBSCRIBED},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}

SILENCE = object()
"""What a reply returns when the app shall not acknowledge."""

Reply = Callable[[Json], Any]


@dataclasses.dataclass
class Ear:
    """A bare app at the other end of a WebSocket."""

    socket: aiohttp.ClientWebSocketResponse
    hello: Json
    reply: Reply = lambda _envelope: None
    envelopes: list[Json] = dataclasses.field(default_factory=list)
    others: list[Json] = dataclasses.field(default_factory=list)
    heard: asyncio.Condition = dataclasses.field(default_factory=asyncio.Condition)
    ended: bool = False

    async def listen(self) -> None:
        """Note everything, acknowledge each envelope with what `reply` makes of it."""
        async for message in self.socket:
            body = json.loads(message.data)
            if "envelope_id" in body:
                self.envelopes.append(body)
                answer = self.reply(body)
                answer = await answer if inspect.isawaitable(answer) else answer
                if answer is not SILENCE:
                    await self.acknowledge(body["envelope_id"], answer)
            else:
                self.others.append(body)
            async with self.heard:
                self.heard.notify_all()
        self.ended = True
        async with self.heard:
            self.heard.notify_all()

    async def acknowledge(self, envelope_id: str, payload: Any = None) -> None:
        body: Json = {"envelope_id": envelope_id}
        if payload is not None:
            body["payload"] = payload
        await self.socket.send_str(json.dumps(body))

    async def until(self, met: Callable[["Ear"], Any]) -> None:
        """Wait until the condition holds."""
        async with asyncio.timeout(10), self.heard:
            await self.heard.wait_for(lambda: met(self))

    @property
    def last(self) -> Json:
        payload: Json = self.envelopes[-1]["payload"]
        return payload


@dataclasses.dataclass
class Bench:
    """A running sandbox and the ways to use it."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    ears: list[asyncio.Task[None]] = dataclasses.field(default_factory=list)

    async def api(self, method: str, token: str | None = SLACK_BOT_TOKEN, **arguments: Any) -> Json:
        """A Web API call with JSON arguments."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(f"/api/{method}", json=arguments, headers=headers) as answer:
            body: Json = await answer.json()
            return body

    async def hands(self, deed: str, user: str = world.ANA, **said: Any) -> Json:
        """Something that a person does."""
        async with self.http.post(f"/client/{deed}", json={"user": user, **said}) as answer:
            body: Json = await answer.json()
            return body

    async def control(self, path: str, **said: Any) -> Json:
        async with self.http.post(f"/control/{path}", json=said) as answer:
            assert answer.status == 200, await answer.text()
            body: Json = await answer.json()
            return body

    async def state(self) -> Json:
        async with self.http.get("/control/state/slack") as answer:
            body: Json = await answer.json()
            return body

    async def screen(self, user: str = world.ANA) -> Json:
        """What a person sees."""
        async with self.http.get("/client/state", params={"user": user}) as answer:
            body: Json = await answer.json()
            return body

    def switch(self, **values: Any) -> None:
        self.sandbox.control.set_switches(values)

    def drive(self) -> None:
        """From now on time stands still, at a whole second, until `pass_`."""
        self.sandbox.clock.drive(math.ceil(self.sandbox.clock.now()))

    async def noted(self, service: str, method: str, number: int = 1) -> list[Entry]:
        """Wait until the journal has so many entries of a method."""
        journal = self.sandbox.journal
        changed = asyncio.Event()
        forget = journal.subscribe(lambda _entry: changed.set())
        try:
            async with asyncio.timeout(10):
                while len(found := journal.entries(service, method)) < number:
                    changed.clear()
                    await changed.wait()
        finally:
            forget()
        return found

    def pass_(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)

    async def ticket(self) -> str:
        """The address of a new WebSocket."""
        answer = await self.api("apps.connections.open", SLACK_APP_TOKEN)
        return str(answer["url"])

    async def app(self, reply: Reply = lambda _envelope: None) -> Ear:
        """A bare app, connected."""
        socket = await self.http.ws_connect(await self.ticket())
        hello = json.loads((await socket.receive()).data)
        ear = Ear(socket, hello, reply)
        self.ears.append(asyncio.create_task(ear.listen()))
        return ear

    async def trigger(self, ear: Ear) -> str:
        """A fresh trigger id, from a command."""
        answer = await self.hands("command", channel=world.SEO, text="/bench")
        assert answer["ok"], answer
        return str(ear.last["trigger_id"])

    async def open(self, ear: Ear, view: Json) -> Json:
        """A modal on Ana's screen; the view as the API shows it."""
        answer = await self.api("views.open", trigger_id=await self.trigger(ear), view=view)
        assert answer["ok"], answer
        shown: Json = answer["view"]
        return shown

    async def post(self, **arguments: Any) -> Json:
        """A message of the app in #seo."""
        answer = await self.api("chat.postMessage", **{"channel": world.SEO, **arguments})
        assert answer["ok"], answer
        return answer

    async def upload(self, content: bytes = b"a,b\n", name: str = "x.csv") -> str:
        """A file whose bytes are there, not completed yet; its id."""
        reserved = await self.api("files.getUploadURLExternal", filename=name, length=len(content))
        async with self.http.post(reserved["upload_url"], data=content) as answer:
            assert await answer.text() == f"OK - {len(content)}"
        return str(reserved["file_id"])


@asynccontextmanager
async def bench(folder: Path, manifest: Json = MANIFEST, **start: Any) -> AsyncIterator[Bench]:
    """A sandbox with this manifest, and the bench around it; rate limits are off."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest))
    sandbox = await servers.start(manifest=path, **start)
    sandbox.control.set_switches({"rate_limits": False})
    async with aiohttp.ClientSession(sandbox.addresses.page) as http:
        running = Bench(sandbox, http)
        try:
            yield running
        finally:
            await sandbox.stop()
            await asyncio.gather(*running.ears)


def text(content: str = "text") -> Json:
    return {"type": "plain_text", "text": content}


def section(content: str = "text", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": content}, **more}


def option(value: str = "one") -> Json:
    return {"text": text(value[:75]), "value": value}


def entry(element: Json, block_id: str = "block", **more: Any) -> Json:
    """An input block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": text("Label"),
        "element": {"action_id": "action", **element},
        **more,
    }


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal of these blocks that can be submitted."""
    return {
        "type": "modal",
        "title": text("Title"),
        "submit": text("Go"),
        "blocks": list(blocks) or [section()],
        **more,
    }


def without_scope(scope: str) -> Json:
    """The bench's manifest without one scope, and without what cannot be had without it."""
    kept = [each for each in SCOPES if each != scope]
    events = [name for name in SUBSCRIBED if not EVENTS[name] or set(EVENTS[name]) & set(kept)]
    settings = {**MANIFEST["settings"], "event_subscriptions": {"bot_events": events}}
    return MANIFEST | {"oauth_config": {"scopes": {"bot": kept}}, "settings": settings}


def with_scope(scope: str) -> Json:
    """The bench's manifest with one scope more."""
    return MANIFEST | {"oauth_config": {"scopes": {"bot": [*SCOPES, scope]}}}
