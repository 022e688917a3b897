"""`python -m benchmarks [GROUP ...]`: a table of this machine's figures, and `results.json`.

Without a group all but `large` are taken. Only a whole run replaces the results.
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import carrying, serving, stages
from benchmarks.measure import Figure

RESULTS = Path(__file__).parent / "results.json"

GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "stages": stages.figures,
    "carrying": carrying.figures,
    "acknowledgements": serving.acknowledgements,
    "polling": serving.polling,
    "starting": serving.starting,
    "large": carrying.large_figures,
}
USUAL = tuple(name for name in GROUPS if name != "large")

WIDTH = 48
QUIET = 0.5
"""The load average up to which figures are worth comparing."""


def main(groups: Sequence[str]) -> int:
    """Measure, print and write; 1 when a bound is not kept, 2 for a group that there is not."""
    if unknown := set(groups) - GROUPS.keys():
        print(f"There is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}.")
        return 2
    busy = os.getloadavg()[0]
    if busy > QUIET:
        print(f"This machine is busy (load {busy:.1f}): what needs two cores will look slow.")
    figures = []
    for name in groups or USUAL:
        for figure in GROUPS[name]():
            figures.append(figure)
            bound = "" if figure.bound is None else f"   at most {figure.bound:g}"
            broken = "" if figure.kept else "   NOT KEPT"
            print(f"{figure.name:{WIDTH}}  {figure.value:8.2f} {figure.unit:5}{bound}{broken}")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": busy}
    table = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    if not groups:
        RESULTS.write_text(json.dumps(table, indent=2) + "\n")
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
