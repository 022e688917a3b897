"""The addresses behind response URLs: say, replace or delete something after an interaction."""

from typing import Any

from aiohttp import web

from sandbox.decoding import decoded
from sandbox.slack import messages
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.platform import Platform
from sandbox.slack.response_urls import ResponseUrl
from sandbox.slack.schema import said
from sandbox.slack.workspace import Message

Json = dict[str, Any]

GONE = frozenset({"used_url", "expired_url"})


async def respond(platform: Platform, request: web.Request) -> web.Response:
    """Answer a POST to a response URL: `ok`, or the error with 404 or 400."""
    word = f"{request.match_info['team']}/{request.match_info['word']}"
    try:
        content = await _content(request)
        _act(platform, platform.response_urls.use(word), content)
    except SlackError as refusal:
        status = 404 if refusal.code in GONE else 400
        return web.json_response(refusal.body(), status=status)
    return web.Response(text="ok")


def _act(platform: Platform, url: ResponseUrl, sent: Json) -> None:
    channel = platform.workspace.channels.get(url.channel)
    if channel is None or channel.is_archived:
        raise SlackError("channel_not_found")
    target = _target(platform, url)
    if sent.get("delete_original"):
        if target is not None:
            messages.delete(platform, target)
        return
    # A person who is not asked for more room than a message has: no sum over the blocks here.
    content = messages.content(platform, sent, summed=False)
    if sent.get("replace_original") and target is not None:
        messages.change(platform, target, content)
        return
    seen_by = None if sent.get("response_type") == "in_channel" else url.user
    root = sent.get("thread_ts") or None
    message = messages.post(platform, channel, content, thread_ts=root, seen_by=seen_by)
    url.replies.append(message.ts)


def _target(platform: Platform, url: ResponseUrl) -> Message | None:
    """The message to replace: the interaction's own, or the latest reply after a command."""
    for ts in (url.original_ts, *reversed(url.replies)):
        message = platform.workspace.message(url.channel, ts) if ts else None
        if message is not None:
            return message
    return None


async def _content(request: web.Request) -> Json:
    try:
        value = decoded(await request.read() or b"null")
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(value, dict):
        raise detailed("invalid_payload", [said("must provide an object", "")])
    return value
