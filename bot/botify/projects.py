"""The projects of an organisation."""

from typing import Any, Final

from bot.botify.client import BotifyClient, path_to
from bot.botify.pages import all_rows
from bot.botify.subject import Subject
from bot.model.limits import BOTIFY_LIST_PAGE
from bot.model.project import SLUG, Project

MOST_PAGES: Final = 50


async def list_projects(client: BotifyClient, organisation: str) -> tuple[Project, ...]:
    """What the token's person may see there, in the order of their names.

    Raises:
        NotFound: Botify does not know the organisation.
        BotifyRefused, BotifyUnreachable: see `error_codes`.
    """

    async def ask(page: int) -> Any:
        return await client.get(
            path_to("projects", organisation),
            {"page": page, "size": BOTIFY_LIST_PAGE.value},
            subject=Subject(),
        )

    rows = await all_rows(ask, size=BOTIFY_LIST_PAGE.value, most=MOST_PAGES)
    return tuple(sorted({project for row in rows if (project := _project(row, organisation))}))


def _project(row: Any, organisation: str) -> Project | None:
    """The owner stands in `organization.slug` now, in `user.login` before 2017, or nowhere."""
    if not isinstance(row, dict) or not _is_slug(row.get("slug")):
        return None
    for key, name in (("organization", "slug"), ("user", "login")):
        owner = row.get(key)
        if isinstance(owner, dict) and _is_slug(owner.get(name)):
            return Project(owner[name], row["slug"])
    return Project(organisation, row["slug"])


def _is_slug(value: Any) -> bool:
    return isinstance(value, str) and SLUG.match(value) is not None
