"""What changed, told to whoever looks at the workspace."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Change = dict[str, Any]


class Bus:
    """Tells each listener each change that is for its person."""

    def __init__(self) -> None:
        self._listeners: list[tuple[str, asyncio.Queue[Change | None]]] = []

    def tell(self, kind: str, *, user: str | None = None, **fields: Any) -> None:
        """Tell a change to everybody, or to one person."""
        for person, queue in self._listeners:
            if user in (None, person):
                queue.put_nowait({"type": kind, **fields})

    @contextmanager
    def listen(self, user: str) -> Iterator[asyncio.Queue[Change | None]]:
        """The changes for a person; None is the end."""
        entry = (user, asyncio.Queue[Change | None]())
        self._listeners.append(entry)
        try:
            yield entry[1]
        finally:
            self._listeners.remove(entry)

    def close(self) -> None:
        """Send every listener home."""
        for _, queue in self._listeners:
            queue.put_nowait(None)
