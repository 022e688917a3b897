"""How far a crawl is that has not finished: `/analyses/{org}/{project}/{slug}/crawl_statistics`."""

from dataclasses import dataclass

from bot.botify.client import BotifyClient, path_to
from bot.botify.schema import Count, Tolerant, read
from bot.botify.subject import Subject
from bot.model.project import Project


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """Pages crawled so far, and pages known so far; the latter grow while the crawl runs."""

    done: int
    known: int


class Statistics(Tolerant):
    """The keys that we use; the spelling is Botify's."""

    pages_dones: Count = 0
    pages_known: Count = 0


async def ask_progress(client: BotifyClient, project: Project, slug: str) -> CrawlProgress:
    """How far a running crawl is.

    Raises:
        BotifyRefused: Botify has no such figures (1011), or refused.
        BotifyUnreachable: no usable answer.
    """
    answer = await client.get(
        path_to("analyses", project.organisation, project.name, slug, "crawl_statistics"),
        subject=Subject(project=project, analysis=slug),
    )
    found = read(Statistics, answer)
    return CrawlProgress(done=found.pages_dones, known=found.pages_known)
