"""What was measured, kept in `results.json`: group by group, each with its machine."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Figure

RESULTS: Final = Path(__file__).parent / "results.json"


def record(
    group: str, figures: Sequence[Figure], machine: dict[str, Any], path: Path = RESULTS
) -> None:
    """Put the figures of one group in the place of its earlier ones."""
    groups = json.loads(path.read_text()) if path.exists() else {}
    groups[group] = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(groups, indent=2) + "\n")


def recorded(path: Path = RESULTS) -> list[Figure]:
    """All figures, in the order of their names."""
    groups = json.loads(path.read_text())
    figures = [Figure(**kept) for group in groups.values() for kept in group["figures"]]
    return sorted(figures, key=lambda figure: figure.name[:1])


def markdown(figures: Sequence[Figure]) -> str:
    """The table for people to read; `python -m benchmarks table` prints it."""
    lines = ["| figure | measured | at most | runs |", "|---|---:|---:|---:|"]
    for figure in figures:
        bound = "" if figure.bound is None else f"{figure.bound:g} {figure.unit}".strip()
        measured = "-" if figure.value is None else f"{figure.value:,.2f} {figure.unit}".strip()
        name = f"{figure.name} ({figure.note})" if figure.note else figure.name
        lines.append(f"| {name} | {measured} | {bound} | {figure.runs or ''} |")
    return "\n".join(lines) + "\n"
