"""What is said about typing: the examples, and a line that is corrected."""

from typing import Final

from bot.exports.typed import COMMAND, WORDS
from bot.model import limits
from bot.model.errors import WrongInput
from bot.slack.messages.text import code, foreign

LINE: Final = 15_000
"""Characters of a typed line that are repeated: all of them, with their entities."""

TEXT: Final = limits.SLACK_ERROR_TEXT.value

_LINK: Final = "https://app.botify.com/your-organisation/your-project"

HELP: Final = "\n".join(
    (
        "*Export a Botify crawl into this channel*",
        f"{code(COMMAND)} opens a form: paste the link of a project, look at the price, export.",
        "The file comes here when it is ready; nobody has to wait.",
        "",
        "*Or type it*; the form opens with everything filled in:",
        code(f"{COMMAND} {_LINK}", LINE),
        code(f"{COMMAND} {_LINK} preset=links depth=3", LINE),
        code(f"{COMMAND} {_LINK} fields=url,title where=http_code:4xx to=#seo go", LINE),
        "",
        *(f"{code(word.example)} - {foreign(word.meaning, TEXT)}" for word in WORDS),
    )
)


def corrected(error: WrongInput) -> str:
    """What is wrong with a typed line, and the line as it was probably meant."""
    return f":warning: {foreign(error.sentence, TEXT)}\nTry: {code(error.next_step, LINE)}"
