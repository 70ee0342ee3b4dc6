"""Beside the loop: what takes long on a large body is done in a thread, one body after another.

Two at once would take twice as long each, and the loop, which serves everybody else, would have to wait for both.
"""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

LARGE = 4 * 1024
"""Bytes; less is worked on in a few milliseconds, whatever is in it."""
Made = TypeVar("Made")
_thread = ThreadPoolExecutor(1, "large-bodies")


async def beside(size: int, work: Callable[[], Made]) -> Made:
    """Do work on so many bytes: beside the loop where they are many."""
    if size <= LARGE:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_thread, partial(_undisturbed, work))


def _undisturbed(work: Callable[[], Made]) -> Made:
    """Do work without a search for garbage meanwhile: through millions of parts it would stop everybody."""
    gc.disable()
    try:
        return work()
    finally:
        gc.enable()
