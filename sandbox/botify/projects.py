"""The person's profile and the two lists of projects."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.botify import auth, paging
from sandbox.botify.service import Route, Service
from sandbox.botify.world import Project

PAGE_SIZE = 500
"""What a list holds when no size is asked for; the real figure is reported once."""

PROFILES: dict[str, Callable[[str], dict[str, Any]]] = {
    "data": lambda name: {"success": True, "data": {"username": name}},
    "username": lambda name: {"success": True, "username": name},
    "user": lambda name: {"success": True, "user": {"username": name}},
    "login": lambda name: {"login": name},
}


async def profile(service: Service, request: web.Request) -> web.Response:
    """Who the token belongs to: a person, not the organisation."""
    shape = PROFILES[service.value("profile_shape")]
    return web.json_response(shape(service.person(request).username))


async def paged(service: Service, request: web.Request) -> web.Response:
    """An organisation's projects, enveloped; `name` searches."""
    wanted = request.query.get("name", "").lower()
    items = [item for item in _visible(service, request) if wanted in item["slug"].lower()]
    return web.json_response(paging.envelope(request, items, default_size=PAGE_SIZE))


async def bare(service: Service, request: web.Request) -> web.Response:
    """The same projects as a bare array."""
    items = _visible(service, request)
    if service.value("user_projects_shape") == "array":
        return web.json_response(items)
    return web.json_response(paging.envelope(request, items, default_size=PAGE_SIZE))


def _visible(service: Service, request: web.Request) -> list[dict[str, Any]]:
    name = request.match_info["org"]
    auth.organization(service.person(request), service.world, name)
    shape = service.value("project_shape")
    return [
        _item(project, 9001 + number, shape)
        for number, project in enumerate(service.world.of_organization(name))
    ]


def _item(project: Project, key: int, shape: str) -> dict[str, Any]:
    organization = {
        "owner": {"username": project.organization},
        "name": project.organization.title(),
        "slug": project.organization,
        "is_organization": True,
    }
    named: dict[str, dict[str, Any]] = {
        "organization": {"organization": organization},
        "user": {"user": {"login": project.organization}},
        "both": {"organization": organization, "user": {"login": project.organization}},
        "neither": {},
    }
    return {
        "pk": key,
        "name": project.slug.split(".", maxsplit=1)[0].title(),
        "slug": project.slug,
        "url": f"https://app.botify.com/{project.organization}/{project.slug}/",
        "date_created": "2021-05-01T10:00:00Z",
        "has_crawl": True,
        "has_logs": False,
        "has_keywords": False,
        **named[shape],
    }


ROUTES: list[Route] = [
    ("GET", "/authentication/profile", profile),
    ("GET", "/projects/{org}", paged),
    ("GET", "/users/{org}/projects", bare),
]
