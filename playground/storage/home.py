"""Where the app keeps its files. Everything under one folder, so that it can be moved or deleted as a whole."""

import os
from pathlib import Path


def home_folder() -> Path:
    """The folder of the app: $PLAYGROUND_HOME, or .contrastive-playground in the person's own folder. May not exist."""
    given = os.environ.get("PLAYGROUND_HOME", "").strip()
    return Path(given).expanduser() if given else Path.home() / ".contrastive-playground"


def cache_folder(home: Path) -> Path:
    """Data sets that were decoded once, see `playground.data.images.cache`."""
    return home / "cache"


def uploads_folder(home: Path) -> Path:
    """Zips that came through the browser, see `playground.data.uploads.keep`."""
    return home / "uploads"


def torchvision_folder(home: Path) -> Path:
    """The root that torchvision's data sets are read from and downloaded to."""
    return home / "torchvision"
