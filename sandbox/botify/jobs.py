"""Export jobs: created, shown and listed."""

import asyncio
import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.botify import body, fates, paging, prices, queries, rows
from sandbox.botify.body import JobRequest
from sandbox.botify.errors import Refusal
from sandbox.botify.fates import FATES, Fate
from sandbox.botify.formatter import Style
from sandbox.botify.service import Route, Service
from sandbox.botify.store import SUFFIXES, Packing
from sandbox.botify.world import Person

PAGE_SIZE = 20
DAY_SECONDS = 86_400
LEAST_SECONDS = 0.001
EXPIRES, SIGNATURE = "Expires", "Signature"


@dataclasses.dataclass
class Job:
    """An export that was asked for, and paid for."""

    number: int
    user: str
    request: JobRequest
    created: float
    """Unix seconds."""
    rows: int
    """How many rows its file has."""
    credits: Decimal
    fate: str | None = None
    """Its own fate; None: what the switch `job_fate` says."""
    shown: int = 0
    """How often its state was shown: what moves it on when it goes by polls."""
    lists_missed: int = 0
    finished: bool = False
    """Ended at once by the control API."""
    downloads: int = 0

    @property
    def path(self) -> str:
        """The path of its file at the file host, without the ending."""
        digest = hashlib.sha256(f"job {self.number}".encode()).hexdigest()
        day = dt.datetime.fromtimestamp(self.created, dt.UTC).date()
        return f"/collection_exports/{digest[0]}/{digest[1]}/{digest[2]}/{digest}/botify-{day}"


async def create(service: Service, request: web.Request) -> web.Response:
    """Start a job. Whatever happens to the answer, it runs and is paid for."""
    asking = service.person(request)
    _quota(service)
    wanted = body.parse(service, asking, await queries.body(request))
    _running(service, wanted)
    count = await asyncio.to_thread(rows.count, wanted.query)
    limit = service.value("delivered_rows_limit")
    number = min(count, wanted.export_size, *([] if limit is None else [limit]))
    job = Job(
        number=next(service.job_numbers),
        user=asking.username,
        request=wanted,
        created=service.clock.now(),
        rows=number,
        credits=prices.price(number, links=wanted.query.links),
        fate=service.next_fates.pop(0) if service.next_fates else None,
        lists_missed=service.value("jobs_list_late"),
    )
    service.jobs[job.number] = job
    if service.value("failed_jobs_billed") or _fate(service, job).delivers:
        service.credits += job.credits
    if service.value("job_progress_by") == "time" and _fate(service, job).delivers:
        # Where jobs take time, their files are written meanwhile, and are there when they end.
        service.background(file(service, job))
    answer = _as_json(service, job, request)
    if not service.value("job_id_given"):
        del answer["job_id"]
    return web.json_response(answer, status=service.value("job_created_status"))


async def show(service: Service, request: web.Request) -> web.Response:
    """One job. In the polls profile this is what moves it on."""
    job = find(service, request.match_info["id"], service.person(request))
    job.shown += 1
    return web.json_response(_as_json(service, job, request))


async def listed(service: Service, request: web.Request) -> web.Response:
    """The jobs that this person can see; `job_type`, `project` and `analysis` choose."""
    asking = service.person(request)
    jobs = [job for job in service.jobs.values() if _visible(service, job, asking)]
    for key, value_of in CHOICES.items():
        if (wanted := request.query.get(key)) is not None:
            jobs = [job for job in jobs if value_of(job) == wanted]
    late = [job for job in jobs if job.lists_missed > 0]
    for job in late:
        job.lists_missed -= 1
    jobs = [job for job in jobs if job not in late]
    if service.value("jobs_list_order") == "newest":
        jobs.reverse()
    answer = paging.envelope(request, jobs, default_size=PAGE_SIZE)
    for job in answer["results"]:
        job.shown += 1
    answer["results"] = [_as_json(service, job, request) for job in answer["results"]]
    return web.json_response(answer)


CHOICES: dict[str, Callable[[Job], str]] = {
    "job_type": lambda _job: "export",
    "project": lambda job: job.request.project.slug,
    "analysis": lambda job: job.request.query.analysis.slug,
}


def find(service: Service, text: str, asking: Person | None = None) -> Job:
    """The job of that number, if this person may see it.

    Raises:
        Refusal: 1059, there is none.
    """
    jobs: dict[int, Job] = service.jobs
    job = next((job for job in jobs.values() if str(job.number) == text), None)
    if job is None or (
        asking is not None and job.request.project.organization not in asking.organizations
    ):
        raise Refusal(1059, f"no job {text}")
    return job


def finish(service: Service, job: Job) -> None:
    """Let it end now, as its fate says; one whose fate has no end is done, with a file."""
    if _fate(service, job).end is None:
        job.fate = "done"
    job.finished = True


def state(service: Service, job: Job) -> str:
    """The job's state now."""
    return fates.state(
        _fate(service, job), _progress(service, job), created_until=_created_until(service, job)
    )


def has_file(service: Service, job: Job) -> bool:
    """Whether the job has ended with a file."""
    fate = _fate(service, job)
    return fate.delivers and fate.end == state(service, job)


def pieces(job: Job, style: Style) -> Iterator[bytes]:
    """The bytes of its file before packing."""
    return rows.export(job.request.query, style, job.rows)


async def file(service: Service, job: Job) -> Path:
    """The job's file on disk, written now if that was not done yet."""
    if job.request.project.file is not None:
        return Path(job.request.project.file)
    packing = Packing(
        format=packing_of(service, job),
        members=service.value("file_gz_members"),
        name=f"{job.path.rsplit('/', 1)[-1]}.csv",
    )
    style = job.request.style(service)
    return await service.store.path(_cache_key(job, style), packing, lambda: pieces(job, style))


def bare_style(service: Service, job: Job) -> Style:
    """The style of its file without what a reader has to take off first."""
    return dataclasses.replace(job.request.style(service), print_delimiter=False, bom=False)


def packing_of(service: Service, job: Job) -> str:
    """gz, zip or plain; a prepared file is what its name says."""
    if job.request.project.file is not None:
        endings = {".gz": "gz", ".zip": "zip"}
        return endings.get("." + job.request.project.file.rsplit(".", 1)[-1], "plain")
    return "zip" if job.request.asks_zip else str(service.value("file_format"))


def as_state(service: Service, job: Job) -> dict[str, Any]:
    """What the control API shows of a job; looking does not move it on."""
    return {
        "job_id": job.number,
        "state": state(service, job),
        "user": job.user,
        "payload": job.request.payload,
        "metadata": job.request.metadata,
        "created": job.created,
        "rows": job.rows,
        "credits": float(job.credits),
        "fate": job.fate or service.value("job_fate"),
        "shown": job.shown,
        "downloads": job.downloads,
        "path": job.path,
    }


def signature(path: str, expires: int) -> str:
    """What makes a URL that ends one day the file host's own."""
    return hashlib.sha256(f"{path} {expires}".encode()).hexdigest()[:32]


def _quota(service: Service) -> None:
    limit = service.value("exports_per_day")
    since = service.clock.now() - DAY_SECONDS
    if limit is not None and sum(job.created > since for job in service.jobs.values()) >= limit:
        raise Refusal(1053, f"{limit} exports a day")


def _running(service: Service, wanted: JobRequest) -> None:
    limit = service.value("running_jobs_limit")
    if limit is None:
        return
    running = [
        job
        for job in service.jobs.values()
        if job.request.project == wanted.project and state(service, job) != _fate(service, job).end
    ]
    if len(running) >= limit:
        code = service.value("running_jobs_code")
        raise Refusal(code, f"{len(running)} running", status=service.value("running_jobs_status"))


def _fate(service: Service, job: Job) -> Fate:
    return FATES[job.fate or service.value("job_fate")]


def _progress(service: Service, job: Job) -> float:
    """0 when just created, 1 when it has ended."""
    if job.finished:
        return 1.0
    if service.value("job_progress_by") == "polls":
        return float(job.shown / max(1, service.value("job_polls")))
    return (service.clock.now() - job.created) / _seconds(service, job)


def _created_until(service: Service, job: Job) -> float:
    """Up to which progress the state is CREATED: at least in the answer to its creation."""
    if service.value("job_progress_by") == "polls":
        return float(
            (service.value("job_polls_created") + 0.5) / max(1, service.value("job_polls"))
        )
    created: float = service.value("job_seconds_created")
    return max(created, LEAST_SECONDS) / _seconds(service, job)


def _seconds(service: Service, job: Job) -> float:
    per_row: float = service.value("job_seconds_per_100k_rows") / 100_000
    seconds: float = service.value("job_seconds")
    return max(LEAST_SECONDS, seconds + job.rows * per_row)


def _visible(service: Service, job: Job, asking: Person) -> bool:
    shown = service.value("jobs_list_shows")
    if shown == "own":
        return job.user == asking.username
    return shown == "all" and job.request.project.organization in asking.organizations


USERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "name": lambda name: {"user": name},
    "object": lambda name: {"user": {"username": name}},
    "absent": lambda _name: {},
}


def _as_json(service: Service, job: Job, request: web.Request) -> dict[str, Any]:
    payload = job.request.payload
    if service.value("job_payload_echo") == "with_defaults":
        payload = body.with_defaults(payload)
    now, fate = state(service, job), _fate(service, job)
    moment = dt.datetime.fromtimestamp(job.created, dt.UTC)
    form = service.value("job_id_form")
    urls = {
        "relative": {"job_url": f"/v1/jobs/{job.number}"},
        "absolute": {"job_url": f"{request.url.origin()}/v1/jobs/{job.number}"},
        "absent": {},
    }
    answer: dict[str, Any] = {
        "job_id": job.number if form == "number" else str(job.number),
        "job_type": "export",
        **urls[service.value("job_url_form")],
        "job_status": now,
        "payload": payload,
        "date_created": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
        **USERS[service.value("job_user_form")](job.user),
        "metadata": job.request.metadata if service.value("job_metadata") == "returned" else {},
    }
    if now == fate.end:
        ended = fate.body(_download_url(service, job))
        if service.value("results_rows") and ended.get("results"):
            ended["results"]["nb_lines"] = job.rows
        return answer | ended
    return answer | ({"results": None} if service.value("running_results") == "null" else {})


def _download_url(service: Service, job: Job) -> str:
    url = f"{service.files_origin}{job.path}{SUFFIXES[packing_of(service, job)]}"
    seconds = service.value("file_url_seconds")
    if seconds is None:
        return url
    expires = int((service.clock.now() + seconds) * 1000)
    return f"{url}?{EXPIRES}={expires}&{SIGNATURE}={signature(job.path, expires)}"


def _cache_key(job: Job, style: Style) -> str:
    """Two jobs with this key have the same file."""
    project = job.request.project
    return json.dumps(
        [project.organization, project.slug, job.request.payload["query"], job.rows, repr(style)]
    )


ROUTES: list[Route] = [
    ("POST", "/jobs", create),
    ("GET", "/jobs", listed),
    ("GET", "/jobs/{id}", show),
]
