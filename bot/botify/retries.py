"""Whether a failed read is tried again: a decision, apart from the waiting."""

from dataclasses import dataclass
from typing import Final

from bot.model.errors import BotifyUnreachable, RateLimited


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a read is tried.

    Attributes:
        tries: calls at most, the first included.
        seconds: after so long no further try begins; one that runs is not cut off, because a
            count that took long will take long again.
    """

    tries: int
    seconds: float


ONCE: Final = Patience(1, 0.001)
"""For what has a rhythm of its own (polling) and for what must not happen twice."""

INTERACTIVE: Final = Patience(3, 10)
"""Somebody looks at a modal or a terminal meanwhile."""

PATIENT: Final = Patience(5, 120)
"""Nobody waits."""


def wait_before_retry(error: Exception, patience: Patience) -> bool | float:
    """Whether to try a read again.

    Returns:
        Seconds that Botify asked for, True for a wait that grows with the tries, or False.
    """
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= patience.seconds else False
    return isinstance(error, BotifyUnreachable)
