"""Export jobs: the only call of the house that costs money is `create_job`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.botify.client import BotifyClient, is_name, path_to
from bot.botify.error_codes import quoted
from bot.botify.retries import ONCE
from bot.botify.schema import UNREADABLE, JobItem, read
from bot.botify.subject import Subject
from bot.model.errors import BotifyUnreachable
from bot.model.limits import BOTIFY_LIST_PAGE
from bot.model.project import Project

EXPORT: Final = "export"
"""The job type of BQLv2 exports."""


class JobStatus(StrEnum):
    """What a job's word amounts to for us."""

    RUNNING = "running"  # queued, at work, or a word that we do not know
    DONE = "done"  # ended well; a file is expected
    FAILED = "failed"  # ended without a file


_ENDINGS: Final = {
    "DONE": JobStatus.DONE,
    "COMPLETE": JobStatus.DONE,  # in one client's list of words, never seen in an answer
    "FAILED": JobStatus.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An export job as Botify tells of it.

    Attributes:
        id: always text; Botify writes numbers. Empty in a list that names none.
        status: what its word amounts to.
        word: Botify's own, such as `PROCESSING`; may be empty.
        download_url: where the file is; None until it is done, and sometimes then.
        user: the Botify person who started it.
        created: when; None when Botify did not say.
        payload: what was asked for, as Botify repeats it; may be empty.
        metadata: what we gave with it, where Botify repeats it; may be empty.
        failure_text: Botify's own words about a failure: one clean line, or None.
    """

    id: str
    status: JobStatus
    word: str = ""
    download_url: str | None = None
    user: str | None = None
    created: datetime | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    failure_text: str | None = None


async def create_job(
    client: BotifyClient,
    payload: Mapping[str, Any],
    metadata: Mapping[str, Any] | None,
    *,
    ready: Callable[[], None] | None = None,
) -> Job:
    """Start an export. Billed, and there is no key against doing it twice: asked exactly once.

    Args:
        client: asks.
        payload: as `bql.job_payload` builds it.
        metadata: kept with the job by Botify, according to its specification; None leaves it out.
            Where Botify does not accept it, the error is QueryRefused.
        ready: called right before the request leaves; what it raises keeps it here.

    Raises:
        ProductError: `repeat` says what is known about the job: NOT_SENT when there is provably
            none and it may be asked again, DONE when Botify refused for good, UNKNOWN when there
            may be one. A good status without a readable id is UNKNOWN.
    """
    body: dict[str, Any] = {"job_type": EXPORT, "payload": dict(payload)}
    if metadata is not None:
        body["metadata"] = dict(metadata)
    answer = await client.post_once(
        path_to("jobs"), body, subject=_subject_of(payload), ready=ready
    )
    job = job_of(read(JobItem, answer))
    if job is None:
        raise BotifyUnreachable("Botify accepted the export but did not name the job.")
    return job


async def get_job(client: BotifyClient, job_id: str) -> Job:
    """A job as it is now. One try: who polls asks again anyway.

    Raises:
        NotFound: Botify does not know the job.
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """
    answer = await client.get(path_to("jobs", job_id), subject=Subject(job=job_id), patience=ONCE)
    item = read(JobItem, answer)
    job = job_of(item, asked=job_id)
    if job is None or item.job_status is None:
        raise BotifyUnreachable(UNREADABLE)
    if job.id != job_id:
        raise BotifyUnreachable("Botify answered about another export job.")
    return job


async def list_jobs(client: BotifyClient, project_name: str | None, page: int) -> tuple[Job, ...]:
    """One page of export jobs as `jobs_of` reads it, in Botify's order. One try, as `get_job`.

    Botify does not say whose jobs are listed, or in which order, and knows the project by its
    name without the organisation: the caller looks at `user` and `payload`.

    Args:
        client: asks.
        project_name: None for the jobs of all projects.
        page: from 1.

    Raises:
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """
    params: dict[str, str | int] = {
        "job_type": EXPORT,
        "page": page,
        "size": BOTIFY_LIST_PAGE.value,
    }
    if project_name is not None:
        params["project"] = project_name
    answer = await client.get(path_to("jobs"), params, patience=ONCE)
    return jobs_of(answer)


def jobs_of(answer: object) -> tuple[Job, ...]:
    """The jobs of a page; an entry that names none is a job without an id.

    What is missing from a list may be taken for what does not exist, so nothing passes for an
    empty page but a list without entries, and no entry is left out.

    Raises:
        BotifyUnreachable: it is no list.
    """
    if isinstance(answer, dict):
        answer = answer.get("results", answer.get("data"))
    if not isinstance(answer, list):
        raise BotifyUnreachable(UNREADABLE)
    return tuple(_listed(row) for row in answer)


def _listed(row: object) -> Job:
    try:
        job = job_of(read(JobItem, row))
    except BotifyUnreachable:
        job = None
    return job or Job(id="", status=JobStatus.RUNNING)


def job_of(item: JobItem, *, asked: str | None = None) -> Job | None:
    """The job in an answer; None when nothing in it names a job.

    Args:
        item: the answer.
        asked: the id to believe where the answer has none.
    """
    job_id = item.job_id or _last_part(item.job_url) or asked
    if not job_id or not is_name(job_id):
        return None
    word = (item.job_status or "").strip()
    url = item.results.get("download_url")
    return Job(
        id=job_id,
        status=_ENDINGS.get(word.upper(), JobStatus.RUNNING),
        word=word,
        download_url=url.strip() or None if isinstance(url, str) else None,
        user=_name_of(item.user),
        created=item.date_created,
        payload=item.payload,
        metadata=item.metadata,
        failure_text=_failure_text(item),
    )


def _last_part(job_url: str | None) -> str | None:
    """`/v1/jobs/4100001`, relative or absolute."""
    found = re.search(r"/jobs/([A-Za-z0-9._-]+)/?\Z", job_url or "")
    return found[1] if found else None


def _name_of(user: Any) -> str | None:
    if isinstance(user, dict):
        user = user.get("username") or user.get("login")
    return user if isinstance(user, str) and user else None


def _failure_text(item: JobItem) -> str | None:
    """No source shows a failed job, so every place where clients have looked is read."""
    places: list[Any] = [item.error, item.error_details, item.failure_reason]
    places += [item.results.get(key) for key in ("error", "error_details", "failure_reason")]
    for place in places:
        texts = [place]
        if isinstance(place, dict):
            texts = [place.get(key) for key in ("message", "detail", "type")]
        for text in texts:
            if words := quoted(text):
                return words
    return None


def _subject_of(payload: Mapping[str, Any]) -> Subject:
    """The names in a payload; it is an argument, so nothing in it is certain."""
    try:
        query = payload["query"]
        collection = str(query["collections"][0])
        fields = [str(field) for field in query["query"]["dimensions"]]
        return Subject(
            project=Project(str(payload["username"]), str(payload["project"])),
            analysis=collection.removeprefix("crawl."),
            fields=tuple(field.removeprefix(f"{collection}.") for field in fields),
            act="export from",
        )
    except (KeyError, IndexError, TypeError):
        return Subject()
