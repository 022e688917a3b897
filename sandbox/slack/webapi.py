"""The Web API: one address a method, and what every call goes through before its method runs."""

from aiohttp import web

from sandbox.slack import arguments, auth, limits, scopes
from sandbox.slack.errors import RateLimited, SlackError
from sandbox.slack.methods.table import METHODS, Method
from sandbox.slack.platform import Platform

SENT = web.RequestKey("sent", dict)
"""What was sent, untyped, as the journal notes it."""

RESTRICTED = frozenset({"conversations.history", "conversations.replies"})
PER_MINUTE: dict[int, int] = {1: limits.TIER_1, 3: limits.TIER_3}


async def call(platform: Platform, request: web.Request) -> web.Response:
    """Answer a call: arguments, token, rate, scope, and then the method."""
    name = request.match_info["method"]
    method = METHODS.get(name)
    granted = sorted(platform.manifest.scopes)
    headers = {
        "X-OAuth-Scopes": ",".join(granted),
        "X-Accepted-OAuth-Scopes": (method.scope if method else None) or "",
        "X-Slack-Req-Id": platform.workspace.token(16),
    }
    try:
        answer = await _answer(platform, request, name, method)
    except SlackError as refusal:
        return web.json_response(refusal.body(), headers=headers)
    except RateLimited as limited:
        return too_many(limited.seconds)
    return web.json_response({"ok": True, **answer}, headers=headers)


def too_many(seconds: float | None) -> web.Response:
    """The 429 of Slack."""
    headers = {} if seconds is None else {"Retry-After": f"{seconds:g}"}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


async def _answer(
    platform: Platform, request: web.Request, name: str, method: Method | None
) -> dict[str, object]:
    sent = await arguments.read(request)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    token = auth.token_of(request, sent)
    kind = ""
    if method.tokens:
        kind = auth.authenticate(platform, token)
        if kind not in method.tokens:
            raise SlackError("not_allowed_token_type")
    if platform.switches["rate_limits"].value:
        platform.rate_limits.per_minute(name, _per_minute(platform, name, method))
    if method.scope is not None:
        scopes.require(platform.manifest.scopes, method.scope)
    typed = arguments.typed(sent, method.arguments)
    return method.run(platform, {**typed, "_token_kind": kind})


def _per_minute(platform: Platform, name: str, method: Method) -> int:
    if name == "apps.connections.open":
        return PER_MINUTE[platform.switches["connections_open_tier"].value]
    if name in RESTRICTED and platform.switches["restricted_history"].value:
        return limits.TIER_1
    return method.per_minute
