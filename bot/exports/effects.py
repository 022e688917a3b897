"""The one way by which the outside world is changed or asked."""

from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Final, TypeVar

from bot.exports.context import Context, Moment

Answer = TypeVar("Answer")


class Effect(StrEnum):
    """Every kind of call that a worker makes. Those marked once must never be repeated blindly."""

    CHECK_FIELDS = "check_fields"  # mostly answered from what is at hand
    CREATE_JOB = "create_job"  # once: POST /jobs, billed
    LIST_JOBS = "list_jobs"
    ASK_JOB = "ask_job"
    FETCH_FILE = "fetch_file"
    LOOK_AT_CHANNEL = "look_at_channel"
    JOIN_CHANNEL = "join_channel"
    OPEN_DIRECT = "open_direct"
    POST_MESSAGE = "post_message"  # once
    EDIT_MESSAGE = "edit_message"
    RESERVE_UPLOAD = "reserve_upload"
    SEND_BYTES = "send_bytes"
    COMPLETE_UPLOAD = "complete_upload"  # once
    FIND_SHARE = "find_share"


ONCE: Final = frozenset({Effect.CREATE_JOB, Effect.POST_MESSAGE, Effect.COMPLETE_UPLOAD})


class LeaseOver(Exception):
    """This process was asleep for so long that another one may have taken its work over.

    Nothing was sent. The intent is stored, so whoever owns the work finds out by it.
    """


def require_lease(context: Context) -> None:
    """Do nothing while the leases of this process hold.

    A call that waits for its turn asks again right before it is sent.

    Raises:
        LeaseOver: they may have run out.
    """
    if context.now() >= context.hold.until:
        raise LeaseOver


async def perform(
    context: Context, effect: Effect, subject: str, call: Coroutine[Any, Any, Answer]
) -> Answer:
    """Await one call to the outside, seen by the observer before and after.

    Raises:
        LeaseOver: the call must not be made twice, and our leases may have run out.
    """
    context.effects(effect, Moment.BEFORE, subject)
    if effect in ONCE:
        try:
            require_lease(context)
        except LeaseOver:
            call.close()
            raise
    answer = await call
    context.effects(effect, Moment.AFTER, subject)
    return answer
