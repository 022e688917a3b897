"""How a draft changes by what a person chooses and by what is answered: tables and properties."""

from dataclasses import replace

import pytest
from draft_examples import (
    ACME,
    ANALYSES,
    ANY_DRAFT,
    CATALOGUE,
    COUNTS,
    FIELDS,
    HIDDEN,
    HOSTS,
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

from bot.exports.drafting import (
    KEPT_OF_A_LINK,
    LOOKING,
    Answer,
    CountAnswer,
    DestinationAnswer,
    FieldsAnswer,
    LinkAnswer,
    ProjectAnswer,
    RunningAnswer,
    afresh,
    asks_about_analysis,
    asks_about_counts,
    asks_about_links,
    asks_about_project,
    asks_about_running,
    looked_at,
    new_draft,
    nothing_finished,
    told,
    with_analysis,
    with_destination,
    with_fields,
    with_filters,
    with_link,
    with_preset,
)
from bot.exports.requests import specify
from bot.exports.typed import Typed, parse
from bot.model.analysis import Analysis
from bot.model.draft import Destination, Draft, Filterable
from bot.model.errors import BotifyUnreachable, WrongField, WrongLink
from bot.model.field import DEFAULT_FIELDS
from bot.model.filters import NO_FILTERS, Filters
from bot.model.limits import SLACK_OPTIONS, SLACK_SECTION_TEXT
from bot.model.preset import CUSTOM
from bot.model.project import Project
from bot.model.rows import RowsChoice, RowsMode

NOT_FOUND = Filters(http_family=4)
OTHER = "https://app.botify.com/acme-org/other.example"
NEW = with_link(a_draft(project=None, fields=()), LINK, HOSTS)
"""A draft whose link was just pasted: nothing was answered yet."""


# --- choices ----------------------------------------------------------------------------------


def test_new_draft_reads_the_link_at_once() -> None:
    """The command's text is parsed before anything is asked."""
    draft = new_draft(
        team="T",
        user="U",
        user_name="ana",
        origin="C1",
        typed=Typed(link=LINK),
        settings=SETTINGS,
        now=NOW,
    )
    assert draft.project == ACME
    assert asks_about_project(draft)
    assert (draft.revision, draft.export_id, draft.post_file_in) == (0, None, "channel")


def test_same_project_keeps_the_fields() -> None:
    """A link to another analysis of the project does not undo the choice of fields."""
    draft = with_link(a_draft(fields=(HTTP_CODE,)), f"{LINK}?analysisSlug=20260705", HOSTS)
    assert draft.fields == (HTTP_CODE,)
    assert (draft.analysis, draft.counts, draft.analyses) == ("20260705", None, ())


@pytest.mark.parametrize("text", [OTHER, "", "nonsense"])
def test_another_link_forgets_the_project(text: str) -> None:
    """Nothing of the former project can be exported under another link."""
    draft = with_link(a_draft(), text, HOSTS)
    assert (draft.fields, draft.analyses, draft.counts, draft.analysis) == ((), (), None, None)
    assert draft.destination == SEO


@given(text=WILD)
def test_any_text_is_a_project_or_a_problem(text: str) -> None:
    """Exactly one of: nothing typed, a project, a sentence about the link."""
    draft = with_link(a_draft(), text, HOSTS)
    assert [not draft.link_text, draft.project is not None, bool(draft.link_problem)].count(
        True
    ) == 1
    assert len(draft.link_text) <= KEPT_OF_A_LINK
    assert len(draft.link_shown) <= SLACK_SECTION_TEXT.value


@pytest.mark.parametrize(
    ("slug", "analysis", "problem"),
    [
        ("20260705", "20260705", None),
        ("20260712", "20260712", "is still crawling"),
        ("20010101", None, "has no analysis 20010101"),
    ],
)
def test_choice_of_an_analysis(slug: str, analysis: str | None, problem: str | None) -> None:
    """What the list says about it is known at once; its URLs are not."""
    draft = with_analysis(a_draft(), slug)
    assert (draft.analysis, draft.counts) == (analysis, None)
    assert (problem or "") in (draft.analysis_problem or "")
    assert bool(draft.analysis_problem) == bool(problem)
    assert asks_about_analysis(draft) == (problem is None)


def test_same_choice_changes_nothing() -> None:
    """An event that repeats what is chosen does not ask the network again."""
    assert with_analysis(a_draft(), "20260705-2") == a_draft()
    assert with_destination(a_draft(), SEO.channel) == a_draft()


def test_analysis_with_a_problem_can_be_chosen_again() -> None:
    """Choosing the same one is another try."""
    draft = with_analysis(a_draft(analysis_problem="Could not be counted."), "20260705-2")
    assert draft.analysis_problem is None
    assert asks_about_analysis(draft)


def test_destination_is_not_usable_before_it_was_looked_at() -> None:
    """A new destination is a problem until Slack has answered about it."""
    draft = with_destination(a_draft(), "C2")
    assert draft.destination is not None
    assert draft.destination.problem
    assert not looked_at(draft.destination)
    assert not looked_at(None)
    assert looked_at(Destination("C1", problem="It is archived."))


def test_afresh_keeps_the_choices_only() -> None:
    """Check again asks everything anew, and chooses nothing anew."""
    draft = afresh(
        a_draft(link_problem="No access.", analysis="20260705", fields=(HTTP_CODE,)), HOSTS
    )
    assert (draft.link_text, draft.analysis, draft.fields) == (LINK, "20260705", (HTTP_CODE,))
    assert (draft.link_problem, draft.analyses, draft.counts) == (None, (), None)
    assert draft.destination is not None
    assert not looked_at(draft.destination)
    assert draft.destination.channel == SEO.channel


@given(draft=ANY_DRAFT)
def test_afresh_asks_whatever_can_be_asked(draft: Draft) -> None:
    """After Check again no old problem is left but that of the link itself."""
    again = afresh(draft, HOSTS)
    assert again.analysis_problem is None
    assert again.counts is None
    assert not (again.destination and looked_at(again.destination))


# --- answers ----------------------------------------------------------------------------------


def answer_about(draft: Draft, **more: object) -> ProjectAnswer:
    """A usual answer about the draft's project."""
    usual = {"account": "jane.doe", "analyses": ANALYSES}
    assert draft.project is not None
    return ProjectAnswer(draft.link_text, draft.project, **(usual | more))  # type: ignore[arg-type]


def test_newest_finished_analysis_is_preselected() -> None:
    """Unfinished ones are listed, and not chosen."""
    draft = answer_about(NEW).onto(NEW)
    assert (draft.analysis, draft.account, draft.analyses) == ("20260705-2", "jane.doe", ANALYSES)


@pytest.mark.parametrize(
    ("slug", "analysis", "problem"),
    [("20260705", "20260705", ""), ("20260712", "20260712", "is still"), ("1", None, "no ana")],
)
def test_analysis_of_the_link_goes_first(slug: str, analysis: str | None, problem: str) -> None:
    """The link's analysis is meant, also when it cannot be exported: that is said."""
    asked = replace(NEW, analysis=slug)
    draft = answer_about(asked).onto(asked)
    assert draft.analysis == analysis
    assert problem in (draft.analysis_problem or "")


@pytest.mark.parametrize(
    ("analyses", "words"),
    [((), "no analysis yet"), ((Analysis("1", "", "crawling", 0),), "No analysis")],
)
def test_project_without_a_finished_analysis(analyses: tuple[Analysis, ...], words: str) -> None:
    """Such a project cannot be used: it is the link that has to change, or time to pass."""
    draft = answer_about(NEW, analyses=analyses).onto(NEW)
    assert draft.link_problem == nothing_finished(ACME, analyses)
    assert words in draft.link_problem


def test_default_fields_are_chosen_where_they_exist() -> None:
    """The usual fields; those that the project lacks are left out and named."""
    listed = tuple(field for field in CATALOGUE if field.id != "metadata.h1.contents")
    draft = FieldsAnswer(ACME, "20260705-2", listed).onto(a_draft(fields=()))
    assert [field.id for field in draft.fields] == list(DEFAULT_FIELDS[:3])
    assert draft.missing == ("metadata.h1.contents",)


def test_field_that_is_back_is_chosen_again() -> None:
    """What another analysis lacked returns with one that has it."""
    draft = a_draft(fields=FIELDS[:3], missing=("metadata.h1.contents",))
    assert FieldsAnswer(ACME, "20260705-2", CATALOGUE).onto(draft).missing == ()


def test_field_that_cannot_be_a_column_is_never_chosen() -> None:
    """What Botify does not export is left out and named."""
    own = a_draft(fields=(HIDDEN, *FIELDS), preset=CUSTOM)
    draft = FieldsAnswer(ACME, "20260705-2", CATALOGUE).onto(own)
    assert (draft.fields, draft.missing) == (FIELDS, ("internal.only",))


LIST = FieldsAnswer(ACME, "20260705-2", CATALOGUE)


@pytest.mark.parametrize(
    ("draft", "fields", "missing", "preset"),
    [
        (a_draft(fields=(), preset="performance"), ["url", "http_code"], 3, "performance"),
        (a_draft(fields=(), preset=CUSTOM, named=("code", "url")), ["http_code", "url"], 0, CUSTOM),
        (
            a_draft(fields=(), preset="essentials", named=("http_code",)),
            ["http_code", *DEFAULT_FIELDS],
            0,
            CUSTOM,
        ),
        (a_draft(fields=(HTTP_CODE,), preset=CUSTOM), ["http_code"], 0, CUSTOM),
        (
            a_draft(fields=(), preset="link", link_columns=("http_code", "old")),
            ["url", "http_code"],
            1,
            "link",
        ),
        (a_draft(fields=(), preset="link"), [*DEFAULT_FIELDS], 0, "essentials"),
    ],
)
def test_fields_are_those_of_the_choice(
    draft: Draft, fields: list[str], missing: int, preset: str
) -> None:
    """A preset, typed names before it, own fields: checked against the analysis, in that order."""
    found = LIST.onto(draft)
    assert [field.id for field in found.fields] == fields
    assert (len(found.missing), found.preset, found.named) == (missing, preset, ())


def test_typed_field_that_there_is_not_is_said() -> None:
    """A typing mistake gets the usual fields and a sentence with what may have been meant."""
    found = LIST.onto(a_draft(fields=(), preset=CUSTOM, named=("htp_code",)))
    assert found.fields == FIELDS
    assert "Did you mean http_code?" in (found.fields_problem or "")


def test_typing_mistake_does_not_take_the_other_fields_away() -> None:
    """What was found stands in the form, and each mistake is named."""
    draft = a_draft(fields=(), preset=CUSTOM, named=("URL", "http_code", "http_kode", "nope"))
    found = LIST.onto(draft)
    assert [field.id for field in found.fields] == ["url", "http_code"]
    assert "Did you mean http_code?" in (found.fields_problem or "")
    assert "nope is not a field" in (found.fields_problem or "")


def test_more_fields_than_a_form_holds_are_named() -> None:
    """A hundred are laid, whatever the link lists; the others are left out by name."""
    many = tuple(replace(HTTP_CODE, id=f"field_{number}") for number in range(103))
    columns = tuple(field.id for field in many)
    draft = a_draft(fields=(), preset="link", link_columns=columns)
    laid = FieldsAnswer(ACME, "20260705-2", (*CATALOGUE, *many)).onto(draft)
    assert len(laid.fields) == SLACK_OPTIONS.value
    assert laid.beyond == columns[99:]  # the URL comes first
    assert with_fields(laid, (HTTP_CODE,)).beyond == ()


def test_filters_are_offered_for_the_fields_that_there_are() -> None:
    """A project without page types has no filter by them."""
    assert LIST.onto(a_draft(filterable=())).filterable == (Filterable.HTTP_CODE,)


def test_preset_is_laid_anew_only_where_it_changes_something() -> None:
    """The block of the fields becomes another one only when Slack has to forget the old choice."""
    assert LIST.onto(a_draft()).laid == 0
    laid = with_preset(a_draft(), "performance", CATALOGUE)
    assert ([field.id for field in laid.fields], laid.laid) == (["url", "http_code"], 1)
    assert LIST.onto(laid) == replace(laid, filterable=(Filterable.HTTP_CODE,))


def test_preset_waits_for_the_data_model() -> None:
    """Where the fields are not at hand, the answer about them lays the preset."""
    waiting = with_preset(a_draft(), "performance", None)
    assert (waiting.fields, waiting.preset) == (FIELDS, "performance")
    assert not waiting.up_to_date
    laid = LIST.onto(waiting)
    assert [field.id for field in laid.fields] == ["url", "http_code"]
    assert laid.up_to_date
    with pytest.raises(WrongField, match="still being read"):
        specify(waiting, SETTINGS)


def test_fields_of_another_analysis_are_not_up_to_date() -> None:
    """What was laid for one analysis says nothing about another, also where fields are added."""
    other = with_analysis(a_draft(), "20260705")
    assert not other.up_to_date
    assert not with_fields(other, (*FIELDS, HTTP_CODE)).up_to_date
    assert FieldsAnswer(ACME, "20260705", CATALOGUE).onto(other).up_to_date
    assert with_fields(a_draft(), (HTTP_CODE,)).up_to_date
    assert not afresh(a_draft(), HOSTS).up_to_date


@pytest.mark.parametrize("name", [CUSTOM, "no such preset", "link"])
def test_preset_that_there_is_not_changes_nothing(name: str) -> None:
    """What stands in a foreign form cannot take the fields away."""
    assert with_preset(a_draft(), name, CATALOGUE) == a_draft()


def test_fields_by_hand_are_no_preset() -> None:
    """From the first change on the choice is the person's own, and nothing is missing."""
    changed = with_fields(a_draft(missing=("x",)), (HTTP_CODE,))
    assert (changed.preset, changed.missing, changed.laid) == (CUSTOM, (), 0)
    assert with_fields(a_draft(), FIELDS) == a_draft()
    assert with_fields(a_draft(), ()) == a_draft()


def test_filters_are_counted_anew() -> None:
    """With another filter neither the figures nor a yes to them hold any more."""
    changed = with_filters(a_draft(links=COUNTS, confirmed=9), NOT_FOUND)
    assert (changed.counts, changed.links, changed.confirmed) == (None, None, None)
    assert asks_about_counts(changed)
    assert with_filters(changed, NOT_FOUND) == changed


def test_count_of_former_filters_is_late() -> None:
    """A figure belongs to the filters that it was asked for."""
    changed = with_filters(a_draft(), NOT_FOUND)
    assert CountAnswer(ACME, "20260705-2", counts=COUNTS).onto(changed) == changed
    answer = CountAnswer(ACME, "20260705-2", NOT_FOUND, {"field": "http_code"}, COUNTS)
    assert answer.onto(changed).counts == COUNTS
    assert answer.onto(changed).filter == {"field": "http_code"}
    assert answer.onto(a_draft()) == a_draft()


def test_filter_that_the_analysis_lacks_is_said_at_the_filters() -> None:
    """They are shown then, because that is where it can be changed; nothing is counted again."""
    changed = with_filters(a_draft(), NOT_FOUND)
    answer = CountAnswer(ACME, "20260705-2", NOT_FOUND, filters_problem="No such field.")
    told_ = answer.onto(changed)
    assert (told_.filters_problem, told_.more) == ("No such field.", True)
    assert not asks_about_counts(told_)


def test_links_are_counted_when_they_are_the_rows() -> None:
    """A field of the link graph needs another count; every other choice does not."""
    graph = with_fields(a_draft(), (*FIELDS, LINKS))
    assert asks_about_links(graph)
    assert not asks_about_links(replace(graph, counts=None))
    assert not asks_about_links(a_draft())
    answer = LinkAnswer(ACME, "20260705-2", NO_FILTERS, COUNTS)
    assert not asks_about_links(answer.onto(graph))
    assert answer.onto(with_filters(graph, NOT_FOUND)).links is None


def test_failed_count_of_links_ends_with_the_field() -> None:
    """Without the field of the link graph nobody needs it, and with it it is asked for again."""
    graph = with_fields(a_draft(), (*FIELDS, LINKS))
    failed = LinkAnswer(ACME, "20260705-2", NO_FILTERS, problem="No answer.").onto(graph)
    assert failed.count_problem == "No answer."
    assert failed.fields_problem is None
    assert not asks_about_links(failed)
    without = with_fields(failed, FIELDS)
    assert without.count_problem is None
    assert asks_about_links(with_fields(without, (*FIELDS, LINKS)))
    assert asks_about_links(replace(afresh(failed, HOSTS), analyses=ANALYSES, counts=COUNTS))


def test_failed_count_ends_with_its_filters() -> None:
    """Other filters are another question, and the same ones once more are another try."""
    filtered = with_filters(a_draft(), NOT_FOUND)
    failed = CountAnswer(ACME, "20260705-2", NOT_FOUND, problem="No answer.").onto(filtered)
    assert failed.counts_problem == "No answer."
    assert failed.analysis_problem is None
    assert not asks_about_counts(failed)
    for retried in (with_filters(failed, NO_FILTERS), with_filters(failed, NOT_FOUND)):
        assert retried.counts_problem is None
        assert asks_about_counts(retried)
    assert with_analysis(failed, "20260705-2").counts_problem is None


@pytest.mark.parametrize(
    ("analysis", "running"), [("20260705-2", "20260712"), ("20260712", None), (None, None)]
)
def test_newer_analysis_on_its_way(analysis: str | None, running: str | None) -> None:
    """Only one that is newer than the chosen one is news."""
    found = a_draft(analysis=analysis).newer
    assert (found.slug if found else None) == running


def test_progress_of_another_crawl_is_late() -> None:
    """How far a crawl is belongs to that crawl."""
    far = RunningAnswer(ACME, "20260712", "half")
    assert far.onto(a_draft()).running == "half"
    assert far.onto(a_draft(analysis="20260712")).running is None
    assert asks_about_running(a_draft())
    assert not asks_about_running(far.onto(a_draft()))


EXPLORER = (
    LINK + "/crawl/explorer?analysisSlug=20260705&context="
    "%7B%22filter%22%3A%7B%22field%22%3A%22http_code%22%2C%22predicate%22%3A%22eq%22%2C"
    "%22value%22%3A404%7D%7D"
)
CODE_404 = {"field": "http_code", "predicate": "eq", "value": 404}


def test_filter_of_the_link_is_used() -> None:
    """What the explorer showed is what is exported, until the person says otherwise."""
    draft = with_link(a_draft(), EXPLORER, HOSTS)
    assert (draft.link_filter, draft.filters.from_link) == (CODE_404, CODE_404)
    without = with_filters(draft, NO_FILTERS)
    assert (without.link_filter, without.filters.from_link) == (CODE_404, None)
    assert with_link(draft, LINK, HOSTS).filters == NO_FILTERS
    assert afresh(without, HOSTS).filters == NO_FILTERS
    assert afresh(draft, HOSTS).filters.from_link == CODE_404


@pytest.mark.parametrize(("said", "used"), [(None, CODE_404), (True, CODE_404), (False, None)])
def test_a_typed_word_leaves_the_filter_of_the_link_out(said: bool | None, used: object) -> None:
    """It can still be switched on in the form."""
    draft = new_draft(
        team="T",
        user="U",
        user_name="ana",
        origin="C1",
        typed=Typed(link=EXPLORER, links_filter=said),
        settings=SETTINGS,
        now=NOW,
    )
    assert (draft.link_filter, draft.filters.from_link) == (CODE_404, used)


def test_link_that_is_longer_than_the_input_is_read_whole() -> None:
    """The input shows its beginning; what it says of filter and columns is all of it."""
    words = "a" * 3_500
    long = EXPLORER + f"&comparisonAnalysisSlug={words}&area=current&analysisSlug="
    draft = with_link(a_draft(), long.replace("?analysisSlug=20260705&", "?") + "20260628", HOSTS)
    assert (draft.analysis, draft.link_filter) == ("20260628", CODE_404)
    assert len(draft.link_shown) == SLACK_SECTION_TEXT.value
    assert afresh(draft, HOSTS).link_filter == CODE_404
    assert "too long" in (with_link(draft, long + "a" * 8_000, HOSTS).link_problem or "")


def test_another_project_forgets_the_choices() -> None:
    """Depths, filters and presets of one project mean nothing in another."""
    chosen = a_draft(rows=RowsChoice(RowsMode.DEPTH, 2), filters=NOT_FOUND, preset="links")
    same = with_link(chosen, f"{LINK}?analysisSlug=20260705", HOSTS)
    assert (same.rows, same.filters, same.preset) == (chosen.rows, NOT_FOUND, "links")
    other = with_link(chosen, OTHER, HOSTS)
    assert (other.rows, other.filters, other.preset) == (RowsChoice(), NO_FILTERS, "essentials")


def test_choices_do_not_reach_another_project_through_a_wrong_link() -> None:
    """They wait for the corrected link, and are forgotten where it names another project."""
    chosen = a_draft(rows=RowsChoice(RowsMode.DEPTH, 2), filters=NOT_FOUND, preset="links")
    wrong = with_link(chosen, "nonsense", HOSTS)
    same = with_link(wrong, f"{LINK}?analysisSlug=20260705", HOSTS)
    assert (same.rows, same.filters, same.preset) == (chosen.rows, NOT_FOUND, "links")
    other = with_link(wrong, OTHER, HOSTS)
    assert (other.rows, other.filters, other.preset) == (RowsChoice(), NO_FILTERS, "essentials")


def test_typed_line_fills_the_draft() -> None:
    """Everything that can be typed stands in the form."""
    line = parse(
        f"{LINK} preset=links fields=title depth=3 where=http_code:4xx analysis=20260628 "
        "to=<#C0SEO00001|seo>"
    )
    draft = new_draft(
        team="T",
        user="U",
        user_name="ana",
        origin="C1",
        typed=line,
        settings=SETTINGS,
        now=NOW,
    )
    assert (draft.project, draft.analysis, draft.preset) == (ACME, "20260628", "links")
    assert (draft.named, draft.rows, draft.filters) == (
        ("title",),
        RowsChoice(RowsMode.DEPTH, 3),
        NOT_FOUND,
    )
    assert draft.more
    assert draft.destination == Destination("C0SEO00001", problem=LOOKING)


@pytest.mark.parametrize(("typed", "analysis"), [("latest", None), ("20260607", "20260607")])
def test_typed_analysis_goes_before_that_of_the_link(typed: str, analysis: str | None) -> None:
    """`latest` means the newest finished one, whatever the link names."""
    line = Typed(link=f"{LINK}?analysisSlug=20260705", analysis=typed)
    draft = new_draft(
        team="T",
        user="U",
        user_name="ana",
        origin="C1",
        typed=line,
        settings=SETTINGS,
        now=NOW,
    )
    assert draft.analysis == analysis
    assert afresh(draft, HOSTS).analysis == analysis


def test_channel_that_slack_did_not_name_is_to_be_chosen() -> None:
    """A bare name is no address: the form says so, and nothing goes anywhere."""
    draft = new_draft(
        team="T",
        user="U",
        user_name="ana",
        origin="C1",
        typed=Typed(link=LINK, to="#leaders"),
        settings=SETTINGS,
        now=NOW,
    )
    assert draft.destination is not None
    assert "#leaders" in (draft.destination.problem or "")


def test_failure_about_the_analysis_is_no_default() -> None:
    """Without an answer there is a problem, never a guess; the first problem stays."""
    failed = FieldsAnswer(ACME, "20260705-2", problem="No answer.")
    draft = failed.onto(a_draft(counts=None))
    assert (draft.analysis_problem, draft.counts) == ("No answer.", None)
    assert failed.onto(a_draft(analysis_problem="First.")).analysis_problem == "First."


LATE: dict[str, tuple[Answer, Draft]] = {
    "link typed since": (answer_about(NEW), with_link(NEW, OTHER, HOSTS)),
    "same project, other link": (answer_about(NEW), with_link(NEW, f"{LINK}/crawl", HOSTS)),
    "answered before": (answer_about(NEW, account="old"), a_draft()),
    "problem, but answered before": (answer_about(NEW, problem="No."), a_draft()),
    "fields of another analysis": (FieldsAnswer(ACME, "20260705", ()), a_draft()),
    "fields of another project": (
        FieldsAnswer(Project("acme-org", "other"), "20260705-2", ()),
        a_draft(),
    ),
    "counts of another analysis": (CountAnswer(ACME, "20260705", counts=None), a_draft()),
    "failed count of another analysis": (CountAnswer(ACME, "20260705", problem="No."), a_draft()),
    "another channel chosen since": (
        DestinationAnswer("C2", Destination("C2")),
        with_destination(a_draft(), "C3"),
    ),
    "channel of the command, another one chosen since": (
        DestinationAnswer(None, SEO),
        with_destination(a_draft(), "C3"),
    ),
    "channel looked at since": (
        DestinationAnswer(SEO.channel, Destination(SEO.channel, problem="Old.")),
        a_draft(),
    ),
}


@pytest.mark.parametrize("name", LATE)
def test_late_answer_changes_nothing(name: str) -> None:
    """An answer to a question that is no longer asked leaves the newer choice alone."""
    answer, draft = LATE[name]
    assert answer.onto(draft) == draft


def test_answers_arrive_in_any_order() -> None:
    """Fields, counts and destination do not depend on who answers first."""
    start = answer_about(NEW).onto(replace(NEW, destination=None))
    answers: tuple[Answer, ...] = (
        FieldsAnswer(ACME, "20260705-2", CATALOGUE),
        CountAnswer(ACME, "20260705-2", counts=COUNTS),
        DestinationAnswer(None, SEO),
    )
    there = back = start
    for answer in answers:
        there = answer.onto(there)
    for answer in reversed(answers):
        back = answer.onto(back)
    assert there == back
    assert (there.fields, there.counts, there.destination) == (FIELDS, COUNTS, SEO)


def test_what_the_operator_must_look_up_has_an_id() -> None:
    """A person can correct a link alone; an unreachable Botify is quoted with its id."""
    wrong, away = WrongLink(), BotifyUnreachable()
    assert wrong.error_id not in told(wrong)
    assert away.error_id in told(away)
