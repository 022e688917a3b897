"""How an export or a delivery ended without success, as it is stored and shown."""

from dataclasses import dataclass
from typing import Final

from bot.model import errors
from bot.model.errors import ProductError

KINDS: Final[dict[str, type[ProductError]]] = {
    Exception.__new__(kind).code: kind  # the name alone: some kinds are made of facts
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ProductError)
}
"""The errors behind the codes of stored failures; `lost` and `unclear` are no errors."""


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


def advice_of(failure: Failure) -> str:
    """The next step for the person who runs this app; stored is the one for people in Slack."""
    kind = KINDS.get(failure.code)
    if kind is None or kind.remedy is None or failure.next_step != kind.next_step:
        return failure.next_step
    return kind.remedy
