"""Views and messages without a choice: a state, a sentence, sometimes a button."""

from typing import Any, Final

from bot.model import limits
from bot.model.errors import ProductError
from bot.slack.messages.text import code, conversation, counted, foreign
from handlers.views.elements import Block, button, context, modal, section
from handlers.views.names import EXPORT_VIEW, OPEN

TEXT: Final = limits.SLACK_ERROR_TEXT.value

TOO_OLD = "This form is too old to be used. Close it and type /botify-export again."
STALE_BUTTON = "This button no longer does anything. Type `/botify-export` to start a new export."
UNKNOWN_COMMAND = "This app does not know that command. Type `/botify-export help`."


CHANGED = "Something about this export has changed meanwhile."

RECOUNTED = (
    "Your last change was not counted yet when you pressed Export. Look at the price, then press "
    "Export again."
)


def over_the_threshold(credits_: int, most: int) -> str:
    """Why a person has to say yes once more."""
    return (
        f"This export uses {counted(credits_, 'credit')}. Above {counted(most, 'credit')} it has "
        "to be confirmed once more."
    )


def checking(draft_id: str) -> dict[str, Any]:
    """While something must be asked again before the export starts."""
    text = (
        ":hourglass_flowing_sand: Checking your choice with Botify and Slack ...\n"
        "You can close this: the export starts if everything still is as you saw it."
    )
    return modal(EXPORT_VIEW, draft_id, [section(text)])


def outcome(
    channel: str,
    *,
    direct: bool,
    joined: bool = False,
    reused: bool = False,
    already: bool = False,
) -> str:
    """What became of a request, and where to look for it: mrkdwn.

    Args:
        channel: of the delivery.
        direct: whether that is the person's direct message with the app.
        joined: the same was on its way already.
        reused: the same had been finished before.
        already: this person was waiting for it in this place.
    """
    place = _place(channel, direct=direct)
    if already:
        return (
            f":white_check_mark: You are already waiting for this export in {place}: its message "
            "is there, and the file comes once."
        )
    if reused:
        return (
            f":white_check_mark: The finished file is on its way to {place}. No credits are used."
        )
    started = (
        f":white_check_mark: Your export has started. Progress and the file appear in {place}."
    )
    if joined:
        started += (
            "\nThe same export is already on its way for somebody: you get the same file, and no "
            "credits are used a second time."
        )
    return started


def done(text: str) -> dict[str, Any]:
    """The end of the modal; `text` is mrkdwn of our own."""
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


def open_again(text: str, draft_id: str, label: str = "Open the form") -> list[Block]:
    """A message whose button opens the modal."""
    return [
        section(text),
        {
            "type": "actions",
            "elements": [button(label, OPEN, draft_id, style="primary")],
        },
    ]
