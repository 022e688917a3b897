"""Crash tests: the stage of the scenarios, with bots that are forked and killed."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "scenario"))
