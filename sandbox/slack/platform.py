"""Everything that a rule of the local Slack may need, in one place."""

import asyncio
import dataclasses
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.control import Switch
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack.bus import Bus
from sandbox.slack.envelopes import Envelopes
from sandbox.slack.manifest import Manifest
from sandbox.slack.ratelimits import RateLimits
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.sockets import Sockets
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.workspace import Notice, Workspace


@dataclasses.dataclass
class Platform:
    """The parts of the local Slack."""

    clock: Clock
    journal: Journal
    faults: Faults
    switches: dict[str, Switch]
    manifest: Manifest
    workspace: Workspace
    bus: Bus
    triggers: Triggers
    views: Views
    sockets: Sockets
    envelopes: Envelopes
    rate_limits: RateLimits
    response_urls: ResponseUrls
    files: Path
    """The folder that holds the uploaded bytes."""
    origin: str = "http://127.0.0.1"
    """The address under which it was asked last."""
    menus: dict[tuple[str, ...], list[dict[str, Any]]] = dataclasses.field(default_factory=dict)
    """The options that each external menu of each person showed last."""
    tasks: set[asyncio.Task[None]] = dataclasses.field(default_factory=set)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on in the background; what goes wrong there is raised in the event loop's handler."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def notice(self, user: str, error: str, text: str) -> Notice:
        """Tell a person what Slack's client tells when the app did not answer well."""
        workspace = self.workspace
        notice = Notice(workspace.new_id("N"), user, error, text, self.clock.now())
        workspace.notices[notice.id] = notice
        self.bus.tell("notice", user=user, notice=notice.as_json())
        return notice
