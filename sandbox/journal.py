"""What the services were asked: every request, in the order of arrival."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock

SECRET_KEYS = frozenset({"token", "authorization", "ticket", "app_token", "bot_token"})
SECRET_STARTS = ("xoxb-", "xoxp-", "xapp-", "Bearer ", "Token ")
HIDDEN = "***"
TOO_DEEP = "..."
DEEPEST = 100
"""Levels of nesting that are noted."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One request to a service. `status` is None while it is being answered, or was lost."""

    number: int
    """Counts from 1 in order of arrival."""
    time: float
    """When it arrived, in unix seconds of the sandbox's clock."""
    service: str
    """`slack`, `botify`, `files` or `socket`; `bot` is what was done to the supervised program."""
    method: str
    """`chat.postMessage`, or for Botify the template of the path: `GET /jobs/{id}`."""
    arguments: dict[str, Any]
    """What was sent, secrets taken out."""
    status: int | None = None
    error: str | None = None
    fault: str | None = None
    """The action of the fault that struck this request."""
    acted: bool = False
    """Whether the service did what it was asked to do, whatever it then answered."""

    def as_json(self) -> dict[str, Any]:
        """To be read, not changed: the arguments are those of the entry."""
        return dict(vars(self))


class Journal:
    """The list of entries, and the listeners that are told of each change."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[int, Entry] = {}
        self._last = 0
        self._listeners: list[Callable[[Entry], None]] = []

    def add(
        self,
        service: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        fault: str | None = None,
        acted: bool = False,
    ) -> Entry:
        """Note a request that has just arrived; what is known later comes with `update`."""
        self._last += 1
        return self._put(
            Entry(
                number=self._last,
                time=self._clock.now(),
                service=service,
                method=method,
                arguments=without_secrets(dict(arguments or {})),
                status=status,
                error=error,
                fault=fault,
                acted=acted,
            )
        )

    def update(self, entry: Entry, **changes: Any) -> Entry:
        """Complete an entry; one that was cleared away meanwhile stays away."""
        changed = dataclasses.replace(self._entries.get(entry.number, entry), **changes)
        return self._put(changed) if entry.number in self._entries else changed

    def entries(
        self, service: str | None = None, method: str | None = None, since: int = 0
    ) -> list[Entry]:
        """The entries with a number above `since`, of one service and method or of all."""
        return [
            entry
            for entry in self._entries.values()
            if entry.number > since
            and service in (None, entry.service)
            and method in (None, entry.method)
        ]

    def counts(self) -> dict[str, dict[str, int]]:
        """How often each method of each service was asked."""
        counter = Counter((entry.service, entry.method) for entry in self._entries.values())
        result: dict[str, dict[str, int]] = {}
        for (service, method), number in sorted(counter.items()):
            result.setdefault(service, {})[method] = number
        return result

    def clear(self) -> None:
        """Forget the entries; numbers go on, so that `since` never lies."""
        self._entries.clear()

    def subscribe(self, callback: Callable[[Entry], None]) -> Callable[[], None]:
        """Call back with each new or changed entry; the answer ends that."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _put(self, entry: Entry) -> Entry:
        self._entries[entry.number] = entry
        for callback in tuple(self._listeners):
            callback(entry)
        return entry


def without_secrets(value: Any, depth: int = 0) -> Any:
    """The same JSON value with tokens replaced, by the name of their key or by their look.

    What is nested deeper than `DEEPEST` is left out: no service reads that either.
    """
    if depth > DEEPEST and isinstance(value, dict | list | tuple):
        return TOO_DEEP
    if isinstance(value, dict):
        return {
            key: HIDDEN if str(key).lower() in SECRET_KEYS else without_secrets(inner, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(inner, depth + 1) for inner in value]
    if isinstance(value, str) and value.startswith(SECRET_STARTS):
        return HIDDEN
    return value
