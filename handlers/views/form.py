"""The modal, derived from a draft: the same draft always gives the same view."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.model import limits
from bot.model.draft import Draft, Filterable
from bot.model.filters import NO_FILTERS, words_of
from bot.slack.messages.text import counted, foreign
from handlers.views.chart import chart
from handlers.views.choices import (
    LINK_FILTER,
    LONGEST_VALUE,
    UNFINISHED,
    analysis_option,
    field_option,
    http_options,
    indexable_options,
    offer_options,
    page_type_option,
    post_options,
    preset_options,
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
    static_select,
)
from handlers.views.left_out import left_out
from handlers.views.names import (
    CHECK_AGAIN_HERE,
    EXPORT_VIEW,
    FEWER,
    MORE,
    Place,
    block_id,
    fields_block,
    place_of,
    preset_block,
)
from handlers.views.quote import Quote
from handlers.views.rows import row_options
from handlers.views.summary import about_offer, details, headline

SEGMENTS: Final = (
    "The link selects segments as well; that is not used here. Filter by page type instead."
)

NO_PROBLEMS: Final[Mapping[Place, str]] = {}


def form(
    draft: Draft,
    quote: Quote,
    *,
    now: datetime,
    looking: bool = False,
    problems: Mapping[Place, str] = NO_PROBLEMS,
) -> dict[str, Any]:
    """Every stage of the modal, from the empty link to the price.

    Args:
        draft: what is chosen and known.
        quote: what it amounts to.
        now: for how long ago something happened.
        looking: the destination's problem is only that Slack has not answered yet.
        problems: what else is wrong, at the input concerned; over what the draft says itself.
    """
    shown = {**_problems(draft), **problems}
    # A link that cannot be read is not read better by asking again.
    blocks = [_link(draft), *_problem(shown.get(Place.LINK), again=draft.project is not None)]
    if not loaded(draft):
        blocks += [] if Place.LINK in shown else [_waiting(draft)]
        return modal(EXPORT_VIEW, draft.id, blocks, submit="Export")
    blocks += [_analysis(draft), *_problem(shown.get(Place.ANALYSIS)), *_newer(draft)]
    if has_fields(draft):
        blocks += [
            _preset(draft),
            _fields(draft),
            *(context(sentence) for sentence in left_out(draft)),
            *_problem(shown.get(Place.FIELDS)),
            _rows(draft, quote),
            *_problem(shown.get(Place.ROWS)),
            *_headline(draft, quote),
            *_chart(quote),
            *_filters(draft, shown.get(Place.HTTP_CODE)),
            *([context(SEGMENTS)] if draft.link_segments else []),
            _destination(draft),
            *_about_destination(draft, shown.get(Place.DESTINATION), looking=looking),
            _post(draft),
            *_problem(shown.get(Place.POST)),
            {"type": "divider"},
            *_problem(shown.get(Place.OFFER)),
            *_offer(draft, quote, now),
            *_price(draft, quote),
        ]
    return modal(EXPORT_VIEW, draft.id, blocks, submit="Export")


def loaded(draft: Draft) -> bool:
    """Whether enough is known to choose: before that, only the link is there."""
    known = draft.analysis_problem or has_fields(draft)
    return bool(draft.analyses and draft.destination and known and not draft.link_problem)


def has_fields(draft: Draft) -> bool:
    """Whether Botify has answered about the fields of an analysis of this project."""
    return bool(draft.fields or draft.missing or draft.beyond)


def _problems(draft: Draft) -> dict[Place, str]:
    found = {
        Place.LINK: draft.link_problem,
        Place.ANALYSIS: draft.analysis_problem,
        Place.FIELDS: draft.fields_problem,
        Place.ROWS: draft.count_problem,
        Place.HTTP_CODE: draft.filters_problem,
        Place.DESTINATION: draft.destination.problem if draft.destination else None,
    }
    return {place: problem for place, problem in found.items() if problem}


def noted_places(view: Block) -> frozenset[Place]:
    """The inputs that a form has, and the offer: where it would show a problem."""
    ids = (str(block.get("block_id", "")) for block in view["blocks"])
    found = frozenset(place for each in ids if (place := place_of(each)))
    return found | {Place.OFFER} if Place.FIELDS in found else found


def _problem(text: str | None, *, again: bool = True) -> list[Block]:
    if not text:
        return []
    look = button("Check again", CHECK_AGAIN_HERE) if again else None
    return [section(f":warning: {foreign(text, limits.SLACK_ERROR_TEXT.value)}", accessory=look)]


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
        element["initial_value"] = draft.link_shown
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
    block = block_id(Place.ANALYSIS, draft.project, draft.linked)
    return labelled(block, "Analysis", element, dispatch=True)


def _newer(draft: Draft) -> list[Block]:
    """That there will soon be fresher data."""
    running = draft.newer
    if running is None:
        return []
    far = f" ({foreign(draft.running)})" if draft.running else ""
    state = UNFINISHED.get(running.status, running.status)
    return [context(f"A newer analysis, {foreign(running.slug)}, is {foreign(state)}{far}.")]


def _preset(draft: Draft) -> Block:
    options, chosen = preset_options(draft)
    element = static_select(Place.PRESET.value, options, chosen)
    return labelled(preset_block(draft), "Preset", element, dispatch=True)


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
    return labelled(fields_block(draft), "Fields", element, dispatch=True)


def _rows(draft: Draft, quote: Quote) -> Block:
    options, chosen = row_options(
        quote.offers,
        draft.rows,
        counting=quote.counts is None,
        filtered=draft.filters != NO_FILTERS,
    )
    element = static_select(Place.ROWS.value, options, chosen)
    # The options change with every count, and Slack keeps one that is no longer there.
    block = block_id(Place.ROWS, chosen["value"], *(each["text"]["text"] for each in options))
    return labelled(block, "Rows", element, dispatch=True)


def _chart(quote: Quote) -> list[Block]:
    """Wherever a depth can be chosen."""
    counts = quote.counts
    if counts is None or len(counts.by_depth) + bool(counts.without_depth) <= 1:
        return []
    drawn = chart(counts, quote.amount.taken if quote.amount else None)
    return [section(drawn)] if drawn else []


def _filters(draft: Draft, problem: str | None) -> list[Block]:
    """The filter of the link, which changes the rows unasked, always; the others on demand."""
    blocks = [_link_filter(draft), *_problem(problem)] if draft.link_filter else _problem(problem)
    if not draft.more:
        return [*blocks, _button("Filter the URLs", MORE)]
    chosen, offered = draft.filters, frozenset(draft.filterable)
    if Filterable.HTTP_CODE in offered or chosen.http_family is not None:
        element = static_select(Place.HTTP_CODE.value, *http_options(chosen.http_family))
        blocks.append(_filter(draft, Place.HTTP_CODE, "HTTP code", element))
    if Filterable.INDEXABLE in offered or chosen.indexable is not None:
        element = static_select(Place.INDEXABLE.value, *indexable_options(chosen.indexable))
        blocks.append(_filter(draft, Place.INDEXABLE, "Indexable", element))
    if Filterable.PAGE_TYPE in offered or chosen.page_type is not None:
        blocks.append(_filter(draft, Place.PAGE_TYPE, "Page type", _page_type(draft)))
    blocks.append(_filter(draft, Place.URL_CONTAINS, "URL contains", _url_contains(draft)))
    return [*blocks, _button("Hide the filters", FEWER)]


def _filter(draft: Draft, place: Place, label: str, element: Block) -> Block:
    # Another project has no filters: Slack would go on to show those of the one before.
    return labelled(block_id(place, draft.linked), label, element, dispatch=True, optional=True)


def _link_filter(draft: Draft) -> Block:
    used = option("Use it", LINK_FILTER, description=words_of(draft.link_filter))
    element: dict[str, Any] = {
        "type": "checkboxes",
        "action_id": Place.LINK_FILTER.value,
        "options": [used],
    }
    if draft.filters.from_link is not None:
        element["initial_options"] = [used]
    block = block_id(Place.LINK_FILTER, draft.linked)
    return labelled(block, "Filter of the link", element, dispatch=True, optional=True)


def _page_type(draft: Draft) -> Block:
    return {
        "type": "external_select",
        "action_id": Place.PAGE_TYPE.value,
        "min_query_length": 0,
        "initial_option": page_type_option(draft.filters.page_type),
    }


def _url_contains(draft: Draft) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": Place.URL_CONTAINS.value,
        "max_length": LONGEST_VALUE,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        "placeholder": plain("/blog/, then Enter", limits.SLACK_HEADER_TEXT),
    }
    given = draft.filters.url_contains
    return element | {"initial_value": given[:LONGEST_VALUE]} if given else element


def _button(label: str, action: str) -> Block:
    return {"type": "actions", "block_id": action, "elements": [button(label, action)]}


def _destination(draft: Draft) -> Block:
    element: dict[str, Any] = {
        "type": "conversations_select",
        "action_id": Place.DESTINATION.value,
        # Bots are not excluded: that would hide the person's own direct message with this app.
        "filter": {"include": ["public", "private", "im", "mpim"]},
        "placeholder": plain("Choose a conversation", limits.SLACK_HEADER_TEXT),
    }
    if draft.destination and draft.destination.channel:
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
        place = "Your own direct messages with this app: nobody else sees the file there."
        why = "No app can be in a conversation between people, so the file comes to you. "
        return [context(f"{why if draft.destination.moved else ''}{place}")]
    return []


def _post(draft: Draft) -> Block:
    direct = draft.destination is not None and draft.destination.direct
    options, chosen = post_options(draft.post_file_in, direct=direct)
    element = {
        "type": "radio_buttons",
        "action_id": Place.POST.value,
        "options": options,
        "initial_option": chosen,
    }
    return labelled(block_id(Place.POST), "Post the file", element)


def _offer(draft: Draft, quote: Quote, now: datetime) -> list[Block]:
    """What is paid already, first: free and at once."""
    offer = draft.offer
    if offer is None or draft.analysis_problem:
        return []
    blocks = [section(about_offer(draft, offer, now))]
    if offer.finished_at is None:
        return blocks
    price = quote.amount.credits if quote.amount else None
    options = offer_options("new credits" if price is None else counted(price, "credit"))
    element = {
        "type": "radio_buttons",
        "action_id": Place.OFFER.value,
        "options": options,
        "initial_option": options[draft.again],
    }
    block = block_id(Place.OFFER, offer.export_id, price)
    return [*blocks, labelled(block, "This is paid already", element, dispatch=True)]


def _priced(draft: Draft) -> bool:
    return not (draft.analysis_problem or draft.filters_problem or draft.count_problem)


def _headline(draft: Draft, quote: Quote) -> list[Block]:
    """The price, where the rows are chosen: the end of the form may be out of sight."""
    if not _priced(draft):
        return []
    if draft.offer is not None and draft.free:
        rows = "" if draft.offer.rows is None else f"{counted(draft.offer.rows, 'row')} · "
        how = "paid" if draft.offer.finished_at else "being exported"
        return [section(f"*{rows}no new credits*: this is {how} already, see below.")]
    return [section(headline(draft, quote))]


def _price(draft: Draft, quote: Quote) -> list[Block]:
    if not _priced(draft):
        return []
    if draft.free:
        return [context("No credits are used: Botify is not asked again.")]
    notes = quote.amount.notes if quote.amount else ()
    extent = details(draft, quote)
    return [
        *([section(extent)] if extent else []),
        *([context(foreign(" ".join(notes), limits.SLACK_FIELD_TEXT.value))] if notes else []),
        context("Counting uses no credits. Nothing is spent before you press *Export*."),
    ]
