"""`go`: everything is asked without a form, and the export starts where nobody has to decide."""

from dataclasses import replace

from slack_bolt.async_app import AsyncRespond

from bot.exports.choice import Confirm, Ready, Refused
from bot.model.draft import Draft
from bot.slack.messages.text import counted, foreign
from handlers.loading import ask_all, keep
from handlers.payloads import choice_shown
from handlers.replies import say
from handlers.services import Services
from handlers.submissions import judged, problems_of, said_about
from handlers.views import notices


async def start_at_once(
    services: Services, draft: Draft, respond: AsyncRespond, *, channel_name: str
) -> None:
    """Start the export of a typed line, or say why not, with a button that opens the form.

    The form cannot open by itself then: Slack lets a command do that for three seconds.

    Raises:
        ProductError: something could not be asked, or the person could not be told.
    """
    found = await ask_all(services, draft.id, channel_name=channel_name)
    if found is None or found.export_id:
        return
    verdict = judged(services, found, choice_shown(found))
    if found.fields_problem:
        await _instead(respond, found, found.fields_problem)
        return
    match verdict:
        case Ready(chosen):
            accepted = await services.accept(chosen)
            await say(respond, said_about(chosen, accepted))
        case Confirm(_, credits_):
            await keep(services, found.id, lambda stored: replace(stored, asking=credits_))
            most = counted(services.settings.confirm_credits_above, "credit")
            reason = (
                f"This export uses {counted(credits_, 'credit')}. Above {most} it has to be "
                "confirmed once more."
            )
            await _instead(respond, found, reason)
        case Refused() as refused:
            await _instead(respond, found, " ".join(problems_of(refused).values()))
        case _:
            await _instead(respond, found, "Something about this export has changed meanwhile.")


async def _instead(respond: AsyncRespond, draft: Draft, reason: str) -> None:
    text = f"Not started: {foreign(reason, notices.TEXT)}"
    await say(respond, text, notices.open_again(text, draft.id))
