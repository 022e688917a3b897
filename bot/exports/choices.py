"""What people decide about a running or failed export: stop, retry, check again, start again.

Each takes the delivery over from whichever process holds it: a person's word counts more than a
process's rhythm, and the other one notices at its next write that its copy is old.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports import delivery_lifecycle, part_lifecycle
from bot.exports.context import Context
from bot.exports.creation import deadline
from bot.exports.ledger import record_delivery, record_part
from bot.exports.ownership import LEASE
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import ExportFailed, Stale, WrongInput
from bot.model.export import Export, Part, State
from storage import deliveries, exports

NEW_JOB_CODES = frozenset({ExportFailed().code})
"""Failures after which the same job cannot give a file any more."""


async def stop(context: Context, delivery_id: str, user: str) -> str:
    """The person who asked no longer waits. Botify may finish, and bill, the job all the same.

    A job that runs is watched to its end even when nobody waits: its file is kept for reuse.

    Returns:
        What to tell the person.

    Raises:
        WrongInput: somebody else asked for it, or there is nothing to stop.
    """
    delivery, export = await _taken(context, delivery_id, user)
    if delivery.state.ended:
        return "This export has already ended."
    if delivery.state in (DeliveryState.COMPLETING, DeliveryState.CONFIRMING):
        return "The file is already on its way into the channel and can no longer be stopped."
    await record_delivery(context, delivery, delivery_lifecycle.Stopped())
    if any(part.job_id for part in export.parts):
        return "Stopped waiting. Botify may still finish the export and bill it."
    return "Stopped."


async def retry(context: Context, delivery_id: str, user: str) -> str:
    """Go on with a failed delivery from where it stands.

    A failed upload does not ask Botify again; a file that is gone is fetched again from its job;
    only a job that failed at Botify makes a new one.

    Raises:
        WrongInput: somebody else asked for it, or it did not fail.
    """
    delivery, export = await _taken(context, delivery_id, user)
    if delivery.state not in (DeliveryState.FAILED, DeliveryState.UNCONFIRMED):
        return "This export is not waiting for a retry."
    for part in export.parts:
        event = again(part, context)
        if event is not None:
            await record_part(context, part, event)
    seen = tuple(one for one in delivery.uploads if one.share_ts is not None)
    unconfirmed = delivery.state is DeliveryState.UNCONFIRMED
    kept = delivery.uploads if unconfirmed else seen
    await record_delivery(context, delivery, delivery_lifecycle.Retried(kept))
    return "Trying again."


def again(part: Part, context: Context) -> part_lifecycle.Event | None:
    """What a retry means for a part; None when it needs nothing."""
    match part.state:
        case State.FAILED if part.job_id is None or _needs_a_new_job(part):
            return part_lifecycle.StartOver()
        case State.FAILED:
            return part_lifecycle.GoOn(due_at=deadline(context), intent_at=context.now())
        case State.READY if part.file is None or not part.file.path.exists():
            return part_lifecycle.GoOn(due_at=deadline(context), intent_at=context.now())
        case _:
            return None


def _needs_a_new_job(part: Part) -> bool:
    return part.failure is not None and part.failure.code in NEW_JOB_CODES


async def check_again(context: Context, delivery_id: str, user: str) -> str:
    """Look through Botify's job list once more for a job whose answer was lost."""
    _, export = await _taken(context, delivery_id, user)
    return await _decide(
        context, export, part_lifecycle.CheckAgain(), "Looking through Botify's list again."
    )


async def start_again(context: Context, delivery_id: str, user: str) -> str:
    """Ask Botify for a new job although the first may exist: the person knows what it may cost."""
    _, export = await _taken(context, delivery_id, user)
    return await _decide(context, export, part_lifecycle.StartOver(), "Starting again.")


async def _decide(
    context: Context,
    export: Export,
    event: part_lifecycle.CheckAgain | part_lifecycle.StartOver,
    sentence: str,
) -> str:
    unclear = [part for part in export.parts if part.state is State.UNCLEAR]
    for part in unclear:
        await record_part(context, part, event)
    return sentence if unclear else "This has been decided already."


async def _taken(context: Context, delivery_id: str, user: str) -> tuple[Delivery, Export]:
    """The delivery and its export, both held by this process now."""
    async with context.database.write() as connection:
        delivery = await deliveries.get(connection, delivery_id)
        if delivery is None:
            raise WrongInput("This export is no longer known.", "Start a new one.")
        if delivery.user != user:
            raise WrongInput(
                f"Only {delivery.user_name}, who asked for this export, can decide about it.",
                "Ask them, or start your own export with /botify-export.",
            )
        await _take(context, connection, delivery)
        export = await exports.get(connection, delivery.export_id)
    if export is None:
        raise WrongInput("This export is no longer known.", "Start a new one.")
    return delivery, export


async def _take(context: Context, connection: AsyncConnection, delivery: Delivery) -> None:
    now = context.now()
    living = await exports.owners(connection)
    held = [
        await take(
            connection,
            row_id,
            owner=context.owner,
            now=now,
            lease_until=now + LEASE,
            dead=living,  # whoever holds it loses it
        )
        for take, row_id in (
            (deliveries.take, delivery.id),
            (exports.take, delivery.export_id),
        )
    ]
    if not all(held):
        raise Stale
