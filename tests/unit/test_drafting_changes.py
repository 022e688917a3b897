"""How a draft changes by what a person chooses and by what is answered: tables and properties."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from draft_examples import (
    ACME,
    ANALYSES,
    ANY_DRAFT,
    CATALOGUE,
    COUNTS,
    FIELDS,
    HOSTS,
    HTTP_CODE,
    LINK,
    NOW,
    SEO,
    SETTINGS,
    WILD,
    a_draft,
)
from hypothesis import given

from bot.exports.drafting import (
    LINK_LENGTH,
    Answer,
    CountAnswer,
    DestinationAnswer,
    FieldsAnswer,
    ProjectAnswer,
    afresh,
    asks_about_analysis,
    asks_about_project,
    looked_at,
    new_draft,
    nothing_finished,
    told,
    with_analysis,
    with_destination,
    with_link,
)
from bot.model.analysis import Analysis
from bot.model.draft import Destination, Draft
from bot.model.errors import BotifyUnreachable, WrongLink
from bot.model.field import DEFAULT_FIELDS
from bot.model.project import Project

OTHER = "https://app.botify.com/acme-org/other.example"
NEW = with_link(a_draft(project=None, fields=()), LINK, HOSTS)
"""A draft whose link was just pasted: nothing was answered yet."""


# --- choices ----------------------------------------------------------------------------------


def test_new_draft_reads_the_link_at_once() -> None:
    """The command's text is parsed before anything is asked."""
    draft = new_draft(
        team="T", user="U", user_name="ana", origin="C1", text=LINK, settings=SETTINGS, now=NOW
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
    assert len(draft.link_text) <= LINK_LENGTH.value


@pytest.mark.parametrize(
    ("slug", "analysis", "problem"),
    [
        ("20260705", "20260705", None),
        ("20260712", "20260712", "has not finished"),
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
    [("20260705", "20260705", ""), ("20260712", "20260712", "not finished"), ("1", None, "no ana")],
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


@pytest.mark.parametrize("name", ["internal.only", "outlinks_internal.graph.url"])
def test_field_that_cannot_be_a_column_is_never_chosen(name: str) -> None:
    """What Botify does not export, and what would give a row per link, is left out."""
    lost = next(field for field in CATALOGUE if field.id == name)
    draft = FieldsAnswer(ACME, "20260705-2", CATALOGUE).onto(a_draft(fields=(lost, *FIELDS)))
    assert draft.missing == (name,)


@pytest.mark.parametrize("answer", [FieldsAnswer, CountAnswer])
def test_failure_about_the_analysis_is_no_default(
    answer: Callable[..., FieldsAnswer | CountAnswer],
) -> None:
    """Without an answer there is a problem, never a guess; the first problem stays."""
    failed = answer(ACME, "20260705-2", problem="No answer.")
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
    "counts of another analysis": (CountAnswer(ACME, "20260705", None), a_draft()),
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
        CountAnswer(ACME, "20260705-2", COUNTS),
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
