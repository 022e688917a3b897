"""What happens to the tick when the system's clock is set back."""

import asyncio
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import bring_forward

HOUR = timedelta(hours=1)


async def test_a_clock_that_is_set_back_does_not_stop_the_tick() -> None:
    """A job that seems to be due in an hour runs now; one that is due in time is left alone."""
    ticks = asyncio.Event()
    scheduler = AsyncIOScheduler(timezone=UTC)
    now = datetime.now(UTC)
    scheduler.add_job(ticks.set, "interval", seconds=60, next_run_time=now + HOUR, id="late")
    soon = now + timedelta(seconds=50)
    scheduler.add_job(ticks.clear, "interval", seconds=60, next_run_time=soon, id="soon")
    scheduler.start()
    try:
        bring_forward(scheduler, now)
        await asyncio.wait_for(ticks.wait(), 10)
        assert scheduler.get_job("soon").next_run_time == soon
        assert scheduler.get_job("late").next_run_time < now + 2 * timedelta(minutes=1)
    finally:
        scheduler.shutdown(wait=False)
