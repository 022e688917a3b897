"""`python -m benchmarks`: the figures of this machine, as a table and in `results.json`."""

import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import stages

RESULTS = Path(__file__).parent / "results.json"

QUIET = 0.5
"""The load average up to which figures are worth comparing."""


def main() -> int:
    """Measure, print and write; 1 when a bound is not kept."""
    busy = os.getloadavg()[0]
    if busy > QUIET:
        print(f"This machine is busy (load {busy:.1f}): what needs two cores will look slow.")
    figures = [figure for group in (stages,) for figure in group.figures()]
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        bound = "" if figure.bound is None else f"   at most {figure.bound:g}"
        broken = "" if figure.kept else "   NOT KEPT"
        print(f"{figure.name:{width}}  {figure.value:8.2f} {figure.unit:5}{bound}{broken}")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": busy}
    table = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    RESULTS.write_text(json.dumps(table, indent=2) + "\n")
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
