"""views.open, views.push, views.update, views.publish."""

from typing import Any

from sandbox.slack import views
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.platform import Platform
from sandbox.slack.schema import said

Json = dict[str, Any]


def open_(platform: Platform, arguments: Json) -> Json:
    """Show a modal to the person whose trigger this is."""
    trigger = platform.triggers.look(arguments.get("trigger_id"))
    _modal(platform, arguments["view"])
    view = platform.views.open(trigger.user, arguments["view"], trigger.channel)
    trigger.exchanged = True
    platform.bus.tell("view", user=view.user)
    return {"view": platform.views.as_api(view)}


def push(platform: Platform, arguments: Json) -> Json:
    """Lay a modal on the one that the trigger came from."""
    trigger = platform.triggers.look(arguments.get("trigger_id"))
    _modal(platform, arguments["view"])
    below = platform.views.find(trigger.view_id) if trigger.view_id is not None else None
    if below is None:
        raise SlackError("not_found")
    view = platform.views.push(below, arguments["view"])
    trigger.exchanged = True
    platform.bus.tell("view", user=view.user)
    return {"view": platform.views.as_api(view)}


def update(platform: Platform, arguments: Json) -> Json:
    """Replace the content of an open view."""
    views.check(arguments["view"], platform.manifest.scopes)
    view = platform.views.find(arguments.get("view_id"), arguments.get("external_id"))
    platform.views.update(view, arguments["view"], arguments.get("hash"))
    platform.bus.tell("home" if view.payload["type"] == "home" else "view", user=view.user)
    return {"view": platform.views.as_api(view)}


def publish(platform: Platform, arguments: Json) -> Json:
    """Set a person's Home tab."""
    views.check(arguments["view"], platform.manifest.scopes)
    if not platform.manifest.home_tab:
        raise SlackError("not_enabled")
    person = platform.workspace.people.get(arguments["user_id"])
    if person is None:
        raise SlackError("user_not_found")
    if arguments["view"]["type"] != "home":
        raise detailed("invalid_arguments", [said("must be a home view", "/view/type")])
    view = platform.views.publish(person.id, arguments["view"], arguments.get("hash"))
    platform.bus.tell("home", user=person.id)
    return {"view": platform.views.as_api(view)}


def _modal(platform: Platform, payload: Any) -> None:
    views.check(payload, platform.manifest.scopes)
    if payload["type"] != "modal":
        raise detailed("invalid_arguments", [said("must be a modal", "/view/type")])
