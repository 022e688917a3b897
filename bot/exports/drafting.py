"""How a draft grows: what a person chooses, and what Botify and Slack answer about it.

A choice changes the draft at once and without the network, and takes away what is no longer known.
Each question to the network is asked for the draft as it was then; its answer is a value that says
what it was asked about and goes onto the draft as it is *now*. Where the person has chosen
something else meanwhile, `onto` returns the draft unchanged: a late answer never overwrites a
newer choice.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.botify.links import parse_link
from bot.exports.catalogue import Catalogue
from bot.exports.matching import exportable
from bot.model import limits
from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.draft import Destination, Draft
from bot.model.errors import NotFound, ProductError, WrongInput, WrongLink
from bot.model.field import DEFAULT_FIELDS, Field
from bot.model.ids import new_draft_id
from bot.model.project import Project
from bot.model.settings import Settings
from bot.slack import channels
from bot.slack.clients import Identity, SlackClients

LOOKING: Final = (
    "Slack is being asked about this conversation. Wait a moment, then press Export again."
)
"""The problem of a destination that was chosen and has not been looked at yet."""


LINK_LENGTH: Final = limits.SLACK_SECTION_TEXT
"""What an input of a modal holds: the rest of a longer text is of no use to anybody."""

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
    text: str,
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
        post_file_in=settings.post_file_in,
    )
    return with_link(draft, text, settings.botify_app_hosts)


def with_link(draft: Draft, text: str, hosts: tuple[str, ...]) -> Draft:
    """Another link: what was known about the former one is gone.

    The fields that were chosen stay while the project is the same.
    """
    text = text.strip()[: LINK_LENGTH.value]
    blank = replace(
        draft,
        link_text=text,
        link_problem=None,
        project=None,
        analyses=(),
        analysis=None,
        analysis_problem=None,
        counts=None,
    )
    if not text:
        return replace(blank, fields=(), missing=())
    try:
        link = parse_link(text, hosts)
    except WrongLink as error:
        return replace(blank, link_problem=told(error), fields=(), missing=())
    found = replace(blank, project=link.project, analysis=link.analysis)
    same = link.project == draft.project
    return found if same else replace(found, fields=(), missing=())


def with_analysis(draft: Draft, slug: str) -> Draft:
    """Another analysis: its URLs are not counted yet."""
    if slug == draft.analysis and not draft.analysis_problem:
        return draft
    return _judged(replace(draft, analysis=slug, analysis_problem=None, counts=None))


def with_destination(draft: Draft, channel: str) -> Draft:
    """Another conversation, not looked at yet."""
    if draft.destination and draft.destination.channel == channel:
        return draft
    return replace(draft, destination=Destination(channel, problem=LOOKING))


def afresh(draft: Draft, hosts: tuple[str, ...]) -> Draft:
    """The same choices, with nothing known about them: everything is asked again."""
    blank = with_link(draft, draft.link_text, hosts)
    channel = draft.destination.channel if draft.destination else None
    return replace(
        blank,
        analysis=draft.analysis if blank.project and draft.analysis else blank.analysis,
        destination=Destination(channel, problem=LOOKING) if channel else None,
    )


def looked_at(destination: Destination | None) -> bool:
    """Whether Slack has answered about the destination."""
    return destination is not None and destination.problem != LOOKING


def asks_about_project(draft: Draft) -> bool:
    """Whether the link is readable and Botify has not answered about it."""
    return draft.project is not None and not draft.analyses and draft.link_problem is None


def asks_about_analysis(draft: Draft) -> bool:
    """Whether an analysis is chosen that can be exported as far as is known."""
    return bool(draft.analyses and draft.analysis and not draft.analysis_problem)


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
        wanted = (*(field.id for field in draft.fields), *draft.missing) or DEFAULT_FIELDS
        offered = {field.id: field for field in self.fields if exportable(field)}
        return replace(
            draft,
            fields=tuple(offered[name] for name in wanted if name in offered),
            missing=tuple(name for name in wanted if name not in offered),
        )


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """About the number of URLs of an analysis; never a guess in place of a failure."""

    project: Project
    analysis: str
    counts: DepthCounts | None = None
    problem: str | None = None

    def onto(self, draft: Draft) -> Draft:
        """The counts, or why there are none."""
        if (self.project, self.analysis) != (draft.project, draft.analysis):
            return draft
        if self.problem:
            return replace(draft, analysis_problem=draft.analysis_problem or self.problem)
        return replace(draft, counts=self.counts)


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


Answer = ProjectAnswer | FieldsAnswer | CountAnswer | DestinationAnswer


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
        problem = f"Slack could not be asked about this conversation. {told(error)}"
        return DestinationAnswer(chosen, Destination(channel, problem=problem))
    elsewhere = found.channel != channel and channel not in (draft.user, desk.identity.bot_user)
    if chosen and elsewhere:
        return DestinationAnswer(chosen, Destination(channel, problem=NO_APP_THERE))
    return DestinationAnswer(chosen, found)


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
        return ProjectAnswer(text, project, problem=told(error))
    return ProjectAnswer(text, project, account, analyses)


async def ask_fields(desk: Desk, draft: Draft) -> FieldsAnswer:
    """The data model of the chosen analysis."""
    project, slug = _project(draft), _analysis(draft)
    try:
        return FieldsAnswer(project, slug, await desk.catalogue.fields(project, slug))
    except ProductError as error:
        return FieldsAnswer(project, slug, problem=f"The fields could not be read. {told(error)}")


async def ask_counts(desk: Desk, draft: Draft) -> CountAnswer:
    """The URLs of the chosen analysis, per depth."""
    project, slug = _project(draft), _analysis(draft)
    try:
        return CountAnswer(project, slug, await desk.catalogue.counts(project, slug))
    except ProductError as error:
        return CountAnswer(project, slug, problem=f"The URLs could not be counted. {told(error)}")


def told(error: ProductError) -> str:
    """What stands in the modal. What the person can correct alone needs no id for an operator."""
    sentence = f"{error.sentence} {error.next_step}"
    return sentence if isinstance(error, WrongInput) else f"{sentence} ({error.error_id})"


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


def _judged(draft: Draft) -> Draft:
    """Says what is wrong with the chosen analysis, from what is known of it."""
    chosen = next((each for each in draft.analyses if each.slug == draft.analysis), None)
    if chosen is None:
        problem = f"{draft.project} has no analysis {draft.analysis}. Choose one from the list."
        return replace(draft, analysis=None, analysis_problem=problem)
    if not chosen.finished:
        problem = (
            f"The analysis {chosen.slug} has not finished (Botify says: {chosen.status}). "
            "Choose one that has."
        )
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
