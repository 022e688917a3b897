"""apps.connections.open."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform

Json = dict[str, Any]


def connections_open(platform: Platform, _arguments: Json) -> Json:
    """An address that opens one WebSocket, once."""
    if not platform.manifest.socket_mode or platform.switches["sockets"].value == "off":
        raise SlackError("socket_mode_not_enabled")
    ticket = platform.sockets.ticket(platform.workspace.token(32))
    origin = platform.origin.replace("http", "ws", 1)
    return {"url": f"{origin}/link/?ticket={ticket}&app_id={platform.workspace.app_id}"}
