"""Breaking on demand: which request is struck, when and how. `breaking` carries it out."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, get_args

from sandbox.clock import Clock
from sandbox.kinds import OBJECT, TEXT, BadValue, Kind, maybe, one_of, read, seconds, whole

Moment = Literal["before", "after"]

ACTIONS: dict[str, str] = {
    "refuse": "the service's own refusal: `status` and `error` (Slack's word, Botify's number)",
    "status": "a bare HTTP status (`status`, default 500) with a short text",
    "html": "a gateway's HTML page with `status` (default 502)",
    "garbage": "bytes that are no JSON, with `status` (default 200)",
    "empty": "no body at all, with `status` (default 200)",
    "ratelimit": "the service's own 429; `seconds` is the Retry-After, none when left out",
    "slow": "waits `seconds`; with `bytes`, waits that long after each so many bytes of the body",
    "lost": "the connection ends without an answer",
    "truncate": "the body ends after `bytes` (default: the half), as if that were all",
    "wrong_length": "announces more bytes than it sends, then ends the connection",
    "reset": "the connection is reset after `bytes` of the body (default: the half)",
    "redirect": "302 to `location`",
    "drop": "socket only: the WebSocket ends without a closing word",
}
"""Each action and what it does. Those that shape a body happen after acting by nature."""

BODY_ACTIONS = frozenset({"truncate", "wrong_length", "reset"})
HTTP_ACTIONS = frozenset(ACTIONS) - {"drop"}
"""What can happen to an answer over HTTP."""


VALUES: dict[str, Kind] = {
    "service": TEXT,
    "method": TEXT,
    "action": one_of(*ACTIONS),
    "moment": one_of(*get_args(Moment)),
    "count": maybe(whole(1)),
    "skip": whole(),
    "lasts": maybe(seconds()),
    "status": maybe(whole(100, 599)),
    "error": maybe(TEXT),
    "seconds": maybe(seconds()),
    "bytes": maybe(whole()),
    "location": maybe(TEXT),
    "match": maybe(OBJECT),
}
"""What each key of a fault may be."""


class BadFault(ValueError):
    """The description of a fault makes no sense."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to break: the first `skip` matching requests pass, the next `count` are struck."""

    service: str
    method: str = "*"
    """As in the journal; `*` strikes any method of the service."""
    action: str
    moment: Moment = "before"
    """`before` acting: nothing was done. `after`: it was done, and the answer tells otherwise."""
    count: int | None = 1
    """None strikes until the fault is removed."""
    skip: int = 0
    lasts: float | None = None
    """Seconds from the first strike after which the fault is over, on the sandbox's clock."""
    status: int | None = None
    error: str | None = None
    seconds: float | None = None
    bytes: int | None = None
    location: str | None = None
    match: dict[str, Any] | None = None
    """Arguments that must be equal; `a.b` looks inside."""

    def __post_init__(self) -> None:
        try:
            read(dataclasses.asdict(self), VALUES)
        except BadValue as wrong:
            raise BadFault(str(wrong)) from wrong
        if self.action == "redirect" and not self.location:
            raise BadFault("redirect needs a location")

    @classmethod
    def from_json(cls, data: Any) -> "Fault":
        """Build a fault from what the control API was sent.

        Raises:
            BadFault: an unknown key, a missing one, or a value that it cannot have.
        """
        try:
            return cls(**read(data, VALUES, ("service", "action")))
        except BadValue as wrong:
            raise BadFault(str(wrong)) from wrong


@dataclasses.dataclass
class _Loaded:
    fault: Fault
    skip: int
    left: int | None
    over_at: float | None = None


class Faults:
    """The faults that wait for their requests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loaded: dict[int, _Loaded] = {}
        self._last = 0
        self._breakable: dict[str, dict[str, frozenset[str]]] = {}

    def register(
        self, service: str, methods: Iterable[str], actions: Collection[str] = HTTP_ACTIONS
    ) -> None:
        """Say that these methods of a service can be broken in these ways."""
        known = self._breakable.setdefault(service, {})
        known |= dict.fromkeys(methods, frozenset(actions))

    def check(self, fault: Fault) -> None:
        """Refuse a fault that could never strike.

        Raises:
            BadFault: no such service, no such method of it, or another kind of breaking.
        """
        if fault.service not in self._breakable:
            services = ", ".join(self._breakable)
            raise BadFault(f"no service named {fault.service}; there are {services}")
        methods = self._breakable[fault.service]
        if fault.method != "*" and fault.method not in methods:
            raise BadFault(f"{fault.service} has no method {fault.method}")
        meant = methods.values() if fault.method == "*" else [methods[fault.method]]
        if not any(fault.action in actions for actions in meant):
            raise BadFault(f"{fault.action} cannot happen to {fault.service} {fault.method}")

    def add(self, fault: Fault) -> int:
        """Load a fault; the number removes it again."""
        self._last += 1
        self._loaded[self._last] = _Loaded(fault, skip=fault.skip, left=fault.count)
        return self._last

    def remove(self, number: int) -> bool:
        """Take a fault away; False when there was none of that number."""
        return self._loaded.pop(number, None) is not None

    def clear(self) -> None:
        self._loaded.clear()

    def list(self) -> list[dict[str, Any]]:
        """The faults that still wait, with their number and how many strikes are left."""
        return [
            {"id": number, "left": loaded.left, **dataclasses.asdict(loaded.fault)}
            for number, loaded in self._loaded.items()
        ]

    def take(
        self, service: str, method: str, arguments: Mapping[str, Any] | None = None
    ) -> Fault | None:
        """The fault that strikes this request, counted down; None lets it pass."""
        for number, loaded in list(self._loaded.items()):
            fault = loaded.fault
            if loaded.over_at is not None and self._clock.now() >= loaded.over_at:
                del self._loaded[number]
                continue
            if not _meets(fault, service, method, arguments or {}):
                continue
            if loaded.skip > 0:
                loaded.skip -= 1
                continue
            if fault.lasts is not None and loaded.over_at is None:
                loaded.over_at = self._clock.now() + fault.lasts
            if loaded.left is not None:
                loaded.left -= 1
                if loaded.left <= 0:
                    del self._loaded[number]
            return fault
        return None


def _meets(fault: Fault, service: str, method: str, arguments: Mapping[str, Any]) -> bool:
    return (
        fault.service == service
        and fault.method in ("*", method)
        and all(_inside(arguments, path) == value for path, value in (fault.match or {}).items())
    )


def _inside(arguments: Mapping[str, Any], path: str) -> Any:
    if path in arguments:
        return arguments[path]
    value: Any = arguments
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
