"""The lists of analyses, full and light, one analysis, and how a running crawl gets on."""

import datetime as dt
from typing import Any

from aiohttp import web

from sandbox.botify import paging
from sandbox.botify.errors import Refusal
from sandbox.botify.service import Route, Service
from sandbox.botify.world import SUCCESS, Analysis

PAGE_SIZE = 500
BOOLEANS = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}
ENDED = frozenset({SUCCESS, "failed"})


async def full(service: Service, request: web.Request) -> web.Response:
    """The analyses with all their keys; `fields` chooses among them."""
    items = [_full(analysis) for analysis in _listed(service, request)]
    if chosen := [name for name in request.query.get("fields", "").split(",") if name]:
        items = [{key: item[key] for key in chosen if key in item} for item in items]
    return web.json_response(paging.envelope(request, items, default_size=PAGE_SIZE))


async def light(service: Service, request: web.Request) -> web.Response:
    """The analyses with the keys that a list needs."""
    items = [_light(analysis) for analysis in _listed(service, request)]
    return web.json_response(paging.envelope(request, items, default_size=PAGE_SIZE))


async def single(service: Service, request: web.Request) -> web.Response:
    """One analysis, whatever its status."""
    analysis = service.project(request).analysis(request.match_info["slug"])
    return web.json_response({**_full(analysis), "private_config": {}})


async def statistics(service: Service, request: web.Request) -> web.Response:
    """How a running crawl gets on; 1011 where there is none running."""
    analysis = service.project(request).analysis(request.match_info["slug"])
    if analysis.status in ENDED:
        raise Refusal(1011, f"{analysis.slug} is {analysis.status}")
    return web.json_response(
        {
            "depth_current": 3,
            "pages_dones": 1200,
            "pages_known": 5200,
            "pages_dones_2xx": 1100,
            "pages_dones_3xx": 60,
            "pages_dones_4xx": 30,
            "pages_dones_5xx": 10,
            "pages_dones_xxx": 0,
            "pages_dones_networkerror": 0,
            "last_upd_dt": f"{analysis.day}T10:00:00Z",
            "crawler_ip": "192.0.2.1",
        }
    )


def _listed(service: Service, request: web.Request) -> list[Analysis]:
    """The analyses of the project in the list's order; only finished ones unless asked."""
    text = request.query.get("only_success", "true")
    if text not in BOOLEANS:
        raise Refusal(1020, f"only_success is true or false, not {text!r}")
    analyses = service.project(request).analyses
    chosen = [analysis for analysis in analyses if analysis.ready or not BOOLEANS[text]]
    return chosen[::-1] if service.value("analyses_order") == "newest" else chosen


def _light(analysis: Analysis) -> dict[str, Any]:
    launched = f"{analysis.day}T{7 + analysis.order()[1]:02d}:00:12.123456Z"
    finished = f"{analysis.day}T{10 + analysis.order()[1]:02d}:42:00.654321Z"
    return {
        "pk": _key(analysis),
        "slug": analysis.slug,
        "name": name(analysis),
        "friendly_name": "",
        "url": f"https://app.botify.com/{analysis.key}/",
        "status": analysis.status,
        "urls_done": analysis.size if analysis.status in ENDED else 0,
        "urls_in_queue": analysis.size // 9 if analysis.status in ENDED else None,
        "date_launched": launched,
        "date_finished": finished if analysis.status in ENDED else None,
        "date_last_modified": finished,
        "date_created": launched,
        "to_be_deleted_at": analysis.to_be_deleted_at,
        "comparable": True,
        "excluded_from_trends": False,
        "has_raw_pages": True,
    }


def _full(analysis: Analysis) -> dict[str, Any]:
    return {
        **_light(analysis),
        "user": {"login": analysis.organization},
        "owner": {"username": analysis.organization},
        "computing_revision": 1,
        "features": {"main": {"lang": True}, "links": {"chains": True}, "segments": {}},
        "config": {"max_urls": 5_000_000, "start_urls": [f"https://{analysis.host}/"]},
        "date_crawl_done": f"{analysis.day}T09:00:00.000000Z" if analysis.ready else None,
        "failures": [] if analysis.status != "failed" else ["the crawl failed"],
        "red_button_domain": None,
        "crawl_launch_type": "SCHEDULED",
    }


def _key(analysis: Analysis) -> int:
    """Not a key to rely on: a number as the real one has it."""
    return int(analysis.slug.replace("-", "") or 0) % 1_000_000


def name(analysis: Analysis) -> str:
    """The date as Botify displays it, and the number of a further crawl of that day."""
    day = dt.date.fromisoformat(analysis.day)
    teen = 10 < day.day < 14  # noqa: PLR2004 - 11th, 12th, 13th
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    number = analysis.order()[1]
    return f"{day:%Y %b}. {day.day}{ending}" + (f" ({number})" if number > 1 else "")


ROUTES: list[Route] = [
    ("GET", "/analyses/{org}/{project}", full),
    ("GET", "/analyses/{org}/{project}/light", light),
    ("GET", "/analyses/{org}/{project}/{slug}", single),
    ("GET", "/analyses/{org}/{project}/{slug}/crawl_statistics", statistics),
]
