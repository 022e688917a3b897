"""What the endpoints of the local Botify share."""

import asyncio
import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox.botify import auth
from sandbox.botify.ratelimit import RateLimit
from sandbox.botify.store import Store
from sandbox.botify.world import Person, Project, World
from sandbox.clock import Clock
from sandbox.control import Switch

PERSON = web.RequestKey("person", Person)
FIRST_JOB = 4_100_001


@dataclasses.dataclass
class Service:
    """The state of the local Botify."""

    clock: Clock
    switches: dict[str, Switch]
    world: World
    rate_limit: RateLimit
    store: Store
    jobs: dict[int, Any] = dataclasses.field(default_factory=dict)
    """By number; see `jobs.Job`."""
    job_numbers: Iterator[int] = dataclasses.field(
        default_factory=lambda: itertools.count(FIRST_JOB)
    )
    """Never begins anew: a client that remembers a number must not meet another job under it."""
    next_fates: list[str] = dataclasses.field(default_factory=list)
    """The fates of the next jobs to be created, before the switch `job_fate` decides again."""
    credits: Decimal = Decimal(0)
    tokens_received: int = 0
    """How often the file host was sent a credential. Must stay 0."""
    files_origin: str = ""
    _tasks: set[asyncio.Task[Any]] = dataclasses.field(default_factory=set)

    def value(self, switch: str) -> Any:
        """What a switch says now."""
        return self.switches[switch].value

    def person(self, request: web.Request) -> Person:
        return request[PERSON]

    def project(self, request: web.Request) -> Project:
        """The project that the path names.

        Raises:
            Refusal: it does not exist, or is not for this person.
        """
        path = request.match_info
        return auth.project(self.person(request), self.world, path["org"], path["project"])

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something while requests go on; `close` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is being written, and remove all files."""
        self.store.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


Endpoint = Callable[[Service, web.Request], Awaitable[web.StreamResponse]]
Route = tuple[str, str, Endpoint]
"""HTTP method, path below `/v1`, and what answers it."""
