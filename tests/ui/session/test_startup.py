"""What a server does before its first visitor comes. In processes of their own: here everything is imported already."""

import subprocess
import sys

OPENED = """
import asyncio, sys, threading
from playground.ui.session import startup

async def serve():
    before = set(sys.modules)
    def run_store():
        {store}
    startup.run_store = run_store
    here = set(threading.enumerate())
    async with startup.before_visitors(object()):
        (thread,) = set(threading.enumerate()) - here
        await asyncio.to_thread(thread.join, 60)
    for name in ("playground.ui.pages.train", "torch", "umap"):
        print(name, name in before, name in sys.modules)

asyncio.run(serve())
"""


def opened(store: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", OPENED.format(store=store)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def test_the_first_page_is_imported_before_its_visitor_comes_and_nothing_slow_with_it() -> None:
    expected = ["playground.ui.pages.train False True", "torch False False", "umap False False"]
    assert opened("pass").stdout.splitlines() == expected


def test_a_home_that_cannot_be_used_is_for_the_first_visitor_to_be_told_of() -> None:
    done = opened("raise PermissionError('no home')")
    assert "Traceback" not in done.stderr and "no home" not in done.stderr
