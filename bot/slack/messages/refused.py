"""What a person is told in a direct message when their export could not be announced."""

from bot.model.delivery import Delivery
from bot.model.export import Export
from bot.slack.messages.facts import ids, project
from bot.slack.messages.failed import UNKNOWN
from bot.slack.messages.message import Message, context, message, section
from bot.slack.messages.text import code, conversation, foreign


def refused_message(export: Export, delivery: Delivery) -> Message:
    """The channel was open when it was chosen, and is closed now; so nothing was begun."""
    failure = delivery.failure or UNKNOWN
    where = conversation(delivery.channel)
    asked = any(part.intent_at is not None for part in export.parts)
    spent = (
        "Botify had been asked already, for somebody else who wants the same."
        if asked
        else "Botify was not asked, and no credits were used."
    )
    title = f"The export of {project(export)} was not started in {where}"
    return message(
        f"{title}: {foreign(failure.sentence, 500)}",
        section(f"✗  *{title}*"),
        section(f"{foreign(failure.sentence, 1000)}\n{foreign(failure.next_step, 1000)}\n{spent}"),
        context((f"Error {code(failure.error_id)}" if failure.error_id else "", ids(export))),
    )
