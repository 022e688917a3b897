"""From a wish to stored work: one local transaction, so that an accepted request is on disk."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports import reuse
from bot.exports.context import Context
from bot.exports.ownership import LEASE
from bot.exports.plan import largest_fit
from bot.model.delivery import Delivery
from bot.model.draft import Draft
from bot.model.errors import NothingFits, WrongAnalysis, WrongField, WrongInput, WrongLink
from bot.model.export import Export, Part, State
from bot.model.field import DEFAULT_FIELDS
from bot.model.ids import new_delivery_id, new_export_id
from bot.model.specification import Column, Specification
from storage import deliveries, drafts, exports


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a request became.

    Attributes:
        export: the work.
        delivery: this destination of it.
        joined: whether the export was running already.
        already: whether this very person was waiting for it in the same place: nothing was added.
    """

    export: Export
    delivery: Delivery
    joined: bool
    already: bool = False


def specify(draft: Draft, row_limit: int) -> tuple[Specification, int]:
    """What to ask of Botify for a draft, and how many rows that is.

    Raises:
        WrongLink, WrongAnalysis, WrongField, NothingFits: what is missing, in one sentence.
    """
    if draft.project is None or draft.account is None:
        raise WrongLink(draft.link_problem)
    if draft.analysis is None or draft.analysis_problem is not None:
        raise WrongAnalysis(draft.analysis_problem)
    if not draft.fields:
        raise WrongField("No field is chosen.", "Choose at least one field.")
    if draft.counts is None:
        raise WrongAnalysis(
            "The URLs of this analysis are still being counted.",
            "Wait a moment until the number of rows is shown, then press Export.",
        )
    plan = largest_fit(draft.counts, row_limit)
    if plan is None:
        raise NothingFits
    if plan.count == 0:
        raise WrongAnalysis("This analysis holds no URLs.", "Choose another analysis.")
    columns = tuple(Column(field.id, field.type) for field in draft.fields)
    spec = Specification(draft.account, draft.project, draft.analysis, columns, plan.rows)
    return spec, plan.count


def preset_of(spec: Specification) -> str:
    """The word for the file name: `essentials` for the default fields, else `custom`."""
    return "essentials" if set(spec.fields) <= set(DEFAULT_FIELDS) else "custom"


def new_export(
    spec: Specification, rows: int | None, *, requested_by: str, guard: bool, now: datetime
) -> Export:
    """An export of one part, nothing of which has been asked yet."""
    export_id = new_export_id()
    part = Part(export_id=export_id, rows=spec.rows, rows_expected=rows, entered_at=now, due_at=now)
    return Export(
        id=export_id,
        specification=spec,
        preset=preset_of(spec),
        rows_expected=rows,
        requested_by=requested_by,
        requested_at=now,
        guard=guard,
        parts=(part,),
    )


def from_paid(paid: Export, *, guard: bool, context: Context) -> tuple[Export, bool]:
    """An export that gets its files from the jobs of another one: nothing is paid again.

    The options of a file are not part of what Botify is asked, and a file that was removed from
    our disk, or never arrived whole, can be fetched again.

    Returns:
        The export, and whether the other one had finished.
    """
    now = context.now()
    last = now + timedelta(hours=context.settings.export_deadline_hours)
    export_id = new_export_id()
    parts = tuple(
        replace(
            part,
            export_id=export_id,
            state=State.PROCESSING,
            entered_at=now,
            due_at=last,
            intent_at=now,
            download_url=None,
            tries=0,
            refreshed=False,
            file=None,
            failure=None,
        )
        for part in paid.parts
    )
    export = replace(
        paid, id=export_id, requested_at=now, finished_at=None, guard=guard, parts=parts
    )
    return export, paid.state is State.READY


async def accept(context: Context, draft: Draft) -> Accepted:
    """Make an export of a draft, once; a second call returns what the first one made.

    Someone who asks for what is running already joins it, and a finished identical export gives
    its file again, unless the person wants it made anew: credits are spent once.

    Raises:
        OfferGone: a finished file was offered and is no longer there; nothing was stored.
        WrongInput: what is missing in the draft; nothing was stored.
    """
    now = context.now()
    spec, rows = specify(draft, context.settings.botify_row_limit)
    if draft.destination is None or draft.destination.problem is not None:
        raise WrongInput(
            draft.destination.problem if draft.destination else "No channel is chosen.",
            "Choose another channel under Deliver to.",
        )
    guard = context.settings.guard_cells
    async with context.database.write() as connection:
        before = await _accepted_before(connection, draft)
        if before is not None:
            return before
        running = await exports.find_running(connection, spec.key, guard)
        ready = None
        if running is None and not draft.again:
            ready = await reuse.find_finished(connection, spec, guard=guard)
            if ready is None and draft.offer is not None and draft.offer.finished_at is not None:
                raise reuse.OfferGone
        known = running or ready
        if known is not None:
            waiting = await reuse.find_waiting(connection, known, draft)
            if waiting is not None:
                await drafts.mark_submitted(connection, draft.id, known.id)
                return Accepted(known, waiting, joined=running is not None, already=True)
        export = known or new_export(spec, rows, requested_by=draft.user_name, guard=guard, now=now)
        lease_until = now + LEASE
        if known is None:
            await exports.add(connection, export, owner=context.owner, lease_until=lease_until)
        delivery = Delivery(
            id=new_delivery_id(),
            export_id=export.id,
            team=draft.team,
            channel=draft.destination.channel,
            user=draft.user,
            user_name=draft.user_name,
            post_file_in=draft.post_file_in,
            join=draft.destination.join,
            entered_at=now,
            requested_at=now,
            due_at=now,
            reused=ready is not None,
        )
        await deliveries.add(connection, delivery, owner=context.owner, lease_until=lease_until)
        await drafts.mark_submitted(connection, draft.id, export.id)
    return Accepted(export, delivery, joined=running is not None)


async def _accepted_before(connection: AsyncConnection, draft: Draft) -> Accepted | None:
    stored = await drafts.get(connection, draft.id)
    if stored is None or stored.export_id is None:
        return None
    export = await exports.get(connection, stored.export_id)
    waiting = await deliveries.of_export(connection, stored.export_id)
    mine = [one for one in waiting if one.user == draft.user]
    if export is None or not mine:
        return None
    return Accepted(export, mine[-1], joined=False)
