"""After a 429 a whole method waits, not one call."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Gate:
    """Until when each method of a workspace must not be called.

    The end of a wait is a stored deadline: a call that succeeds meanwhile cannot open the gate
    early, and a shorter answer does not shorten a longer wait.

    Attributes:
        clock: seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    _open_at: dict[str, float] = field(default_factory=dict)

    def close(self, method: str, seconds: float) -> None:
        """Slack asked for a wait of so many seconds."""
        self._open_at[method] = max(self._open_at.get(method, 0.0), self.clock() + seconds)

    def wait(self, method: str) -> float:
        """Seconds until the method may be called again; 0 when it may be called now."""
        return max(0.0, self._open_at.get(method, 0.0) - self.clock())

    def open_at(self, method: str) -> float | None:
        """When the method may be called again, by the gate's clock; None when it may be now."""
        return self._open_at[method] if self.wait(method) > 0 else None
