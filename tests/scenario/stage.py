"""The stage of a scenario: the sandbox, the real program as a process, and a person's hands.

Nothing of the program is imported: it runs as a process of its own, as an operator starts it, is
ended by signals, and is seen through what Slack, Botify and the terminal show.
"""

import asyncio
import itertools
import json
import os
import re
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
from databases import lay_out
from forks import Forked, command
from refusals import refused

from sandbox import servers
from sandbox.servers import Sandbox
from sandbox.slack import people
from sandbox.slack.world import ANA, SEO

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here is plain HTTP; reading the machine's certificates for each test is slow."""
ACME = "https://app.botify.com/acme-org/acme.com/"
TINY = "https://app.botify.com/acme-org/tiny.example/"
STRETCH = 20
"""Slack's three seconds are real time: a busy machine must not break them."""

GLANCE = 0.1
"""Seconds between two looks while nothing is asked of the services."""

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Ran:
    """What a finished command left behind."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON object in the last line of standard output."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


SHOWN = 5_000
"""Characters of each log that are shown when a test fails."""


class Bot:
    """`botify-export run` as a process."""

    def __init__(self, process: Forked, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def log(self) -> str:
        """Everything that it has logged."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.alive

    async def ended(self) -> int:
        """Its exit status, once it has ended; negative where a signal ended it."""
        return await self._process.ended()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        self._process.signal(number)

    async def stop(self) -> int:
        """SIGTERM, as a supervisor does it."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """Pull the plug."""
        self.signal(signal.SIGKILL)
        await self.ended()


@dataclass(frozen=True)
class Running:
    """A command that was begun."""

    process: Forked
    out: Path
    err: Path

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        self.process.signal(number)

    async def ended(self) -> Ran:
        """What it left behind, once it has ended."""
        status = await self.process.ended()
        return Ran(status, self.out.read_bytes().decode(), self.err.read_bytes().decode())


@dataclass
class Stage:
    """Everything that a scenario needs."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    folder: Path
    settings: Mapping[str, str]
    bots: list[Bot] = field(default_factory=list)
    user: str = ANA
    channel: str = SEO
    brings_about: set[str] = field(default_factory=set)
    """What the services may call wrong here: see `refusals`."""
    _commands: Iterator[int] = field(default_factory=itertools.count)

    # --- the program ------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """The settings of an installation whose services are the sandbox."""
        places = self.sandbox.addresses
        return {
            "PATH": os.environ["PATH"],
            "SLACK_BOT_TOKEN": places.slack_bot_token,
            "SLACK_APP_TOKEN": places.slack_app_token,
            "SLACK_API_URL": places.slack_api_url,
            "BOTIFY_API_TOKEN": places.botify_api_token,
            "BOTIFY_API_URL": places.botify_api_url,
            "BOTIFY_DOWNLOAD_HOSTS": places.files_origin.partition("://")[2],
            "DATA_DIR": str(self.folder / "data"),
            "POLL_SECONDS": "0.1",
            "BOTIFY_REQUESTS_PER_SECOND": "100",  # what the budget keeps is tried by its own tests
            **self.settings,
        }

    async def start_bot(self, **more: str) -> Bot:
        """Start the Slack app and wait until Slack sees it."""
        before = self._connections()
        log = self.folder / f"bot-{len(self.bots)}.log"
        log.touch()
        environment = self.environment | more
        process = Forked(command, ("run",), environment, str(self.folder), str(log), str(log))
        bot = Bot(process, log)
        self.bots.append(bot)

        async def connected() -> bool:
            assert bot.alive, bot.log
            return any(one not in before for one in self._connections())

        await self.until(connected)
        return bot

    async def run(self, *arguments: str, **more: str) -> Ran:
        """Run a command to its end, without a terminal."""
        return await self.begin(*arguments, **more).ended()

    def begin(self, *arguments: str, **more: str) -> Running:
        """Start a command."""
        number = next(self._commands)
        out, err = (self.folder / f"command-{number}.{stream}" for stream in ("out", "err"))
        out.touch()
        err.touch()
        environment = self.environment | more
        process = Forked(command, arguments, environment, str(self.folder), str(out), str(err))
        return Running(process, out, err)

    # --- the person -------------------------------------------------------------------------

    async def export(self, link: str = ACME, **choices: Any) -> None:
        """Type the command, wait for the price, change what is asked, and press *Export*."""
        await self.open(
            link, user=choices.pop("user", self.user), channel=choices.pop("channel", self.channel)
        )
        for element, value in choices.items():
            await self.choose(element, value)
        answer = await self.submit()
        assert answer["ok"], answer

    async def open(
        self, link: str = ACME, *, user: str | None = None, channel: str | None = None
    ) -> None:
        """Open the modal and wait until it shows the price."""
        self.user = user or self.user
        where = channel or self.channel
        answer = await self.do("command", channel=where, text=f"/botify-export {link}")
        assert answer["ok"], answer
        await self.until(self._priced)

    async def choose(self, element: str, value: Any) -> None:
        """Choose something in the modal and wait until it shows the price again."""
        view = await self.view()
        assert view is not None
        block = next(
            block["block_id"]
            for block in view["blocks"]
            if block.get("element", {}).get("action_id") == element
        )
        answer = await self.do(
            "action", view_id=view["id"], block_id=block, action_id=element, value=value
        )
        assert answer["ok"], answer
        await self.until(self._priced)

    async def submit(self) -> dict[str, Any]:
        """Press *Export*."""
        view = await self.view()
        assert view is not None
        return await self.do("submit", view_id=view["id"])

    async def press(self, message: dict[str, Any], action_id: str) -> dict[str, Any]:
        """Press a button of a message as it was when it was read."""
        place = {"channel": message["channel"], "ts": message["ts"]}
        block_id = _block_with(message, action_id)
        return await self.do("action", block_id=block_id, action_id=action_id, **place)

    async def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Something that a person does in Slack's client."""
        answer = await self.http.post(f"client/{what}", json={"user": self.user} | arguments)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found

    # --- what can be seen -------------------------------------------------------------------

    async def state(self) -> dict[str, Any]:
        """Everything that the person sees: what the page reads, without a request each time."""
        return people.state(self.sandbox.slack, self.user)

    async def view(self) -> dict[str, Any] | None:
        """The modal on top."""
        views = (await self.state())["views"]
        return views[-1] if views else None

    async def messages(self, channel: str | None = None) -> list[dict[str, Any]]:
        """The messages of a channel, oldest first; of the thread replies too."""
        found = (await self.state())["messages"].get(channel or self.channel, [])
        return [message for message in found if not message["ephemeral"]]

    async def files(self, channel: str | None = None) -> list[dict[str, Any]]:
        """The files in a channel."""
        return [file for message in await self.messages(channel) for file in message["files"]]

    async def download(self, file: dict[str, Any]) -> bytes:
        """A file, as the person's browser saves it."""
        answer = await self.http.get(file["download"])
        assert answer.status_code == httpx.codes.OK
        return answer.content

    async def delivered(self, count: int = 1, channel: str | None = None) -> list[dict[str, Any]]:
        """The files, once there are so many and their progress messages have settled."""

        async def there() -> list[dict[str, Any]] | None:
            messages = await self.messages(channel)
            found = [file for message in messages for file in message["files"]]
            settled = [message for message in messages if "is exported" in message["text"]]
            return found if len(found) >= count and len(settled) >= count else None

        return await self.until(there)

    async def message_with(self, text: str, channel: str | None = None) -> dict[str, Any]:
        """The first message that says this, once there is one."""

        async def there() -> dict[str, Any] | None:
            for message in await self.messages(channel):
                if text in json.dumps(message, ensure_ascii=False):
                    return message
            return None

        return await self.until(there)

    def counts(self, service: str = "botify") -> dict[str, int]:
        """How often each method of a service was asked."""
        return dict(self.sandbox.journal.counts().get(service, {}))

    async def jobs(self) -> list[dict[str, Any]]:
        """The jobs that the local Botify has."""
        state = (await self.http.get("control/state/botify")).json()
        found: list[dict[str, Any]] = state["jobs"]
        return found

    async def expected(self, job_id: str) -> bytes:
        """The exact bytes of a job's file before any packing."""
        answer = await self.http.get("control/botify/expected", params={"job": job_id})
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.content

    async def until(self, look: Callable[[], Awaitable[Seen | None]]) -> Seen:
        """Look until there is something; the test's own time limit ends what never comes."""
        while not (seen := await look()):
            for bot in self.bots[-1:]:
                assert bot.alive or bot.log == "", f"the bot ended:\n{bot.log}"
            await self._change()
        return seen

    async def _change(self) -> None:
        """Until a service was asked something; what no request shows is looked at now and then."""
        changed = asyncio.Event()
        ended = self.sandbox.journal.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(GLANCE):
                await changed.wait()
        except TimeoutError:
            return
        finally:
            ended()
        await asyncio.sleep(0.05)  # what follows from one request is there, and read once

    # --- how it breaks ----------------------------------------------------------------------

    async def fault(self, service: str, method: str, action: str, **more: Any) -> None:
        """Break something on demand."""
        await self.control(
            "faults", {"service": service, "method": method, "action": action} | more
        )

    async def switch(self, **values: Any) -> None:
        """Choose how a service behaves."""
        await self.control("switches", values)

    async def fate(self, **fate: Any) -> None:
        """Decide how jobs end."""
        await self.control("botify/fate", fate)

    async def control(self, path: str, body: Any) -> None:
        """Say something to the sandbox."""
        answer = await self.http.post(f"control/{path}", json=body)
        assert answer.status_code == httpx.codes.OK, answer.text

    async def _priced(self) -> dict[str, Any] | None:
        view = await self.view()
        text = json.dumps(view)
        return view if re.search(r"\d credits", text) and "Asking Botify" not in text else None

    def _connections(self) -> list[object]:
        """Those of bots that were killed may be there for a moment longer."""
        return list(self.sandbox.slack.sockets.connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self.bots:
            await bot.kill()


def _block_with(message: Mapping[str, Any], action_id: str) -> str:
    """The block of a message that has this button."""
    for block in message["blocks"]:
        if any(one.get("action_id") == action_id for one in block.get("elements", [])):
            return str(block["block_id"])
    raise AssertionError(f"no button {action_id} in {json.dumps(message['blocks'])}")


@asynccontextmanager
async def staged(folder: Path, **settings: str) -> AsyncIterator[Stage]:
    """A stage with a fresh sandbox, an empty database and no bot yet.

    In the end no request of the program was wrong, but for what the scenario brings about.
    """
    await asyncio.to_thread(lay_out, folder / "data")
    sandbox = await servers.start(manifest=MANIFEST, stretch=STRETCH)
    try:
        async with (
            httpx.AsyncClient(base_url=sandbox.addresses.page, timeout=60, verify=NO_TLS) as http,
            Stage(sandbox, http, folder, settings) as stage,
        ):
            await stage.switch(rate_limit=None)
            try:
                yield stage
            finally:  # pytest shows it where a test fails
                shown = [bot.log[-SHOWN:] for bot in stage.bots]
                print(*shown, json.dumps(await stage.view())[-SHOWN:], sep="\n")  # noqa: T201
            wrong = refused(sandbox.journal, but=stage.brings_about)
            assert not wrong, wrong
    finally:
        await sandbox.stop()
