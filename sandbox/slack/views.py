"""Open views: the stack of three, hashes, and what survives an update."""

import dataclasses
from collections.abc import Collection
from typing import Any

from sandbox.slack import limits, menus, surfaces, values
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.schema import said
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]


@dataclasses.dataclass
class View:
    """A modal on a person's screen, or their Home tab."""

    id: str
    user: str
    root_id: str
    previous_id: str | None
    here: str | None
    """The conversation in which the modal was opened."""
    payload: Json
    hash: str
    state: dict[str, dict[str, Json]]
    errors: dict[str, str] = dataclasses.field(default_factory=dict)
    waiting: int = 0
    """How many requests about it wait for the app."""

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.payload["blocks"]
        return blocks


class Views:
    """All open views. A person has one stack, whose last view is on top."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.clear()

    def clear(self) -> None:
        self._stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """A person's open views, the top one last."""
        return self._stacks.get(user, [])

    def all(self) -> list[View]:
        """Every open modal and Home."""
        modals = [view for stack in self._stacks.values() for view in stack]
        return [*modals, *self.homes.values()]

    def find(self, view_id: str | None = None, external_id: str | None = None) -> View:
        """An open view.

        Raises:
            SlackError: not_found, also after it was closed.
        """
        for view in self.all():
            if view_id is not None and view.id == view_id:
                return view
            if external_id is not None and view.payload.get("external_id") == external_id:
                return view
        raise SlackError("not_found")

    def open(self, user: str, payload: Json, here: str | None) -> View:
        """Show a modal; one that was open before is gone."""
        self._check_external_id(payload, but=None)
        view_id = self._workspace.new_id("V")
        view = self._view(view_id, user, payload, here, root=view_id, previous=None)
        self._stacks[user] = [view]
        return view

    def push(self, below: View, payload: Json) -> View:
        """Lay a modal on top of an open one.

        Raises:
            SlackError: push_limit_reached with three views open.
        """
        stack = self._stacks[below.user]
        if len(stack) >= limits.VIEW_STACK:
            raise SlackError("push_limit_reached")
        self._check_external_id(payload, but=None)
        view_id = self._workspace.new_id("V")
        view = self._view(
            view_id, below.user, payload, below.here, root=stack[0].id, previous=stack[-1].id
        )
        stack.append(view)
        return view

    def update(self, view: View, payload: Json, given_hash: str | None = None) -> View:
        """Replace a view's content; inputs with the same ids and type keep what was entered.

        Raises:
            SlackError: hash_conflict, or a modal that should become a Home.
        """
        if given_hash is not None and given_hash != view.hash:
            raise SlackError("hash_conflict")
        if payload["type"] != view.payload["type"]:
            raise detailed("invalid_arguments", [said("a view cannot change its type", "/view")])
        self._check_external_id(payload, but=view)
        before = view.state
        view.payload = self._normal(payload)
        view.state = self._state(view.blocks, view.here)
        for block_id, actions in view.state.items():
            for action_id, value in actions.items():
                old = before.get(block_id, {}).get(action_id)
                if old is not None and old["type"] == value["type"]:
                    actions[action_id] = old
        view.hash = self._hash()
        view.errors = {}
        return view

    def publish(self, user: str, payload: Json, given_hash: str | None) -> View:
        """Set a person's Home.

        Raises:
            SlackError: hash_conflict.
        """
        current = self.homes.get(user)
        if current is not None:
            return self.update(current, payload, given_hash)
        view_id = self._workspace.new_id("V")
        view = self._view(view_id, user, payload, None, root=view_id, previous=None)
        self.homes[user] = view
        return view

    def close(self, view: View) -> None:
        """Take a view, and what lies on it, off the screen."""
        stack = self._stacks.get(view.user, [])
        if view in stack:
            del stack[stack.index(view) :]

    def close_all(self, user: str) -> None:
        self._stacks.pop(user, None)

    def as_api(self, view: View) -> Json:
        """The view as methods and payloads show it."""
        workspace = self._workspace
        payload = view.payload
        return {
            "id": view.id,
            "team_id": workspace.team_id,
            "type": payload["type"],
            "blocks": payload["blocks"],
            "private_metadata": payload.get("private_metadata") or "",
            "callback_id": payload.get("callback_id") or "",
            "state": {"values": view.state},
            "hash": view.hash,
            "title": payload.get("title"),
            "clear_on_close": bool(payload.get("clear_on_close")),
            "notify_on_close": bool(payload.get("notify_on_close")),
            "close": payload.get("close"),
            "submit": payload.get("submit"),
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": workspace.app_id,
            "external_id": payload.get("external_id") or "",
            "app_installed_team_id": workspace.team_id,
            "bot_id": workspace.bot_id,
        }

    def _view(
        self,
        view_id: str,
        user: str,
        payload: Json,
        here: str | None,
        *,
        root: str,
        previous: str | None,
    ) -> View:
        normal = self._normal(payload)
        state = self._state(normal["blocks"], here)
        return View(view_id, user, root, previous, here, normal, self._hash(), state)

    def _check_external_id(self, payload: Json, *, but: View | None) -> None:
        external_id = payload.get("external_id")
        if external_id and any(
            view is not but and view.payload.get("external_id") == external_id
            for view in self.all()
        ):
            raise SlackError("duplicate_external_id")

    def _normal(self, payload: Json) -> Json:
        """The view with the ids that Slack makes up where the app gave none."""
        return payload | {"blocks": with_ids(self._workspace, payload["blocks"])}

    def _state(self, blocks: list[Json], here: str | None) -> dict[str, dict[str, Json]]:
        """What the elements hold at first; the current conversation where a menu offers it."""
        channel = self._workspace.channels.get(here or "")
        state: dict[str, dict[str, Json]] = {}
        for block, element, _ in surfaces.elements(blocks):
            if values.is_stateful(element):
                offered = channel is not None and menus.offers(element, channel)
                start = values.initial(element, here if offered else None)
                state.setdefault(block["block_id"], {})[element["action_id"]] = start
        return state

    def _hash(self) -> str:
        return f"{int(self._workspace.clock.now())}.{self._workspace.token(8)}"


def check(payload: Any, granted: Collection[str]) -> None:
    """Refuse what Slack would refuse in a view of an app with these scopes.

    Raises:
        SlackError: view_too_large, or invalid_arguments with the places.
    """
    if surfaces.view_bytes(payload) > limits.VIEW_BYTES:
        raise SlackError("view_too_large")
    if found := surfaces.view_problems(payload, granted):
        raise detailed("invalid_arguments", found)


def with_ids(workspace: Workspace, blocks: list[Json]) -> list[Json]:
    """Blocks and elements with the ids that Slack makes up where the app gave none."""
    result: list[Json] = [_copy(block) for block in blocks]
    for block, _ in surfaces.placed(result, ""):
        block.setdefault("block_id", workspace.token(5))
    for _, element, _ in surfaces.elements(result):
        if element["type"] != "image":
            element.setdefault("action_id", workspace.token(5))
    return result


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copy(inner) for inner in value]
    return value
