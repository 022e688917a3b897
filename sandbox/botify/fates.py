"""How jobs live and end: one row per ending that a client may meet."""

import dataclasses
from collections.abc import Callable
from typing import Any

CREATED = "CREATED"
PROCESSING = "PROCESSING"
DONE = "DONE"
FAILED = "FAILED"


@dataclasses.dataclass(frozen=True)
class Fate:
    """A way to live: the state while it works, the state at the end (None: it never comes)."""

    meaning: str
    end: str | None
    body: Callable[[str], dict[str, Any]] = lambda _url: {"results": None}
    """The keys that the ended job has beside the others, given the file's URL."""
    middle: str = PROCESSING

    @property
    def delivers(self) -> bool:
        """Whether the client can get a file."""
        return bool((self.body("url").get("results") or {}).get("download_url"))


def _file(url: str) -> dict[str, Any]:
    return {"results": {"download_url": url}}


FATES: dict[str, Fate] = {
    "done": Fate("DONE with a file", DONE, _file),
    "complete": Fate("COMPLETE with a file", "COMPLETE", _file),
    "unknown_then_done": Fate("works in a state nobody knows, then DONE", DONE, _file, "ARCHIVING"),
    "unknown_state": Fate("stays in a state nobody knows", None, middle="SUSPENDED"),
    "never_ends": Fate("stays in PROCESSING", None),
    "failed": Fate("FAILED, and no word why", FAILED),
    "failed_odd": Fate(
        "FAILED with words at places where clients have looked for them",
        FAILED,
        lambda _url: {
            "results": {},
            "error": {"message": "unknown error", "type": "unknown"},
            "error_details": None,
            "failure_reason": "",
        },
    ),
    "failed_code": Fate(
        "FAILED with Botify's code for a failed export",
        FAILED,
        lambda _url: {
            "results": None,
            "error": {"error_code": 1060, "message": "The export failed"},
        },
    ),
    "done_without_results": Fate("DONE, results null", DONE),
    "done_results_absent": Fate("DONE, no results at all", DONE, lambda _url: {}),
    "done_without_url": Fate("DONE, results without a URL", DONE, lambda _url: {"results": {}}),
    "done_odd_results": Fate(
        "DONE, results of the wrong types", DONE, lambda _url: {"results": {"download_url": None}}
    ),
}


def state(fate: Fate, progress: float, *, created_until: float = 0.0) -> str:
    """The job's state at a progress from 0 (just created) to 1 (has ended)."""
    if progress >= 1 and fate.end is not None:
        return fate.end
    if progress < created_until:
        return CREATED
    return fate.middle
