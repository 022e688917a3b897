"""Slack's way to say no."""

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """A method refuses: `{"ok": false, "error": code, ...}` under HTTP 200."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more

    def body(self) -> dict[str, Any]:
        """The JSON that the caller is sent."""
        return {"ok": False, "error": self.code, **self.more}


def detailed(code: str, messages: Sequence[str]) -> SlackError:
    """A refusal with its reasons, each `text [json-pointer:/path]`, as Slack lays them out."""
    return SlackError(
        code,
        errors=list(messages),
        response_metadata={"messages": [f"[ERROR] {message}" for message in messages]},
    )


class RateLimited(Exception):
    """HTTP 429; `seconds` is the whole number for Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class BadHands(Exception):
    """The client API was asked for something that no client could do."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
