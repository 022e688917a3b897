"""Opens the modal of a draft, or offers a button that does."""

from slack_bolt.async_app import AsyncRespond

from bot.exports.drafting import told
from bot.model.draft import Draft
from bot.model.errors import ProductError
from bot.slack.messages.text import foreign
from handlers.background import Tell
from handlers.loading import begin
from handlers.replies import say
from handlers.services import Services
from handlers.views import notices


async def open_modal(
    services: Services, trigger: str, draft: Draft, *, channel_name: str = ""
) -> None:
    """Open the modal of a draft and fill it.

    Args:
        services: what is needed.
        trigger: what a person's act has brought along; good for three seconds, once.
        draft: what to show.
        channel_name: of the conversation of the command, as Slack told it.

    Raises:
        ProductError: it could not be opened.
    """
    view_id = await services.screens.open(trigger, draft)
    begin(services, view_id, draft.id, channel_name=channel_name)


def offering(respond: AsyncRespond, draft_id: str) -> Tell:
    """Tells why the modal did not open, with a button whose press brings a fresh trigger."""

    async def tell(error: ProductError) -> None:
        text = foreign(told(error), notices.TEXT)
        await say(respond, text, notices.open_again(text, draft_id))

    return tell
