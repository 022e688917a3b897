"""The settings: read once from the environment or a `.env` file, then frozen.

Secrets are `SecretStr`, whose text form is masked; `secrets()` lists their values for the log's
filter, because a Botify token has no prefix that would give it away.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.model.errors import NotSetUp


class PostFileIn(StrEnum):
    """Where the finished file appears."""

    CHANNEL = "channel"  # as a message of its own
    THREAD = "thread"  # under the progress message


class ProgressBlocks(StrEnum):
    """How the stages of an export are drawn."""

    CLASSIC = "classic"  # section and context blocks, accepted everywhere
    PLAN = "plan"  # Slack's own step display, with a fallback where it is refused


def _hosts(value: object) -> object:
    """`a, b` becomes `("a", "b")`, in lower case."""
    if isinstance(value, str):
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())
    return value


Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)]


class Settings(BaseSettings):
    """Everything that the operator can choose. Names are those of the environment."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: AnyHttpUrl = AnyHttpUrl("https://slack.com/api/")
    botify_api_token: SecretStr | None = None
    botify_api_url: AnyHttpUrl = AnyHttpUrl("https://api.botify.com/v1")
    botify_app_hosts: Hosts = ("app.botify.com",)
    botify_download_hosts: Hosts = ()
    botify_requests_per_second: float = Field(default=4, gt=0, le=5)
    botify_jobs_per_project: int = Field(default=0, ge=0)
    botify_job_metadata: bool = True
    botify_row_limit: int = Field(default=1_000_000, gt=0)
    confirm_credits_above: int = Field(default=100_000, ge=0)
    poll_seconds: float = Field(default=2, gt=0)
    export_deadline_hours: float = Field(default=6, gt=0)
    post_file_in: PostFileIn = PostFileIn.CHANNEL
    progress_blocks: ProgressBlocks = ProgressBlocks.CLASSIC
    allow_shared_channels: bool = False
    guard_cells: bool = True
    slack_upload_limit_bytes: int = Field(default=1_000_000_000, gt=0, le=1_000_000_000)
    data_dir: Path = Path("data")
    database_url: str | None = None
    retention_days: float = Field(default=30, gt=0)
    log_format: Literal["console", "json"] = "console"

    @field_validator("slack_api_url")
    @classmethod
    def _with_a_final_slash(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        return AnyHttpUrl(f"{str(url).rstrip('/')}/")

    def secrets(self) -> tuple[str, ...]:
        """The values that must never be seen in a log, a message or an error."""
        held = (self.slack_bot_token, self.slack_app_token, self.botify_api_token)
        return tuple(secret.get_secret_value() for secret in held if secret)


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        NotSetUp: a value cannot be used; the sentence names the setting, never the value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise NotSetUp(
            f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}.",
            f"Correct {name} in the environment or in .env; the README lists the settings.",
        ) from None
