"""How a command ended: its exit status, and the error that says why there is no file."""

from typing import Final

from bot.model.errors import (
    BotifyRefused,
    ExportFailed,
    NotSetUp,
    ProductError,
    Repeat,
    WrongInput,
)
from bot.model.failure import KINDS, Failure, advice_of

WRITTEN, WRONG, REFUSED, FAILED, UNFINISHED = 0, 2, 3, 4, 5
"""Exit statuses: fixed, programs rely on them."""

GO_ON: Final = (
    "Run the same command again: it goes on with the same Botify job and pays nothing twice."
)


class Stopped(ProductError):
    """The person, or the system, ended the program before anything was asked of Botify."""

    sentence = "Stopped; nothing was started."

    def __str__(self) -> str:
        return self.sentence


class Interrupted(ProductError):
    """It was ended before the file was written."""

    sentence = "Stopped before the file was finished."
    next_step = GO_ON


class Unclear(ProductError):
    """Nobody knows whether Botify has the job; asking again may bill twice."""

    sentence = "Botify's answer was lost, and its job list does not show the export."
    next_step = (
        "Run the command again without --fresh to look once more; "
        "--fresh starts anew and may bill twice."
    )


class Ended(ProductError):
    """An export that ended without a file, as it is stored."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence, _next_step(failure), error_id=failure.error_id)
        self.status = failure_status(failure)
        self._code = failure.code

    @property
    def code(self) -> str:
        """That of the failure."""
        return self._code


def export_status(error: ProductError) -> int:
    """The exit status for an error."""
    return error.status if isinstance(error, Ended) else _status_of(type(error))


def failure_status(failure: Failure) -> int:
    """The exit status for an export that ended with this failure."""
    kind = KINDS.get(failure.code)
    return UNFINISHED if kind is None else _status_of(kind)


def _status_of(kind: type[ProductError]) -> int:
    for family, status in (
        (WrongInput, WRONG),
        (NotSetUp, WRONG),
        (BotifyRefused, REFUSED),
        (ExportFailed, FAILED),
    ):
        if issubclass(kind, family):
            return status
    return UNFINISHED


def _next_step(failure: Failure) -> str:
    """What to do in a terminal; the failure was stored with the words for Slack."""
    kind = KINDS.get(failure.code)
    useless = kind is not None and kind.repeat is Repeat.DONE
    if failure_status(failure) == UNFINISHED and not useless:
        return GO_ON
    return advice_of(failure)
