"""What is done about a submission: a table, and a property over anything."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from draft_examples import (
    ANALYSES,
    ANY_DRAFT,
    ANY_FILTERS,
    ANY_ROWS,
    CATALOGUE,
    FIELDS,
    HTTP_CODE,
    LINK,
    LINKS,
    NOW,
    SEO,
    SETTINGS,
    WILD,
    a_draft,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.choice import Check, Choice, Confirm, Ready, Refused, Reload, judge, noted
from bot.exports.drafting import looked_at, with_analysis, with_preset
from bot.exports.requests import specify
from bot.model.depths import DepthCounts
from bot.model.draft import Destination, Draft, Offer
from bot.model.field import Field
from bot.model.filters import Filters
from bot.model.rows import RowsChoice, RowsMode
from bot.model.settings import PostFileIn
from handlers.payloads import choice_of, fields_by_value, input_blocks, values_of
from handlers.views.names import Place

LARGE = DepthCounts(((0, 150_000),))
PAID = Offer(export_id="0123456789", by="ben", rows=150_000, finished_at=NOW)
KNOWN = {field.id: field for field in CATALOGUE}
SHOWN = Choice(
    link=LINK,
    analysis="20260705-2",
    fields=tuple(field.id for field in FIELDS),
    channel=SEO.channel,
    post_file_in=PostFileIn.CHANNEL,
)
"""A submission of exactly what was shown."""


def verdict(
    draft: Draft, choice: Choice, known: Mapping[str, Field] = KNOWN, *, all_known: bool = True
) -> Any:
    """What is done about it."""
    return judge(draft, choice, known, settings=SETTINGS, all_known=all_known)


def test_what_was_shown_is_ready() -> None:
    """The draft becomes an export without a question."""
    assert verdict(a_draft(), SHOWN) == Ready(a_draft())


def test_chosen_fields_and_place_are_taken_over() -> None:
    """Inputs that do not report changes are read at the end, in the order chosen, each once."""
    chosen = replace(
        SHOWN, fields=("http_code", "url", "http_code"), post_file_in=PostFileIn.THREAD
    )
    ready = verdict(a_draft(), chosen)
    assert isinstance(ready, Ready)
    assert ready.draft.fields == (HTTP_CODE, FIELDS[0])
    assert ready.draft.post_file_in is PostFileIn.THREAD


REFUSED: list[tuple[Draft, Choice, str, str]] = [
    (a_draft(), replace(SHOWN, link=None), "link", "Paste the address"),
    (a_draft(), replace(SHOWN, link="  "), "link", "Paste the address"),
    (a_draft(), replace(SHOWN, link="nonsense"), "link", "not a link"),
    (a_draft(link_problem="No access."), SHOWN, "link", "No access."),
    (a_draft(), replace(SHOWN, analysis=None), "analysis", "Choose an analysis."),
    (a_draft(), replace(SHOWN, analysis="1"), "analysis", "has no analysis 1"),
    (a_draft(), replace(SHOWN, analysis="20260712"), "analysis", "is still crawling"),
    (a_draft(analysis_problem="Not counted."), SHOWN, "analysis", "Not counted."),
    (a_draft(counts=None), SHOWN, "rows", "still being counted"),
    (a_draft(counts=None, counts_problem="Not counted."), SHOWN, "rows", "Not counted."),
    (
        a_draft(fields=(*FIELDS, LINKS), links_problem="Not counted."),
        replace(SHOWN, fields=(*SHOWN.fields, LINKS.id)),
        "rows",
        "Not counted.",
    ),
    (a_draft(counts=DepthCounts(())), SHOWN, "analysis", "no URLs"),
    (a_draft(counts=DepthCounts(((0, 10**7),))), SHOWN, "rows", "Depth 0 alone holds"),
    (a_draft(filters_problem="No such field."), SHOWN, "filters", "No such field."),
    (
        a_draft(fields=(*FIELDS, LINKS)),
        replace(SHOWN, fields=(*SHOWN.fields, LINKS.id)),
        "rows",
        "links of this analysis are still being counted",
    ),
    (
        a_draft(rows=RowsChoice(RowsMode.DEPTH, 2), counts=DepthCounts(((0, 1), (2, 10**7)))),
        SHOWN,
        "rows",
        "Depths 0 to 2 hold 10,000,001 rows",
    ),
    (a_draft(), replace(SHOWN, fields=()), "fields", "at least one"),
    (a_draft(), replace(SHOWN, fields=("url", "nope")), "fields", "no field nope"),
    (a_draft(), replace(SHOWN, fields=("internal.only",)), "fields", "cannot be exported"),
    (a_draft(), replace(SHOWN, channel=None), "destination", "Choose a conversation"),
    (a_draft(), replace(SHOWN, channel="#seo"), "destination", "Choose a conversation"),
    (
        a_draft(destination=Destination("", problem="There is no #seo.")),
        replace(SHOWN, channel=None),
        "destination",
        "There is no #seo.",
    ),
    (
        a_draft(destination=replace(SEO, problem="It is archived.")),
        SHOWN,
        "destination",
        "It is archived.",
    ),
    (a_draft(), replace(SHOWN, post_file_in=None), "post", "Choose where"),
]


@pytest.mark.parametrize(("draft", "choice", "place", "words"), REFUSED)
def test_what_cannot_be_used_is_refused(
    draft: Draft, choice: Choice, place: str, words: str
) -> None:
    """One sentence at the field concerned; the other fields are left alone."""
    refused = verdict(draft, choice)
    assert isinstance(refused, Refused)
    assert words in getattr(refused, place)
    assert refused == Refused(**{place: getattr(refused, place)})


def test_several_refusals_are_said_at_once() -> None:
    """Nobody has to press Export once for each mistake."""
    refused = verdict(a_draft(), replace(SHOWN, analysis="1", channel=None))
    assert isinstance(refused, Refused)
    assert refused.analysis
    assert refused.destination


WAITING_FOR_A_PRESET = with_preset(a_draft(), "links", None)
"""A preset is chosen, and the fields of the analysis are no longer at hand."""

WAITING_FOR_FIELDS = replace(with_analysis(a_draft(), "20260705"), counts=LARGE)
"""Another analysis is chosen and counted, and its fields have not been answered yet."""


@pytest.mark.parametrize(
    ("draft", "choice"),
    [
        (a_draft(), replace(SHOWN, link="https://app.botify.com/acme-org/other")),
        (a_draft(analyses=()), SHOWN),
        (a_draft(), replace(SHOWN, analysis="20260705")),
        (a_draft(), replace(SHOWN, preset="links")),
        (a_draft(), replace(SHOWN, rows=RowsChoice(RowsMode.DEPTH, 1))),
        (a_draft(), replace(SHOWN, filters=Filters(http_family=4))),
        (a_draft(), replace(SHOWN, fields=("url", LINKS.id))),
        (a_draft(), replace(SHOWN, stale=True)),
        (WAITING_FOR_A_PRESET, SHOWN),
        (WAITING_FOR_FIELDS, replace(SHOWN, analysis="20260705")),
        (WAITING_FOR_FIELDS, replace(SHOWN, analysis="20260705", fields=("url",))),
    ],
)
def test_price_that_was_not_shown_is_shown_first(draft: Draft, choice: Choice) -> None:
    """Nothing is accepted whose rows and credits the person has not seen."""
    found = verdict(draft, choice)
    assert isinstance(found, Reload)


@pytest.mark.parametrize(
    ("draft", "credits_"),
    [
        (a_draft(counts=LARGE), 150_000),
        (a_draft(counts=LARGE, confirmed=149_999), 150_000),
        (a_draft(counts=LARGE, offer=PAID, again=True), 150_000),
        (a_draft(counts=LARGE, confirmed=150_000), None),
        (a_draft(counts=LARGE, offer=PAID), None),
        (a_draft(counts=DepthCounts(((0, 100_000),))), None),
        (
            a_draft(fields=(*FIELDS, LINKS), links=LARGE, counts=LARGE),
            None,  # 0.1 credits a link
        ),
    ],
)
def test_large_price_is_asked_about_again(draft: Draft, credits_: int | None) -> None:
    """Above the threshold the person says yes to exactly that price; what is paid is free."""
    found = verdict(draft, replace(SHOWN, fields=tuple(field.id for field in draft.fields)))
    assert isinstance(found, Ready if credits_ is None else Confirm)
    assert credits_ is None or found.credits == credits_


@pytest.mark.parametrize(
    ("draft", "choice", "known"),
    [
        (a_draft(), replace(SHOWN, channel="C0OTHER001"), KNOWN),
        (a_draft(destination=None), SHOWN, KNOWN),
        (a_draft(), replace(SHOWN, fields=("url", "http_code")), {"url": FIELDS[0]}),
    ],
)
def test_what_is_not_known_is_asked_first(
    draft: Draft, choice: Choice, known: Mapping[str, Field]
) -> None:
    """A channel that was not looked at, or fields that are no longer at hand, need the network."""
    found = verdict(draft, choice, known, all_known=known is KNOWN)
    assert isinstance(found, Check)


CHOICES = st.builds(
    Choice,
    link=st.none() | st.just(LINK) | WILD,
    analysis=st.none() | st.sampled_from([each.slug for each in ANALYSES]) | WILD,
    fields=st.lists(st.sampled_from(list(KNOWN)) | WILD, max_size=4).map(tuple),
    preset=st.none() | st.just("essentials") | WILD,
    rows=st.none() | st.just(RowsChoice()) | ANY_ROWS,
    filters=st.none() | st.just(Filters()) | ANY_FILTERS,
    channel=st.none() | st.just(SEO.channel) | WILD,
    post_file_in=st.none() | st.sampled_from(PostFileIn),
)


@given(draft=ANY_DRAFT | st.just(a_draft()), choice=CHOICES, all_known=st.booleans())
def test_only_a_complete_and_priced_draft_is_ready(
    draft: Draft, choice: Choice, all_known: bool
) -> None:
    """Whatever is submitted, and whatever the draft holds: no doubtful draft is ready."""
    found = verdict(draft, choice, all_known=all_known)
    if not isinstance(found, Ready):
        return
    ready = found.draft
    assert (ready.project, ready.analysis, ready.counts) == (
        draft.project,
        draft.analysis,
        draft.counts,
    )
    assert choice.link is not None
    assert choice.link.strip() == ready.link_shown
    assert ready.counts is not None
    assert ready.counts.total
    assert ready.link_problem is None
    assert ready.analysis_problem is None
    assert ready.fields
    assert ready.up_to_date
    assert ready.destination is not None
    assert looked_at(ready.destination)
    assert ready.destination.problem is None
    assert ready.destination.channel == choice.channel
    assert ready.filters_problem is None
    assert ready.count_problem is None
    assert choice.rows in (None, ready.rows)
    assert choice.filters in (None, ready.filters)
    wanted = specify(ready, SETTINGS)
    assert all(band.count <= SETTINGS.botify_row_limit for band in wanted.plan.bands)


def test_unread_inputs_do_not_undo_a_choice() -> None:
    """A view without its fields, while it loads, says nothing about them."""
    assert noted(a_draft(), Choice(), {}) == a_draft()


# --- reading what Slack sends -----------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WILD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WILD, inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from([*Place, "fields.1", "preset.2", "nobody"])
ANY_STATE = st.dictionaries(NAMES, st.dictionaries(NAMES, ANY_JSON, max_size=3) | ANY_JSON)
ANY_VIEW = ANY_JSON | st.fixed_dictionaries(
    {"state": st.fixed_dictionaries({"values": ANY_STATE}) | ANY_JSON, "blocks": ANY_JSON}
)


@given(view=ANY_VIEW)
def test_any_view_can_be_read(view: Any) -> None:
    """Foreign JSON of any shape becomes a choice of the promised types."""
    choice = choice_of(view, a_draft())
    for text in (choice.link, choice.analysis, choice.channel, *choice.fields):
        assert text is None or isinstance(text, str)
    assert all(isinstance(block, str) for block in input_blocks(view).values())
    assert isinstance(values_of(view), dict)


def test_fields_are_found_by_what_stands_for_them() -> None:
    """The draft's own fields are known even when the catalogue has forgotten them."""
    assert set(fields_by_value(a_draft(), None)) == {field.id for field in FIELDS}
    assert "http_code" in fields_by_value(a_draft(), CATALOGUE)
