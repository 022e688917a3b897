"""A last look at the fields of a request before a job is made of it, and billed.

Between the choice and the job may lie a night: an export waits while others of its project run,
while Botify limits requests, or while this program does not run. A field can be gone by then.
"""

from collections.abc import Sequence

from bot.exports.context import Context
from bot.exports.effects import Effect, perform
from bot.model.errors import ProductError, WrongField
from bot.model.field import Field
from bot.model.filters import fields_of
from bot.model.specification import Specification

NAMED = 3
"""Lacking fields that the sentence names."""


def lacking(spec: Specification, known: Sequence[Field]) -> tuple[str, ...]:
    """Columns that Botify would not give, and fields of the filter that it would not know."""
    columns = {field.id for field in known if field.selectable}
    every = {field.id for field in known}
    looked_at = fields_of(spec.filter) if spec.filter else ()
    gone = [field for field in spec.fields if field not in columns]
    gone += [field for field in looked_at if field not in every]
    return tuple(dict.fromkeys(gone))


def refusal(spec: Specification, known: Sequence[Field]) -> WrongField | None:
    """Why no job should be made, or None."""
    gone = lacking(spec, known)
    if not gone:
        return None
    named = ", ".join(gone[:NAMED]) + (" and others" if len(gone) > NAMED else "")
    return WrongField(
        f"The analysis {spec.analysis} no longer has {named}; nothing was started, "
        "nothing was paid.",
        "Start a new export with other fields.",
    )


async def check(context: Context, spec: Specification, subject: str) -> WrongField | None:
    """Why no job should be made, as far as can be seen.

    The list of fields is asked for only where it is not at hand or too old. Where it cannot be
    had the request goes its way: Botify checks the names itself, and what is wrong with the
    token, the project or the network is told by the answer to that.
    """
    fields = context.catalogue.fields(spec.project, spec.analysis)
    try:
        known = await perform(context, Effect.CHECK_FIELDS, subject, fields)
    except ProductError:
        return None
    return refusal(spec, known)
