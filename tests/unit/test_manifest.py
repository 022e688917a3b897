"""`manifest.yml` lists exactly the scopes, commands and events that the code uses."""

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.slack.manifest import read_manifest, required_scopes
from handlers.commands import COMMAND
from sandbox.slack.methods.table import METHODS
from sandbox.slack.scopes import READ, WRITE

TOP = Path(__file__).parents[2]

OF_CONVERSATIONS = {
    "conversations.info": set(READ.values()),
    "conversations.open": {WRITE["im"]},  # a person and the app; group messages are not opened
}
"""Methods whose scope depends on the conversation; people may choose any kind."""


def sources(*folders: str) -> Iterator[ast.AST]:
    for folder in folders or ("bot", "handlers"):
        for path in (TOP / folder).rglob("*.py"):
            yield from ast.walk(ast.parse(path.read_text()))


def methods_used() -> set[str]:
    """Names of Web API methods that stand as text in the code, `views_open` calls among them."""
    found = {
        node.value
        for node in sources()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in METHODS
    }
    dotted = {method.replace(".", "_"): method for method in METHODS}
    called = {node.attr for node in sources() if isinstance(node, ast.Attribute)}
    return found | {dotted[name] for name in called if name in dotted}


def listened_to(kind: str) -> set[str]:
    """The first argument of each `app.<kind>(...)` in the handlers, as it is written."""
    found = set()
    for node in sources("handlers"):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == kind
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "app"
        ):
            found.add(ast.unparse(node.args[0]))
    return found


def test_the_scopes_are_those_of_the_methods_that_are_called() -> None:
    """No scope too few, and none that a security review would have to ask about."""
    used = methods_used()
    assert {"chat.postMessage", "files.completeUploadExternal", "conversations.info"} <= used
    needed = {"commands"}
    for method in used:
        needed |= OF_CONVERSATIONS.get(method, set())
        needed |= {METHODS[method].scope} - {None}
    assert needed == required_scopes()


def test_the_commands_are_those_that_are_listened_to() -> None:
    """A command of the manifest that nobody hears would fail for everyone who types it."""
    names = [command["command"] for command in read_manifest()["features"]["slash_commands"]]
    assert names == [COMMAND]
    assert listened_to("command") == {"COMMAND", "ANY"}


def test_no_event_is_subscribed_because_none_is_listened_to() -> None:
    """Events would come thirty thousand an hour, and need scopes."""
    assert listened_to("event") == set()
    assert listened_to("message") == set()
    assert "event_subscriptions" not in read_manifest()["settings"]
