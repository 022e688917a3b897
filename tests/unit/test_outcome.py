"""How a command ends: the exit statuses that programs rely on, and the next step in a terminal."""

import pytest

from bot.model import errors
from bot.model.errors import ProductError
from bot.model.failure import KINDS, Failure, failure_of
from bot.outcome import GO_ON, Ended, Interrupted, Unclear, export_status, failure_status

EVERY_KIND = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ProductError)
]
STATUSES = (
    (errors.WrongInput, 2),
    (errors.NotSetUp, 2),
    (errors.BotifyRefused, 3),
    (errors.ExportFailed, 4),
    (ProductError, 5),
)


def stored(code: str) -> Failure:
    """A failure as it stands in the database."""
    return Failure(code, "It did not work.", "Press Retry.", "E-ABC123")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_of_failure_has_its_status(kind: type[ProductError]) -> None:
    """2 is for what was given, 3 for a refusal, 4 for a failed job, 5 for all that may pass."""
    status = next(status for family, status in STATUSES if issubclass(kind, family))
    (code,) = [code for code, known in KINDS.items() if known is kind]
    assert failure_status(stored(code)) == status
    assert export_status(Ended(stored(code))) == status


@pytest.mark.parametrize("code", ["lost", "unclear", "of_a_later_version"])
def test_what_is_no_error_of_ours_may_pass(code: str) -> None:
    """A job that was not seen to end is looked at again by the same command."""
    assert failure_status(stored(code)) == 5
    assert Ended(stored(code)).next_step == GO_ON


def test_an_interruption_can_be_gone_on_with() -> None:
    """Both ends without a file that nobody refused are status 5."""
    assert export_status(Interrupted()) == export_status(Unclear()) == 5


def test_a_broken_download_goes_on_with_the_same_command() -> None:
    """The words for Slack, such as Retry, mean nothing in a terminal."""
    assert Ended(failure_of(errors.FileBroken())).next_step == GO_ON


@pytest.mark.parametrize("error", [errors.HostNotAllowed(), errors.DiskFull()])
def test_where_a_repeat_is_useless_the_remedy_is_said(error: ProductError) -> None:
    """Running the same again would only end the same."""
    ended = Ended(failure_of(error))
    assert ended.next_step == error.remedy
    assert export_status(ended) == 5


def test_a_step_that_fits_the_case_better_is_kept() -> None:
    """What was said about this very failure is more than what is said about its kind."""
    refused = errors.TokenRefused("Botify does not know the token.", "Ask Jane.")
    assert Ended(failure_of(refused)).next_step == "Ask Jane."
    assert Ended(failure_of(errors.TokenRefused())).next_step == errors.TokenRefused.remedy
