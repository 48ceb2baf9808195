"""Start of a server: what is done before its first visitor comes, and watched for as long as it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread

from playground.ui.session.app_state import run_store
from playground.ui.session.current_user import workshop
from playground.workshop.capacity import DESCRIPTORS_OWN, raise_descriptor_limit
from playground.workshop.connections import ConnectionLimits, ConnectionWatch

ALONE = 40  # people for whom there are descriptors where there is no workshop: pages in tabs of one or two browsers
FIRST_PAGE = "playground.ui.pages.train"  # takes about a second to import, in which a browser reads its scripts


@asynccontextmanager
async def before_visitors(app: object) -> AsyncIterator[None]:
    """For the `st.App`: the first page and a first run get ready while nobody waits, and nobody waits for that."""
    allowed = workshop()
    descriptors = raise_descriptor_limit(allowed.people if allowed else ALONE)
    watch = ConnectionWatch(ConnectionLimits(max(1, descriptors - DESCRIPTORS_OWN)))
    watching = asyncio.create_task(watch.run())
    Thread(target=_get_ready, daemon=True).start()
    yield
    watching.cancel()


def _get_ready() -> None:
    import_module(FIRST_PAGE)
    try:
        run_store()
    except OSError:
        logging.getLogger(__name__).debug("not ready yet", exc_info=True)  # the first visitor is told
