"""Socket Mode of the local Slack: tickets, connections, acknowledgements, redelivery."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bench import MANIFEST, SILENCE, Bench, bench, section

from sandbox.addresses import SLACK_APP_TOKEN
from sandbox.faults import Fault
from sandbox.slack import limits, world

Json = dict[str, Any]


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


async def refused(slack: Bench, url: str) -> int:
    """The status with which a WebSocket is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await slack.http.ws_connect(url)
    return caught.value.status


async def test_a_greeting(slack: Bench) -> None:
    """The first word is hello, with the number of connections and how long this one lasts."""
    hello = (await slack.app()).hello
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["debug_info"]["approximate_connection_time"] == limits.CONNECTION_SECONDS
    assert hello["connection_info"]["app_id"] == world.APP
    assert (await slack.app()).hello["num_connections"] == 2


async def test_a_ticket_works_once(slack: Bench) -> None:
    """The same address opens one WebSocket, not two."""
    url = await slack.ticket()
    async with slack.http.ws_connect(url):
        assert await refused(slack, url) == 403


async def test_tickets_die(slack: Bench) -> None:
    """An old, a killed and an invented ticket open nothing."""
    slack.drive()
    old = await slack.ticket()
    slack.pass_(limits.TICKET_SECONDS + 1)
    assert await refused(slack, old) == 403
    killed = await slack.ticket()
    await slack.control("slack/kill-tickets")
    assert await refused(slack, killed) == 403
    assert await refused(slack, "/link/?ticket=mine") == 403


async def test_sockets_can_be_refused(slack: Bench) -> None:
    """While sockets are refused no ticket helps; afterwards a new one does."""
    url = await slack.ticket()
    await slack.control("slack/refuse-sockets")
    assert await refused(slack, url) == 403
    await slack.control("slack/refuse-sockets", refuse=False)
    await slack.app()


async def test_socket_mode_can_be_off(tmp_path: Path, slack: Bench) -> None:
    """Without Socket Mode in the manifest, or switched off, there is no address."""
    slack.switch(sockets="off")
    body = await slack.api("apps.connections.open", SLACK_APP_TOKEN)
    assert body["error"] == "socket_mode_not_enabled"
    settings = {**MANIFEST["settings"], "socket_mode_enabled": False}
    async with bench(tmp_path, MANIFEST | {"settings": settings}) as other:
        body = await other.api("apps.connections.open", SLACK_APP_TOKEN)
    assert body["error"] == "socket_mode_not_enabled"


async def test_ten_connections(slack: Bench) -> None:
    """The eleventh WebSocket is told too_many_websockets and closed."""
    for _ in range(limits.CONNECTIONS):
        await slack.app()
    socket = await slack.http.ws_connect(await slack.ticket())
    assert (await socket.receive_json())["reason"] == "too_many_websockets"
    assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    await socket.close()
    assert (await slack.state())["connections"] == limits.CONNECTIONS


async def test_each_envelope_goes_to_one(slack: Bench) -> None:
    """With several connections each envelope reaches exactly one, and all get some."""
    ears = [await slack.app() for _ in range(3)]
    for _ in range(6):
        await slack.hands("command", channel=world.SEO, text="/bench")
    ids = [envelope["envelope_id"] for ear in ears for envelope in ear.envelopes]
    assert len(ids) == len(set(ids)) == 6
    assert all(ear.envelopes for ear in ears)


async def test_a_connection_grows_old(slack: Bench) -> None:
    """A warning ten seconds ahead, refresh_requested at the end, and then it is closed."""
    slack.drive()
    ear = await slack.app()
    slack.pass_(limits.CONNECTION_SECONDS - limits.WARNING_SECONDS)
    await ear.until(lambda each: len(each.others) == 1)
    slack.pass_(limits.WARNING_SECONDS)
    await ear.until(lambda each: len(each.others) == 2)
    assert [each["reason"] for each in ear.others] == ["warning", "refresh_requested"]
    slack.pass_(limits.GRACE_SECONDS)
    await ear.until(lambda each: each.ended)


async def test_reconnects_can_be_practised(slack: Bench) -> None:
    """debug_reconnects=true shortens a connection's life to six minutes."""
    async with slack.http.ws_connect(f"{await slack.ticket()}&debug_reconnects=true") as socket:
        hello = await socket.receive_json()
    assert hello["debug_info"]["approximate_connection_time"] == limits.DEBUG_CONNECTION_SECONDS


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_a_disconnect_on_demand(slack: Bench, reason: str) -> None:
    """The control API makes Slack say goodbye for a reason."""
    ear = await slack.app()
    assert (await slack.control("slack/disconnect", reason=reason))["told"] == 1
    await ear.until(lambda each: each.others)
    assert ear.others[0] == {
        "type": "disconnect",
        "reason": reason,
        "debug_info": {"host": "applink-sandbox"},
    }


async def test_a_leaving_connection_is_spared(slack: Bench) -> None:
    """After refresh_requested new envelopes take another connection."""
    old = await slack.app()
    await slack.control("slack/disconnect")
    new = await slack.app()
    for _ in range(3):
        await slack.hands("command", channel=world.SEO, text="/bench")
    assert (len(old.envelopes), len(new.envelopes)) == (0, 3)


async def test_sockets_drop(slack: Bench) -> None:
    """Dropped sockets end without a closing word."""
    ear = await slack.app()
    assert (await slack.control("slack/drop-sockets"))["dropped"] == 1
    await ear.until(lambda each: each.ended)
    assert ear.socket.close_code in (None, aiohttp.WSCloseCode.ABNORMAL_CLOSURE)
    body = await slack.hands("command", channel=world.SEO, text="/bench")
    assert body["error"] == "dispatch_failed"


async def test_pings_are_answered(slack: Bench) -> None:
    """A ping is answered by a pong with the same words."""
    socket = await slack.http.ws_connect(await slack.ticket(), autoping=False)
    await socket.receive_json()
    await socket.ping(b"sdk-ping-pong:1.0")
    message = await socket.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1.0")
    await socket.close()


async def test_only_the_first_ack_counts(slack: Bench) -> None:
    """A second acknowledgement, and one for nothing, change nothing."""
    ear = await slack.app()

    async def twice(envelope: Json) -> object:
        await ear.acknowledge(envelope["envelope_id"], {"text": "first"})
        await ear.acknowledge(envelope["envelope_id"], {"text": "second"})
        await ear.acknowledge("of nothing")
        return SILENCE

    ear.reply = twice
    answer = await slack.hands("command", channel=world.SEO, text="/bench")
    assert answer["ack"]["text"] == "first"
    acks = [(each.acted, each.error) for each in await slack.noted("socket", "ack", 3)]
    assert acks == [(True, None), (False, "too_late"), (False, "too_late")]
    assert len((await slack.state())["ephemeral"]) == 1


async def test_an_ack_may_come_by_another_connection(slack: Bench) -> None:
    """An envelope is acknowledged by its id, whichever connection says so."""
    one, two = await slack.app(), await slack.app()

    async def by_the_other(envelope: Json) -> object:
        other = two if envelope in one.envelopes else one
        await other.acknowledge(envelope["envelope_id"], {"text": "mine"})
        return SILENCE

    one.reply = two.reply = by_the_other
    answer = await slack.hands("command", channel=world.SEO, text="/bench")
    assert answer["ack"]["text"] == "mine"


@pytest.mark.parametrize("stretch", [1, 10])
async def test_three_seconds_to_acknowledge(tmp_path: Path, stretch: int) -> None:
    """A command is operation_timeout after three seconds of Slack's clock, or tenfold."""
    async with bench(tmp_path, stretch=stretch) as slack:
        ear = await slack.app(lambda _: SILENCE)
        slack.drive()
        deed = asyncio.create_task(slack.hands("command", channel=world.SEO, text="/bench"))
        await ear.until(lambda each: each.envelopes)
        slack.pass_(3 * stretch - 0.25)
        await asyncio.sleep(0)
        assert not deed.done()
        slack.pass_(0.25)
        assert await deed == {"ok": False, "error": "operation_timeout"}
        (notice,) = (await slack.screen())["notices"]
    assert notice["error"] == "operation_timeout"


async def test_events_come_again(slack: Bench) -> None:
    """An event is sent up to four times: at once, then after 0, 60 and 300 seconds."""
    ear = await slack.app(lambda _: SILENCE)
    slack.drive()
    await slack.hands("message", channel=world.SEO, text="hi")
    for number, wait in enumerate((0, 60, 300)):
        await ear.until(lambda each, number=number: len(each.envelopes) == number + 1)
        slack.pass_(3)
        await settle(slack)
        slack.pass_(wait)
    await ear.until(lambda each: len(each.envelopes) == 4)
    tries = [(each["retry_attempt"], each["retry_reason"]) for each in ear.envelopes]
    assert tries == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({each["payload"]["event_id"] for each in ear.envelopes}) == 1
    assert ear.last["event"]["text"] == "hi"


async def settle(slack: Bench) -> None:
    """Let the sandbox notice the time before it moves on."""
    for _ in range(5):
        await slack.screen()


async def test_an_acknowledged_event_comes_once(slack: Bench) -> None:
    """Acknowledged in time, an event is not repeated."""
    ear = await slack.app()
    slack.drive()
    await slack.hands("message", channel=world.SEO, text="hi")
    await ear.until(lambda each: each.envelopes)
    await slack.noted("socket", "ack")
    slack.pass_(1000)
    await settle(slack)
    assert len(ear.envelopes) == 1


async def test_events_need_a_subscription(slack: Bench) -> None:
    """Only events of the manifest are sent, and messages only where the app is."""
    ear = await slack.app()
    await slack.hands("message", channel=world.SEO_TEAM, text="hi")
    await slack.hands("message", channel=world.GENERAL, text="hi")
    await slack.hands("home")
    await ear.until(lambda each: each.envelopes)
    assert [each["payload"]["event"]["type"] for each in ear.envelopes] == ["app_home_opened"]


async def test_a_redelivery(slack: Bench) -> None:
    """The control API sends the last envelope a second time, as it was."""
    ear = await slack.app()
    await slack.hands("command", channel=world.SEO, text="/bench")
    assert (await slack.control("slack/redeliver"))["sent"]
    await ear.until(lambda each: len(each.envelopes) == 2)
    assert ear.envelopes[0] == ear.envelopes[1]


FAULTS: list[tuple[Fault, int, int]] = [
    (Fault(service="socket", method="envelope", action="lost"), 0, 1),
    (Fault(service="socket", method="envelope", action="drop"), 0, 0),
    (Fault(service="socket", method="ack", action="lost"), 1, 1),
]


@pytest.mark.parametrize(("fault", "heard", "connections"), FAULTS)
async def test_the_socket_breaks_on_demand(
    slack: Bench, fault: Fault, heard: int, connections: int
) -> None:
    """An envelope or an acknowledgement can be lost on its way, and the socket with it."""
    ear = await slack.app()
    slack.drive()
    slack.sandbox.faults.add(fault)
    deed = asyncio.create_task(slack.hands("command", channel=world.SEO, text="/bench"))
    await slack.noted("socket", fault.method)
    slack.pass_(3)
    assert (await deed)["error"] == "operation_timeout"
    assert len(ear.envelopes) == heard
    assert (await slack.state())["connections"] == connections


async def test_a_socket_can_drop_after_an_envelope(slack: Bench) -> None:
    """With the moment `after` the envelope goes out and the socket ends behind it."""
    ear = await slack.app(lambda _: SILENCE)
    slack.drive()
    slack.sandbox.faults.add(
        Fault(service="socket", method="envelope", action="drop", moment="after")
    )
    deed = asyncio.create_task(slack.hands("command", channel=world.SEO, text="/bench"))
    await ear.until(lambda each: each.ended)
    slack.pass_(3)
    assert (await deed)["error"] == "operation_timeout"
    (entry,) = slack.sandbox.journal.entries("socket", "envelope")
    assert (entry.acted, entry.fault) == (True, "drop")


async def test_an_envelope_can_be_slow(slack: Bench) -> None:
    """A slow envelope leaves the app less of its three seconds."""
    ear = await slack.app()
    slack.drive()
    slack.sandbox.faults.add(Fault(service="socket", method="envelope", action="slow", seconds=2))
    deed = asyncio.create_task(slack.hands("command", channel=world.SEO, text="/bench"))
    await slack.noted("socket", "envelope")
    assert ear.envelopes == []
    await settle(slack)
    slack.pass_(2)
    assert (await deed)["ok"]


async def test_connecting_breaks_on_demand(slack: Bench) -> None:
    """A WebSocket can be refused once, with any status."""
    slack.sandbox.faults.add(Fault(service="socket", method="connect", action="refuse", status=500))
    assert await refused(slack, await slack.ticket()) == 500
    await slack.app()


async def test_everything_is_noted(slack: Bench) -> None:
    """The journal knows each call, each envelope and each acknowledgement, without secrets."""
    await slack.app()
    await slack.hands("command", channel=world.SEO, text="/bench")
    await slack.post(text="a", blocks=[section("b")])
    counts = Counter(
        (each.service, each.method) for each in slack.sandbox.journal.entries() if each.acted
    )
    assert counts == {
        ("slack", "apps.connections.open"): 1,
        ("socket", "connect"): 1,
        ("socket", "envelope"): 1,
        ("socket", "ack"): 1,
        ("slack", "chat.postMessage"): 1,
    }
    (entry,) = slack.sandbox.journal.entries("slack", "chat.postMessage")
    assert entry.arguments["blocks"][0]["text"]["text"] == "b"
    assert "xoxb-" not in str(slack.sandbox.journal.entries())
