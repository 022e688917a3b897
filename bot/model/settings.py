"""The settings: read once from the environment or a `.env` file, then frozen.

Secrets are `SecretStr`, whose text form is masked; `secrets()` lists their values for the log's
filter, because a Botify token has no prefix that would give it away.
"""

import difflib
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import (
    AnyHttpUrl,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.model.errors import NotSetUp

BOTIFY_API_HOST: Final = "api.botify.com"

BOTIFY_MOST_PER_SECOND: Final = 5
"""Requests of one account in any second, by Botify's documentation of its API's limits."""


class PostFileIn(StrEnum):
    """Where the finished file appears."""

    CHANNEL = "channel"  # as a message of its own
    THREAD = "thread"  # under the progress message


class ProgressBlocks(StrEnum):
    """How the stages of an export are drawn."""

    CLASSIC = "classic"  # section and context blocks, accepted everywhere
    PLAN = "plan"  # Slack's own step display, with a fallback where it is refused


_HOST: Final = re.compile(r"[^\s/@?#]+", re.ASCII)


def _hosts(value: object) -> object:
    """`a, b` becomes `("a", "b")`, in lower case; an address would never match a link's host."""
    if not isinstance(value, str):
        return value
    hosts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise PydanticCustomError("host", "not a host")
    return hosts


ENV_FILE: Final = Path(".env")
"""In the folder where the program is started."""

_OURS: Final = ("SLACK_", "BOTIFY_")

Finite = Annotated[float, Field(allow_inf_nan=False)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)]


class Settings(BaseSettings):
    """Everything that the operator can choose. Names are those of the environment."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: AnyHttpUrl = AnyHttpUrl("https://slack.com/api/")
    botify_api_token: SecretStr | None = None
    botify_api_url: AnyHttpUrl = AnyHttpUrl("https://api.botify.com/v1")
    botify_app_hosts: Hosts = Field(default=("app.botify.com",), min_length=1)
    botify_download_hosts: Hosts = ()
    botify_requests_per_second: Finite = Field(default=4, ge=0.1, le=100)
    botify_jobs_per_project: int = Field(default=0, ge=0, le=1_000)
    botify_job_metadata: bool = True
    botify_row_limit: int = Field(default=1_000_000, ge=1, le=1_000_000_000)
    confirm_credits_above: int = Field(default=100_000, ge=0, le=1_000_000_000_000)
    poll_seconds: Finite = Field(default=2, ge=0.01, le=60)
    export_deadline_hours: Finite = Field(default=6, gt=0, le=720)
    post_file_in: PostFileIn = PostFileIn.CHANNEL
    progress_blocks: ProgressBlocks = ProgressBlocks.CLASSIC
    allow_shared_channels: bool = False
    guard_cells: bool = True
    slack_upload_limit_bytes: int = Field(default=1_000_000_000, ge=1, le=1_000_000_000)
    data_dir: Path = Path("data")
    database_url: str | None = None
    retention_days: Finite = Field(default=30, gt=0, le=3_650)
    log_format: Literal["console", "json"] = "console"

    @field_validator("slack_api_url")
    @classmethod
    def _with_a_final_slash(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        return AnyHttpUrl(f"{str(url).rstrip('/')}/")

    @field_validator("botify_requests_per_second")
    @classmethod
    def _as_botify_allows(cls, wanted: float, given: ValidationInfo) -> float:
        """Botify refuses what comes faster than its limit; another host may have none."""
        url = given.data.get("botify_api_url")
        if url is not None and url.host == BOTIFY_API_HOST and wanted > BOTIFY_MOST_PER_SECOND:
            raise PydanticCustomError("less_than_equal", "too fast", {"le": BOTIFY_MOST_PER_SECOND})
        return wanted

    def secrets(self) -> tuple[str, ...]:
        """The values that must never be seen in a log, a message or an error."""
        held = (self.slack_bot_token, self.slack_app_token, self.botify_api_token)
        return tuple(secret.get_secret_value() for secret in held if secret)


_WHAT_IT_MUST_BE: Final[Mapping[str, str]] = {
    "bool_parsing": "on or off",
    "enum": "one of {expected}",
    "finite_number": "a number that is not infinite",
    "float_parsing": "a number",
    "greater_than": "more than {gt:,}",
    "greater_than_equal": "{ge:,} or more",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "less_than_equal": "{le:,} or less",
    "literal_error": "one of {expected}",
    "too_short": "at least one host",
    "host": "hosts such as app.botify.com, without https:// and without a path",
    "url_parsing": "an address such as https://example.com/",
    "url_scheme": "an address that begins with https:// or http://",
}
"""By pydantic's type of error."""


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        NotSetUp: a value cannot be used; the sentence names the setting, never the value.
    """
    try:
        _check_lines()
        return Settings()
    except ValidationError as error:
        wrong = {
            str(each["loc"][0]).upper() if each["loc"] else "A setting": _must_be(each)
            for each in error.errors(include_input=False, include_url=False)
        }
        raise NotSetUp(
            " ".join(f"{name} cannot be used{must_be}." for name, must_be in wrong.items()),
            f"Correct {' and '.join(wrong)} in the environment or in .env; the README lists the "
            "settings.",
        ) from None
    except UnicodeDecodeError:
        raise NotSetUp(
            ".env cannot be read: it is not a text in UTF-8.", "Save .env again, as UTF-8."
        ) from None
    except OSError as error:
        raise NotSetUp(
            f".env cannot be read: {error.strerror}.",
            "Give this program's user the right to read .env.",
        ) from None


def unknown_names() -> dict[str, str | None]:
    """Names in `.env` that look like settings and are none, and the setting that may be meant."""
    known = [name.upper() for name in Settings.model_fields]
    found: dict[str, str | None] = {}
    for name in dotenv_values(ENV_FILE):
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.85)
        if name.upper() not in known and (close or name.upper().startswith(_OURS)):
            found[name] = close[0] if close else None
    return found


def _check_lines() -> None:
    """What cannot be read would be left out without a word."""
    if not ENV_FILE.is_file():
        return
    with ENV_FILE.open(encoding="utf-8") as lines:
        wrong = next((each.original for each in parse_stream(lines) if each.error), None)
    if wrong is not None:
        blank = wrong.string[: -len(wrong.string.lstrip()) or None].count("\n")
        raise NotSetUp(
            f"Line {wrong.line + blank} of .env cannot be read.",
            "Write NAME=value there, with quotes around a value that holds spaces or a #.",
        )


def _must_be(wrong: Mapping[str, Any]) -> str:
    words = _WHAT_IT_MUST_BE.get(wrong["type"])
    bounds = {name: _plain(bound) for name, bound in wrong.get("ctx", {}).items()}
    return f": it must be {words.format(**bounds)}" if words else ""


def _plain(bound: Any) -> Any:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound
