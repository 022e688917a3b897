"""The collections of a project and the data model of each."""

from itertools import groupby
from typing import Any

from aiohttp import web

from sandbox.botify import analyses, paging
from sandbox.botify.errors import Refusal
from sandbox.botify.fields import Field
from sandbox.botify.service import Route, Service
from sandbox.botify.world import Analysis, Project

PAGE_SIZE = 500
SEARCH_CONSOLE = "search_console"
SEARCH_CONSOLE_FIELDS = (
    Field("url", "Full URL", "string"),
    Field("keyword", "Keyword", "string"),
    Field("count_clicks", "Clicks", "long", kind="metric"),
    Field("count_impressions", "Impressions", "long", kind="metric"),
    Field("ctr", "CTR", "double", kind="metric"),
    Field("avg_position", "Avg. Position", "double", kind="metric"),
)


async def listed(service: Service, request: web.Request) -> web.Response:
    """Every collection, as a bare array: the crawls, `global`, and one with periods."""
    project = service.project(request)
    items: list[dict[str, Any]] = [
        {
            "id": "global",
            "name": "URL Scheme and Segmentation",
            "date": None,
            "timestamped": False,
        },
        *(
            {
                "id": f"crawl.{analysis.slug}",
                "name": analyses.name(analysis),
                "date": analysis.day,
                "timestamped": False,
            }
            for analysis in reversed(project.analyses)
            if analysis.ready
        ),
        {
            "id": SEARCH_CONSOLE,
            "name": "Search Console",
            "date": None,
            "timestamped": True,
            "date_start": "2025-01-01",
            "date_end": "2026-07-12",
        },
    ]
    if service.value("collections_shape") == "array":
        return web.json_response(items)
    return web.json_response(paging.envelope(request, items, default_size=PAGE_SIZE))


async def model(service: Service, request: web.Request) -> web.Response:
    """The data model of one collection: datasets with groups and fields."""
    project = service.project(request)
    name = request.match_info["collection"]
    if name == SEARCH_CONSOLE:
        fields: tuple[Field, ...] = SEARCH_CONSOLE_FIELDS
        modified = "2026-07-12T03:00:00Z"
    elif name == "global":
        fields = tuple(field for field in project.fields.values() if field.is_global())
        modified = "2026-07-12T03:00:00Z"
    else:
        analysis = _crawl(project, name)
        everywhere = service.value("global_fields") == "everywhere"
        fields = tuple(
            field for field in project.fields.values() if everywhere or not field.is_global()
        )
        modified = f"{analysis.day}T23:00:00Z"
    prefix = f"{name}." if service.value("field_ids") == "prefixed" else ""
    return web.json_response(
        {
            "datasets": [_dataset(group, list(members), prefix) for group, members in _by(fields)],
            "metadata": {
                "date_start": None,
                "date_end": None,
                "date_last_modified": modified,
                "config": {},
            },
        }
    )


def _crawl(project: Project, name: str) -> Analysis:
    if not name.startswith("crawl."):
        raise Refusal(1004, f"no collection {name}")
    analysis = project.analysis(name.removeprefix("crawl."))
    if not analysis.ready:
        raise Refusal(1004, f"{analysis.slug} is {analysis.status}")
    return analysis


def _by(fields: tuple[Field, ...]) -> Any:
    def group(field: Field) -> str:
        return field.group

    return groupby(sorted(fields, key=group), key=group)


def _dataset(group: str, fields: list[Field], prefix: str) -> dict[str, Any]:
    return {
        "id": group,
        "name": group.replace("_", " ").title(),
        "multiple": False,
        "category": ["Crawl"],
        "groups": [
            {
                "id": group,
                "name": group.replace("_", " ").title(),
                "parent": None,
                "multiple": False,
                "description": "",
                "type": "",
                "default": "",
                "options": [],
            }
        ],
        "fields": [field.as_json(prefix) for field in fields],
        "suggested_operations": [],
    }


ROUTES: list[Route] = [
    ("GET", "/projects/{org}/{project}/collections", listed),
    ("GET", "/projects/{org}/{project}/collections/{collection}", model),
]
