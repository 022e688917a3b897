"""A Botify project, named by the organisation that owns it."""

import re
from dataclasses import dataclass

SLUG = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
"""Slugs of organisations and projects: letters, digits, hyphens, underscores and dots."""


@dataclass(frozen=True, slots=True, order=True)
class Project:
    """`organisation` is the account that owns the project, `name` the project's slug."""

    organisation: str
    name: str

    def __str__(self) -> str:
        return f"{self.organisation}/{self.name}"
