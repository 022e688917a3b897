"""The log: a sentence and a key per line, with the values of all secrets masked.

Secrets are masked by value, because a Botify token has no prefix that would give it away. The
libraries' own lines take the same way.
"""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import stamina.instrumentation
import structlog
from stamina.instrumentation import RetryDetails
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.model.errors import ProductError, WrongInput

log = structlog.get_logger(__name__)

MASK = "[secret]"

FILE_BYTES = 1_000_000
"""Of a log in a file, before a new one is begun."""

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
    handler = logging.StreamHandler(sys.stderr)
    _start(handler, style, secrets, level=level, colours=sys.stderr.isatty())


def start_file_log(style: str, secrets: Sequence[str], path: Path) -> None:
    """Send the log of this process into a file, where standard error is for a person's eyes.

    The file is made with the first line, and a second one holds what was before. What cannot be
    written is lost: a log must not end what it is about.

    Args:
        style: as for `start_log`.
        secrets: as for `start_log`.
        path: its folder is made where it is missing, as the first error may come before the work.
    """
    logging.raiseExceptions = False
    with suppress(OSError):  # the command needs the folder as well, and says what is wrong with it
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        path, maxBytes=FILE_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    _start(handler, style, secrets, level=logging.INFO, colours=False)


def log_error(
    error: ProductError,
    *,
    doing: str,
    level: int = logging.ERROR,
    trace: BaseException | None = None,
    **facts: str,
) -> None:
    """Write what is behind the id that a person reads: once, however many people read it.

    Args:
        error: what is told.
        doing: what was being done.
        level: of the line; what a person gave wrongly is never more than news.
        trace: where the traceback is from, if one is wanted.
        facts: what else helps to find the cause.
    """
    if error.logged:
        return
    error.logged = True
    log.log(
        logging.INFO if isinstance(error, WrongInput) else level,
        "something a person asked for did not succeed",
        doing=doing,
        error_id=error.error_id,
        cause=error.code,
        sentence=error.sentence,
        advice=error.advice,
        exc_info=trace,
        **facts,
    )


def _start(
    handler: logging.Handler, style: str, secrets: Sequence[str], *, level: int, colours: bool
) -> None:
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
        else structlog.dev.ConsoleRenderer(colors=colours)
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
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A tick that comes while the last one is at work is left out: that is what a tick is for.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    stamina.instrumentation.set_on_retry_hooks([_say_retry])


def _say_retry(details: RetryDetails) -> None:
    """A sentence and a key; never the arguments of what is tried again."""
    structlog.get_logger(__name__).warning(
        "Botify did not answer as it should; it is asked again.",
        action="retry",
        times=details.retry_num,
        wait_seconds=round(details.wait_for, 3),
        cause=getattr(details.caused_by, "code", type(details.caused_by).__name__),
    )
