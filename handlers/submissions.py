"""*Export* was pressed: pure checks and one local transaction, then the acknowledgement."""

from collections.abc import Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.exports import choice as choices
from bot.exports import drafting
from bot.exports.choice import Check, Choice, Ready, Refused, Reload, Verdict
from bot.exports.requests import Accepted
from bot.exports.reuse import OfferGone
from bot.model import limits
from bot.model.draft import Draft
from bot.model.errors import (
    NothingFits,
    WrongAnalysis,
    WrongField,
    WrongInput,
    WrongLink,
)
from bot.model.field import Field
from bot.slack.messages.text import shorten
from handlers.loading import ask_again, begin, fill, find, in_view, keep
from handlers.payloads import (
    Payload,
    choice_of,
    fields_by_value,
    input_blocks,
    text_at,
    user_of,
)
from handlers.services import Services
from handlers.views import notices
from handlers.views.names import EXPORT_VIEW, Place

PLACES: Final[Mapping[type[WrongInput], Place]] = {
    WrongLink: Place.LINK,
    WrongAnalysis: Place.ANALYSIS,
    NothingFits: Place.ANALYSIS,
    WrongField: Place.FIELDS,
}
"""Where it is shown that a draft was not accepted; everything else concerns the destination."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the modal's button."""

    @app.view_submission(EXPORT_VIEW)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body.get("view")
        draft = await find(services, text_at(view, "private_metadata"), user_of(body))
        if draft is None:
            await ack(response_action="update", view=notices.notice(notices.TOO_OLD))
        elif draft.export_id:
            # The same form again: it has become an export, and becomes no second one.
            await ack()
        else:
            await _answer(services, ack, body, draft)


async def _answer(services: Services, ack: AsyncAck, body: Payload, draft: Draft) -> None:
    view = body.get("view")
    view_id = text_at(view, "id")
    choice = choice_of(view, draft)

    def later(stored: Draft) -> Draft:
        """The choice, carried over to the draft with all answers that came meanwhile."""
        verdict = _judged(services, stored, choice)
        return verdict.draft if isinstance(verdict, Reload | Check) else stored

    match _judged(services, draft, choice):
        case Refused() as refused:
            await _refuse(ack, view, problems_of(refused))
        case Reload(changed):
            stored = await keep(services, draft.id, later) or changed
            view = services.screens.view(stored)
            services.screens.replaced(view_id, view)
            await ack(response_action="update", view=view)
            begin(services, view_id, draft.id)
        case Check():
            await keep(services, draft.id, later)
            view = notices.checking(draft.id)
            services.screens.replaced(view_id, view)
            await ack(response_action="update", view=view)
            services.background.start(
                _check(services, view_id, draft.id, choice),
                name=f"check submission {draft.id}",
                tell=in_view(services, view_id, draft.id),
            )
        case Ready(changed):
            try:
                accepted = await services.accept(changed)
            except OfferGone as error:
                await keep(services, draft.id, lambda stored: stored)  # looks for an offer again
                await _refuse(ack, view, {Place.OFFER: drafting.told(error)})
                begin(services, view_id, draft.id)
                return
            except WrongInput as error:
                place = PLACES.get(type(error), Place.DESTINATION)
                await _refuse(ack, view, {place: drafting.told(error)})
                return
            await _close(ack, changed, accepted)


def _judged(services: Services, draft: Draft, choice: Choice) -> Verdict:
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


async def _check(services: Services, view_id: str, draft_id: str, choice: Choice) -> None:
    """Ask what was not known when *Export* was pressed, then accept, or say what is wrong."""
    draft = await ask_again(services, draft_id)
    if draft is None:
        await services.screens.put(view_id, notices.notice(notices.TOO_OLD))
        return
    if draft.export_id:
        return
    match _judged(services, draft, choice):
        case Ready(changed):
            accepted = await services.accept(changed)
            await services.screens.put(view_id, _done(changed, accepted))
        case Refused() as refused:
            await fill(services, view_id, draft_id, problems=problems_of(refused))
        case Reload() | Check():
            await fill(services, view_id, draft_id)


async def _close(ack: AsyncAck, draft: Draft, accepted: Accepted) -> None:
    """Close the modal, unless the progress appears where the person does not look."""
    here = draft.destination is not None and draft.destination.channel == draft.origin
    if here and not accepted.joined and not accepted.already:
        await ack()
    else:
        await ack(response_action="update", view=_done(draft, accepted))


def _done(draft: Draft, accepted: Accepted) -> dict[str, Any]:
    direct = draft.destination is not None and draft.destination.direct
    if accepted.already:
        return notices.already_waiting(accepted.delivery.channel, direct=direct)
    return notices.done(
        accepted.delivery.channel,
        direct=direct,
        joined=accepted.joined,
        reused=accepted.delivery.reused,
    )


async def _refuse(ack: AsyncAck, view: Any, problems: Mapping[Place, str]) -> None:
    """Errors at the inputs; as a view where the form does not have the input."""
    blocks = input_blocks(view)
    shown = {
        blocks[place]: shorten(text, limits.SLACK_ERROR_TEXT.value)
        for place, text in problems.items()
        if place in blocks
    }
    if shown:
        await ack(response_action="errors", errors=shown)
    else:
        sentences = " ".join(problems.values())
        await ack(response_action="update", view=notices.notice(sentences))


def problems_of(refused: Refused) -> dict[Place, str]:
    """What is refused, by the input where it is shown."""
    found = {
        Place.LINK: refused.link,
        Place.ANALYSIS: refused.analysis,
        Place.FIELDS: refused.fields,
        Place.DESTINATION: refused.destination,
        Place.POST: refused.post,
    }
    return {place: text for place, text in found.items() if text}
