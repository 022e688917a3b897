"""The analyses of a project."""

from typing import Any, Final

from bot.botify.client import BotifyClient, is_name, path_to
from bot.botify.pages import all_rows
from bot.botify.schema import AnalysisItem, read, readable
from bot.botify.subject import Subject
from bot.model.analysis import Analysis, newest_first
from bot.model.errors import WrongAnalysis
from bot.model.limits import BOTIFY_LIST_PAGE
from bot.model.project import Project

MOST_PAGES: Final = 50
"""5,000 analyses: one a day for thirteen years."""


async def list_analyses(client: BotifyClient, project: Project) -> tuple[Analysis, ...]:
    """All analyses, newest first, unfinished ones included.

    Raises:
        NotFound: Botify does not know the project.
        PermissionRefused: the token's person may not see it.
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """
    size = BOTIFY_LIST_PAGE.value

    async def ask(page: int) -> Any:
        return await client.get(
            path_to("analyses", project.organisation, project.name, "light"),
            # left out, it is true, and hides a crawl that runs or failed
            {"page": page, "size": size, "only_success": "false"},
            subject=Subject(project=project),
        )

    rows = await all_rows(ask, size=size, most=MOST_PAGES)
    known = {item.slug: _analysis(item) for item in readable(AnalysisItem, rows)}
    return tuple(newest_first(list(known.values())))


async def get_analysis(client: BotifyClient, project: Project, slug: str) -> Analysis:
    """One analysis as it is now.

    Raises:
        WrongAnalysis: this cannot be the name of an analysis.
        NotFound: Botify does not know it.
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """
    if not is_name(slug):
        raise WrongAnalysis(
            f"{slug[:60]!r} cannot be the name of an analysis.",
            "Choose one from the list, such as 20240101 or 20240101-2.",
        )
    answer = await client.get(
        path_to("analyses", project.organisation, project.name, slug),
        subject=Subject(project=project, analysis=slug),
    )
    return _analysis(read(AnalysisItem, answer))


def _analysis(item: AnalysisItem) -> Analysis:
    return Analysis(
        slug=item.slug,
        name=(item.friendly_name or item.name).strip(),
        status=item.status,
        urls=item.urls_done,
        launched=item.date_launched,
        to_be_deleted=item.to_be_deleted_at,
    )
