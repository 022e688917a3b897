"""blocks.validate."""

from typing import Any

from sandbox.slack import surfaces
from sandbox.slack.errors import detailed
from sandbox.slack.platform import Platform
from sandbox.slack.schema import said

Json = dict[str, Any]


def validate(_platform: Platform, arguments: Json) -> Json:
    """What would be refused in blocks, in a message or in a view, without sending it."""
    given = [key for key in ("blocks", "message", "view") if key in arguments]
    if len(given) != 1:
        raise detailed("invalid_arguments", [said("must have one of blocks, message, view", "")])
    value = arguments[given[0]]
    if given[0] == "view":
        found = surfaces.view_problems(value)
    elif given[0] == "message":
        found = surfaces.message_problems(value.get("blocks") if isinstance(value, dict) else value)
    else:
        found = surfaces.message_problems(value)
    return {"errors": [{"code": "invalid", "message": text} for text in found]}
