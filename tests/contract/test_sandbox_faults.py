"""Breaking on demand: which requests a fault strikes, and what the client then sees."""

import asyncio
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.faults import ACTIONS, BadFault, Fault, Faults
from sandbox.journal import Entry
from sandbox.servers import Sandbox

PATH = "/users/acme-org/projects"
METHOD = "GET /users/{org}/projects"


def taken(faults: Faults, *methods: str, **arguments: Any) -> list[bool]:
    """Whether each of these requests is struck."""
    return [faults.take("botify", method, arguments) is not None for method in methods]


def test_a_fault_strikes_so_often_after_so_many() -> None:
    """`skip` requests pass, `count` are struck, and then the fault is gone."""
    faults = Faults(Clock())
    faults.add(Fault(service="botify", method="a", action="empty", skip=1, count=2))
    assert taken(faults, "a", "b", "a", "b", "a", "a") == [False, False, True, False, True, False]
    assert faults.list() == []


def test_a_fault_without_count_stays() -> None:
    """`count` None strikes until the fault is removed, and any method by the star."""
    faults = Faults(Clock())
    number = faults.add(Fault(service="botify", action="empty", count=None))
    assert taken(faults, "a", "b", "c") == [True] * 3
    assert faults.take("slack", "a", {}) is None
    assert faults.remove(number)
    assert not faults.remove(number)
    assert taken(faults, "a") == [False]


def test_a_fault_can_end_with_time() -> None:
    """`lasts` counts from the first strike."""
    clock = Clock()
    clock.drive(0)
    faults = Faults(clock)
    faults.add(Fault(service="botify", action="empty", count=None, lasts=10))
    clock.advance(100)
    struck = taken(faults, "a")
    clock.advance(9)
    struck += taken(faults, "a")
    clock.advance(1)
    assert struck + taken(faults, "a") == [True, True, False]


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ({"org": "acme-org"}, True),
        ({"org": "other"}, False),
        ({"payload.project": "acme.com"}, True),
        ({"payload.project": "acme.com", "payload.size": 3}, False),
        ({"nothing": None}, True),
    ],
)
def test_a_fault_can_look_at_arguments(match: dict[str, Any], *, struck: bool) -> None:
    """`match` strikes only where the arguments are equal, inside objects too."""
    faults = Faults(Clock())
    faults.add(Fault(service="botify", action="empty", match=match))
    assert taken(faults, "a", org="acme-org", payload={"project": "acme.com"}) == [struck]


def test_the_first_of_several_faults_strikes() -> None:
    """Faults are used up in the order in which they were loaded."""
    faults = Faults(Clock())
    for action in ("html", "empty"):
        faults.add(Fault(service="botify", action=action))
    struck = [faults.take("botify", "a", {}) for _ in range(3)]
    assert [fault and fault.action for fault in struck] == ["html", "empty", None]


@pytest.mark.parametrize(
    "data",
    [
        {"service": "botify"},
        {"action": "empty"},
        {"service": "botify", "action": "explode"},
        {"service": "botify", "action": "empty", "moment": "during"},
        {"service": "botify", "action": "empty", "times": 2},
        {"service": "files", "action": "redirect"},
        {"service": "botify", "action": "empty", "count": "2"},
        {"service": "botify", "action": "empty", "count": 0},
        {"service": "botify", "action": "empty", "count": True},
        {"service": "botify", "action": "empty", "skip": -1},
        {"service": "botify", "action": "empty", "skip": None},
        {"service": "botify", "action": "empty", "lasts": "1"},
        {"service": "botify", "action": "empty", "status": 1},
        {"service": "botify", "action": "slow", "seconds": -1},
        {"service": "botify", "action": "truncate", "bytes": 1.5},
        {"service": "botify", "action": "refuse", "error": 1053},
        {"service": "botify", "action": "empty", "match": ["org"]},
        {"service": "botify", "action": "empty", "method": None},
        {"service": ["botify"], "action": "empty"},
    ],
)
def test_senseless_faults_are_refused(data: dict[str, Any]) -> None:
    """A fault that cannot be understood is refused when it is loaded, not when it strikes."""
    with pytest.raises(BadFault):
        Fault.from_json(data)


@pytest.mark.parametrize(
    "data",
    [
        {"service": "botfy", "action": "empty"},
        {"service": "slack", "method": "chat.postMesage", "action": "empty"},
        {"service": "botify", "method": "POST /job", "action": "empty"},
        {"service": "botify", "method": "chat.update", "action": "empty"},
        {"service": "slack", "method": "chat.update", "action": "drop"},
        {"service": "files", "action": "drop"},
        {"service": "socket", "method": "ack", "action": "html"},
        {"service": "socket", "method": "connect", "action": "truncate"},
    ],
)
async def test_a_fault_that_could_never_strike_is_refused(
    sandbox: Sandbox, plain: httpx.AsyncClient, data: dict[str, Any]
) -> None:
    """Every service knows its methods, and how each can break; nothing of such a list is loaded."""
    fine = {"service": "files", "method": "GET /file", "action": "reset"}
    answer = await plain.post(f"{sandbox.addresses.control}faults", json=[fine, data])
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.faults.list() == []


ANSWERS: dict[str, tuple[dict[str, Any], int, str]] = {
    "refuse": ({"error": "1053", "status": 429}, 429, '"error_code": 1053'),
    "refuse in own words": ({"error": "1060"}, 500, '"error_code": 1060'),
    "status": ({"status": 504}, 504, "error"),
    "html": ({}, 502, "<html>"),
    "html with 200": ({"status": 200}, 200, "<html>"),
    "garbage": ({}, 200, "<<<"),
    "empty": ({}, 200, ""),
    "ratelimit": ({"seconds": 30}, 429, "1053"),
}


@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_what_a_client_sees(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, case: str, moment: str
) -> None:
    """Each action has its answer, once; the journal says whether the service acted."""
    more, status, text = ANSWERS[case]
    action = case.partition(" ")[0]
    fault = {"service": "botify", "method": METHOD, "action": action, "moment": moment}
    await plain.post(f"{sandbox.addresses.control}faults", json={**fault, **more})
    broken, after = await botify.get(PATH), await botify.get(PATH)
    assert broken.status_code == status
    assert text in broken.content.decode(errors="replace")
    assert after.json()[0]["slug"] == "acme.com"
    first, second = sandbox.journal.entries("botify", METHOD)
    assert (first.fault, first.acted, first.status) == (action, moment == "after", status)
    assert (second.fault, second.acted, second.status) == (None, True, 200)


@pytest.mark.parametrize("action", ["lost", "wrong_length", "reset"])
async def test_broken_connections(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, action: str
) -> None:
    """A lost answer and a broken body are errors of the transport, and the next request works."""
    fault = {"service": "botify", "method": METHOD, "action": action}
    await plain.post(f"{sandbox.addresses.control}faults", json=fault)
    with pytest.raises(httpx.TransportError):
        await botify.get(PATH)
    assert (await botify.get(PATH)).status_code == 200


async def test_a_truncated_answer(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A truncated answer is complete for HTTP and no JSON any more."""
    fault = {"service": "botify", "method": METHOD, "action": "truncate", "bytes": 20}
    await plain.post(f"{sandbox.addresses.control}faults", json=fault)
    assert len((await botify.get(PATH)).content) == 20


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_slow_answer(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, moment: str
) -> None:
    """A slow answer comes when the clock has moved on; `after` has acted meanwhile."""
    sandbox.clock.drive()
    fault = {"service": "botify", "action": "slow", "seconds": 30, "moment": moment}
    await plain.post(f"{sandbox.addresses.control}faults", json=fault)
    waiting = asyncio.Event()

    def listen(entry: Entry) -> None:
        if entry.fault == "slow" and entry.acted == (moment == "after"):
            waiting.set()

    sandbox.journal.subscribe(listen)
    task = asyncio.create_task(botify.get(PATH))
    await waiting.wait()
    assert not task.done()
    sandbox.clock.advance(30)
    assert (await task).status_code == 200


async def test_every_action_is_described(sandbox: Sandbox, plain: httpx.AsyncClient) -> None:
    """Every action of the table can be loaded for some service."""
    for action in ACTIONS:
        more = {"location": "http://x.example/"} if action == "redirect" else {}
        data = {"service": "socket" if action == "drop" else "files", "action": action, **more}
        answer = await plain.post(f"{sandbox.addresses.control}faults", json=data)
        assert answer.status_code == 200
    loaded = (await plain.get(f"{sandbox.addresses.control}faults")).json()
    assert [fault["action"] for fault in loaded] == list(ACTIONS)
