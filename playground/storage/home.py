"""Folders of the app's files, all under one home folder that can be moved or deleted as a whole."""

import os
import re
from pathlib import Path

UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{16}-")  # digits of the digest, before the name of every uploaded file


def home_folder() -> Path:
    """Home folder of the app: $PLAYGROUND_HOME, or ~/.contrastive-playground. May not exist."""
    given = os.environ.get("PLAYGROUND_HOME", "").strip()
    return Path(given).expanduser() if given else Path.home() / ".contrastive-playground"


def create_private_home(*, tighten: bool = False) -> None:
    """Creates the home folder, closed to other users of the machine. Raises OSError.

    With `tighten` also one that is there already is closed, where it is this user's: for servers of many people.
    """
    home = home_folder()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if tighten and home.stat().st_uid == os.getuid() and home.stat().st_mode & 0o077:
        home.chmod(0o700)


def cache_folder(home: Path) -> Path:
    """Folder of decoded data sets, see `playground.data.images.cache`."""
    return home / "cache"


def uploads_folder(home: Path) -> Path:
    """Folder of uploaded zips, see `playground.data.uploads.keep`."""
    return home / "uploads"


def torchvision_folder(home: Path) -> Path:
    """Root folder of torchvision's data sets."""
    return home / "torchvision"
