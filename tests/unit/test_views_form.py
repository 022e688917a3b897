"""The modal as a function of its draft: within Slack's limits, stable where it must be."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from draft_examples import (
    ANY_DRAFT,
    ANY_FIELDS,
    FIELDS,
    HTTP_CODE,
    NOW,
    SETTINGS,
    WILD,
    a_draft,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.drafting import LOOKING
from bot.model.depths import DepthCounts
from bot.model.draft import Destination, Draft, Offer
from bot.model.errors import BotifyUnreachable
from bot.model.filters import Filters
from bot.model.limits import SLACK_OPTIONS, SLACK_PRIVATE_METADATA
from bot.model.project import Project
from handlers.quoting import quote_of
from handlers.views import notices
from handlers.views.choices import field_groups
from handlers.views.form import form
from handlers.views.names import Place, block_id, place_of
from sandbox.slack.blocks import BLOCKS
from sandbox.slack.objects import OPTION_GROUP
from sandbox.slack.schema import problems
from sandbox.slack.surfaces import view_problems

HOUR = timedelta(hours=1)
CODE_404 = {"field": "http_code", "predicate": "eq", "value": 404}
FINISHED = Offer(export_id="0123456789", by="Ben", rows=48_211, finished_at=NOW - 2 * HOUR)
RUNNING = Offer(export_id="0123456789", by="Ben", rows=48_211)
ALWAYS = [
    Place.LINK,
    Place.ANALYSIS,
    Place.PRESET,
    Place.FIELDS,
    Place.ROWS,
    Place.DESTINATION,
    Place.POST,
]
FILTERS = [Place.HTTP_CODE, Place.INDEXABLE, Place.PAGE_TYPE, Place.URL_CONTAINS]


def view_of(draft: Draft, **more: Any) -> dict[str, Any]:
    """The modal of a draft."""
    return form(draft, quote_of(draft, SETTINGS), now=NOW, **more)


def is_taken(view: dict[str, Any]) -> None:
    """Slack would show it: the same rules by which the local workspace refuses views."""
    view = json.loads(json.dumps(view))
    assert view_problems(view) == []
    assert len(view["private_metadata"]) < SLACK_PRIVATE_METADATA.value
    blocks = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(blocks) == len(set(blocks))
    actions = [block["element"]["action_id"] for block in view["blocks"] if "element" in block]
    assert len(actions) == len(set(actions))


def element(view: dict[str, Any], place: Place) -> dict[str, Any]:
    """The element of an input."""
    found: dict[str, Any] = next(
        block["element"]
        for block in view["blocks"]
        if place_of(str(block.get("block_id", ""))) == place
    )
    return found


def below(view: dict[str, Any], place: Place) -> dict[str, Any]:
    """The block under an input."""
    ids = [place_of(str(block.get("block_id", ""))) for block in view["blocks"]]
    found: dict[str, Any] = view["blocks"][ids.index(place) + 1]
    return found


def places(view: dict[str, Any]) -> list[Place]:
    """The inputs of a view, in order."""
    found = [place_of(str(block.get("block_id", ""))) for block in view["blocks"]]
    return [place for place in found if place]


@given(draft=ANY_DRAFT, looking=st.booleans(), said=st.dictionaries(st.sampled_from(Place), WILD))
def test_every_draft_gives_a_view_that_slack_takes(
    draft: Draft, looking: bool, said: dict[Place, str]
) -> None:
    """Whatever Botify and people wrote: the view is within Slack's limits and mentions nobody."""
    view = view_of(draft, looking=looking, problems=said)
    is_taken(view)
    for text in _markup(view):
        assert "<!" not in text
        assert "<@" not in text


def _markup(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for inner in value for text in _markup(inner)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") == "mrkdwn" else []
    return own + [text for inner in value.values() for text in _markup(inner)]


@given(fields=ANY_FIELDS)
def test_every_field_list_gives_groups_that_slack_takes(fields: Any) -> None:
    """Options in groups: each group once, no option lost, texts within the limits."""
    groups = json.loads(json.dumps(field_groups(fields)))
    assert [found for group in groups for found in problems(OPTION_GROUP, group, "")] == []
    assert sum(len(group["options"]) for group in groups) == len(fields)
    assert len(groups) == len({field.group for field in fields})


@pytest.mark.parametrize(
    "view",
    [
        notices.checking("0" * 20),
        notices.done(notices.outcome("C0SEO00001", direct=False, joined=True)),
        notices.done(notices.outcome("C0SEO00001", direct=False, reused=True)),
        notices.done(notices.outcome("C0SEO00001", direct=False, already=True)),
        notices.done(notices.outcome("D0ANABOT01", direct=True)),
        notices.notice("x" * 10_000),
        notices.failed(BotifyUnreachable("<!channel> & so on")),
    ],
)
def test_every_other_view_is_taken(view: dict[str, Any]) -> None:
    """Views without a form are within the limits too, and have no button that does nothing."""
    is_taken(view)
    assert "submit" not in view


def test_message_with_the_button_is_taken() -> None:
    """The offer to open a late form holds the draft's id and nothing else."""
    blocks = json.loads(json.dumps(notices.open_again("Too late.", "0" * 20)))
    assert [found for block in blocks for found in problems(BLOCKS[block["type"]], block, "")] == []
    assert blocks[1]["elements"][0]["value"] == "0" * 20


def test_complete_form_in_its_order() -> None:
    """People learn the labels: link, analysis, fields, deliver to, and the price at the end."""
    view = view_of(a_draft())
    labels = [block["label"]["text"] for block in view["blocks"] if "label" in block]
    assert labels == [
        "Botify link",
        "Analysis",
        "Preset",
        "Fields",
        "Rows",
        "Deliver to",
        "Post the file",
    ]
    assert view["submit"]["text"] == "Export"
    assert "48,211 rows · 48,211 credits" in below(view, Place.ROWS)["text"]["text"]
    assert "48,211 URLs in this analysis" in view["blocks"][-2]["text"]["text"]


def test_private_metadata_is_the_id_of_the_draft() -> None:
    """Nothing else is entrusted to the view."""
    assert view_of(a_draft())["private_metadata"] == a_draft().id


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (a_draft(link_text="", project=None, analyses=()), [Place.LINK]),
        (a_draft(analyses=()), [Place.LINK]),
        (a_draft(destination=None), [Place.LINK]),
        (a_draft(link_problem="Wrong."), [Place.LINK]),
        (a_draft(fields=(), missing=()), [Place.LINK]),
        (
            a_draft(fields=(), missing=(), analysis_problem="Not finished."),
            [Place.LINK, Place.ANALYSIS],
        ),
        (a_draft(fields=(), missing=("url",)), ALWAYS),
        (a_draft(counts=None), ALWAYS),
        (a_draft(offer=FINISHED), [*ALWAYS, Place.OFFER]),
        (a_draft(offer=RUNNING), ALWAYS),
        (a_draft(link_filter=CODE_404), [*ALWAYS[:5], Place.LINK_FILTER, *ALWAYS[5:]]),
        (a_draft(more=True), [*ALWAYS[:5], *FILTERS, *ALWAYS[5:]]),
        (
            a_draft(more=True, filterable=()),
            [*ALWAYS[:5], Place.URL_CONTAINS, *ALWAYS[5:]],
        ),
        (
            a_draft(more=True, filterable=(), filters=Filters(indexable=False)),
            [*ALWAYS[:5], Place.INDEXABLE, Place.URL_CONTAINS, *ALWAYS[5:]],
        ),
    ],
)
def test_inputs_appear_when_there_is_something_to_choose(
    draft: Draft, expected: list[Place]
) -> None:
    """No input is shown before Botify has said what can stand in it."""
    assert places(view_of(draft)) == expected


@pytest.mark.parametrize(
    ("place", "draft"),
    [
        (Place.LINK, a_draft(link_problem="What is wrong.")),
        (Place.ANALYSIS, a_draft(analysis_problem="What is wrong.")),
        (Place.ROWS, a_draft(counts=None, counts_problem="What is wrong.")),
        (Place.DESTINATION, a_draft(destination=Destination("C1", problem="What is wrong."))),
    ],
)
def test_problem_stands_under_its_field(place: Place, draft: Draft) -> None:
    """What is wrong is said where it can be changed, with a button that looks again."""
    shown = below(view_of(draft), place)
    assert "What is wrong." in shown["text"]["text"]
    assert shown["accessory"]["text"]["text"] == "Check again"


def test_problem_of_a_submission_stands_over_the_draft() -> None:
    """What was found out after Export is shown at its field, also where no field reports it."""
    view = view_of(a_draft(), problems={Place.FIELDS: "No such field."})
    assert "No such field." in below(view, Place.FIELDS)["text"]["text"]


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        (Destination("C1", join=True), "joins this channel"),
        (Destination("D1", direct=True), "nobody else sees"),
        (Destination("D1", direct=True, moved=True), "No app can be in a conversation between"),
        (Destination("C1"), ""),
    ],
)
def test_destination_is_explained(destination: Destination, words: str) -> None:
    """What happens there that one might not expect is said under the field."""
    shown = below(view_of(a_draft(destination=destination)), Place.DESTINATION)
    assert words in json.dumps(shown)
    assert bool(words) == (shown["type"] == "context")


def test_direct_message_is_not_called_a_channel() -> None:
    """The choice of where the file appears fits the place."""
    for direct, label in ((True, "As a message of its own"), (False, "As a message in the ch")):
        view = view_of(a_draft(destination=Destination("D1", direct=direct)))
        assert element(view, Place.POST)["initial_option"]["text"]["text"].startswith(label)


def test_depths_are_drawn_wherever_one_can_be_chosen() -> None:
    """With one depth there is nothing to choose."""
    assert "```" in json.dumps(view_of(a_draft()))
    assert "```" not in json.dumps(view_of(a_draft(counts=DepthCounts(((0, 5),)))))


def test_link_that_cannot_be_read_is_not_asked_about_again() -> None:
    """Only another link helps."""
    shown = below(view_of(a_draft(link_problem="Wrong.", project=None)), Place.LINK)
    assert "accessory" not in shown


def test_segments_of_a_link_are_said_to_be_left_aside() -> None:
    """Nothing that the explorer showed is dropped without a word."""
    assert "selects segments" in json.dumps(view_of(a_draft(link_segments=True)))


def test_destination_that_is_being_looked_at_is_no_problem_yet() -> None:
    """While Slack is asked the form says that, without a warning."""
    draft = a_draft(destination=Destination("C1", problem=LOOKING))
    shown = below(view_of(draft, looking=True), Place.DESTINATION)
    assert shown["type"] == "context"
    assert "Asking Slack" in json.dumps(shown)


def test_counting_is_said_instead_of_a_figure() -> None:
    """No figure is shown that is not known."""
    view = view_of(a_draft(counts=None))
    assert "counting" in below(view, Place.ROWS)["text"]["text"]
    assert "credits*" not in json.dumps(view)


def test_typed_values_survive_every_change_but_their_own() -> None:
    """Blocks keep their ids while the project is the same, so Slack keeps what was chosen."""
    before = view_of(a_draft(counts=None, more=True))
    other = a_draft(
        analysis="20260705", destination=Destination("C2"), fields=(HTTP_CODE,), more=True
    )
    counted_anew = {Place.ROWS}  # its options are the figures
    assert kept_blocks(before, counted_anew) == kept_blocks(view_of(other), counted_anew)


def kept_blocks(view: dict[str, Any], without: set[Place]) -> list[str]:
    """The ids of the inputs of a view."""
    ids = [str(block.get("block_id", "")) for block in view["blocks"]]
    return [each for each in ids if place_of(each) not in {None, *without}]


def test_another_link_leaves_no_old_value_in_an_input() -> None:
    """Slack goes on to show what was chosen in a block of the same id: these get another one."""
    before = set(kept_blocks(view_of(a_draft(more=True)), {Place.LINK}))
    after = kept_blocks(view_of(a_draft(more=True, linked=1)), set())
    kept = {place_of(block) for block in after if block in before}
    assert kept <= {Place.ROWS, Place.DESTINATION, Place.POST}


@pytest.mark.parametrize("draft", [a_draft(project=Project("acme-org", "other")), a_draft(laid=1)])
def test_fields_start_anew_when_we_choose_them(draft: Draft) -> None:
    """Another project, or a preset, must not be covered by the old choice."""
    ids = [block.get("block_id") for block in view_of(a_draft())["blocks"]]
    found = next(
        block["block_id"]
        for block in view_of(draft)["blocks"]
        if place_of(str(block.get("block_id", ""))) == Place.FIELDS
    )
    assert found not in ids


def test_missing_fields_are_named_for_people() -> None:
    """The usual fields have names even where the project does not know them."""
    view = view_of(a_draft(missing=("metadata.h1.contents", "own.field"), fields=FIELDS[:3]))
    assert "H1, own.field" in json.dumps(below(view, Place.FIELDS))
    view = view_of(a_draft(beyond=("own.field",)))
    assert "100 fields at most: own.field" in json.dumps(below(view, Place.FIELDS))


def test_no_more_fields_are_preselected_than_slack_takes() -> None:
    """A hundred options at most stand in a menu."""
    many = tuple(replace(HTTP_CODE, id=f"field_{number}") for number in range(150))
    chosen = element(view_of(a_draft(fields=many)), Place.FIELDS)["initial_options"]
    assert len(chosen) == SLACK_OPTIONS.value


def test_problem_hides_the_price() -> None:
    """A price is shown only for something that can be exported."""
    assert "credits" not in json.dumps(view_of(a_draft(analysis_problem="Not finished.")))


def test_finished_export_is_offered_first() -> None:
    """What is paid already is free: said with its age, and chosen until the person says not."""
    view = view_of(a_draft(offer=FINISHED))
    said = json.dumps(view)
    assert "Exported 2 hours ago by Ben" in said
    assert "No credits are used" in said
    offered = element(view, Place.OFFER)
    assert offered["initial_option"]["value"] == "finished"
    texts = [each["text"]["text"] for each in offered["options"]]
    assert texts == ["Post the finished file - free", "Run it again - 48,211 credits"]


def test_running_again_shows_the_price() -> None:
    """Who wants a new export of the same sees what it costs before Export."""
    said = json.dumps(view_of(a_draft(offer=FINISHED, again=True)))
    assert r"48,211 rows \u00b7 48,211 credits" in said
    assert "No credits are used" not in said


@pytest.mark.parametrize(("by", "words"), [("Ben", "Ben is already"), ("ana", "You are already")])
def test_running_export_is_named(by: str, words: str) -> None:
    """Who joins an export sees whose it is, and that nothing is paid twice."""
    said = json.dumps(view_of(a_draft(offer=replace(RUNNING, by=by))))
    assert words in said
    assert "nothing is paid twice" in said
    assert "48,211 credits" not in said


def test_block_of_a_place_is_recognised() -> None:
    """The suffix that makes a block a new one does not hide which input it is."""
    for place in Place:
        assert place_of(block_id(place)) == place
        assert place_of(block_id(place, "a", 1)) == place
    assert place_of("something.else") is None
    assert block_id(Place.FIELDS, "a", "b") != block_id(Place.FIELDS, "a", "c")
