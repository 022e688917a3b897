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
    """What the README shows, `python -m benchmarks table`: each figure that has a bound."""
    lines = ["| figure | measured | at most |", "|---|---:|---:|"]
    for figure in figures:
        if figure.bound is None:
            continue
        measured = "-" if figure.value is None else f"{figure.value:,.2f} {figure.unit}".strip()
        name = figure.name[1:].strip().replace("|", "\\|")
        name = f"{name} ({figure.note})" if figure.note else name
        lines.append(f"| {name} | {measured} | {figure.bound:g} {figure.unit}".rstrip() + " |")
    return "\n".join(lines) + "\n"
