"""`go`: everything is asked without a form, and the export starts where nobody has to decide."""

from dataclasses import dataclass, field, replace
from typing import Any

from bot.exports.choice import Confirm, Ready, Refused, Verdict
from bot.exports.requests import specify
from bot.model.draft import Draft
from bot.model.rows import RowsMode
from bot.model.settings import Settings
from bot.slack.messages.text import counted, foreign
from handlers.loading import ask_all, keep
from handlers.payloads import choice_shown
from handlers.services import Services
from handlers.submissions import judged, problems_of, said_about
from handlers.views import notices
from handlers.views.left_out import left_out


@dataclass(frozen=True, slots=True)
class Said:
    """What a person is told about a draft.

    Attributes:
        text: mrkdwn.
        blocks: the same with a button that opens the form, where nothing was started.
        started: whether it became an export.
    """

    text: str
    blocks: list[dict[str, Any]] | None = field(default=None)
    started: bool = False


async def start(services: Services, draft: Draft, *, channel_name: str = "") -> Said | None:
    """Start the export of a draft that nobody looks at, or say why not.

    The form cannot open by itself then: Slack lets a command do that for three seconds.

    Args:
        services: what is needed.
        draft: what to start.
        channel_name: of the conversation of the command, as Slack told it then.

    Returns:
        None where the draft has been swept, or was started by somebody else.

    Raises:
        ProductError: something could not be asked.
    """
    found = await ask_all(services, draft.id, channel_name=channel_name)
    if found is None or found.export_id:
        return None
    verdict = judged(services, found, choice_shown(found))
    problem = found.fields_problem or (_cut(verdict, services.settings) if found.unseen else "")
    if problem:
        return _instead(found, problem)
    match verdict:
        case Ready(chosen):
            accepted = await services.accept(chosen)
            return Said("\n".join((said_about(chosen, accepted), *left_out(chosen))), started=True)
        case Confirm(_, credits_):
            await keep(services, found.id, lambda stored: replace(stored, asking=credits_))
            return _instead(
                found,
                notices.over_the_threshold(credits_, services.settings.confirm_credits_above),
            )
        case Refused() as refused:
            return _instead(found, " ".join(problems_of(refused).values()))
        case _:
            return _instead(found, notices.CHANGED)


def _cut(verdict: Verdict, settings: Settings) -> str:
    """What is left out although nobody asked for a depth; empty where that is nothing."""
    if not isinstance(verdict, Ready) or verdict.draft.rows.mode is not RowsMode.FIT:
        return ""
    plan = specify(verdict.draft, settings).plan
    if not plan.left_out:
        return ""
    rows, limit = counted(plan.left_out, "row"), counted(settings.botify_row_limit, "row")
    return (
        f"{rows} would be left out, because one file holds {limit}: it would end at depth "
        f"{plan.rows.last}. Say depth={plan.rows.last} or parts, or choose in the form."
    )


def _instead(draft: Draft, reason: str) -> Said:
    text = f"Not started: {foreign(reason, notices.TEXT)}"
    return Said(text, notices.open_again(text, draft.id))
