"""The control API: journal, faults, switches, clock, seed, state and reset."""

from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.journal import HIDDEN, Entry, Journal
from sandbox.servers import Sandbox

PROFILE = "GET /authentication/profile"


@pytest.fixture
async def control(sandbox: Sandbox, plain: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of the control API."""
    plain.base_url = httpx.URL(sandbox.addresses.control)
    return plain


async def test_every_request_is_noted(
    sandbox: Sandbox, control: httpx.AsyncClient, botify: httpx.AsyncClient
) -> None:
    """The journal has each request in order, by the template of its path, with time and status."""
    sandbox.clock.drive(1000)
    await botify.get("/authentication/profile")
    sandbox.clock.advance(5)
    await botify.get("/analyses/acme-org/nothing.example/light?page=1")
    first, second = (await control.get("journal?service=botify")).json()
    assert (first["method"], first["status"], first["acted"], first["time"]) == (
        PROFILE,
        200,
        True,
        1000,
    )
    assert second == {
        "number": first["number"] + 1,
        "time": 1005,
        "service": "botify",
        "method": "GET /analyses/{org}/{project}/light",
        "arguments": {"org": "acme-org", "project": "nothing.example", "page": "1"},
        "status": 404,
        "error": "1010",
        "fault": None,
        "acted": False,
    }


async def test_the_journal_can_be_chosen_from(
    control: httpx.AsyncClient, botify: httpx.AsyncClient
) -> None:
    """Entries are chosen by service, method and number; counts are per method."""
    for path in ("/authentication/profile", "/jobs", "/jobs"):
        await botify.get(path)
    every = (await control.get("journal")).json()
    later = (await control.get("journal", params={"since": every[0]["number"]})).json()
    jobs = (await control.get("journal", params={"method": "GET /jobs"})).json()
    assert (len(every), len(later), len(jobs)) == (3, 2, 2)
    assert (await control.get("journal?service=files")).json() == []
    assert (await control.get("counts")).json() == {"botify": {PROFILE: 1, "GET /jobs": 2}}


def test_secrets_never_reach_the_journal() -> None:
    """Tokens are hidden, by the name of their key and by their look, however deep."""
    entry = Journal(Clock()).add(
        "slack", "x", {"token": "abc", "a": {"Authorization": "y", "b": ["xoxb-1", "ok"]}}
    )
    assert entry.arguments == {"token": HIDDEN, "a": {"Authorization": HIDDEN, "b": [HIDDEN, "ok"]}}


def test_listeners_hear_of_each_change() -> None:
    """A listener is told of a new entry and of its completion, until it has heard enough."""
    journal = Journal(Clock())
    heard: list[Entry] = []
    stop = journal.subscribe(heard.append)
    entry = journal.add("slack", "x")
    journal.update(entry, status=200)
    stop()
    journal.add("slack", "y")
    assert [(entry.method, entry.status) for entry in heard] == [("x", None), ("x", 200)]


def test_a_cleared_entry_stays_away() -> None:
    """A request that is answered after the journal was cleared does not come back."""
    journal = Journal(Clock())
    entry = journal.add("slack", "x")
    journal.clear()
    journal.update(entry, status=200)
    assert journal.entries() == []
    assert journal.add("slack", "y").number == entry.number + 1


async def test_switches_are_listed_with_their_meaning(control: httpx.AsyncClient) -> None:
    """Every switch says its value, its default, what it may be, and what it means."""
    switches = (await control.get("switches")).json()
    assert switches["job_id_form"] == {
        "value": "number",
        "default": "number",
        "values": ["number", "text"],
        "meaning": "job_id is a number or text",
    }
    assert all(switch["meaning"] for switch in switches.values())


@pytest.mark.parametrize(
    "values",
    [
        {"no_such_switch": 1},
        {"job_id_form": "roman"},
        {"job_polls": "2"},
        {"job_polls": None},
        {"job_polls": True},
        {"error_detail": 1},
        {"file_ranges": "yes"},
        {"job_polls": 5, "job_id_form": "roman"},
        {"job_polls": 0},
        {"job_polls_created": -1},
        {"rate_limit": -5},
        {"job_seconds": -0.5},
        {"file_bytes_per_second": 0},
        {"file_url_seconds": "1"},
        {"share_after_calls": 0},
        {"edit_window_closed": -1},
        {"edit_window_closed": True},
    ],
)
async def test_wrong_values_are_refused_whole(
    control: httpx.AsyncClient, values: dict[str, Any]
) -> None:
    """A switch that does not exist or a value that it cannot have is 400, and nothing changes."""
    before = (await control.get("switches")).json()
    answer = await control.post("switches", json=values)
    assert answer.status_code == 400
    assert (await control.get("switches")).json() == before


async def test_the_clock_is_driven_over_http(control: httpx.AsyncClient) -> None:
    """The clock can be stopped, advanced, stretched and released."""
    stopped = (await control.post("clock", json={"drive": True, "start": 1000})).json()
    moved = (await control.post("clock", json={"advance": 2.5, "stretch": 10})).json()
    assert stopped == {"now": 1000, "driven": True, "stretch": 1.0}
    assert moved == {"now": 1002.5, "driven": True, "stretch": 10}
    assert not (await control.post("clock", json={"drive": False})).json()["driven"]
    assert (await control.post("clock", json={"advance": 1})).status_code == 400
    assert (await control.post("clock", json={"jump": 1})).status_code == 400


async def test_a_choice_of_none_can_be_taken_back(control: httpx.AsyncClient) -> None:
    """What is null at the start can be null again."""
    switches = (await control.get("switches")).json()
    for name in (name for name, switch in switches.items() if switch["value"] is None):
        assert (await control.post("switches", json={name: 1})).status_code == 200
        assert (await control.post("switches", json={name: None})).json() == {name: None}


@pytest.mark.parametrize(
    "said",
    [
        {"drive": "yes"},
        {"drive": True, "start": "noon"},
        {"drive": True, "start": -1},
        {"drive": True, "advance": -1},
        {"drive": True, "advance": True},
        {"drive": False, "advance": 1},
        {"stretch": 0},
        {"stretch": None},
        {"start": 5},
        {"drive": True, "stretch": "long"},
    ],
)
async def test_a_clock_that_is_told_nonsense_goes_on(
    control: httpx.AsyncClient, said: dict[str, Any]
) -> None:
    """A value that time cannot have is 400, and the clock stays as it was."""
    answer = await control.post("clock", json=said)
    assert answer.status_code == 400
    clock = (await control.get("clock")).json()
    assert (clock["driven"], clock["stretch"]) == (False, 1.0)


PROJECT = {"project": "half.example"}
HALVES: list[dict[str, Any]] = [
    {"botify": {"projects": [PROJECT, {"project": "x", "kind": "baroque"}]}},
    {"botify": {"projects": [PROJECT, {"project": "x", "depths": "123"}]}},
    {"botify": {"projects": [PROJECT, {"project": "x", "depths": [[1, 2, 3]]}]}},
    {"botify": {"projects": [PROJECT, {"project": "x", "without_depth": -1}]}},
    {"botify": {"projects": [PROJECT, {"project": "x", "fields": "many"}]}},
    {"botify": {"projects": [PROJECT, {"project": "x", "file": "/nowhere/x.csv"}]}},
    {"botify": {"projects": [PROJECT], "people": [{"token": "t"}]}},
    {"botify": {"projects": [PROJECT], "people": [{"token": 5, "username": "u"}]}},
    {"botify": {"projects": [PROJECT]}, "slack": {"planets": []}},
    {"botify": {"projects": [PROJECT]}, "slack": {"people": [{"id": "U1"}]}},
    {"botify": {"projects": [PROJECT]}, "slack": {"people": {"id": "U1"}}},
    {"botify": {"projects": [PROJECT]}, "nobody": {}},
    {
        "botify": {"projects": [PROJECT]},
        "slack": {"channels": [{"id": "C1", "name": "x", "members": ["U0NOBODY"]}]},
    },
    {
        "slack": {
            "people": [{"id": "U1", "name": "una"}],
            "channels": [{"id": "C1", "name": "x", "members": ["U1"], "kind": "secret"}],
        }
    },
]


@pytest.mark.parametrize("worlds", HALVES, ids=range(len(HALVES)))
async def test_a_seed_is_sown_whole_or_not_at_all(
    control: httpx.AsyncClient, worlds: dict[str, Any]
) -> None:
    """One part that cannot be read keeps all others out, of either service."""
    paths = ("state/botify", "state/slack")
    before = [(await control.get(path)).json() for path in paths]
    assert (await control.post("seed", json=worlds)).status_code == 400
    assert [(await control.get(path)).json() for path in paths] == before


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "faults", {"service": "botify", "action": "explode"}),
        ("POST", "faults", [{"service": "botify"}]),
        ("POST", "faults", "x"),
        ("POST", "seed", {"nobody": {}}),
        ("POST", "seed", {"botify": {"planets": []}}),
        ("POST", "seed", {"botify": {"projects": [{"org": "acme-org"}]}}),
        ("POST", "seed", {"botify": {"projects": [{"project": "x", "size": 1}]}}),
        ("POST", "seed", {"botify": {"projects": [{"project": "x", "analyses": ["latest"]}]}}),
        ("POST", "seed", {"botify": {"projects": [{"project": "x", "analyses": ["20261332"]}]}}),
        (
            "POST",
            "seed",
            {
                "botify": {
                    "projects": [
                        {"project": "x", "analyses": [{"slug": "20260101", "status": "ok"}]}
                    ]
                }
            },
        ),
        ("POST", "botify/fate", {"fate": "glorious"}),
        ("POST", "botify/fate", {"finish": True}),
        ("POST", "botify/fate", {"fate": "done", "job_id": 1}),
        ("POST", "botify/fate", {"fate": "failed", "next": -3}),
        ("POST", "botify/fate", {"fate": "failed", "next": 0}),
        ("POST", "botify/fate", {"fate": "failed", "next": "2"}),
        ("POST", "botify/fate", {"fate": "failed", "finish": True}),
        ("POST", "botify/fate", {"fate": ["failed"]}),
        ("POST", "botify/fate", {"clear": False}),
        ("POST", "botify/fate", []),
        ("POST", "slack/archive", []),
        ("POST", "slack/archive", {}),
        ("POST", "slack/archive", {"channel": "C0NOWHERE"}),
        ("POST", "slack/archive", {"channel": ["C0SEO00001"]}),
        ("POST", "slack/archive", {"channel": "C0SEO00001", "archived": "no"}),
        ("POST", "slack/archive", {"channel": "C0SEO00001", "quietly": True}),
        ("POST", "slack/event", {"event": 5}),
        ("POST", "slack/event", {}),
        ("POST", "slack/interaction", {"payload": [], "kind": "interactive"}),
        ("POST", "slack/interaction", {"payload": {}, "kind": "telepathy"}),
        ("POST", "slack/revoke-token", {"token": "user"}),
        ("POST", "slack/disconnect", {"reason": 5}),
        ("POST", "slack/drop-sockets", {"all": True}),
        ("POST", "slack/drop-sockets", "x"),
        ("GET", "state/nobody", None),
        ("GET", "journal?since=x", None),
    ],
)
async def test_what_cannot_be_understood_is_400(
    control: httpx.AsyncClient, method: str, path: str, data: Any
) -> None:
    """A wrong control request is answered with 400 and a sentence, and changes nothing."""
    answer = await control.request(method, path, json=data)
    assert answer.status_code == 400
    assert answer.json()["error"]


DEEP = "[" * 5000 + "]" * 5000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("control/seed", 400),
        ("control/slack/archive", 400),
        ("client/command", 400),
        ("api/chat.postMessage", 200),
        ("actions/T0SANDBOX1/nothing", 400),
    ],
)
async def test_json_beyond_reading_breaks_nothing(
    sandbox: Sandbox, plain: httpx.AsyncClient, path: str, status: int
) -> None:
    """What is nested too deep to be read is refused like any other text that is no JSON."""
    headers = {"Content-Type": "application/json"}
    answer = await plain.post(f"{sandbox.addresses.page}{path}", content=DEEP, headers=headers)
    assert answer.status_code == status


async def test_seeding_adds_projects_and_people(
    control: httpx.AsyncClient, botify: httpx.AsyncClient
) -> None:
    """A seeded project has its analyses, depths and fields; a seeded person a token."""
    project = {
        "org": "new-org",
        "project": "new.example",
        "kind": "modern",
        "depths": [1, 2, [5, 7]],
        "without_depth": 3,
        "fields": 500,
        "analyses": ["20260101", {"slug": "20260102-2", "status": "failed", "depths": [1]}],
    }
    person = {"token": "t", "username": "new.person", "organizations": ["new-org"]}
    await control.post("seed", json={"botify": {"projects": [project], "people": [person]}})
    headers = {"Authorization": "Token t"}
    path = "/analyses/new-org/new.example/light?only_success=false"
    listed = (await botify.get(path, headers=headers)).json()["results"]
    state = (await control.get("state/botify")).json()["projects"][-1]
    assert [(item["slug"], item["status"]) for item in listed] == [
        ("20260102-2", "failed"),
        ("20260101", "success"),
    ]
    assert (state["fields"], state["analyses"][0]["urls"]) == (500, 13)
    assert (await botify.get("/projects/acme-org", headers=headers)).status_code == 403
    assert (await botify.get("/projects/new-org")).status_code == 200


async def test_reset_goes_back_to_the_start(
    control: httpx.AsyncClient, botify: httpx.AsyncClient
) -> None:
    """After a reset worlds, switches, faults, clock and journal are as they were."""
    before = [(await control.get(path)).json() for path in ("state/botify", "state/slack")]
    await control.post("seed", json={"botify": {"projects": [{"project": "more.example"}]}})
    await control.post("faults", json={"service": "botify", "action": "empty", "count": None})
    await control.post("clock", json={"drive": True, "stretch": 9})
    await control.post("switches", json={"job_polls": 9})
    await control.post("botify/fate", json={"fate": "failed"})
    await botify.get("/jobs")
    await control.post("reset")
    after = [(await control.get(path)).json() for path in ("state/botify", "state/slack")]
    assert after == before
    assert (await control.get("faults")).json() == []
    assert (await control.get("journal")).json() == []
    assert (await control.get("switches")).json()["job_polls"]["value"] == 2
    clock = (await control.get("clock")).json()
    assert (clock["driven"], clock["stretch"]) == (False, 1.0)


async def test_faults_can_be_taken_back(control: httpx.AsyncClient) -> None:
    """Faults are listed with their number, and removed one by one or all."""
    data = [{"service": "botify", "action": name} for name in ("html", "empty", "lost")]
    first, second, third = (await control.post("faults", json=data)).json()["ids"]
    assert (await control.delete(f"faults/{second}")).json() == {"ok": True}
    assert [fault["id"] for fault in (await control.get("faults")).json()] == [first, third]
    await control.delete("faults")
    assert (await control.get("faults")).json() == []
