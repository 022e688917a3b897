"""The watch over what the program sends: it sees a wrong request, and nothing else."""

from typing import Any

import pytest
from refusals import refused

from sandbox.clock import Clock
from sandbox.journal import Journal

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("slack", {"error": "invalid_blocks"}),
    ("slack", {"error": "msg_too_long"}),
    ("slack", {"error": "missing_scope"}),
    ("slack", {"error": "view_too_large"}),
    ("slack", {"error": "no_text"}),
    ("slack", {"error": "ratelimited", "status": 429}),
    ("botify", {"error": "1022"}),
    ("botify", {"error": "1029"}),
    ("botify", {"error": "1043"}),
    ("botify", {"error": "1053", "status": 429}),
    ("files", {"status": 500, "error": "a credential was sent to the file host"}),
]
RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("slack", {"status": 200}),
    ("slack", {"error": "not_in_channel"}),
    ("slack", {"error": "hash_conflict"}),
    ("slack", {"error": "invalid_blocks", "fault": "refuse"}),
    ("botify", {"error": "1002", "status": 403}),
    ("botify", {"status": 429, "fault": "ratelimit"}),
    ("socket", {"error": "too_late"}),
]


def journal_of(service: str, said: dict[str, Any]) -> Journal:
    """A journal of one request."""
    journal = Journal(Clock())
    journal.update(journal.add(service, "METHOD"), **said)
    return journal


@pytest.mark.parametrize(("service", "said"), WRONG)
def test_a_wrong_request_is_seen(service: str, said: dict[str, Any]) -> None:
    """What is wrong in itself is told by method and error, unless the scenario brings it about."""
    (found,) = refused(journal_of(service, said))
    error = found.removeprefix("METHOD: ")
    assert error in map(str, said.values())
    assert refused(journal_of(service, said), but=[error]) == []


@pytest.mark.parametrize(("service", "said"), RIGHT)
def test_everything_else_is_let_be(service: str, said: dict[str, Any]) -> None:
    """What the workspace is like, and what was broken on purpose, is no fault of the program."""
    assert refused(journal_of(service, said)) == []
