"""Names of files, as people and programs find them again."""

import re
from typing import Final

from bot.model.limits import SLACK_FILE_NAME
from bot.model.specification import ONLY_WITHOUT_DEPTH, DepthRange, Specification

_UNSAFE: Final = re.compile(r"[^\w.-]+")
_EDGES: Final = "-."


def file_name(
    spec: Specification,
    preset: str,
    export_id: str,
    part: int | None = None,
    of: int | None = None,
    suffix: str = ".csv",
) -> str:
    """`PROJECT_ANALYSIS_PRESET_depthN_EXPORTID.csv`, safe for file systems and for Slack.

    Args:
        spec: what was exported.
        preset: a word for the choice of fields.
        export_id: ours; never shortened, because it is what people search for.
        part: the number of this part, from 1, if there are several.
        of: how many parts there are.
        suffix: the ending, with its dot.
    """
    words = [spec.analysis, preset, depth_word(spec.rows), export_id]
    rest = "_".join(safe(word) for word in words)
    if part is not None:
        rest += f"_{part_word(part, of)}"
    rest += suffix
    project = safe(spec.project.name)
    room = SLACK_FILE_NAME.value - len(f"_{rest}".encode())
    return f"{_shortened(project, room)}_{rest}"


def part_name(name: str, part: int, of: int, suffix: str) -> str:
    """The name of a part of the file `name`: `..._part-1-of-3` before the suffix."""
    return f"{name.removesuffix('.csv')}_{part_word(part, of)}{suffix}"


def part_word(part: int, of: int | None) -> str:
    """`part-1-of-3`; `part-1` while the number of parts is not known."""
    return f"part-{part}" if of is None else f"part-{part}-of-{of}"


def depth_word(rows: DepthRange) -> str:
    """`all`, `depth3` for all up to depth 3, `depth3-5` for a band, `depth6-up` for the rest.

    URLs without a depth alone are `no-depth`.
    """
    if rows.whole:
        return "all"
    if rows == ONLY_WITHOUT_DEPTH:
        return "no-depth"
    if rows.last is None:
        word = f"depth{rows.first}-up" if rows.first is not None else "any-depth"
        # Whether URLs without a depth are among the rest is told only where they are missing.
        return word if rows.without_depth or rows.first is None else f"{word}-known"
    word = f"depth{rows.last}" if rows.first is None else f"depth{rows.first}-{rows.last}"
    return f"{word}-and-none" if rows.without_depth else word


def safe(word: str) -> str:
    """Letters of any language, digits, `_`, `.` and `-`; never empty, hidden or a way up."""
    return _UNSAFE.sub("-", word).strip(_EDGES) or "-"


def _shortened(word: str, room: int) -> str:
    """At most that many bytes, at least one character, no half characters."""
    return word.encode()[: max(1, room)].decode(errors="ignore").rstrip(_EDGES) or "-"
