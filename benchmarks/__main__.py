"""`python -m benchmarks [--tiny] [GROUP ...]`: a table of this machine's figures.

Without a group all but `large` are taken. Each group's figures replace its earlier ones in
`results.json`; `--tiny` only shows that everything runs, and keeps nothing. `python -m benchmarks
table` prints what is kept as the README shows it.
"""

import os
import platform
import sys
from collections.abc import Callable, Sequence

from benchmarks import carrying, serving, stages
from benchmarks.measure import FULL, TINY, Figure, Size, missing_tools
from benchmarks.results import markdown, record, recorded

GROUPS: dict[str, Callable[[Size], list[Figure]]] = {
    "stages": stages.figures,
    "carrying": carrying.figures,
    "acknowledgements": serving.acknowledgements,
    "polling": serving.polling,
    "starting": serving.starting,
    "large": carrying.large_figures,
}
USUAL = tuple(name for name in GROUPS if name != "large")
TABLE = "table"

WIDTH = 58
QUIET = 0.5
"""The load average up to which figures are worth comparing."""


def main(words: Sequence[str]) -> int:
    """Measure, print and keep; 1 when a bound is not kept, 2 when nothing can be measured."""
    if list(words) == [TABLE]:
        print(markdown(recorded()), end="")
        return 0
    tiny = "--tiny" in words
    groups = [word for word in words if word != "--tiny"] or USUAL
    if unknown := set(groups) - GROUPS.keys():
        print(f"There is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}.")
        return 2
    if missing := missing_tools():
        print(
            f"The figures compare with {', '.join(missing)}, which this machine lacks. "
            "On Debian and Ubuntu: apt-get install curl isal"
        )
        return 2
    busy = os.getloadavg()[0]
    if busy > QUIET and not tiny:
        print(f"This machine is busy (load {busy:.1f}): what needs two cores will look slow.")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": busy}
    kept = True
    for name in groups:
        figures = GROUPS[name](TINY if tiny else FULL)
        for figure in figures:
            print(_line(figure))
        kept = kept and all(figure.kept for figure in figures)
        if not tiny:
            record(name, figures, machine)
    return 0 if kept or tiny else 1


def _line(figure: Figure) -> str:
    bound = "" if figure.bound is None else f"   at most {figure.bound:g}"
    broken = "" if figure.kept else "   NOT KEPT"
    value = "       -" if figure.value is None else f"{figure.value:8.2f}"
    note = f"   ({figure.note})" if figure.note else ""
    return f"{figure.name:{WIDTH}}  {value} {figure.unit:5}{bound}{broken}{note}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
