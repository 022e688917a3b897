"""The seeded world: people, organisations, projects and their analyses."""

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from sandbox import kinds
from sandbox.botify import fields
from sandbox.botify.errors import Refusal

TOKEN = "sandbox-botify-token"
OTHER_TOKEN = "sandbox-botify-other"
SUCCESS = "success"
STATUSES = ("preparing", "crawling", "crawling_paused", "analyzing", SUCCESS, "failed")
SLUG = re.compile(r"\d{8}(-\d+)?")
DEPTHS = kinds.several(
    kinds.either(
        kinds.whole(),
        kinds.Kind(
            "a pair of depth and count",
            lambda pair: (
                isinstance(pair, list | tuple)
                and len(pair) == 2  # noqa: PLR2004 - a pair
                and all(kinds.whole().allows(part) for part in pair)
            ),
        ),
    )
)
PROJECT_KEYS: dict[str, kinds.Kind] = {
    "org": kinds.TEXT,
    "project": kinds.TEXT,
    "kind": kinds.one_of("classic", "modern"),
    "depths": DEPTHS,
    "without_depth": kinds.whole(),
    "fields": kinds.maybe(kinds.whole()),
    "lacks": kinds.several(kinds.TEXT),
    "analyses": kinds.several(kinds.either(kinds.TEXT, kinds.OBJECT)),
    "file": kinds.maybe(
        kinds.Kind(
            "the path of a file", lambda path: isinstance(path, str) and Path(path).is_file()
        )
    ),
}
ANALYSIS_KEYS: dict[str, kinds.Kind] = {
    "slug": kinds.TEXT,
    "status": kinds.one_of(*STATUSES),
    "depths": DEPTHS,
    "without_depth": kinds.whole(),
    "to_be_deleted_at": kinds.maybe(kinds.TEXT),
}
PERSON_KEYS: dict[str, kinds.Kind] = {
    "token": kinds.TEXT,
    "username": kinds.TEXT,
    "organizations": kinds.several(kinds.TEXT),
}
"""What a project, an analysis and a person may be seeded with."""

BIGSHOP = (
    10, 550, 28_000, 275_000, 825_000, 660_000, 440_000, 275_000, 165_000, 110_000, 55_000,
    44_000, 33_000, 28_000, 22_000, 17_000, 11_000, 6_000, 3_000, 1_100, 550,
)  # fmt: skip
ACME = (1, 38, 912, 6_204, 15_480, 14_022, 7_310, 2_951, 884, 197, 41)
ACME_WITHOUT_DEPTH = 171


@dataclasses.dataclass(frozen=True)
class Person:
    """Whose token it is, and whose projects that person may see."""

    username: str
    organizations: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Analysis:
    """One crawl. `depths` counts its URLs per depth; URLs without a depth come last."""

    organization: str
    project: str
    slug: str
    status: str = SUCCESS
    depths: tuple[tuple[int, int], ...] = ()
    without_depth: int = 0
    to_be_deleted_at: str | None = None

    @property
    def key(self) -> str:
        return f"{self.organization}/{self.project}/{self.slug}"

    @property
    def host(self) -> str:
        return f"www.{self.project}"

    @property
    def day(self) -> str:
        """The day of the crawl, as an ISO date."""
        text = self.slug[:8]
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}"

    @functools.cached_property
    def ends(self) -> tuple[int, ...]:
        """For each depth, the number of the row behind its last."""
        return tuple(accumulate(count for _, count in self.depths))

    @functools.cached_property
    def depth_numbers(self) -> tuple[int, ...]:
        return tuple(depth for depth, _ in self.depths)

    @functools.cached_property
    def size(self) -> int:
        """How many URLs were crawled."""
        return sum(count for _, count in self.depths) + self.without_depth

    @functools.cached_property
    def blocks(self) -> tuple[tuple[int | None, range], ...]:
        """The numbers of the rows at each depth; those without a depth come last."""
        blocks: list[tuple[int | None, range]] = [
            (depth, range(end - count, end))
            for (depth, count), end in zip(self.depths, self.ends, strict=True)
        ]
        if self.without_depth:
            blocks.append((None, range(self.size - self.without_depth, self.size)))
        return tuple(blocks)

    @property
    def ready(self) -> bool:
        return self.status == SUCCESS

    def order(self) -> tuple[str, int]:
        """Sorts analyses by day, then by the number after it."""
        day, _, number = self.slug.partition("-")
        return day, int(number or 1)


@dataclasses.dataclass(frozen=True)
class Project:
    """A project and its analyses, oldest first."""

    organization: str
    slug: str
    kind: str = "classic"
    """`classic` or `modern`, see `fields.catalogue`."""
    analyses: tuple[Analysis, ...] = ()
    field_count: int | None = None
    lacks: frozenset[str] = frozenset()
    """Fields that others of its kind have."""
    file: str | None = None
    """A prepared file that every job of the project delivers instead of generated rows."""

    @functools.cached_property
    def fields(self) -> Mapping[str, fields.Field]:
        usual = fields.catalogue(self.kind, number=self.field_count)
        return {name: field for name, field in usual.items() if name not in self.lacks}

    def analysis(self, slug: str) -> Analysis:
        """The analysis of that slug.

        Raises:
            Refusal: 1004, there is none.
        """
        for analysis in self.analyses:
            if analysis.slug == slug:
                return analysis
        raise Refusal(1004, f"no analysis {slug}")


class World:
    """Who and what exists now. Seeding adds; `reset` goes back to the start."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.projects: dict[tuple[str, str], Project] = {}
        self.reset()

    def reset(self) -> None:
        self.people = {
            TOKEN: Person("jane.doe", frozenset({"acme-org", "jane.doe"})),
            OTHER_TOKEN: Person("other.person", frozenset({"other-org"})),
        }
        self.projects = {(project.organization, project.slug): project for project in seeded()}

    def project(self, organization: str, slug: str) -> Project:
        """The project of that organisation.

        Raises:
            Refusal: 1010, there is none.
        """
        try:
            return self.projects[organization, slug]
        except KeyError:
            raise Refusal(1010, f"no project {organization}/{slug}") from None

    def of_organization(self, organization: str) -> list[Project]:
        return [project for key, project in self.projects.items() if key[0] == organization]

    def add_project(self, project: Project) -> None:
        """Seed or replace a project; the first person may see it."""
        self.projects[project.organization, project.slug] = project
        person = self.people[TOKEN]
        organizations = person.organizations | {project.organization}
        self.people[TOKEN] = Person(person.username, organizations)


def read_project(data: Any) -> Project:
    """A project as `docs/sandbox.md` describes it.

    Raises:
        ValueError: an unknown key, a value of another kind, a slug that is no day.
    """
    data = kinds.read(data, PROJECT_KEYS, ("project",))
    organization, slug = data.get("org", "acme-org"), data["project"]
    common = _depths(data.get("depths", [1])), data.get("without_depth", 0)
    analyses = [
        _analysis(organization, slug, item if isinstance(item, dict) else {"slug": item}, common)
        for item in data.get("analyses", ["20260705"])
    ]
    return Project(
        organization,
        slug,
        kind=data.get("kind", "classic"),
        analyses=tuple(sorted(analyses, key=Analysis.order)),
        field_count=data.get("fields"),
        lacks=frozenset(data.get("lacks", ())),
        file=data.get("file"),
    )


def read_person(data: Any) -> tuple[str, Person]:
    """A token, and the person whose it is.

    Raises:
        ValueError: an unknown key, or a value of another kind.
    """
    data = kinds.read(data, PERSON_KEYS, ("token", "username"))
    return data["token"], Person(data["username"], frozenset(data.get("organizations", ())))


def _depths(counts: Any) -> tuple[tuple[int, int], ...]:
    """Counts per depth, from a list (depth 0 first) or pairs of depth and count."""
    pairs = [
        (item[0], item[1]) if isinstance(item, list | tuple) else (depth, item)
        for depth, item in enumerate(counts)
    ]
    return tuple(sorted((int(depth), int(count)) for depth, count in pairs))


def _analysis(
    organization: str,
    project: str,
    data: Mapping[str, Any],
    common: tuple[tuple[tuple[int, int], ...], int],
) -> Analysis:
    kinds.read(data, ANALYSIS_KEYS, ("slug",))
    if not SLUG.fullmatch(data["slug"]):
        raise ValueError(f"a slug is YYYYMMDD or YYYYMMDD-N, not {data['slug']!r}")
    dt.date.fromisoformat(data["slug"][:8])
    return Analysis(
        organization,
        project,
        data["slug"],
        data.get("status", SUCCESS),
        _depths(data["depths"]) if "depths" in data else common[0],
        data.get("without_depth", common[1]),
        data.get("to_be_deleted_at"),
    )


def _project(
    slug: str,
    depths: tuple[int, ...],
    *analyses: Analysis,
    kind: str = "classic",
    field_count: int | None = None,
    without_depth: int = 0,
    successes: tuple[str, ...] = ("20260705",),
) -> Project:
    good = [
        Analysis("acme-org", slug, name, SUCCESS, _depths(depths), without_depth)
        for name in successes
    ]
    return Project(
        "acme-org",
        slug,
        kind=kind,
        analyses=tuple(sorted([*good, *analyses], key=Analysis.order)),
        field_count=field_count,
    )


def seeded() -> list[Project]:
    """The projects that are there from the start."""
    smaller = tuple(max(1, count * 9 // 10) for count in ACME)
    return [
        _project(
            "acme.com",
            ACME,
            Analysis("acme-org", "acme.com", "20260712", "crawling"),
            Analysis("acme-org", "acme.com", "20260628", SUCCESS, _depths(smaller), 88),
            Analysis("acme-org", "acme.com", "20260621", "failed"),
            Analysis("acme-org", "acme.com", "20260607", SUCCESS, _depths(smaller), 41),
            Analysis(
                "acme-org",
                "acme.com",
                "20260503",
                SUCCESS,
                _depths(smaller),
                0,
                "2026-12-31T00:00:00.000000Z",
            ),
            without_depth=ACME_WITHOUT_DEPTH,
            successes=("20260705", "20260705-2"),
        ),
        _project("bigshop.example", BIGSHOP, successes=("20260614", "20260621", "20260705")),
        _project("flat.example", (1_200_000, 5_000, 300)),
        _project("tiny.example", (1, 4, 6), without_depth=1),
        _project(
            "empty.example",
            (),
            Analysis("acme-org", "empty.example", "20260712", "crawling"),
            successes=(),
        ),
        _project("manyfields.example", (1, 30, 400, 569), field_count=fields.MANY),
        _project("modern.example", (1, 25, 310, 164), kind="modern"),
        Project(
            "other-org",
            "other.example",
            analyses=(Analysis("other-org", "other.example", "20260705", SUCCESS, ((0, 3),)),),
        ),
    ]
