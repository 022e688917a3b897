"""What people decide about a running or failed export: stop, retry, check again, start again.

A decision is one transaction: it reads what there is, decides, takes the records over from
whichever process holds them, and writes. A person's word counts more than a process's rhythm; the
other process notices at its next write that its copy is old. A part is taken over only where
nobody works on it: it has ended, or waits for a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.exports import delivery_lifecycle, part_lifecycle
from bot.exports.context import Context
from bot.exports.creation import deadline, go_ahead
from bot.exports.ledger import Page, writing
from bot.exports.ownership import LEASE
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import ExportFailed, FileMissing, WrongInput
from bot.model.export import Export, Part, State
from storage import deliveries, exports

NEW_JOB_CODES = frozenset({ExportFailed().code, FileMissing().code})
"""Failures after which a job gives no file any more, as far as can be known."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a person's word.

    Attributes:
        sentence: what to tell them.
        parts: what happens to which parts.
        delivery: what happens to their delivery, if anything.
    """

    sentence: str
    parts: tuple[tuple[Part, part_lifecycle.Event], ...] = ()
    delivery: delivery_lifecycle.Event | None = None


UNDER_WAY = "Botify is being asked for a part of this export right now. Press again in a moment."


def unless_under_way(decision: Decision, export: Export) -> Decision:
    """The decision, or that it has to wait for a request that another process may have under way.

    Taking the export over then would lose the answer to what is billed.
    """
    return Decision(UNDER_WAY) if decision.parts and _asking(export) else decision


def _asking(export: Export) -> bool:
    return any(part.state is State.CREATING and part.looks is None for part in export.parts)


Decide = Callable[[Context, Delivery, Export], Decision]


async def stop(context: Context, delivery_id: str, user: str) -> str:
    """The person who asked no longer waits. Botify may finish, and bill, the job all the same.

    A job that runs is watched to its end even when nobody waits: its file is kept for reuse.

    Returns:
        What to tell the person.

    Raises:
        WrongInput: somebody else asked for it, or there is nothing to stop.
    """
    return await _decided(context, delivery_id, user, _stop)


async def retry(context: Context, delivery_id: str, user: str) -> str:
    """Go on with a failed delivery from where it stands.

    A failed upload does not ask Botify again; a file that is gone is fetched again from its job;
    only a job that failed at Botify makes a new one.

    Raises:
        WrongInput: somebody else asked for it, or it did not fail.
    """
    return await _decided(context, delivery_id, user, _retry)


async def check_again(context: Context, delivery_id: str, user: str) -> str:
    """Look through Botify's job list once more for a job whose answer was lost."""
    return await _decided(context, delivery_id, user, _check_again)


async def start_again(context: Context, delivery_id: str, user: str) -> str:
    """Ask Botify for a new job although the first may exist: the person knows what it may cost."""
    return await _decided(context, delivery_id, user, _start_again)


def _stop(_context: Context, delivery: Delivery, export: Export) -> Decision:
    if delivery.state.ended:
        return Decision("This export has already ended.")
    if delivery.state in (DeliveryState.COMPLETING, DeliveryState.CONFIRMING):
        return Decision(
            "The file is already on its way into the channel and can no longer be stopped."
        )
    asked = any(part.state is not State.REQUESTED for part in export.parts)
    sentence = "Stopped waiting."
    if asked and delivery.is_for(export.requested_by) and export.state is not State.READY:
        sentence += " Botify may still finish the export and bill it."
    return Decision(sentence, delivery=delivery_lifecycle.Stopped())


def _retry(context: Context, delivery: Delivery, export: Export) -> Decision:
    if delivery.state not in (DeliveryState.FAILED, DeliveryState.UNCONFIRMED):
        return Decision("This export is not waiting for a retry.")
    events = [(part, again(part, context)) for part in export.parts]
    seen = tuple(one for one in delivery.uploads if one.share_ts is not None)
    unconfirmed = delivery.state is DeliveryState.UNCONFIRMED
    kept = delivery.uploads if unconfirmed else seen
    return Decision(
        "Trying again.",
        tuple((part, event) for part, event in events if event is not None),
        delivery_lifecycle.Retried(kept),
    )


def _check_again(_context: Context, _delivery: Delivery, export: Export) -> Decision:
    return _unclear(export, part_lifecycle.CheckAgain(), "Looking through Botify's list again.")


def _start_again(_context: Context, _delivery: Delivery, export: Export) -> Decision:
    return _unclear(export, part_lifecycle.StartOver(), "Starting again.")


def _unclear(
    export: Export,
    event: part_lifecycle.CheckAgain | part_lifecycle.StartOver,
    sentence: str,
) -> Decision:
    unclear = tuple((part, event) for part in export.parts if part.state is State.UNCLEAR)
    return Decision(sentence, unclear) if unclear else Decision("This has been decided already.")


def again(part: Part, context: Context) -> part_lifecycle.Event | None:
    """What a retry means for a part; None when it needs nothing."""
    match part.state:
        case State.CANCELLED:
            return part_lifecycle.StartOver()
        case State.FAILED if may_have_its_file(part):
            return part_lifecycle.GoOn(
                due_at=deadline(context), intent_at=context.now(), refreshed=True
            )
        case State.FAILED if part.job_id is None or _needs_a_new_job(part):
            return part_lifecycle.StartOver()
        case State.FAILED:
            return part_lifecycle.GoOn(due_at=deadline(context), intent_at=context.now())
        case State.READY if part.file is None or not part.file.path.exists():
            return part_lifecycle.GoOn(due_at=deadline(context), intent_at=context.now())
        case _:
            return None


def may_have_its_file(part: Part) -> bool:
    """Whether its job ended well and has not been asked once more for the file."""
    missing = part.failure is not None and part.failure.code == FileMissing().code
    return missing and part.job_id is not None and not part.refreshed


def _needs_a_new_job(part: Part) -> bool:
    return part.failure is not None and part.failure.code in NEW_JOB_CODES


async def _decided(context: Context, delivery_id: str, user: str, decide: Decide) -> str:
    """What follows from the person's word, in one transaction."""
    async with writing(context) as page:
        delivery = await deliveries.get(page.connection, delivery_id)
        export = await exports.get(page.connection, delivery.export_id) if delivery else None
        if delivery is None or export is None:
            raise WrongInput("This export is no longer known.", "Start a new one.")
        if delivery.user != user:
            raise WrongInput(
                f"Only {delivery.user_name}, who asked for this export, can decide about it.",
                "Ask them, or start your own export with /botify-export.",
            )
        decision = unless_under_way(decide(context, delivery, export), export)
        lease_until = context.now() + LEASE
        if decision.parts:
            await page.take_over(export, lease_until)
        for part, event in decision.parts:
            await page.part(part, event)
        if decision.delivery is not None:
            await deliveries.seize(page.connection, delivery.id, context.owner, lease_until)
            await page.delivery(delivery, decision.delivery)
        if isinstance(decision.delivery, delivery_lifecycle.Stopped):
            await _nobody_decides(page, export, lease_until)
    return decision.sentence


async def _nobody_decides(page: Page, export: Export, lease_until: datetime) -> None:
    """An unclear export waits for a person, so it ends when the last of them has left."""
    unclear = [part for part in export.parts if part.state is State.UNCLEAR]
    waiting = await deliveries.of_export(page.connection, export.id)
    if not unclear or _asking(export) or go_ahead(export, waiting) is not False:
        return
    await page.take_over(export, lease_until)
    for part in unclear:
        await page.part(part, part_lifecycle.Cancelled())
