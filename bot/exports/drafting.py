"""How a draft grows: what a person chooses, and what Botify and Slack answer about it.

A choice changes the draft at once and without the network, and takes away what is no longer known.
Each question to the network is asked for the draft as it was then; its answer is a value that says
what it was asked about and goes onto the draft as it is *now*. Where the person has chosen
something else meanwhile, `onto` returns the draft unchanged: a late answer never overwrites a
newer choice.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.botify.links import LONGEST_LINK, parse_link
from bot.exports.catalogue import Catalogue
from bot.exports.typed import LATEST, MOST_FIELDS, MOST_MISTAKES, Typed
from bot.log import log_error
from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.draft import Destination, Draft, Filterable, Laid
from bot.model.errors import NotFound, ProductError, WrongInput, WrongLink
from bot.model.field import Field
from bot.model.field_names import read_names
from bot.model.filters import HTTP_CODE, INDEXABLE, NO_FILTERS, PAGE_TYPE, Filters, filter_of
from bot.model.ids import new_draft_id
from bot.model.preset import CUSTOM, ESSENTIALS, LINK, PRESETS, Applied, Preset, apply, of_columns
from bot.model.project import Project
from bot.model.rows import AS_MUCH_AS_FITS, RowsChoice
from bot.model.settings import Settings
from bot.slack import channels
from bot.slack.clients import Identity, SlackClients

LOOKING: Final = (
    "Slack is being asked about this conversation. Wait a moment, then press Export again."
)
"""The problem of a destination that was chosen and has not been looked at yet."""


KEPT_OF_A_LINK: Final = LONGEST_LINK + 1
"""Characters: enough to know again that a text is too long for a link."""

FILTERABLE: Final = {
    Filterable.HTTP_CODE: (HTTP_CODE,),
    Filterable.INDEXABLE: INDEXABLE,
    Filterable.PAGE_TYPE: (PAGE_TYPE,),
}
"""The fields of which an analysis needs one for each filter."""

UNFINISHED: Final = {
    "preparing": "has not started yet",
    "crawling": "is still crawling",
    "crawling_paused": "is paused",
    "analyzing": "is still being analysed",
    "failed": "failed in Botify",
}
"""What is said of an analysis that cannot be exported, by Botify's word."""

NO_COLUMNS: Final = "This link names no columns. Choose fields, or another preset."
PEOPLE: Final = ("U", "W")
"""Ids of people begin so."""

NO_APP_THERE: Final = (
    "No app can be in a message between people. "
    "Choose a channel, or your direct message with the app."
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What drafting asks.

    Attributes:
        settings: the operator's choices.
        catalogue: what Botify says.
        slack: how Slack is asked about conversations.
        identity: who the app is there.
    """

    settings: Settings
    catalogue: Catalogue
    slack: SlackClients
    identity: Identity


# --- what a person chooses: no network --------------------------------------------------------


def new_draft(
    *,
    team: str,
    user: str,
    user_name: str,
    origin: str,
    typed: Typed,
    settings: Settings,
    now: datetime,
) -> Draft:
    """The draft behind a command typed in the conversation `origin`."""
    draft = Draft(
        id=new_draft_id(),
        team=team,
        user=user,
        user_name=user_name,
        origin=origin,
        created_at=now,
        preset=typed.preset or (CUSTOM if typed.fields else ESSENTIALS.name),
        named=typed.fields,
        rows=typed.rows,
        filters=typed.filters,
        more=typed.filters != NO_FILTERS,
        destination=_typed_destination(typed.to),
        post_file_in=settings.post_file_in,
    )
    found = with_link(draft, typed.link or "", settings.botify_app_hosts)
    if typed.links_filter is False:
        found = replace(found, filters=replace(found.filters, from_link=None))
    if typed.analysis is None:
        return found
    latest = typed.analysis == LATEST
    return replace(found, analysis=None if latest else typed.analysis, latest=latest)


def with_link(draft: Draft, text: str, hosts: tuple[str, ...]) -> Draft:
    """Another link: what was known about the former one is gone.

    What was chosen stays while the project is the same, or was not known before. The link's own
    filter is used until the person says otherwise.
    """
    text = text.strip()[:KEPT_OF_A_LINK]
    former = draft.project or draft.former
    blank = replace(
        _uncounted(draft),
        link_text=text,
        link_problem=None,
        linked=draft.linked + (text != draft.link_text),
        link_columns=(),
        link_filter=None,
        link_segments=False,
        project=None,
        former=former,
        analyses=(),
        analysis=None,
        latest=False,
        analysis_problem=None,
        running=None,
        filterable=(),
        filters=replace(draft.filters, from_link=None),
    )
    if not text:
        return _without_fields(blank)
    try:
        link = parse_link(text, hosts)
    except WrongLink as error:
        return replace(_without_fields(blank), link_problem=told(error))
    found = replace(
        blank,
        project=link.project,
        former=None,
        analysis=link.analysis,
        link_columns=link.columns,
        link_filter=link.filter,
        link_segments=link.segments,
    )
    if former not in (None, link.project):
        found = replace(
            _without_fields(found),
            named=(),
            preset=ESSENTIALS.name,
            rows=AS_MUCH_AS_FITS,
            filters=NO_FILTERS,
        )
    return replace(found, filters=replace(found.filters, from_link=link.filter))


def with_analysis(draft: Draft, slug: str) -> Draft:
    """Another analysis: its URLs are not counted yet. The same one is another try."""
    if slug == draft.analysis and not (draft.analysis_problem or draft.count_problem):
        return draft
    chosen = replace(_uncounted(draft), analysis=slug, latest=False, analysis_problem=None)
    return _judged(chosen)


def with_preset(draft: Draft, name: str, known: Sequence[Field] | None) -> Draft:
    """The fields of a preset, laid into the form.

    Args:
        draft: the draft.
        name: of the preset; `custom`, or a name that there is not, changes nothing.
        known: the fields of the analysis; None where they have to be asked for, which then lays:
            until then the draft is not `up_to_date`.
    """
    chosen = replace(draft, preset=name, named=(), fields_problem=None)
    preset = preset_of(chosen)
    if preset is None:
        return draft
    return chosen if known is None else _laid(chosen, apply(preset, known))


def with_fields(draft: Draft, fields: tuple[Field, ...]) -> Draft:
    """Fields chosen by hand: no preset any more, and nothing is missing that was asked for."""
    if not fields or fields == draft.fields:
        return draft
    return replace(
        draft,
        fields=fields,
        fields_problem=None,
        links_problem=None,
        missing=(),
        beyond=(),
        preset=CUSTOM,
        laid_for=draft.laid_for and replace(draft.laid_for, preset=CUSTOM),
    )


def with_filters(draft: Draft, filters: Filters) -> Draft:
    """Other filters: what passes them is not counted yet."""
    if filters == draft.filters and not (draft.filters_problem or draft.count_problem):
        return draft
    return replace(_uncounted(draft), filters=filters)


def with_rows(draft: Draft, rows: RowsChoice) -> Draft:
    """Other depths; they are counted already."""
    return replace(draft, rows=rows)


def with_destination(draft: Draft, channel: str) -> Draft:
    """Another conversation, not looked at yet."""
    if draft.destination and draft.destination.channel == channel:
        return draft
    return replace(draft, destination=Destination(channel, problem=LOOKING))


def afresh(draft: Draft, hosts: tuple[str, ...]) -> Draft:
    """The same choices, with nothing known about them: everything is asked again."""
    blank = with_link(draft, draft.link_text, hosts)
    channel = draft.destination.channel if draft.destination else None
    chosen = draft.analysis or (None if draft.latest else blank.analysis)
    return replace(
        blank,
        filters=draft.filters,
        analysis=chosen if blank.project else None,
        latest=draft.latest,
        laid_for=None,
        destination=Destination(channel, problem=LOOKING) if channel else None,
    )


def looked_at(destination: Destination | None) -> bool:
    """Whether Slack has answered about the destination."""
    return destination is not None and destination.problem != LOOKING


def asks_about_project(draft: Draft) -> bool:
    """Whether the link is readable and Botify has not answered about it."""
    return draft.project is not None and not draft.analyses and draft.link_problem is None


def asks_ahead(draft: Draft) -> bool:
    """Whether the analysis is named already, so that nothing waits for the list of analyses."""
    return asks_about_project(draft) and draft.analysis is not None


def asks_about_analysis(draft: Draft) -> bool:
    """Whether an analysis is chosen that can be exported as far as is known."""
    return bool(draft.analyses and draft.analysis and not draft.analysis_problem)


def asks_about_counts(draft: Draft) -> bool:
    """Whether the URLs of that analysis are to be counted."""
    unknown = draft.counts is None and draft.counts_problem is None
    return asks_about_analysis(draft) and unknown and draft.filters_problem is None


def asks_about_links(draft: Draft) -> bool:
    """Whether its links are to be counted: a field is chosen that gives a row for each."""
    return (
        asks_about_analysis(draft)
        and draft.counts is not None
        and draft.links is None
        and draft.links_problem is None
        and draft.by_links
    )


def asks_about_running(draft: Draft) -> bool:
    """Whether a newer analysis is on its way, and nobody has asked how far it is."""
    return draft.running is None and draft.newer is not None


def preset_of(draft: Draft) -> Preset | None:
    """The preset that is chosen; None for fields of the person's own."""
    if draft.preset == LINK:
        return of_columns(draft.link_columns)
    return PRESETS.get(draft.preset)


# --- what the network answers -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProjectAnswer:
    """About a link: who asks, and the project's analyses; or what is wrong with it."""

    link_text: str
    project: Project
    account: str | None = None
    analyses: tuple[Analysis, ...] = ()
    problem: str | None = None

    def onto(self, draft: Draft) -> Draft:
        """Preselects the link's analysis, else the newest that has finished."""
        asked = (self.link_text, self.project) == (draft.link_text, draft.project)
        if not asked or not asks_about_project(draft):
            return draft
        if self.problem:
            return replace(draft, link_problem=self.problem)
        newest = next((each for each in self.analyses if each.finished), None)
        if newest is None:
            return replace(draft, link_problem=nothing_finished(self.project, self.analyses))
        known = replace(draft, account=self.account, analyses=self.analyses)
        return _judged(known if known.analysis else replace(known, analysis=newest.slug))


@dataclass(frozen=True, slots=True)
class FieldsAnswer:
    """About the data model of an analysis."""

    project: Project
    analysis: str
    fields: tuple[Field, ...] = ()
    problem: str | None = None

    def onto(self, draft: Draft) -> Draft:
        """Leaves out and names the chosen fields that the analysis lacks."""
        if (self.project, self.analysis) != (draft.project, draft.analysis):
            return draft
        if self.problem:
            return replace(draft, analysis_problem=draft.analysis_problem or self.problem)
        draft = replace(draft, filterable=_filterable(self.fields))
        read = read_names(draft.named, self.fields)
        named = read.fields
        if read.wrong:
            told_ = " ".join(told(error) for error in read.wrong[:MOST_MISTAKES])
            draft = replace(draft, fields_problem=told_)
        if draft.preset == LINK and not draft.link_columns:
            problem = draft.fields_problem or NO_COLUMNS
            draft = replace(draft, fields_problem=problem, preset=ESSENTIALS.name)
        chosen = self._chosen(draft, named)
        preset = CUSTOM if named else draft.preset
        return _laid(replace(draft, named=(), preset=preset), chosen)

    def _chosen(self, draft: Draft, named: tuple[Field, ...]) -> Applied:
        """What was typed comes first, then the preset, or what was chosen by hand before."""
        preset = preset_of(draft)
        if preset is not None:
            applied = apply(preset, self.fields)
        elif named:
            return Applied(named, ())
        else:
            ids = (*(field.id for field in draft.fields), *draft.missing, *draft.beyond)
            own = Preset(CUSTOM, CUSTOM, tuple((name,) for name in ids) or ESSENTIALS.fields)
            applied = apply(own, self.fields)
        fields = {field.id: field for field in (*named, *applied.fields)}
        return Applied(tuple(fields.values()), applied.missing)


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """About the number of URLs that pass the filters; never a guess in place of a failure.

    Attributes:
        project, analysis, filters: what was asked about.
        filter: the filters in BQL.
        counts: how many, by depth.
        problem: why they could not be counted.
        filters_problem: why the analysis cannot be filtered like that.
    """

    project: Project
    analysis: str
    filters: Filters = NO_FILTERS
    filter: dict[str, Any] | None = None
    counts: DepthCounts | None = None
    problem: str | None = None
    filters_problem: str | None = None

    def onto(self, draft: Draft) -> Draft:
        """The counts and what was counted, or why there are none."""
        asked = (self.project, self.analysis, self.filters)
        if asked != (draft.project, draft.analysis, draft.filters):
            return draft
        if self.problem:
            return replace(draft, counts_problem=self.problem)
        if self.filters_problem:
            return replace(draft, filters_problem=self.filters_problem, more=True)
        return replace(draft, filter=self.filter, counts=self.counts)


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """About the number of links on the URLs that pass the filters."""

    project: Project
    analysis: str
    filters: Filters
    links: DepthCounts | None = None
    problem: str | None = None

    def onto(self, draft: Draft) -> Draft:
        """The links, or why there are none: then the price is not known."""
        asked = (self.project, self.analysis, self.filters)
        if asked != (draft.project, draft.analysis, draft.filters):
            return draft
        if self.problem:
            return replace(draft, links_problem=self.problem)
        return replace(draft, links=self.links)


@dataclass(frozen=True, slots=True)
class RunningAnswer:
    """About a newer analysis that has not finished; `words` is empty where Botify does not say."""

    project: Project
    slug: str
    words: str

    def onto(self, draft: Draft) -> Draft:
        """How far it is, as long as that one is still the newer one."""
        running = draft.newer
        if draft.project != self.project or running is None or running.slug != self.slug:
            return draft
        return replace(draft, running=self.words)


@dataclass(frozen=True, slots=True)
class DestinationAnswer:
    """About a conversation; `asked` is what was chosen then, None for the one of the command."""

    asked: str | None
    destination: Destination

    def onto(self, draft: Draft) -> Draft:
        """The destination, unless another one has been chosen."""
        chosen = draft.destination.channel if draft.destination else None
        if looked_at(draft.destination) or chosen != self.asked:
            return draft
        return replace(draft, destination=self.destination)


Answer = ProjectAnswer | FieldsAnswer | CountAnswer | LinkAnswer | RunningAnswer | DestinationAnswer


async def ask_destination(
    desk: Desk, draft: Draft, *, channel_name: str | None = None
) -> DestinationAnswer:
    """Whether the app can deliver into the chosen conversation, or into the command's.

    Args:
        desk: who asks.
        draft: with a destination, or without one: then the conversation of the command is meant,
            and the person's direct message with the app takes its place where no app can be.
        channel_name: of the command's conversation, as Slack told it then.
    """
    chosen = draft.destination.channel if draft.destination else None
    channel = chosen or draft.origin
    own = (draft.user, desk.identity.bot_user)
    if channel.startswith(PEOPLE) and channel not in own:
        return DestinationAnswer(chosen, Destination("", problem=NO_APP_THERE))
    try:
        found = await channels.look_at(
            desk.slack,
            channel=channel,
            user=draft.user,
            bot_user=desk.identity.bot_user,
            allow_shared=desk.settings.allow_shared_channels,
            app_name=desk.identity.app_name,
            channel_name=channel_name,
        )
    except ProductError as error:
        problem = f"Slack could not be asked about this conversation. {_logged(error, draft)}"
        return DestinationAnswer(chosen, Destination(channel, problem=problem))
    elsewhere = found.channel != channel and channel not in own
    if chosen and elsewhere:
        return DestinationAnswer(chosen, Destination(channel, problem=NO_APP_THERE))
    return DestinationAnswer(chosen, replace(found, moved=elsewhere))


async def ask_project(desk: Desk, draft: Draft) -> ProjectAnswer:
    """Who asks, and which analyses there are: both at once."""
    project, text = _project(draft), draft.link_text
    try:
        account, analyses = await asyncio.gather(
            desk.catalogue.account(), desk.catalogue.analyses(project)
        )
        if draft.analysis and all(each.slug != draft.analysis for each in analyses):
            analyses = await _with_one(desk, project, draft.analysis, analyses)
    except ProductError as error:
        return ProjectAnswer(text, project, problem=_logged(error, draft))
    return ProjectAnswer(text, project, account, analyses)


async def ask_fields(desk: Desk, draft: Draft) -> FieldsAnswer:
    """The data model of the chosen analysis."""
    project, slug = _project(draft), _analysis(draft)
    try:
        return FieldsAnswer(project, slug, await desk.catalogue.fields(project, slug))
    except ProductError as error:
        problem = f"The fields could not be read. {_logged(error, draft)}"
        return FieldsAnswer(project, slug, problem=problem)


async def ask_counts(desk: Desk, draft: Draft) -> CountAnswer:
    """The URLs of the chosen analysis that pass the filters, per depth."""
    project, slug, filters = _project(draft), _analysis(draft), draft.filters
    try:
        known = () if filters == NO_FILTERS else await desk.catalogue.fields(project, slug)
        wanted = filter_of(filters, known)
        counts = await desk.catalogue.counts(project, slug, wanted)
    except WrongInput as error:
        return CountAnswer(project, slug, filters, filters_problem=told(error))
    except ProductError as error:
        problem = f"The URLs could not be counted. {_logged(error, draft)}"
        return CountAnswer(project, slug, filters, problem=problem)
    return CountAnswer(project, slug, filters, wanted, counts)


async def ask_links(desk: Desk, draft: Draft) -> LinkAnswer:
    """The links on those URLs, per depth of the URL."""
    project, slug, filters = _project(draft), _analysis(draft), draft.filters
    try:
        links = await desk.catalogue.links(project, slug, draft.filter)
    except ProductError as error:
        problem = f"The links could not be counted. {_logged(error, draft)}"
        return LinkAnswer(project, slug, filters, problem=problem)
    return LinkAnswer(project, slug, filters, links)


async def ask_running(desk: Desk, draft: Draft) -> RunningAnswer:
    """How far a newer analysis is. It is news, not needed: what Botify does not say is left out."""
    project, running = _project(draft), draft.newer
    if running is None:
        raise WrongInput("No newer analysis is on its way.", "Choose one from the list.")
    try:
        found = await desk.catalogue.progress(project, running.slug)
    except ProductError:
        return RunningAnswer(project, running.slug, "")
    words = f"{found.done:,} of {found.known:,} known pages so far" if found.known else ""
    return RunningAnswer(project, running.slug, words)


def told(error: ProductError) -> str:
    """What stands in the modal. What the person can correct alone needs no id for an operator."""
    sentence = f"{error.sentence} {error.next_step}"
    return sentence if isinstance(error, WrongInput) else f"{sentence} ({error.error_id})"


def _logged(error: ProductError, draft: Draft) -> str:
    """What is told about a question that was not answered; an id in it is in the log by then."""
    if not isinstance(error, WrongInput):
        about = str(draft.project or draft.origin)
        log_error(error, doing="fill a form", level=logging.WARNING, draft=draft.id, about=about)
    return told(error)


def nothing_finished(project: Project, analyses: tuple[Analysis, ...]) -> str:
    """Why a project cannot be exported although it exists."""
    if not analyses:
        return f"{project} has no analysis yet. Start one in Botify, or paste another link."
    return (
        f"No analysis of {project} has finished. Wait until one has, then press Check again, "
        "or paste another link."
    )


async def _with_one(
    desk: Desk, project: Project, slug: str, analyses: tuple[Analysis, ...]
) -> tuple[Analysis, ...]:
    """The list with an analysis that it did not show, if that exists."""
    try:
        return (*analyses, await desk.catalogue.analysis(project, slug))
    except NotFound:
        return analyses


def _uncounted(draft: Draft) -> Draft:
    """The draft without what was counted, and without any say about that."""
    return replace(
        draft,
        filter=None,
        filters_problem=None,
        counts=None,
        counts_problem=None,
        links=None,
        links_problem=None,
        asking=None,
        confirmed=None,
    )


def _without_fields(draft: Draft) -> Draft:
    return replace(draft, fields=(), fields_problem=None, missing=(), beyond=())


def _laid(draft: Draft, applied: Applied) -> Draft:
    """Fields that the form has to show although the person did not choose them by hand."""
    if draft.project is not None and draft.analysis is not None:
        draft = replace(draft, laid_for=Laid(draft.project, draft.analysis, draft.preset))
    fields = applied.fields[:MOST_FIELDS]
    beyond = tuple(field.id for field in applied.fields[MOST_FIELDS:])
    if (fields, applied.missing, beyond) == (draft.fields, draft.missing, draft.beyond):
        return draft
    laid = draft.laid + 1
    return replace(draft, fields=fields, missing=applied.missing, beyond=beyond, laid=laid)


def _filterable(known: Sequence[Field]) -> tuple[Filterable, ...]:
    ids = {field.id for field in known if field.filterable}
    return tuple(each for each, names in FILTERABLE.items() if not ids.isdisjoint(names))


def _typed_destination(to: str | None) -> Destination | None:
    """Where `to=` leads. Slack gives the id of a channel that it knows; a bare name is not one."""
    if to is None:
        return None
    if to.startswith("#"):
        problem = f"Slack does not know a channel {to} that it may show. Choose another one."
        return Destination("", problem=problem)
    return Destination(to, problem=LOOKING)


def _judged(draft: Draft) -> Draft:
    """Says what is wrong with the chosen analysis, from what is known of it."""
    chosen = next((each for each in draft.analyses if each.slug == draft.analysis), None)
    if chosen is None:
        problem = f"{draft.project} has no analysis {draft.analysis}. Choose another one."
        return replace(draft, analysis=None, analysis_problem=problem)
    if not chosen.finished:
        state = UNFINISHED.get(chosen.status, f"has not finished (Botify says: {chosen.status})")
        problem = f"The analysis {chosen.slug} {state}. Choose one that has finished."
        return replace(draft, analysis_problem=problem)
    return draft


def _project(draft: Draft) -> Project:
    if draft.project is None:
        raise WrongLink
    return draft.project


def _analysis(draft: Draft) -> str:
    if draft.analysis is None:
        raise WrongInput("No analysis is chosen.", "Choose one from the list.")
    return draft.analysis
