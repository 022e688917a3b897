"""*Export* was pressed: pure checks and one local transaction, then the acknowledgement."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.exports import choice as choices
from bot.exports import drafting
from bot.exports.choice import Check, Choice, Confirm, Ready, Refused, Reload, Verdict
from bot.exports.requests import Accepted
from bot.exports.reuse import OfferGone
from bot.model import limits
from bot.model.draft import Draft
from bot.model.errors import (
    NoRows,
    NothingFits,
    ProductError,
    WrongAnalysis,
    WrongField,
    WrongInput,
    WrongLink,
)
from bot.model.field import Field
from bot.slack.messages.text import foreign, shorten
from handlers.background import Tell
from handlers.loading import ask_again, begin, fill, find, in_view, keep
from handlers.payloads import (
    Payload,
    choice_of,
    choice_shown,
    fields_by_value,
    input_blocks,
    reason_of,
    text_at,
    texts_of,
    user_of,
)
from handlers.promises import absolve, absolving, directly, say_instead
from handlers.services import Services
from handlers.views import notices
from handlers.views.form import NO_PROBLEMS, loaded, noted_places
from handlers.views.names import CONFIRM_VIEW, EXPORT_VIEW, Place

PLACES: Final[Mapping[type[WrongInput], Place]] = {
    WrongLink: Place.LINK,
    WrongAnalysis: Place.ANALYSIS,
    NoRows: Place.ROWS,
    NothingFits: Place.ROWS,
    WrongField: Place.FIELDS,
}
"""Where it is shown that a draft was not accepted; everything else concerns the destination."""


Read = Callable[[Draft], Choice]
"""Reads what was submitted against the draft that it is written to."""

SEEN: Final = "This cannot be used: the note below says why."
"""The error at an input under which the reason stands already."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the modal's button."""

    @app.view_submission(EXPORT_VIEW)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body.get("view")
        draft = await _open_draft(services, ack, body)
        if draft is not None:
            await _answer(services, ack, view, draft, lambda known: choice_of(view, known))

    @app.view_submission(CONFIRM_VIEW)
    async def confirmed(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body.get("view")
        draft = await _open_draft(services, ack, body)
        if draft is None:
            return
        reason = reason_of(view)

        def agreed(stored: Draft) -> Draft:
            said_yes = stored.confirmed if stored.asking is None else stored.asking
            return replace(stored, confirmed=said_yes, asking=None, reason=reason)

        stored = await keep(services, draft.id, agreed) or draft
        await _answer(services, ack, view, stored, choice_shown)


async def _open_draft(services: Services, ack: AsyncAck, body: Payload) -> Draft | None:
    """The draft of a view, where there is something to do about it; else it is answered."""
    draft = await find(services, text_at(body.get("view"), "private_metadata"), user_of(body))
    if draft is None:
        await ack(response_action="update", view=notices.notice(notices.TOO_OLD))
    elif draft.export_id:
        # The same form again: it has become an export, and becomes no second one.
        await ack()
    else:
        return draft
    return None


async def _answer(services: Services, ack: AsyncAck, view: Any, draft: Draft, read: Read) -> None:
    view_id = text_at(view, "id")

    def later(stored: Draft) -> Draft:
        """The choice, read against the draft with all answers that came meanwhile."""
        return replace(carried(judged(services, stored, read(stored)), stored), unseen=False)

    match judged(services, draft, read(draft)):
        case Refused() as refused:
            await _refuse(services, ack, view, draft, problems_of(refused))
        case Confirm():
            await _show(services, ack, view_id, await keep(services, draft.id, later) or draft)
        case Reload(changed):
            noted = _unseen_change(draft, changed)
            stored = await keep(services, draft.id, later) or changed
            await _show(services, ack, view_id, stored, noted)
            begin(services, view_id, draft.id, problems=noted)
        case Check():
            await keep(services, draft.id, later, promised=True)
            waiting = notices.checking(draft.id)
            services.screens.replaced(view_id, waiting)
            await ack(response_action="update", view=waiting)
            services.background.start(
                _check(services, view_id, draft.id, read),
                name=f"check submission {draft.id}",
                tell=absolving(services, draft.id, _where_seen(services, view_id, draft)),
            )
        case Ready(changed):
            try:
                accepted = await services.accept(changed)
            except OfferGone as error:
                problems = {Place.OFFER: drafting.told(error)}
                stored = await keep(services, draft.id, lambda stored: stored) or changed
                await _show(services, ack, view_id, stored, problems)
                return
            except WrongInput as error:
                place = PLACES.get(type(error), Place.DESTINATION)
                await _refuse(services, ack, view, changed, {place: drafting.told(error)})
                return
            await _close(ack, changed, accepted)


def _unseen_change(draft: Draft, changed: Draft) -> dict[Place, str]:
    """Why the form stays, where it looks as if *Export* had done nothing."""
    if changed.link_shown != draft.link_shown or not loaded(draft):
        return {}
    # with the filters open the rows are out of sight, and the end of the form is not
    return {Place.OFFER if draft.more else Place.ROWS: notices.RECOUNTED}


def carried(verdict: Verdict, stored: Draft) -> Draft:
    """The draft as it is kept after a submission that did not make an export."""
    match verdict:
        case Confirm(changed, credits_):
            return replace(changed, asking=credits_)
        case Reload(changed) | Check(changed):
            return changed
        case _:
            return stored


async def _show(
    services: Services,
    ack: AsyncAck,
    view_id: str,
    draft: Draft,
    problems: Mapping[Place, str] = NO_PROBLEMS,
) -> None:
    view = services.screens.view(draft, problems)
    services.screens.replaced(view_id, view)
    await ack(response_action="update", view=view)


def judged(services: Services, draft: Draft, choice: Choice) -> Verdict:
    """What is to be done about a submission."""
    listed = _listed(services, draft)
    return choices.judge(
        draft,
        choice,
        fields_by_value(draft, listed),
        settings=services.settings,
        all_known=listed is not None,
    )


def _listed(services: Services, draft: Draft) -> tuple[Field, ...] | None:
    if draft.project is None or draft.analysis is None:
        return None
    return services.desk.catalogue.known_fields(draft.project, draft.analysis)


def _where_seen(services: Services, view_id: str, draft: Draft) -> Tell:
    """Tells about an error in the modal, or directly where that is closed or takes no update."""
    in_modal, direct = in_view(services, view_id, draft.id), directly(services, draft)

    async def tell(error: ProductError) -> None:
        with suppress(ProductError):  # the error itself is in the log; the person is told below
            await in_modal(error)
            if services.screens.is_open(view_id):
                return
        await direct(error)

    return tell


async def _check(services: Services, view_id: str, draft_id: str, read: Read) -> None:
    """Keep the promise that the export starts, or say why not."""
    reason = await _checked(services, view_id, draft_id, read)
    if reason and not services.screens.is_open(view_id):
        draft = await keep(services, draft_id, lambda stored: stored)
        if draft is not None and draft.export_id is None:
            await say_instead(services, draft, reason)
    await absolve(services, draft_id)


async def _checked(services: Services, view_id: str, draft_id: str, read: Read) -> str:
    """Ask what was not known when *Export* was pressed, then accept, or say what is wrong.

    Returns:
        Why nothing was started, for a person who has closed the modal; empty when it was.
    """
    draft = await ask_again(services, draft_id)
    if draft is None:
        await services.screens.put(view_id, notices.notice(notices.TOO_OLD))
        return ""
    if draft.export_id:
        return ""
    match judged(services, draft, read(draft)):
        case Ready(changed):
            accepted = await services.accept(changed)
            await services.screens.put(view_id, _done(changed, accepted))
            return ""
        case Refused() as refused:
            problems = problems_of(refused)
            await fill(services, view_id, draft_id, problems=problems)
            return " ".join(problems.values())
        case Confirm() as question:
            await keep(services, draft_id, lambda stored: carried(question, stored))
            await services.screens.show(view_id, draft_id)
            return notices.over_the_threshold(
                question.credits, services.settings.confirm_credits_above
            )
        case Reload() | Check():
            await fill(services, view_id, draft_id)
            return notices.CHANGED


async def _close(ack: AsyncAck, draft: Draft, accepted: Accepted) -> None:
    """Close the modal, unless the progress appears where the person does not look."""
    here = draft.destination is not None and draft.destination.channel == draft.origin
    if here and not accepted.joined and not accepted.already:
        await ack()
    else:
        await ack(response_action="update", view=_done(draft, accepted))


def _done(draft: Draft, accepted: Accepted) -> dict[str, Any]:
    return notices.done(said_about(draft, accepted))


def said_about(draft: Draft, accepted: Accepted) -> str:
    """What became of a draft, in words."""
    return notices.outcome(
        accepted.delivery.channel,
        direct=draft.destination is not None and draft.destination.direct,
        joined=accepted.joined,
        reused=accepted.delivery.reused,
        already=accepted.already,
    )


async def _refuse(
    services: Services, ack: AsyncAck, view: Any, draft: Draft, problems: Mapping[Place, str]
) -> None:
    """Errors at the inputs; where the view has none of them, the form with notes instead."""
    blocks, seen = input_blocks(view), texts_of(view)
    shown = {
        blocks[place]: error_at(text, seen) for place, text in problems.items() if place in blocks
    }
    if shown:
        await ack(response_action="errors", errors=shown)
        return
    view_id = text_at(view, "id")
    unasked = replace(draft, asking=None)
    form = services.screens.view(unasked, problems)
    if not problems.keys() & noted_places(form):  # the link is there at every stage of the form
        form = services.screens.view(unasked, {Place.LINK: " ".join(problems.values())})
    await keep(services, draft.id, lambda stored: replace(stored, asking=None))
    services.screens.replaced(view_id, form)
    await ack(response_action="update", view=form)


def error_at(text: str, seen: Collection[str]) -> str:
    """What is said at an input: the reason, once; not where it stands below already."""
    limit = limits.SLACK_ERROR_TEXT.value
    noted = foreign(text, limit)
    return SEEN if any(noted in each for each in seen) else shorten(text, limit)


def problems_of(refused: Refused) -> dict[Place, str]:
    """What is refused, by the input where it is shown."""
    found = {
        Place.LINK: refused.link,
        Place.ANALYSIS: refused.analysis,
        Place.FIELDS: refused.fields,
        Place.ROWS: refused.rows or refused.filters,  # the filters below it may be hidden
        Place.DESTINATION: refused.destination,
        Place.POST: refused.post,
    }
    return {place: text for place, text in found.items() if text}
