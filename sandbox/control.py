"""The control API: faults, switches, the clock, the journal, seeding and state, as JSON."""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from sandbox import kinds
from sandbox.clock import Clock
from sandbox.decoding import decoded
from sandbox.faults import BadFault, Fault, Faults
from sandbox.journal import Journal


class BadRequest(ValueError):
    """The control API was asked for something that does not exist; the text says what."""


@dataclasses.dataclass
class Switch:
    """A behaviour that can be chosen. Services read `value` each time they need it."""

    value: Any
    meaning: str
    values: tuple[Any, ...] | type
    """The choices, or the type that the value must have."""
    optional: bool = False
    """Whether None may be chosen beside a type."""
    least: float = 0
    """The smallest number that may be chosen, where the type is one."""

    def __post_init__(self) -> None:
        self.default = self.value

    def set(self, value: Any) -> None:
        """Choose.

        Raises:
            BadRequest: the value is not one of the choices.
        """
        if not self._allows(value):
            raise BadRequest(f"{value!r} is not one of {self.choices()}")
        self.value = float(value) if self.values is float and value is not None else value

    def choices(self) -> list[Any] | str:
        """What may be chosen, as JSON."""
        return self.values.__name__ if isinstance(self.values, type) else list(self.values)

    def _allows(self, value: Any) -> bool:
        if not isinstance(self.values, type):
            return any(value is choice or value == choice for choice in self.values) and isinstance(
                value, tuple({type(choice) for choice in self.values})
            )
        if value is None:
            return self.optional
        if self.values is float:
            return kinds.seconds(self.least).allows(value)
        if self.values is int:
            return kinds.whole(int(self.least)).allows(value)
        return isinstance(value, self.values)


@dataclasses.dataclass(frozen=True)
class Service:
    """What a service hands over to be controlled."""

    switches: dict[str, Switch]
    state: Callable[[], dict[str, Any]]
    reset: Callable[[], None]
    seed: Callable[[Any], Callable[[], None]]
    """Reads what is to be added; what it returns adds it, and cannot fail."""


CLOCK: dict[str, kinds.Kind] = {
    "drive": kinds.BOOLEAN,
    "start": kinds.seconds(),
    "advance": kinds.seconds(),
    "stretch": kinds.seconds(0.001),
}
"""What the clock can be told."""


class Control:
    """The services' switches, state, reset and seed under one roof."""

    def __init__(
        self, clock: Clock, journal: Journal, faults: Faults, *, profile: str = "test"
    ) -> None:
        self.clock = clock
        self.journal = journal
        self.faults = faults
        self.profile = profile
        """`test` or `demo`: what the services choose their first switch values by."""
        self._stretch = clock.stretch
        self._services: dict[str, Service] = {}
        self._routes: list[web.AbstractRouteDef] = []

    def register(
        self,
        name: str,
        switches: dict[str, Switch],
        state: Callable[[], dict[str, Any]],
        reset: Callable[[], None],
        seed: Callable[[Any], Callable[[], None]],
        *,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        """Take a service under control; `routes` are added as they are (`/control/...`).

        Raises:
            ValueError: a switch of this name belongs to another service.
        """
        if taken := self.switches().keys() & switches.keys():
            raise ValueError(f"switches named twice: {', '.join(sorted(taken))}")
        self._services[name] = Service(switches, state, reset, seed)
        self._routes.extend(routes)

    def switches(self) -> dict[str, Switch]:
        """All switches of all services, by name."""
        return {
            name: switch
            for service in self._services.values()
            for name, switch in service.switches.items()
        }

    def set_switches(self, values: Mapping[str, Any]) -> None:
        """Choose several values, all or none.

        Raises:
            BadRequest: a name or a value does not exist.
        """
        switches = self.switches()
        if unknown := sorted(values.keys() - switches.keys()):
            raise BadRequest(f"no switch named {', '.join(unknown)}")
        before = {name: switches[name].value for name in values}
        try:
            for name, value in values.items():
                switches[name].set(value)
        except BadRequest as refused:
            for name, value in before.items():
                switches[name].value = value
            raise BadRequest(f"{name}: {refused}") from refused

    def reset(self) -> None:
        """Everything as it was at the start: world, switches, clock, faults and journal."""
        self.clock.release()
        self.clock.stretch = self._stretch
        self.faults.clear()
        for service in self._services.values():
            for switch in service.switches.values():
                switch.value = switch.default
            service.reset()
        self.journal.clear()

    def seed(self, worlds: Mapping[str, Any]) -> None:
        """Add to the worlds, everything or nothing: `{"botify": {...}, "slack": {...}}`.

        Raises:
            BadRequest, ValueError: no such service, or it cannot read its part.
        """
        read = [self._service(name).seed(world) for name, world in worlds.items()]
        for add in read:
            add()

    def state(self, name: str) -> dict[str, Any]:
        """The whole inspectable state of one service.

        Raises:
            BadRequest: no such service.
        """
        return self._service(name).state()

    def mount(self, app: web.Application) -> None:
        """Add the routes under `/control/` to the app that serves the page."""
        app.add_routes(
            [
                web.get("/control/journal", answering(self._journal)),
                web.get("/control/counts", answering(self._counts)),
                web.post("/control/faults", answering(self._add_faults)),
                web.get("/control/faults", answering(self._list_faults)),
                web.delete("/control/faults", answering(self._clear_faults)),
                web.delete("/control/faults/{id}", answering(self._remove_fault)),
                web.get("/control/switches", answering(self._list_switches)),
                web.post("/control/switches", answering(self._set_switches)),
                web.get("/control/clock", answering(self._clock)),
                web.post("/control/clock", answering(self._move_clock)),
                web.post("/control/reset", answering(self._reset)),
                web.post("/control/seed", answering(self._seed)),
                web.get("/control/state/{service}", answering(self._state)),
                *self._routes,
            ]
        )

    def _service(self, name: str) -> Service:
        if name not in self._services:
            raise BadRequest(f"no service named {name}; there are {', '.join(self._services)}")
        return self._services[name]

    def _journal(self, request: web.Request, _data: Any) -> Any:
        query = request.query
        entries = self.journal.entries(
            query.get("service"), query.get("method"), int(query.get("since", "0"))
        )
        return [entry.as_json() for entry in entries]

    def _counts(self, _request: web.Request, _data: Any) -> Any:
        return self.journal.counts()

    def _add_faults(self, _request: web.Request, data: Any) -> Any:
        faults = [Fault.from_json(item) for item in (data if isinstance(data, list) else [data])]
        for fault in faults:
            self.faults.check(fault)
        return {"ids": [self.faults.add(fault) for fault in faults]}

    def _list_faults(self, _request: web.Request, _data: Any) -> Any:
        return self.faults.list()

    def _clear_faults(self, _request: web.Request, _data: Any) -> Any:
        self.faults.clear()
        return {"ok": True}

    def _remove_fault(self, request: web.Request, _data: Any) -> Any:
        return {"ok": self.faults.remove(int(request.match_info["id"]))}

    def _list_switches(self, _request: web.Request, _data: Any) -> Any:
        return {
            name: {
                "value": switch.value,
                "default": switch.default,
                "values": switch.choices(),
                "meaning": switch.meaning,
            }
            for name, switch in self.switches().items()
        }

    def _set_switches(self, _request: web.Request, data: Any) -> Any:
        self.set_switches(data)
        return {name: self.switches()[name].value for name in data}

    def _clock(self, _request: web.Request, _data: Any) -> Any:
        return {
            "now": self.clock.now(),
            "driven": self.clock.driven,
            "stretch": self.clock.stretch,
        }

    def _move_clock(self, request: web.Request, data: Any) -> Any:
        kinds.read(data, CLOCK)
        if "start" in data and not data.get("drive"):
            raise BadRequest("start is where the clock is stopped: say drive too")
        if "advance" in data and not data.get("drive", self.clock.driven):
            raise BadRequest("the clock runs by itself: drive it first")
        if "drive" in data:
            if data["drive"]:
                self.clock.drive(data.get("start"))
            else:
                self.clock.release()
        if "advance" in data:
            self.clock.advance(data["advance"])
        if "stretch" in data:
            self.clock.stretch = data["stretch"]
        return self._clock(request, data)

    def _reset(self, _request: web.Request, _data: Any) -> Any:
        self.reset()
        return {"ok": True}

    def _seed(self, _request: web.Request, data: Any) -> Any:
        self.seed(data)
        return {"ok": True}

    def _state(self, request: web.Request, _data: Any) -> Any:
        return self.state(request.match_info["service"])


Answer = Callable[[web.Request, Any], Any]


def answering(answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A route's handler: JSON in, JSON out; what cannot be understood is a 400 that says why."""

    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            data = decoded(body) if body else {}
            return web.json_response(answer(request, data))
        except (BadRequest, BadFault) as refused:
            return web.json_response({"error": str(refused)}, status=400)
        except (ValueError, TypeError, AttributeError, KeyError) as wrong:
            text = f"this request cannot be read: {type(wrong).__name__}: {wrong}"
            return web.json_response({"error": text}, status=400)

    return handler
