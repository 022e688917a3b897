"""How an export or a delivery ended without success, as it is stored and shown."""

from dataclasses import dataclass

from bot.model.errors import ProductError


@dataclass(frozen=True, slots=True)
class Failure:
    """A cause and a next step.

    Attributes:
        code: stable name of the kind, such as `file_broken`.
        sentence: what happened, for a person.
        next_step: what the person can do.
        error_id: also in the log.
    """

    code: str
    sentence: str
    next_step: str
    error_id: str


def failure_of(error: ProductError) -> Failure:
    """The stored form of an error."""
    return Failure(error.code, error.sentence, error.next_step, error.error_id)
