"""The log: a sentence and a key per line, with the values of all secrets masked.

Secrets are masked by value, because a Botify token has no prefix that would give it away. The
libraries' own lines take the same way.
"""

import logging
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[secret]"

QUIET = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "apscheduler",
    "httpcore",
    "httpx",
    "slack_bolt",
    "slack_sdk",
)
"""Libraries of which only warnings are of interest to an operator."""


def masker(secrets: Sequence[str]) -> Processor:
    """A processor that replaces each secret, wherever it stands in a line."""
    held = [secret for secret in secrets if secret]

    def cover(value: Any) -> Any:
        if isinstance(value, str):
            for secret in held:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, dict):
            return {key: cover(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [cover(one) for one in value]
        if value is None or isinstance(value, int | float):
            return value
        return cover(repr(value))

    def mask(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        kept = {key: one for key, one in event.items() if key.startswith("_") or key == "exc_info"}
        return {key: cover(one) for key, one in event.items() if key not in kept} | kept

    return mask


def start_log(style: str, secrets: Sequence[str], *, level: int = logging.INFO) -> None:
    """Send the log of this process to standard error.

    Args:
        style: `console` for people, `json` for machines.
        secrets: values that must never be seen.
        level: lines below it are left out.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = style == "json"
    last: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            masker(secrets),
            last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A tick that comes while the last one is at work is left out: that is what a tick is for.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
