"""What a person submits, judged against what the draft knows: no network, no storage.

The modal's state is foreign input: anything can stand in it, or nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.exports import drafting
from bot.exports.requests import specify
from bot.model.draft import Draft
from bot.model.errors import NoRows, NothingFits, WrongInput
from bot.model.field import Field
from bot.model.filters import Filters
from bot.model.preset import CUSTOM
from bot.model.rows import RowsChoice
from bot.model.settings import PostFileIn, Settings

CONVERSATION: Final = re.compile(r"[CDG][A-Z0-9]{2,40}")
"""Ids of conversations at Slack: what a picker of conversations gives."""

SHOWN: Final = 60
"""Characters of a foreign value that are repeated in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The state of the inputs. None, or empty, where an input is missing or cannot be read.

    `stale`: an input had been replaced by another when this was sent, and its value says nothing.
    """

    link: str | None = None
    analysis: str | None = None
    preset: str | None = None
    fields: tuple[str, ...] = ()
    rows: RowsChoice | None = None
    filters: Filters | None = None
    channel: str | None = None
    post_file_in: PostFileIn | None = None
    again: bool | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What cannot be used, at the input concerned; nothing is spent."""

    link: str | None = None
    analysis: str | None = None
    fields: str | None = None
    rows: str | None = None
    filters: str | None = None
    destination: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Reload:
    """The price of this draft has not been shown: find out, show it, and spend nothing."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Check:
    """The price was shown, but something must be asked again before the draft is accepted."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Confirm:
    """The draft costs so much that it is asked again."""

    draft: Draft
    credits: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The draft can become an export."""

    draft: Draft


Verdict = Refused | Reload | Check | Confirm | Ready


def noted(draft: Draft, choice: Choice, known: Mapping[str, Field]) -> Draft:
    """The draft with what was chosen in inputs that do not report every change.

    Args:
        draft: the draft.
        choice: the state of the inputs.
        known: fields by the text that stands for them in a menu.
    """
    named = tuple(dict.fromkeys(choice.fields))
    # Some of them alone would be another choice than the person's.
    fields = tuple(known[each] for each in named) if known.keys() >= set(named) else ()
    return replace(
        drafting.with_fields(draft, fields),
        post_file_in=choice.post_file_in or draft.post_file_in,
        again=draft.again if choice.again is None else choice.again,
    )


def wanted(draft: Draft, choice: Choice, known: Mapping[str, Field], *, all_known: bool) -> Draft:
    """The draft with everything that stands in the inputs. Arguments as for `judge`."""
    changed = noted(draft, choice, known)
    if choice.analysis is not None and choice.analysis != draft.analysis:
        changed = drafting.with_analysis(changed, choice.analysis)
    if choice.preset not in (None, draft.preset, CUSTOM):
        fields = tuple(known.values()) if all_known else None
        changed = drafting.with_preset(changed, choice.preset or CUSTOM, fields)
    if choice.filters is not None and choice.filters != draft.filters:
        changed = drafting.with_filters(changed, choice.filters)
    return drafting.with_rows(changed, choice.rows or draft.rows)


def judge(
    draft: Draft,
    choice: Choice,
    known: Mapping[str, Field],
    *,
    settings: Settings,
    all_known: bool,
) -> Verdict:
    """What to do about a submission.

    Args:
        draft: what was shown.
        choice: what is in the inputs.
        known: fields by the text that stands for them in a menu.
        settings: the operator's choices.
        all_known: whether `known` is the whole data model of the analysis, so that a field
            which it lacks does not exist.
    """
    verdict = _about_link(draft, choice, settings)
    if verdict is not None:
        return verdict
    refused = Refused(
        analysis=_about_analysis(draft, choice),
        fields=_about_fields(draft, choice, known, all_known=all_known),
        destination=_about_destination(draft, choice),
        post=None if choice.post_file_in else "Choose where the file is posted.",
    )
    if refused != Refused():
        return refused
    changed = wanted(draft, choice, known, all_known=all_known)
    if _is_something_else(draft, changed) or not changed.up_to_date:
        return Reload(changed)
    not_priced = _about_rows(changed, settings)
    if not_priced is not None:
        return not_priced
    if choice.channel is not None:
        changed = drafting.with_destination(changed, choice.channel)
    unread = any(name not in known for name in choice.fields)
    if unread or not drafting.looked_at(changed.destination):
        return Check(changed)
    return _priced(changed, settings)


def _priced(draft: Draft, settings: Settings) -> Confirm | Ready:
    """Above the operator's threshold the person is asked again, once for each price."""
    credits_ = 0 if draft.free else specify(draft, settings).price.credits
    if credits_ > settings.confirm_credits_above and credits_ != draft.confirmed:
        return Confirm(draft, credits_)
    return Ready(draft)


def _is_something_else(shown: Draft, chosen: Draft) -> bool:
    """Whether what is chosen may hold other rows, or cost something else, than was shown."""
    other_rows = (shown.analysis, shown.preset, shown.filters, shown.rows) != (
        chosen.analysis,
        # fields of the person's own have the same rows; a preset is to be seen first
        shown.preset if chosen.preset == CUSTOM else chosen.preset,
        chosen.filters,
        chosen.rows,
    )
    other_fields = shown.fields != chosen.fields and (
        shown.offer is not None or shown.by_links != chosen.by_links
    )
    return other_rows or other_fields


def _about_link(draft: Draft, choice: Choice, settings: Settings) -> Verdict | None:
    """None where the link is the one whose project is shown."""
    text = (choice.link or "").strip()
    if not text:
        return Refused(link="Paste the address of a Botify project.")
    if text != draft.link_shown:
        changed = drafting.with_link(draft, text, settings.botify_app_hosts)
        return Refused(link=changed.link_problem) if changed.link_problem else Reload(changed)
    if draft.link_problem:
        return Refused(link=draft.link_problem)
    return Reload(draft) if choice.stale or not draft.analyses else None


def _about_analysis(draft: Draft, choice: Choice) -> str | None:
    if choice.analysis is None:
        return draft.analysis_problem or "Choose an analysis."
    if choice.analysis == draft.analysis:
        return draft.analysis_problem
    if all(each.slug != choice.analysis for each in draft.analyses):
        return f"{draft.project} has no analysis {_shown(choice.analysis)}. Choose another one."
    return drafting.with_analysis(draft, choice.analysis).analysis_problem


def _about_fields(
    draft: Draft, choice: Choice, known: Mapping[str, Field], *, all_known: bool
) -> str | None:
    if choice.analysis is None or choice.analysis != draft.analysis:
        return None
    if not choice.fields:
        return "Choose at least one field."
    for name in choice.fields:
        field = known.get(name)
        if field is not None and not field.selectable:
            return f"The field {_shown(field.name)} cannot be exported row by row. Remove it."
        if field is None and all_known:
            return f"This analysis has no field {_shown(name)}. Remove it, or choose another one."
    return None


def _about_destination(draft: Draft, choice: Choice) -> str | None:
    at = draft.destination
    if choice.channel is None or not CONVERSATION.fullmatch(choice.channel):
        unusable = at.problem if at and drafting.looked_at(at) else None
        return unusable or "Choose a conversation."
    if at is None or at.channel != choice.channel or not drafting.looked_at(at):
        return None
    return at.problem


def _about_rows(draft: Draft, settings: Settings) -> Refused | None:
    """Why no price is known, or nothing can be exported; None where all is well."""
    if draft.filters_problem:
        return Refused(filters=draft.filters_problem)
    if draft.count_problem:
        return Refused(rows=draft.count_problem)
    if draft.counts is None or draft.rows_counted is None:
        what = "URLs" if draft.counts is None else "links"
        return Refused(
            rows=(
                f"The {what} of this analysis are still being counted. "
                "Wait for the figure, then press Export again."
            )
        )
    try:
        specify(draft, settings)
    except (NoRows, NothingFits) as error:
        return Refused(rows=drafting.told(error))
    except WrongInput as error:
        return Refused(analysis=drafting.told(error))
    return None


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
