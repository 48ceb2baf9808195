"""Uploads of each participant: in a workshop nobody may name any other path of the server's disk."""

import threading
from pathlib import Path

from playground.storage.atomic_files import write_json
from playground.storage.json_files import load_finite_json

FILE = "uploads.json"
_adding = threading.Lock()  # of all sessions: else of two lists that are written at once one is lost


class Uploads:
    """Uploads of one participant; `path in uploads` compares the path, and never follows it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE

    def add(self, path: Path) -> None:
        """Notes a path as uploaded by this participant. Raises OSError."""
        with _adding:
            known = self._known()
            if str(path) not in known:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_json(self.file, [*known, str(path)])

    def __contains__(self, path: object) -> bool:
        return str(path) in self._known()

    def _known(self) -> list[str]:
        try:
            stored = load_finite_json(self.file)
            return [str(path) for path in stored] if isinstance(stored, list) else []
        except (OSError, ValueError):
            return []
