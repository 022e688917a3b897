"""Changes in the modal, and the buttons of messages."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.exports import drafting
from bot.exports.choice import Choice, noted
from bot.model.draft import Draft
from bot.model.field import Field
from bot.slack.messages import actions as messages
from bot.slack.messages.text import foreign
from handlers.loading import fill, find, in_view, keep
from handlers.opening import offering, open_modal
from handlers.payloads import Payload, choice_of, fields_by_value, text_at, user_of
from handlers.replies import privately, say
from handlers.services import Press, Services
from handlers.views import notices
from handlers.views.names import BACK, CHECK_AGAIN_HERE, FEWER, MORE, OPEN, Place
from storage import interactions

Change = Callable[[Services, Draft, Choice], Draft]
"""What a change in the modal does to its draft."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen to everything that is pressed or chosen."""
    for action_id, change in CHANGES.items():
        _listen(app, services, action_id, change)

    for action_id, press in (
        (messages.STOP, services.stop),
        (messages.RETRY, services.retry),
        (messages.CHECK_AGAIN, services.check_again),
        (messages.START_AGAIN, services.start_again),
    ):
        _listen_to_message(app, services, action_id, press)

    @app.action(OPEN)
    async def reopened(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond
    ) -> None:
        await ack()
        draft_id = text_at(action, "value")
        services.background.start(
            _reopen(services, body, draft_id, respond),
            name=f"open modal {draft_id}",
            tell=offering(respond, draft_id),
        )


def _listen(app: AsyncApp, services: Services, action_id: str, change: Change) -> None:
    @app.action(action_id)
    async def changed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        view_id = text_at(body, "view", "id")
        services.background.start(
            _change(services, body, change),
            name=f"change {action_id}",
            tell=in_view(services, view_id, text_at(body, "view", "private_metadata")),
        )


def _listen_to_message(app: AsyncApp, services: Services, action_id: str, press: Press) -> None:
    @app.action(action_id)
    async def pressed(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond
    ) -> None:
        await ack()
        services.background.start(
            _press(services, body, action, press, respond),
            name=f"press {action_id}",
            tell=privately(respond),
        )


async def _press(
    services: Services, body: Payload, action: Payload, press: Press, respond: AsyncRespond
) -> None:
    """Once for each press, however often Slack delivers it."""
    user = user_of(body)
    key = f"action {text_at(action, 'action_ts')} {user} {text_at(action, 'action_id')}"
    async with services.database.write() as connection:
        if not await interactions.record(connection, key, services.now()):
            return
    await say(respond, foreign(await press(text_at(action, "value"), user)))


async def _change(services: Services, body: Payload, change: Change) -> None:
    view = body.get("view")
    view_id, draft_id = text_at(view, "id"), text_at(view, "private_metadata")
    services.screens.heard(view_id, text_at(view, "hash"))
    draft = await find(services, draft_id, user_of(body))
    if draft is None:
        await services.screens.put(view_id, notices.notice(notices.TOO_OLD))
        return
    if draft.export_id:
        return

    def changed(stored: Draft) -> Draft:
        """What was said yes to is another export from now on."""
        choice = choice_of(view, stored)
        unasked = replace(stored, asking=None, confirmed=None)
        return change(services, noted(unasked, choice, _known(services, stored)), choice)

    await keep(services, draft_id, changed)
    await fill(services, view_id, draft_id)


def _known(services: Services, draft: Draft) -> Mapping[str, Field]:
    if draft.project is None or draft.analysis is None:
        return fields_by_value(draft, None)
    listed = services.desk.catalogue.known_fields(draft.project, draft.analysis)
    return fields_by_value(draft, listed)


def _link(services: Services, draft: Draft, choice: Choice) -> Draft:
    """Enter in the link: another project; or the same one, because it did not work before."""
    text = (choice.link or "").strip()
    if text != draft.link_shown:
        return drafting.with_link(draft, text, services.settings.botify_app_hosts)
    return _again(services, draft, choice) if draft.link_problem else draft


def _analysis(_services: Services, draft: Draft, choice: Choice) -> Draft:
    return drafting.with_analysis(draft, choice.analysis) if choice.analysis else draft


def _preset(services: Services, draft: Draft, choice: Choice) -> Draft:
    if draft.project is None or draft.analysis is None:
        return draft
    known = services.desk.catalogue.known_fields(draft.project, draft.analysis)
    return drafting.with_preset(draft, choice.preset or draft.preset, known)


def _rows(_services: Services, draft: Draft, choice: Choice) -> Draft:
    return drafting.with_rows(draft, choice.rows or draft.rows)


def _filter(condition: str) -> Change:
    """A change of this condition alone: the others in the view may be older than the draft's."""

    def changed(_services: Services, draft: Draft, choice: Choice) -> Draft:
        chosen = getattr(choice.filters or draft.filters, condition)
        return drafting.with_filters(draft, replace(draft.filters, **{condition: chosen}))

    return changed


def _more(_services: Services, draft: Draft, _choice: Choice) -> Draft:
    return replace(draft, more=True)


def _fewer(_services: Services, draft: Draft, _choice: Choice) -> Draft:
    return replace(draft, more=False)


def _back(_services: Services, draft: Draft, _choice: Choice) -> Draft:
    return draft  # any change takes the second question back


def _fields(_services: Services, draft: Draft, _choice: Choice) -> Draft:
    return draft  # `noted` has taken them


def _destination(_services: Services, draft: Draft, choice: Choice) -> Draft:
    return drafting.with_destination(draft, choice.channel) if choice.channel else draft


def _offer(_services: Services, draft: Draft, choice: Choice) -> Draft:
    return draft if choice.again is None else replace(draft, again=choice.again)


def _again(services: Services, draft: Draft, choice: Choice) -> Draft:
    """The person says that it is right now: nothing that was known counts any more."""
    hosts = services.settings.botify_app_hosts
    text = (choice.link or "").strip()
    if text and text != draft.link_shown:
        draft = drafting.with_link(draft, text, hosts)
    if draft.project is not None:
        services.desk.catalogue.forget(draft.project, draft.analysis)
    return drafting.afresh(draft, hosts)


CHANGES: Mapping[str, Change] = {
    Place.LINK.value: _link,
    Place.ANALYSIS.value: _analysis,
    Place.DESTINATION.value: _destination,
    Place.PRESET.value: _preset,
    Place.FIELDS.value: _fields,
    Place.ROWS.value: _rows,
    Place.LINK_FILTER.value: _filter("from_link"),
    Place.HTTP_CODE.value: _filter("http_family"),
    Place.INDEXABLE.value: _filter("indexable"),
    Place.PAGE_TYPE.value: _filter("page_type"),
    Place.URL_CONTAINS.value: _filter("url_contains"),
    MORE: _more,
    FEWER: _fewer,
    BACK: _back,
    Place.OFFER.value: _offer,
    CHECK_AGAIN_HERE: _again,
}


async def _reopen(services: Services, body: Payload, draft_id: str, respond: AsyncRespond) -> None:
    draft = await find(services, draft_id, user_of(body))
    if draft is None or draft.export_id:
        await say(respond, notices.STALE_BUTTON)
        return
    await open_modal(services, text_at(body, "trigger_id"), draft)
