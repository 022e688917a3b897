"""As much of Slack as a delivery needs, a process of its own: it measures acknowledgements.

It is as much of Botify, too, as jobs need that never end: it notes when it is asked about them.

    python -m benchmarks.slack UPLOAD_ORIGIN

It prints its port. Uploads go to the other origin, so that receiving bytes does not delay what is
measured here. `POST /_commands?seconds=&pause=&deliveries=` sends slash commands for so long, or
until so many deliveries are complete in all, and answers the seconds until each acknowledgement
and the seconds between two questions about a job meanwhile.
"""

import asyncio
import json
import sys
import time
from itertools import count, pairwise
from typing import Any

from aiohttp import WSMsgType, web

_ids = count(1)
_state: dict[str, Any] = {"completed": 0, "calls": {}, "socket": None, "waiting": {}, "polls": []}

_ANSWERS: dict[str, dict[str, Any]] = {
    "auth.test": {
        "team_id": "T1",
        "team": "Bench",
        "user_id": "UBOT",
        "user": "botify",
        "bot_id": "B1",
    },
    "chat.getPermalink": {"permalink": "https://bench.slack.com/x"},
    "conversations.info": {"channel": {"id": "C1", "is_member": True, "is_channel": True}},
    "conversations.open": {"channel": {"id": "D1"}},
    "users.info": {"user": {"id": "U1", "name": "ana", "tz": "UTC"}},
}


async def _method(request: web.Request) -> web.Response:
    method = request.match_info["method"]
    sent = dict(await request.post()) or dict(request.query)
    if request.content_type == "application/json":
        sent |= await request.json()
    _state["calls"][method] = _state["calls"].get(method, 0) + 1
    answer: dict[str, Any] = dict(_ANSWERS.get(method, {}))
    number = next(_ids)
    match method:
        case "apps.connections.open":
            answer["url"] = f"ws://{request.host}/socket"
        case "chat.postMessage" | "chat.update":
            ts = sent.get("ts") or f"{1_700_000_000 + number}.000100"
            answer |= {"channel": sent.get("channel"), "ts": ts}
        case "views.open" | "views.update" | "views.push":
            view = {"id": f"V{number}", "hash": str(number), "state": {"values": {}}}
            answer["view"] = {**view, "private_metadata": ""}
        case "files.getUploadURLExternal":
            answer |= {"file_id": f"F{number}", "upload_url": f"{sys.argv[1]}/upload/{number}"}
        case "files.completeUploadExternal":
            _state["completed"] += 1
            answer["files"] = [{"id": "F1", "title": "x"}]
        case "files.info":
            share = {"ts": f"{1_700_000_000 + number}.000200"}
            answer["file"] = {"id": sent.get("file"), "shares": {"public": {"C1": [share]}}}
    return web.json_response({"ok": True, **answer})


async def _socket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_json({"type": "hello", "num_connections": 1})
    _state["socket"] = socket
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            waiting = _state["waiting"].pop(json.loads(message.data).get("envelope_id"), None)
            if waiting is not None:
                waiting.set_result(time.perf_counter())
    return socket


async def _commands(request: web.Request) -> web.Response:
    """Commands at an even pace; each is waited for, however late, before the answer."""
    seconds = float(request.query.get("seconds", "inf"))
    deliveries = int(request.query.get("deliveries", "0"))
    pause = float(request.query.get("pause", "0.02"))
    loop = asyncio.get_running_loop()
    _state["polls"].clear()
    began = loop.time()
    sent: list[tuple[float, asyncio.Future[float]]] = []
    while loop.time() - began < seconds:
        if deliveries and _state["completed"] >= deliveries:
            break
        envelope = f"E{next(_ids)}"
        waiting = _state["waiting"][envelope] = loop.create_future()
        moment = time.perf_counter()
        await _state["socket"].send_json(_command(envelope))
        sent.append((moment, waiting))
        await asyncio.sleep(pause)
    polls = list(_state["polls"])
    acknowledged = [await waiting - moment for moment, waiting in sent]
    gaps = [later - earlier for earlier, later in pairwise(polls)]
    return web.json_response({"acknowledged": acknowledged, "gaps": gaps})


def _command(envelope: str) -> dict[str, Any]:
    return {
        "type": "slash_commands",
        "envelope_id": envelope,
        "accepts_response_payload": True,
        "payload": {
            "command": "/botify-export",
            "text": "",
            "trigger_id": f"{envelope}.1",
            "user_id": "U1",
            "user_name": "ana",
            "team_id": "T1",
            "channel_id": "C1",
            "channel_name": "seo",
            "response_url": "http://127.0.0.1:9/",
        },
    }


async def _calls(_request: web.Request) -> web.Response:
    connected = _state["socket"] is not None and not _state["socket"].closed
    shown = {name: _state[name] for name in ("completed", "calls")}
    return web.json_response({**shown, "connected": connected})


async def _job(request: web.Request) -> web.Response:
    _state["polls"].append(time.perf_counter())
    job = {"job_id": request.match_info["job"], "job_status": "PROCESSING", "results": {}}
    return web.json_response(job)


async def _nothing(_request: web.Request) -> web.Response:
    return web.json_response({"error": {"error_code": "1001"}}, status=404)


async def _serve() -> None:
    app = web.Application()
    app.router.add_route("*", "/api/{method:[a-zA-Z.]+}", _method)
    app.router.add_get("/socket", _socket)
    app.router.add_post("/_commands", _commands)
    app.router.add_get("/_calls", _calls)
    app.router.add_get("/v1/jobs/{job}", _job)
    app.router.add_route("*", "/{rest:.*}", _nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
