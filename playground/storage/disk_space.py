"""Free space on the disk, and what stays free there."""

import shutil
from pathlib import Path

SPARE_BYTES = 1_000_000_000  # that uploads and downloads leave free, for runs


def free_bytes(path: Path) -> int:
    """Bytes that are free on the disk where `path` is, or would be made. Raises OSError."""
    there = next(place for place in (path, *path.resolve().parents) if place.exists())
    return shutil.disk_usage(there).free
