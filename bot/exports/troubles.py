"""Since when Slack has been in the way of something: what the bounds of patience run from.

It is kept in memory, so that the time in which this program did not run never counts against a
delivery. A revoked token never counts either: only the operator can end that.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.errors import InstallationGone, ProductError


@dataclass(slots=True)
class Troubles:
    """The troubles that have not ended, by whose they are."""

    _known: dict[str, tuple[datetime, bool]] = field(default_factory=dict)

    def since(self, key: str, now: datetime, error: ProductError | None = None) -> datetime:
        """Since when it goes on; it begins now where it is new, or of another kind than before."""
        gone = isinstance(error, InstallationGone)
        known = self._known.get(key)
        if known is None or known[1] != gone or known[0] > now:
            self._known[key] = (now, gone)
        return self._known[key][0]

    def over(self, key: str) -> None:
        """It worked, or nobody tries any more."""
        self._known.pop(key, None)


def outlasted(error: ProductError, since: datetime, now: datetime, bound: timedelta) -> bool:
    """Whether trouble has lasted for longer than anybody waits."""
    return not isinstance(error, InstallationGone) and now - since > bound
