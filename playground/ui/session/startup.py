"""What a server does before its first visitor comes."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread

from playground.ui.session.app_state import run_store

FIRST_PAGE = "playground.ui.pages.train"  # takes about a second to import, in which a browser reads its scripts


@asynccontextmanager
async def before_visitors(app: object) -> AsyncIterator[None]:
    """For the `st.App`: the first page and a first run get ready while nobody waits, and nobody waits for that."""
    Thread(target=_get_ready, daemon=True).start()
    yield


def _get_ready() -> None:
    import_module(FIRST_PAGE)
    try:
        run_store()
    except OSError:
        logging.getLogger(__name__).debug("not ready yet", exc_info=True)  # the first visitor is told
