"""Work after an acknowledgement, when the process ends."""

import gc

from bot.model.errors import ProductError
from handlers.background import Background


async def test_what_is_ended_before_its_first_step_is_ended_cleanly() -> None:
    """A stop right after an acknowledgement leaves no warning about work that never began."""

    async def work() -> None:
        """Never begun."""

    async def tell(_error: ProductError) -> None:
        """Nobody is told."""

    background = Background()
    background.start(work(), name="never begun", tell=tell)
    await background.close()
    gc.collect()
