"""Botify's answers as we read them: only the keys that we use, in all shapes that were seen.

Numbers come as text and text as numbers, lists bare or in an envelope, objects as null. What
can be read is read; what cannot is BotifyUnreachable, never a guess.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
)

from bot.model.errors import BotifyUnreachable

UNREADABLE = "Botify gave an answer of a form that this app does not know."


def _text(value: object) -> object:
    """Ids are numbers in practice and text in the specification; text is what we keep."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _or_empty(value: object) -> object:
    return "" if value is None else _text(value)


def _or_zero(value: object) -> object:
    return 0 if value is None else value


def _or_false(value: object) -> object:
    return False if value is None else value


def _or_list(value: object) -> object:
    return [] if value is None else value


def _or_none(value: Any, validate: Callable[[Any], Any]) -> Any:
    """What helps but is not needed: unreadable is the same as absent."""
    try:
        return validate(value)
    except ValidationError:
        return None


def _or_empty_object(value: Any, validate: Callable[[Any], Any]) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return {}


def _in_utc(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


Slug = Annotated[str, BeforeValidator(_text), Field(pattern=r"^[A-Za-z0-9._-]{1,200}$")]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=500)]
Text = Annotated[str, BeforeValidator(_or_empty)]
Count = Annotated[int, BeforeValidator(_or_zero), Field(ge=0)]
Flag = Annotated[bool, BeforeValidator(_or_false)]
Texts = Annotated[list[str], BeforeValidator(_or_list)]
OptionalText = Annotated[str | None, BeforeValidator(_text), WrapValidator(_or_none)]
Moment = Annotated[datetime | None, WrapValidator(_or_none), AfterValidator(_in_utc)]
Object = Annotated[dict[str, Any], WrapValidator(_or_empty_object)]


class Tolerant(BaseModel):
    """Keys that we do not know are none of our business."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AnalysisItem(Tolerant):
    """An entry of `/analyses/.../light`, or the whole analysis."""

    slug: Slug
    name: Text = ""
    friendly_name: Text = ""
    status: Text = ""
    urls_done: Count = 0
    date_launched: Moment = None
    to_be_deleted_at: Moment = None


class Group(Tolerant):
    """A heading in the list of fields."""

    id: Id
    name: Text = ""


class FieldItem(Tolerant):
    """A field of a data set; `permissions` None where Botify does not say."""

    id: Id
    name: Text = ""
    type: Text = ""
    kind: Text = ""
    multiple: Flag = False
    group: Text = ""
    permissions: Annotated[list[str] | None, WrapValidator(_or_none)] = None


class Dataset(Tolerant):
    """Fields that belong together."""

    name: Text = ""
    groups: Annotated[list[Any], BeforeValidator(_or_list)] = []
    fields: Annotated[list[Any], BeforeValidator(_or_list)] = []


class Row(Tolerant):
    """One row of a query's answer."""

    dimensions: Annotated[list[Any], BeforeValidator(_or_list)] = []
    metrics: Annotated[list[Any], BeforeValidator(_or_list)] = []


class JobItem(Tolerant):
    """An export job. Its id may be missing where `job_url` ends in it."""

    job_id: OptionalText = None
    job_url: OptionalText = None
    job_status: OptionalText = None
    results: Object = {}
    payload: Object = {}
    metadata: Object = {}
    user: Any = None
    date_created: Moment = None
    error: Any = None
    error_details: Any = None
    failure_reason: Any = None


Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], data: object) -> Model:
    """One object.

    Raises:
        BotifyUnreachable: it is none, or lacks what we need.
    """
    try:
        return model.model_validate(data)
    except ValidationError:
        raise BotifyUnreachable(UNREADABLE) from None


def rows_of(data: object) -> list[Any]:
    """The entries of a list call: a bare array, an envelope, or one object in place of a list.

    Raises:
        BotifyUnreachable: it is none of these.
    """
    if isinstance(data, dict):
        for key in ("results", "data"):
            if key in data:
                data = data[key]
                break
    if data is None:
        return []
    if isinstance(data, list):
        return data
    if isinstance(data, dict) and data:
        return [data]
    raise BotifyUnreachable(UNREADABLE)


def readable(model: type[Model], rows: list[Any]) -> list[Model]:
    """The entries that can be read: one odd entry must not hide the others.

    Raises:
        BotifyUnreachable: there are entries, and none can be read.
    """
    read_ones = []
    for row in rows:
        try:
            read_ones.append(model.model_validate(row))
        except ValidationError:
            continue
    if rows and not read_ones:
        raise BotifyUnreachable(UNREADABLE)
    return read_ones
