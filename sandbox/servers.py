"""Start and stop the three servers: Slack with the page and the control API, Botify, its files."""

import dataclasses
import json
from pathlib import Path

from aiohttp import web

from sandbox.botify import app as botify
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack import app as slack

SLACK_BOT_TOKEN = "xoxb-sandbox-bot"
SLACK_APP_TOKEN = "xapp-sandbox-app"
BOTIFY_API_TOKEN = "sandbox-botify-token"
SECONDS_TO_STOP = 0.2


@dataclasses.dataclass(frozen=True)
class Addresses:
    """Where everything is and what opens it: the line that the sandbox prints at its start."""

    page: str
    slack_api_url: str
    control: str
    botify_api_url: str
    files_origin: str
    slack_bot_token: str = SLACK_BOT_TOKEN
    slack_app_token: str = SLACK_APP_TOKEN
    botify_api_token: str = BOTIFY_API_TOKEN

    def line(self) -> str:
        return json.dumps(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    addresses: Addresses
    clock: Clock
    journal: Journal
    faults: Faults
    control: Control
    runners: tuple[web.AppRunner, ...]

    async def stop(self) -> None:
        """Close all connections and free the ports and the temporary files."""
        self.clock.release()
        for runner in self.runners:
            await runner.cleanup()


async def start(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    botify_port: int = 0,
    files_port: int = 0,
    manifest: Path = Path("manifest.yml"),
    profile: str = "test",
    stretch: float = 1.0,
) -> Sandbox:
    """Build the apps and listen; port 0 takes any free one.

    Raises:
        OSError: a port is taken.
    """
    clock = Clock(stretch)
    journal = Journal(clock)
    faults = Faults(clock)
    control = Control(clock, journal, faults, profile=profile)
    slack_app = slack.build(clock, journal, faults, control, manifest)
    botify_apps = botify.build(clock, journal, faults, control)
    control.mount(slack_app)
    runners = tuple(
        web.AppRunner(app, access_log=None, shutdown_timeout=SECONDS_TO_STOP)
        for app in (slack_app, botify_apps.api, botify_apps.files)
    )
    origins: list[str] = []
    try:
        for runner in runners:
            await runner.setup()
        for runner, wanted in zip(runners, (port, botify_port, files_port), strict=True):
            await web.TCPSite(runner, host, wanted).start()
            origins.append(f"http://{host}:{runner.addresses[0][1]}")
    except BaseException:
        for runner in runners:
            await runner.cleanup()
        raise
    slack_origin, botify_origin, files_origin = origins
    botify_apps.service.files_origin = files_origin
    addresses = Addresses(
        page=f"{slack_origin}/",
        slack_api_url=f"{slack_origin}/api/",
        control=f"{slack_origin}/control/",
        botify_api_url=f"{botify_origin}/v1",
        files_origin=files_origin,
    )
    return Sandbox(addresses, clock, journal, faults, control, runners)
