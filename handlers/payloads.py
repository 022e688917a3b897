"""Reads what Slack sends into values. Anything can be missing or of another type than promised."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.exports.choice import Choice
from bot.model.draft import Draft
from bot.model.field import Field
from bot.model.filters import Filters
from bot.model.settings import PostFileIn
from handlers.views.choices import (
    FINISHED_FILE,
    HTTP_FAMILIES,
    LONGEST_VALUE,
    RUN_AGAIN,
    YES_OR_NO,
    page_type_of,
    value_of,
)
from handlers.views.names import Place, blocks_by_place, fields_block, preset_block
from handlers.views.rows import rows_of

Payload = Mapping[str, Any]

AGAIN: Final = {FINISHED_FILE: False, RUN_AGAIN: True}
"""Whether the person wants an export made anew, by what stands for it."""


def at(data: Any, *keys: str) -> Any:
    """What stands at this path; None where the path ends early."""
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def text_at(data: Any, *keys: str) -> str:
    """A text at this path; empty where there is none."""
    found = at(data, *keys)
    return found if isinstance(found, str) else ""


def user_of(body: Payload) -> str:
    """Who acts. A command says it in another place than everything else."""
    return text_at(body, "user", "id") or text_at(body, "user_id")


def team_of(body: Payload) -> str:
    """The workspace; an installation for a whole organisation leaves `team` empty."""
    return (
        text_at(body, "team", "id") or text_at(body, "team_id") or text_at(body, "user", "team_id")
    )


def values_of(view: Any) -> dict[Place, Mapping[str, Any]]:
    """The state of each input that the modal has."""
    state = at(view, "state", "values")
    if not isinstance(state, Mapping):
        return {}
    blocks = blocks_by_place(block for block in state if isinstance(block, str))
    found = {place: at(state, block, place.value) for place, block in blocks.items()}
    return {place: value for place, value in found.items() if isinstance(value, Mapping)}


def choice_of(view: Any, draft: Draft) -> Choice:
    """What is in the inputs. Fields are the texts that stand for them in the menu."""
    state = at(view, "state", "values")
    blocks = frozenset(state) if isinstance(state, Mapping) else frozenset()
    values = values_of(view)
    replaced = [
        place
        for place, block in (
            (Place.PRESET, preset_block(draft)),
            (Place.FIELDS, fields_block(draft)),
        )
        if place in values and block not in blocks
    ]
    for place in replaced:
        del values[place]
    slugs = {value_of(each.slug): each.slug for each in draft.analyses}
    picked = _option(values, Place.ANALYSIS)
    return Choice(
        link=text_at(values.get(Place.LINK), "value") or None,
        analysis=slugs.get(picked, picked) or None,
        preset=_option(values, Place.PRESET) or None,
        fields=_chosen(at(values.get(Place.FIELDS), "selected_options")),
        rows=rows_of(_option(values, Place.ROWS)),
        filters=_filters(values, draft.filters, draft.link_filter),
        channel=text_at(values.get(Place.DESTINATION), "selected_conversation") or None,
        post_file_in=_post_file_in(_option(values, Place.POST)),
        again=AGAIN.get(_option(values, Place.OFFER)),
        stale=bool(replaced),
    )


def choice_shown(draft: Draft) -> Choice:
    """What the inputs hold when the form shows the draft as it is."""
    return Choice(
        link=draft.link_text,
        analysis=draft.analysis,
        fields=tuple(value_of(field.id) for field in draft.fields),
        channel=draft.destination.channel if draft.destination else None,
        post_file_in=draft.post_file_in,
    )


def fields_by_value(draft: Draft, listed: Sequence[Field] | None) -> dict[str, Field]:
    """Fields by what stands for them in the menu: those of the draft, and the analysis' own."""
    return {value_of(field.id): field for field in (*draft.fields, *(listed or ()))}


def input_blocks(view: Any) -> dict[Place, str]:
    """The block of each input of a view: where an error can be shown."""
    blocks = at(view, "blocks")
    if not isinstance(blocks, list):
        return {}
    inputs = (text_at(block, "block_id") for block in blocks if at(block, "type") == "input")
    return blocks_by_place(block for block in inputs if block)


def texts_of(view: Any) -> tuple[str, ...]:
    """What the paragraphs of a view say."""
    blocks = at(view, "blocks")
    if not isinstance(blocks, list):
        return ()
    return tuple(text for block in blocks if (text := text_at(block, "text", "text")))


def reason_of(view: Any) -> str | None:
    """What stands as the reason in the second question."""
    return text_at(values_of(view).get(Place.REASON), "value").strip() or None


def _option(values: Mapping[Place, Payload], place: Place) -> str:
    return text_at(values.get(place), "selected_option", "value")


def _filters(
    values: Mapping[Place, Payload], known: Filters, link_filter: dict[str, Any] | None
) -> Filters:
    """The filters with what stands in the inputs that there are; the others stay as known."""
    found = known
    if Place.HTTP_CODE in values:
        found = replace(found, http_family=HTTP_FAMILIES.get(_option(values, Place.HTTP_CODE)))
    if Place.INDEXABLE in values:
        found = replace(found, indexable=YES_OR_NO.get(_option(values, Place.INDEXABLE)))
    if Place.PAGE_TYPE in values:
        found = replace(found, page_type=page_type_of(_option(values, Place.PAGE_TYPE), known))
    if Place.URL_CONTAINS in values:
        text = text_at(values[Place.URL_CONTAINS], "value").strip()
        found = replace(found, url_contains=text[:LONGEST_VALUE] or None)
    if Place.LINK_FILTER in values:
        used = bool(_chosen(at(values[Place.LINK_FILTER], "selected_options")))
        found = replace(found, from_link=link_filter if used else None)
    return found


def _chosen(options: Any) -> tuple[str, ...]:
    if not isinstance(options, list):
        return ()
    return tuple(value for option in options if (value := text_at(option, "value")))


def _post_file_in(value: str) -> PostFileIn | None:
    return next((place for place in PostFileIn if place.value == value), None)
