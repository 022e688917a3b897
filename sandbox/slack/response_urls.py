"""Response URLs: five uses within thirty minutes."""

import dataclasses

from sandbox.clock import Clock
from sandbox.slack import limits
from sandbox.slack.errors import SlackError


@dataclasses.dataclass
class ResponseUrl:
    """What a response URL stands for."""

    user: str
    channel: str
    original_ts: str | None
    """The message that the interaction came from; None after a command."""
    deadline: float
    uses: int = 0
    replies: list[str] = dataclasses.field(default_factory=list)
    """The messages that came of it: what `replace_original` changes after a command."""


class ResponseUrls:
    """The response URLs that were given out, by the secret part of their path."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def clear(self) -> None:
        self._issued.clear()

    def issue(self, word: str, user: str, channel: str, original_ts: str | None) -> str:
        """The path of a new one."""
        deadline = self._clock.now() + limits.RESPONSE_URL_SECONDS
        self._issued[word] = ResponseUrl(user, channel, original_ts, deadline)
        return f"/actions/{word}"

    def use(self, word: str) -> ResponseUrl:
        """Count a use.

        Raises:
            SlackError: used_url after five uses, expired_url after thirty minutes or never issued.
        """
        url = self._issued.get(word)
        if url is None or self._clock.now() > url.deadline:
            raise SlackError("expired_url")
        if url.uses >= limits.RESPONSE_URL_USES:
            raise SlackError("used_url")
        url.uses += 1
        return url
