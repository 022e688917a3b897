"""From a wish to stored work: one local transaction, so that an accepted request is on disk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports import reuse
from bot.exports.context import Context
from bot.exports.ownership import LEASE
from bot.exports.plan import Plan, plan
from bot.exports.price import Price, price
from bot.model.credits import by_links
from bot.model.delivery import Delivery
from bot.model.draft import Draft
from bot.model.errors import NoRows, WrongAnalysis, WrongField, WrongInput, WrongLink
from bot.model.export import Export, Part, State
from bot.model.field import DEFAULT_FIELDS, Field
from bot.model.ids import new_delivery_id, new_export_id
from bot.model.preset import CUSTOM, ESSENTIALS
from bot.model.project import Project
from bot.model.settings import Settings
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


@dataclass(frozen=True, slots=True)
class Request:
    """What a choice amounts to: what is sent, job by job, and what it costs.

    Attributes:
        spec: what decides the content.
        preset: the word for the choice of fields, for the file's name.
        plan: the rows, part by part.
        price: of all parts together.
    """

    spec: Specification
    preset: str
    plan: Plan
    price: Price


def specify(draft: Draft, settings: Settings) -> Request:
    """What to ask of Botify for a draft, and what it costs.

    Raises:
        WrongLink, WrongAnalysis, WrongField, NothingFits: what is missing, in one sentence.
    """
    if draft.project is None or draft.account is None:
        raise WrongLink(draft.link_problem)
    if draft.analysis is None or draft.analysis_problem is not None:
        raise WrongAnalysis(draft.analysis_problem)
    if not draft.fields:
        raise WrongField("No field is chosen.", "Choose at least one field.")
    if not draft.up_to_date:
        raise WrongField(
            "The fields of this analysis are still being read.",
            "Wait a moment until they are shown, then press Export.",
        )
    counted = draft.links if by_links(field.id for field in draft.fields) else draft.counts
    if counted is None:
        raise WrongAnalysis(
            "The rows of this analysis are still being counted.",
            "Wait a moment until the number of rows is shown, then press Export.",
        )
    return request(
        draft.account,
        draft.project,
        draft.analysis,
        fields=draft.fields,
        preset=draft.preset,
        filter=draft.filter,
        plan=plan(counted, settings.botify_row_limit, draft.rows),
        bytes_per_row=draft.bytes_per_row,
    )


def request(
    account: str,
    project: Project,
    analysis: str,
    *,
    fields: Sequence[Field],
    preset: str,
    filter: dict[str, Any] | None,  # noqa: A002 - its name in specifications
    plan: Plan,
    bytes_per_row: float | None = None,
) -> Request:
    """A request for these fields and rows of an analysis.

    Raises:
        NoRows: none of this choice.
        WrongAnalysis: none at all.
    """
    if plan.count == 0:
        if filter or not plan.rows.whole:
            raise NoRows
        raise WrongAnalysis(NoRows.sentence, "Choose another analysis.")
    columns = tuple(Column(field.id, field.type) for field in fields)
    spec = Specification(account, project, analysis, columns, plan.rows, filter)
    cost = price(plan, fields, bytes_per_row=bytes_per_row)
    return Request(spec, preset or preset_of(spec), plan, cost)


def preset_of(spec: Specification) -> str:
    """The word for fields that nobody named: `essentials` for those of that preset."""
    return ESSENTIALS.name if set(spec.fields) <= set(DEFAULT_FIELDS) else CUSTOM


def new_export(
    wanted: Request,
    *,
    requested_by: str,
    guard: bool,
    now: datetime,
    reason: str | None = None,
) -> Export:
    """An export with a part for each band of the plan; nothing has been asked of Botify yet."""
    export_id = new_export_id()
    parts = tuple(
        Part(
            export_id=export_id,
            number=number,
            rows=band.rows,
            rows_expected=band.count,
            entered_at=now,
            due_at=now,
        )
        for number, band in enumerate(wanted.plan.bands, start=1)
    )
    return Export(
        id=export_id,
        specification=wanted.spec,
        preset=wanted.preset,
        rows_expected=wanted.plan.count,
        requested_by=requested_by,
        requested_at=now,
        reason=reason,
        guard=guard,
        parts=parts,
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
    its file again, or its jobs do, unless the person wants it made anew: credits are spent once.

    Raises:
        OfferGone: what was offered for nothing is no longer there; nothing was stored.
        WrongInput: what is missing in the draft; nothing was stored.
    """
    now = context.now()
    wanted = specify(draft, context.settings)
    spec = wanted.spec
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
        ready = paid = None
        if running is None and not draft.again:
            ready, paid = await _free(connection, context, spec, draft)
        known = running or ready
        if known is not None:
            waiting = await reuse.find_waiting(connection, known, draft)
            if waiting is not None:
                await drafts.mark_submitted(connection, draft.id, known.id)
                return Accepted(known, waiting, joined=running is not None, already=True)
        export = known or _begun(context, wanted, draft, paid)
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
            reused=ready is not None or paid is not None,
        )
        await deliveries.add(connection, delivery, owner=context.owner, lease_until=lease_until)
        await drafts.mark_submitted(connection, draft.id, export.id)
    return Accepted(export, delivery, joined=running is not None)


async def _free(
    connection: AsyncConnection, context: Context, spec: Specification, draft: Draft
) -> tuple[Export | None, Export | None]:
    """The finished export whose files are here, else the one whose jobs can give them again.

    Raises:
        OfferGone: there is neither, and the person was offered one.
    """
    ready = await reuse.find_finished(connection, spec, guard=context.settings.guard_cells)
    if ready is not None:
        return ready, None
    paid = await reuse.find_paid(connection, spec, context.settings, context.now())
    if paid is None and draft.offer is not None:
        raise reuse.OfferGone
    return None, paid


def _begun(context: Context, wanted: Request, draft: Draft, paid: Export | None) -> Export:
    """A new export, which asks Botify for nothing but files where it is paid already."""
    guard, now = context.settings.guard_cells, context.now()
    if paid is not None:
        return from_paid(paid, guard=guard, context=context)[0]
    return new_export(wanted, requested_by=draft.user, guard=guard, now=now, reason=draft.reason)


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
