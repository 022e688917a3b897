"""The modal, derived from a draft: the same draft always gives the same view."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.model import limits
from bot.model.draft import Draft
from bot.model.field import DEFAULT_FIELDS
from bot.model.settings import PostFileIn
from bot.slack.messages.text import counted, foreign
from handlers.views.choices import (
    POST_LABELS,
    analysis_option,
    field_option,
    offer_options,
    post_options,
)
from handlers.views.elements import (
    Block,
    button,
    context,
    labelled,
    modal,
    option,
    plain,
    section,
)
from handlers.views.names import CHECK_AGAIN_HERE, EXPORT_VIEW, Place, block_id
from handlers.views.summary import Price, about_offer, is_free, summary

FIELD_NAMES: Final = dict(
    zip(DEFAULT_FIELDS, ("URL", "title", "meta description", "H1"), strict=True)
)
"""What the default fields are called where a project lacks them and cannot name them itself."""

NO_PROBLEMS: Final[Mapping[Place, str]] = {}


def form(
    draft: Draft,
    price: Price | None,
    *,
    now: datetime,
    looking: bool = False,
    problems: Mapping[Place, str] = NO_PROBLEMS,
) -> dict[str, Any]:
    """Every stage of the modal, from the empty link to the price.

    Args:
        draft: what is chosen and known.
        price: what it amounts to; None while the URLs are being counted.
        now: for how long ago something happened.
        looking: the destination's problem is only that Slack has not answered yet.
        problems: what else is wrong, at the input concerned; over what the draft says itself.
    """
    shown = {**_problems(draft), **problems}
    blocks = [_link(draft), *_problem(shown.get(Place.LINK))]
    if not loaded(draft):
        blocks += [] if Place.LINK in shown else [_waiting(draft)]
        return modal(EXPORT_VIEW, draft.id, blocks, submit="Export")
    blocks += [_analysis(draft), *_problem(shown.get(Place.ANALYSIS))]
    if has_fields(draft):
        blocks += [
            _fields(draft),
            *_missing(draft),
            *_problem(shown.get(Place.FIELDS)),
            _destination(draft),
            *_about_destination(draft, shown.get(Place.DESTINATION), looking=looking),
            _post(draft),
            *_problem(shown.get(Place.POST)),
            {"type": "divider"},
            *_offer(draft, price, now),
            *_price(draft, price),
        ]
    return modal(EXPORT_VIEW, draft.id, blocks, submit="Export")


def loaded(draft: Draft) -> bool:
    """Whether enough is known to choose: before that, only the link is there."""
    known = draft.analysis_problem or has_fields(draft)
    return bool(draft.analyses and draft.destination and known and not draft.link_problem)


def has_fields(draft: Draft) -> bool:
    """Whether Botify has answered about the fields of an analysis of this project."""
    return bool(draft.fields or draft.missing)


def _problems(draft: Draft) -> dict[Place, str]:
    found = {
        Place.LINK: draft.link_problem,
        Place.ANALYSIS: draft.analysis_problem,
        Place.DESTINATION: draft.destination.problem if draft.destination else None,
    }
    return {place: problem for place, problem in found.items() if problem}


def _problem(text: str | None) -> list[Block]:
    if not text:
        return []
    again = button("Check again", CHECK_AGAIN_HERE)
    return [section(f":warning: {foreign(text, limits.SLACK_ERROR_TEXT.value)}", accessory=again)]


def _link(draft: Draft) -> Block:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": Place.LINK.value,
        "max_length": limits.SLACK_SECTION_TEXT.value,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        "placeholder": plain(
            "https://app.botify.com/your-organisation/your-project", limits.SLACK_HEADER_TEXT
        ),
    }
    if draft.link_text:
        element["initial_value"] = draft.link_text[: limits.SLACK_SECTION_TEXT.value]
    else:
        element["focus_on_load"] = True
    return labelled(block_id(Place.LINK), "Botify link", element, dispatch=True)


def _waiting(draft: Draft) -> Block:
    if draft.project is None:
        return context(
            "Open your project in Botify, copy the address from the browser, paste it here and "
            "press Enter or *Export*. You will see how many rows and credits the export takes; "
            "nothing is used before you confirm that."
        )
    return section(
        f":hourglass_flowing_sand: Asking Botify about *{foreign(str(draft.project))}* ..."
    )


def _analysis(draft: Draft) -> Block:
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": Place.ANALYSIS.value,
        "min_query_length": 0,
        "placeholder": plain("Choose an analysis", limits.SLACK_HEADER_TEXT),
    }
    chosen = next((each for each in draft.analyses if each.slug == draft.analysis), None)
    if chosen:
        element["initial_option"] = analysis_option(chosen)
    block = block_id(Place.ANALYSIS, draft.project)
    return labelled(block, "Analysis", element, dispatch=True)


def _fields(draft: Draft) -> Block:
    element: dict[str, Any] = {
        "type": "multi_external_select",
        "action_id": Place.FIELDS.value,
        "min_query_length": 0,
        "max_selected_items": limits.SLACK_OPTIONS.value,
        "placeholder": plain("Type to search by name or id", limits.SLACK_HEADER_TEXT),
    }
    if draft.fields:
        chosen = draft.fields[: limits.SLACK_OPTIONS.value]
        element["initial_options"] = [field_option(field) for field in chosen]
    # Slack keeps what was chosen while the block is the same: it must be another one when the
    # choice is made by us, because a project or an analysis does not have all of the fields.
    block = block_id(Place.FIELDS, draft.project, *draft.missing)
    return labelled(block, "Fields", element, dispatch=True)


def _missing(draft: Draft) -> list[Block]:
    if not draft.missing:
        return []
    names = ", ".join(FIELD_NAMES.get(name, name) for name in draft.missing)
    shown = foreign(names, limits.SLACK_FIELD_TEXT.value)
    return [context(f"Left out, because this analysis does not have it: {shown}.")]


def _destination(draft: Draft) -> Block:
    element: dict[str, Any] = {
        "type": "conversations_select",
        "action_id": Place.DESTINATION.value,
        # Bots are not excluded: that would hide the person's own direct message with this app.
        "filter": {"include": ["public", "private", "im", "mpim"]},
        "placeholder": plain("Choose a conversation", limits.SLACK_HEADER_TEXT),
    }
    if draft.destination:
        element["initial_conversation"] = draft.destination.channel
    return labelled(block_id(Place.DESTINATION), "Deliver to", element, dispatch=True)


def _about_destination(draft: Draft, problem: str | None, *, looking: bool) -> list[Block]:
    if looking:
        return [context(":hourglass_flowing_sand: Asking Slack about this conversation ...")]
    if problem:
        return _problem(problem)
    if draft.destination and draft.destination.join:
        return [context("The app joins this channel when you press *Export*.")]
    if draft.destination and draft.destination.direct:
        return [
            context(
                "Your own direct messages with this app: nobody else sees the file there. For a "
                "private channel, invite the app into it first."
            )
        ]
    return []


def _post(draft: Draft) -> Block:
    chosen = draft.post_file_in
    element = {
        "type": "radio_buttons",
        "action_id": Place.POST.value,
        "options": post_options(),
        "initial_option": option(POST_LABELS[PostFileIn(chosen)], chosen.value),
    }
    return labelled(block_id(Place.POST), "Post the file", element)


def _offer(draft: Draft, price: Price | None, now: datetime) -> list[Block]:
    """What is paid already, first: free and at once."""
    offer = draft.offer
    if offer is None or draft.analysis_problem:
        return []
    blocks = [section(about_offer(draft, offer, now))]
    if offer.finished_at is None:
        return blocks
    rows = price.rows if price else None
    options = offer_options("new credits" if rows is None else counted(rows, "credit"))
    element = {
        "type": "radio_buttons",
        "action_id": Place.OFFER.value,
        "options": options,
        "initial_option": options[draft.again],
    }
    block = block_id(Place.OFFER, offer.export_id, rows)
    return [*blocks, labelled(block, "This is paid already", element, dispatch=True)]


def _price(draft: Draft, price: Price | None) -> list[Block]:
    if draft.analysis_problem:
        return []
    if is_free(draft):
        return [context("No credits are used: Botify is not asked again.")]
    return [
        section(summary(price)),
        context("Counting uses no credits. Nothing is spent before you press *Export*."),
    ]
