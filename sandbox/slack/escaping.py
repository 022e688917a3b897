"""How Slack rewrites what a person types into a command: `should_escape` of the manifest."""

import re
from collections.abc import Callable

from sandbox.slack.workspace import Workspace

LINK = re.compile(
    r"https?://\S+|(?<![\w@/])(?:[a-z0-9-]+\.)+(?:com|org|net|io)(?:/\S*)?", re.IGNORECASE
)
PERSON = re.compile(r"@([a-z0-9._-]+)", re.IGNORECASE)
CHANNEL = re.compile(r"#([a-z0-9_-]+)", re.IGNORECASE)


def _bare(url: str) -> str:
    return f"<{url}>" if url.startswith("http") else f"<http://{url}|{url}>"


def _labelled(url: str) -> str:
    return f"<{url}|{url.partition('://')[2]}>" if url.startswith("http") else _bare(url)


WRAP: dict[str, Callable[[str], str]] = {"bare": _bare, "labelled": _labelled, "raw": str}


def entities(text: str) -> str:
    """The three characters that Slack's markup needs for itself."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped(workspace: Workspace, text: str, links: str) -> str:
    """The text of a command with its mentions, channels and links in Slack's markup.

    `links` is how links come: `bare`, `labelled` or `raw`.
    """
    pieces: list[str] = []
    end = 0
    for found in LINK.finditer(text):
        pieces.append(_names(workspace, entities(text[end : found.start()])))
        pieces.append(WRAP[links](entities(found.group())))
        end = found.end()
    pieces.append(_names(workspace, entities(text[end:])))
    return "".join(pieces)


def _names(workspace: Workspace, text: str) -> str:
    people = {person.name: person for person in workspace.people.values()}
    channels = {channel.name: channel for channel in workspace.channels.values() if channel.name}

    def person(found: re.Match[str]) -> str:
        known = people.get(found.group(1))
        return f"<@{known.id}|{known.name}>" if known else found.group()

    def channel(found: re.Match[str]) -> str:
        known = channels.get(found.group(1))
        if known is None:
            return found.group()
        return f"<#{known.id}|{known.name if known.kind == 'public' else ''}>"

    return CHANNEL.sub(channel, PERSON.sub(person, text))
