"""Environment of the processes that this app starts: without secrets, and with what they write in the home folder."""

import os

from playground.storage.home import home_folder

SECRET_PREFIX = "PLAYGROUND_WORKSHOP"  # access codes: a process that opens a stranger's file has no use for them
COMPILED = "TORCHINDUCTOR_CACHE_DIR"  # by default /tmp/torchinductor_<user>: pickles at a place that others can take


def child_environment(**changes: str) -> dict[str, str]:
    """The environment of this process without secrets, with `changes`."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(SECRET_PREFIX)}
    return {COMPILED: str(home_folder() / "compiled"), **known, **changes}
