"""HTTP mode: requests that Slack signs and posts to the app, where Socket Mode is off."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.clock import Clock
from sandbox.decoding import decoded
from sandbox.journal import Journal
from sandbox.slack.deadlines import until
from sandbox.slack.manifest import Manifest

Json = dict[str, Any]

SIGNING_SECRET = "sandbox-signing-secret"
FORM = "application/x-www-form-urlencoded"
NO_RETRY = "x-slack-no-retry"
OK = 200


class BadAnswer(Exception):
    """The app could not be reached, or answered another status than 200."""

    def __init__(self, *, no_retry: bool = False) -> None:
        super().__init__("the app did not answer 200")
        self.no_retry = no_retry


class RequestUrls:
    """The addresses in the manifest to which commands, interactions and events are posted."""

    def __init__(self, clock: Clock, journal: Journal, manifest: Manifest) -> None:
        self._clock = clock
        self._journal = journal
        self._manifest = manifest

    def url(self, kind: str, payload: Json) -> str | None:
        """Where this goes; None where the manifest has no address for it."""
        manifest = self._manifest
        if kind == "slash_commands":
            return (manifest.command(payload["command"]) or {}).get("url")
        if payload.get("type") == "block_suggestion":
            return manifest.options_url
        return manifest.events_url if kind == "events_api" else manifest.interactivity_url

    async def ask(
        self, kind: str, payload: Json, deadline: float, headers: Mapping[str, str]
    ) -> Any:
        """Post it, signed; what the app answers with 200 is its acknowledgement.

        Raises:
            BadAnswer: no address, no connection, or another status.
            TimeoutError: no answer by the deadline.
        """
        url = self.url(kind, payload)
        entry = self._journal.add("socket", "request", {"type": kind, "payload": payload})
        if url is None:
            self._journal.update(entry, error="no request URL")
            raise BadAnswer
        sending = asyncio.ensure_future(self._post(url, kind, payload, headers))
        try:
            answer = await until(self._clock, deadline, sending)
        except TimeoutError:
            self._journal.update(entry, error="timeout")
            raise
        except BadAnswer:
            self._journal.update(entry, error="bad answer")
            raise
        finally:
            sending.cancel()
        self._journal.update(entry, status=OK, acted=True)
        return answer

    async def _post(self, url: str, kind: str, payload: Json, headers: Mapping[str, str]) -> Any:
        body, content_type = _written(kind, payload)
        signed = {"Content-Type": content_type, **signature(body, int(self._clock.now()))}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=body, headers={**signed, **headers}) as answer,
            ):
                text = await answer.text()
                if answer.status != OK:
                    raise BadAnswer(no_retry=answer.headers.get(NO_RETRY) == "1")
                return _read(text, answer.content_type)
        except aiohttp.ClientError as broken:
            raise BadAnswer from broken


def signature(body: bytes, timestamp: int, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers by which the app knows that Slack is speaking (docs: verifying requests)."""
    base = b"v0:%d:%s" % (timestamp, body)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


def _written(kind: str, payload: Json) -> tuple[bytes, str]:
    """Commands are forms, interactions a form with JSON in it, events JSON."""
    if kind == "slash_commands":
        return urlencode(payload).encode(), FORM
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), FORM
    return json.dumps(payload).encode(), "application/json"


def _read(text: str, content_type: str) -> Any:
    if not text:
        return None
    if content_type != "application/json":
        return {"text": text}
    try:
        return decoded(text)
    except ValueError:
        return {"text": text}
