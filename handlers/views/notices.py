"""Views and messages without a choice: a state, a sentence, sometimes a button."""

from typing import Any, Final

from bot.model import limits
from bot.model.errors import ProductError
from bot.slack.messages.text import code, conversation, foreign
from handlers.views.elements import Block, button, context, modal, section
from handlers.views.names import EXPORT_VIEW, OPEN

TEXT: Final = limits.SLACK_ERROR_TEXT.value

HELP = (
    "*Export a Botify crawl into this channel*\n"
    "`/botify-export` opens a form: paste the link of a Botify project, look at the rows and "
    "credits that the export takes, press *Export* once.\n"
    "`/botify-export https://app.botify.com/your-organisation/your-project` fills in the link.\n"
    "The file appears in the channel when Botify has finished; nobody has to wait for it."
)

TOO_OLD = "This form is too old to be used. Close it and type /botify-export again."
STALE_BUTTON = "This button no longer does anything. Type `/botify-export` to start a new export."
UNKNOWN_COMMAND = "This app does not know that command. Type `/botify-export help`."


def checking(draft_id: str) -> dict[str, Any]:
    """While something must be asked again before the export starts."""
    text = (
        ":hourglass_flowing_sand: Checking your choice with Botify and Slack ...\n"
        "You can close this: the export starts if everything still is as you saw it."
    )
    return modal(EXPORT_VIEW, draft_id, [section(text)])


def done(
    channel: str, *, direct: bool, joined: bool = False, reused: bool = False
) -> dict[str, Any]:
    """The export has started, or its file is on the way; and where to look for it."""
    place = _place(channel, direct=direct)
    lines = [
        f":white_check_mark: The finished file is on its way to {place}. No credits are used."
        if reused
        else f":white_check_mark: Your export has started. Progress and the file appear in {place}."
    ]
    if joined:
        lines.append(
            "The same export is already on its way for somebody: you get the same file, and no "
            "credits are used a second time."
        )
    return modal(EXPORT_VIEW, "", [section("\n".join(lines))])


def already_waiting(channel: str, *, direct: bool) -> dict[str, Any]:
    """The person asked twice for the same in the same place."""
    text = (
        f":white_check_mark: You are already waiting for this export in "
        f"{_place(channel, direct=direct)}: its message is there, and the file comes once."
    )
    return modal(EXPORT_VIEW, "", [section(text)])


def _place(channel: str, *, direct: bool) -> str:
    return "your direct messages with this app" if direct else conversation(channel)


def notice(text: str) -> dict[str, Any]:
    """One sentence."""
    return modal(EXPORT_VIEW, "", [section(foreign(text, TEXT))])


def failed(error: ProductError) -> dict[str, Any]:
    """What happened, what to do, and the id that is in the log."""
    return modal(
        EXPORT_VIEW,
        "",
        [
            section(f":warning: {foreign(error.sentence, TEXT)}\n{foreign(error.next_step, TEXT)}"),
            context(f"Error {code(error.error_id)}"),
        ],
    )


def open_again(text: str, draft_id: str) -> list[Block]:
    """A message whose button opens the modal."""
    return [
        section(text),
        {
            "type": "actions",
            "elements": [button("Open the form", OPEN, draft_id, style="primary")],
        },
    ]
