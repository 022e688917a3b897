"""Start and stop the three servers: Slack with the page and the control API, Botify, its files."""

import dataclasses
import errno
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from sandbox import supervisor
from sandbox.addresses import Addresses
from sandbox.botify import app as botify
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack import app as slack
from sandbox.slack.platform import Platform
from sandbox.supervisor import Supervisor

SECONDS_TO_STOP = 0.2


class PortTaken(OSError):
    """Another program listens at a port that is wanted."""

    def __init__(self, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} is taken by another program")
        self.port = port

    def __str__(self) -> str:
        return str(self.strerror)


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    addresses: Addresses
    clock: Clock
    journal: Journal
    faults: Faults
    control: Control
    supervisor: Supervisor
    slack: Platform
    runners: tuple[web.AppRunner, ...]

    async def stop(self) -> None:
        """End the program, close all connections, free the ports and the temporary files."""
        self.clock.release()
        await self.supervisor.close()
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
    command: Sequence[str] = (),
) -> Sandbox:
    """Build the apps and listen; port 0 takes any free one. Then start the command, if any.

    Raises:
        PortTaken: another program listens there.
        OSError: a port cannot be used, the command cannot be run.
    """
    clock = Clock(stretch)
    journal = Journal(clock)
    faults = Faults(clock)
    control = Control(clock, journal, faults, profile=profile)
    slack_app = slack.build(clock, journal, faults, control, manifest)
    botify_apps = botify.build(clock, journal, faults, control)
    control.mount(slack_app)
    child = Supervisor(command, journal)
    slack_app.add_routes(supervisor.routes(child))
    runners = tuple(
        web.AppRunner(app, access_log=None, shutdown_timeout=SECONDS_TO_STOP)
        for app in (slack_app, botify_apps.api, botify_apps.files)
    )
    origins: list[str] = []
    try:
        for runner in runners:
            await runner.setup()
        for runner, wanted in zip(runners, (port, botify_port, files_port), strict=True):
            await _listen(runner, host, wanted)
            origins.append(f"http://{host}:{runner.addresses[0][1]}")
        slack_origin, botify_origin, files_origin = origins
        botify_apps.service.files_origin = files_origin
        addresses = Addresses(
            page=f"{slack_origin}/",
            slack_api_url=f"{slack_origin}/api/",
            control=f"{slack_origin}/control/",
            botify_api_url=f"{botify_origin}/v1",
            files_origin=files_origin,
        )
        await child.open(addresses)
    except BaseException:
        for runner in runners:
            await runner.cleanup()
        raise
    return Sandbox(
        addresses, clock, journal, faults, control, child, slack_app[slack.PLATFORM], runners
    )


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as refused:
        if refused.errno == errno.EADDRINUSE:
            raise PortTaken(port) from refused
        raise
