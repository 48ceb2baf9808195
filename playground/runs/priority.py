"""Whose work goes first: a page that somebody waits for, then training, then maps."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def give_way(pid: int, nice: int) -> None:
    """Let other processes go before process `pid`: each step of `nice` (0 to 19) is about a fifth less of a busy core.

    Linux may share the cores out among sessions first ("autogroup", sched(7)): nice then counts only within one. A
    process that was started alone in its own had 50 % of a core beside a busy one, be it as nice as can be. Where
    neither is to be had, nothing happens.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        if os.getsid(pid) == pid:
            Path(f"/proc/{pid}/autogroup").write_text(str(nice))
