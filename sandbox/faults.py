"""Breaking on demand: which request is struck, when and how. `breaking` carries it out."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, get_args

from sandbox.clock import Clock

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
        if self.action not in ACTIONS:
            raise BadFault(f"unknown action {self.action!r}; one of {', '.join(ACTIONS)}")
        if self.moment not in get_args(Moment):
            raise BadFault(f"moment is before or after, not {self.moment!r}")
        if self.action == "redirect" and not self.location:
            raise BadFault("redirect needs a location")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Fault":
        """Build a fault from what the control API was sent.

        Raises:
            BadFault: an unknown key, a missing one, or a value out of the table.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(data) - known):
            raise BadFault(f"unknown keys: {', '.join(unknown)}")
        if missing := sorted({"service", "action"} - set(data)):
            raise BadFault(f"missing keys: {', '.join(missing)}")
        return cls(**data)


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
