"""How a record moves: one rule for every lifecycle table, without I/O.

A table says which state follows when an event happens in a state. An event is a frozen value;
its fields are what became known, and each is written to the record's field of the same name.
So an event cannot be applied half, and what a table does not hold cannot happen.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from bot.model.delivery import Delivery
from bot.model.export import Part

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", Part, Delivery)
StateOf = TypeVar("StateOf", bound=StrEnum)


class Impossible(Exception):
    """An event that its state has no row for: a mistake in the program, never in the world."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"nothing is said about {event} in state {state}")


def follow(
    table: Mapping[tuple[StateOf, type], StateOf],
    record: Record,
    event: "DataclassInstance",
    now: datetime,
) -> Record:
    """The record after an event.

    `due_at` is now unless the event names a later time, so that work goes on at once.

    Raises:
        Impossible: the table has no row for this state and event.
    """
    rows: Mapping[Any, StateOf] = table
    state = rows.get((record.state, type(event)))
    if state is None:
        raise Impossible(record.state, type(event).__name__)
    entered = record.entered_at if state == record.state else now
    known: dict[str, Any] = {"state": state, "entered_at": entered, "due_at": now}
    known.update((field.name, getattr(event, field.name)) for field in fields(event))
    return replace(record, **known)
