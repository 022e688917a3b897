"""Whether and how long to wait before something is tried again: decisions from errors and times."""

from datetime import datetime, timedelta

from bot.model.errors import InstallationGone, ProductError, SlackRateLimited, SlackUnreachable

LONGEST = timedelta(seconds=60)


def passes(error: ProductError) -> bool:
    """Whether trouble with Slack is waited for.

    An outage ends by itself; a revoked token is replaced by the operator, and what people were
    promised is delivered after that.
    """
    return isinstance(error, SlackUnreachable | InstallationGone)


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


def heeded(asked: float | None, own: timedelta, *, least: float) -> timedelta:
    """How long to wait where the other side may have said how long.

    Nothing and zero say the same: that it is for us to choose.

    Args:
        asked: seconds, or None.
        own: what we would wait.
        least: seconds; a tick is the natural choice.
    """
    if not asked:
        return own
    return timedelta(seconds=max(asked, min(least, 1.0)))


def pause(error: ProductError, since: datetime, now: datetime, *, least: float) -> timedelta:
    """How long Slack asked to wait, or longer each time.

    Args:
        error: the trouble.
        since: when it may have begun.
        now: the time.
        least: seconds; a tick is the natural choice.
    """
    asked = error.retry_after if isinstance(error, SlackRateLimited) else None
    return heeded(asked, patience(since, now, least=least), least=least)
