"""Arguments of Web API methods: from query, form and JSON alike, into their types."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.decoding import decoded
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.schema import said

Json = dict[str, Any]


class Unreadable(Exception):
    """An argument is not of its type; the text is Slack's complaint."""


@dataclasses.dataclass(frozen=True)
class Argument:
    """How one argument is read."""

    read: Callable[[Any], Any]
    required: bool = False
    missing: str | None = None
    """The error when a required one is not there; None is invalid_arguments with the place."""
    malformed: str | None = None
    """The error when it cannot be read; None is invalid_arguments with the place."""


def text(value: Any) -> str:
    """A text; numbers are taken as their digits, as a form would send them."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable("must provide a string")
    return str(value)


def whole(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool):
        raise Unreadable("must provide an integer")
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Unreadable("must provide an integer") from None


FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}


def flag(value: Any) -> bool:
    """True or false, or what a form sends for them."""
    found = FLAGS.get(str(value).lower())
    if found is None:
        raise Unreadable("must provide a boolean")
    return found


def data(value: Any) -> Any:
    """A JSON value, or the text of one."""
    if not isinstance(value, str):
        return value
    try:
        return decoded(value)
    except ValueError:
        raise Unreadable("must provide valid JSON") from None


def words(value: Any) -> list[str]:
    """A list of ids, or a text that separates them by commas."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    raise Unreadable("must provide a comma separated list")


async def read(request: web.Request) -> Json:
    """Everything that was sent, untyped; the body goes before the query.

    Raises:
        SlackError: invalid_json, json_not_object or invalid_post_type.
    """
    sent: Json = dict(request.query)
    if not request.body_exists or request.method == "GET":
        return sent
    kind = request.content_type
    if kind == "application/json":
        return sent | _object(await request.read())
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await request.post()
        return sent | {key: value for key, value in form.items() if isinstance(value, str)}
    if await request.read() and kind != "application/octet-stream":
        raise SlackError("invalid_post_type")
    return sent


def typed(sent: Mapping[str, Any], wanted: Mapping[str, Argument]) -> Json:
    """The arguments in their types; what a method does not know is ignored, as Slack does.

    Raises:
        SlackError: something required is missing, or something cannot be read.
    """
    result: Json = {}
    for name, argument in wanted.items():
        value = sent.get(name)
        if value is None or (value == "" and argument.required):
            if argument.required:
                if argument.missing is not None:
                    raise SlackError(argument.missing)
                raise detailed("invalid_arguments", [said(f"missing required field: {name}", "")])
            continue
        try:
            result[name] = argument.read(value)
        except Unreadable as wrong:
            if argument.malformed is not None:
                raise SlackError(argument.malformed) from None
            raise detailed("invalid_arguments", [said(str(wrong), f"/{name}")]) from None
    return result


def _object(body: bytes) -> Json:
    try:
        value = decoded(body) if body else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value
