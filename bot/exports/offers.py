"""What the store knows about a draft: whether it is paid already, and how large it will be."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports import reuse
from bot.exports.requests import specify
from bot.model.draft import Draft
from bot.model.errors import WrongInput
from bot.model.settings import Settings
from storage import sizes


async def looked_up(
    connection: AsyncConnection, draft: Draft, settings: Settings, now: datetime
) -> Draft:
    """The draft with what the store knows about it: a paid export of the same, a row's length.

    Another offer than the one before is a new question: the answer to the old one is forgotten.
    """
    measured = None
    if draft.project is not None and draft.fields:
        fields = [field.id for field in draft.fields]
        measured = await sizes.bytes_per_row(connection, draft.project, fields)
    draft = replace(draft, bytes_per_row=measured)
    try:
        spec = specify(draft, settings).spec
    except WrongInput:
        return replace(draft, offer=None, again=False)
    offer = await reuse.find(connection, spec, settings, now)
    return replace(draft, offer=offer, again=draft.again and offer == draft.offer)
