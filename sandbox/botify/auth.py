"""Who asks, and what that person may see."""

from aiohttp import web

from sandbox.botify.errors import Refusal
from sandbox.botify.world import Person, Project, World

SCHEME = "token"


def person(request: web.Request, world: World) -> Person:
    """The person whose token the request carries.

    Raises:
        Refusal: 1001, there is no token, or nobody has it.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or token not in world.people:
        raise Refusal(1001, "Authorization: Token <token> is required")
    return world.people[token]


def organization(asking: Person, world: World, name: str) -> None:
    """Check that the person may see an organisation.

    Raises:
        Refusal: 1007, there is none of that name; 1002, the person may not see it.
    """
    if name in asking.organizations:
        return
    if any(organization == name for organization, _ in world.projects):
        raise Refusal(1002, f"{asking.username} has no access to {name}")
    raise Refusal(1007, f"no user or organisation {name}")


def project(asking: Person, world: World, name: str, slug: str) -> Project:
    """The project, if the person may see it.

    Raises:
        Refusal: 1002, 1007 or 1010.
    """
    organization(asking, world, name)
    return world.project(name, slug)
