"""A crawl of a project as Botify lists it."""

from dataclasses import dataclass
from datetime import datetime

FINISHED = "success"
"""The only status whose data can be exported."""

RUNNING = frozenset({"preparing", "crawling", "crawling_paused", "analyzing"})
"""Those of an analysis that will finish, or may."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis.

    Attributes:
        slug: `20240101`, or `20240101-2` for a further crawl of that day; opaque.
        name: Botify's display text, or what people called it; may be empty.
        status: `success` when finished; everything else cannot be exported.
        urls: crawled URLs; 0 while the crawl runs.
        launched: when the crawl began; None when Botify did not say.
        to_be_deleted: when Botify will remove it, if it will.
    """

    slug: str
    name: str
    status: str
    urls: int
    launched: datetime | None = None
    to_be_deleted: datetime | None = None

    @property
    def finished(self) -> bool:
        """Whether its data can be exported."""
        return self.status == FINISHED


def slug_order(slug: str) -> tuple[str, int]:
    """A key that puts `20240101-10` after `20240101-2`, which text order does not."""
    day, _, number = slug.partition("-")
    return day, int(number) if number.isdigit() else 0


def newest_first(analyses: list[Analysis]) -> list[Analysis]:
    """By slug, newest first: Botify documents no order and offers no sort parameter."""
    return sorted(analyses, key=lambda analysis: slug_order(analysis.slug), reverse=True)
