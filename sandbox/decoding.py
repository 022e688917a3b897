"""JSON from outside, which may be anything."""

import json
from typing import Any


def decoded(text: str | bytes) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: it is no JSON, or nested deeper than can be read.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("this JSON is nested too deep to be read") from None
