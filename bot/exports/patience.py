"""How long to wait before something is tried again: a decision from two times."""

from datetime import datetime, timedelta

LONGEST = timedelta(seconds=60)


def patience(
    since: datetime, now: datetime, *, least: float, most: timedelta = LONGEST
) -> timedelta:
    """Half of the time waited so far, so that the waits grow by half with each try.

    Args:
        since: when the waiting began.
        now: the time.
        least: seconds; a tick is the natural choice.
        most: the longest wait.
    """
    return min(most, max(timedelta(seconds=min(least, 1.0)), (now - since) / 2))
