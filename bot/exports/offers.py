"""Whether what a draft asks for is there already, as of now: looked up with every change of it."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports import reuse
from bot.exports.requests import specify
from bot.model.draft import Draft
from bot.model.errors import WrongInput
from bot.model.settings import Settings


async def with_offer(connection: AsyncConnection, draft: Draft, settings: Settings) -> Draft:
    """The draft with the export that would give the same for nothing, or with none.

    Another offer than the one before is a new question: the answer to the old one is forgotten.
    """
    try:
        spec = specify(draft, settings).spec
    except WrongInput:
        return replace(draft, offer=None, again=False)
    found = await reuse.find(connection, spec, guard=settings.guard_cells)
    offer = reuse.offer_of(found) if found else None
    same = offer is not None and draft.offer is not None and offer == draft.offer
    return replace(draft, offer=offer, again=draft.again and same)
