"""Who takes part, on disk: `people/<id>.json`. A browser holds a random token, the disk its SHA-256 alone.

So a folder that leaks lets nobody in; and a server that is started again knows everybody as before.
"""

import hashlib
import json
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from playground.storage.atomic_files import write_json
from playground.workshop.person import Person, person_name

FOLDER = "people"


class Full(ValueError):
    """Nobody else may come in. The message is one sentence for a person."""


class Registry:
    """Of one home. May be asked by several threads; several servers on one home know each other's people."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER
        self._alone = threading.Lock()
        self._changed = -1  # time of the folder when it was read last
        self._by_token: dict[str, Person] = {}

    def enter(self, name: str, *, presenter: bool = False, most: int) -> tuple[Person, str]:
        """Somebody new, and the token for their browser. Raises NameRefused, Full or OSError."""
        person = Person(secrets.token_hex(6), person_name(name), presenter)
        token = secrets.token_urlsafe(32)
        with self._alone:
            self._read()
            if not presenter and sum(not other.presenter for other in self._by_token.values()) >= most:
                raise Full(f"{most} people take part already, and no more than that may: ask the presenter.")
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            digest = _digest(token)
            stored = {"name": person.name, "presenter": presenter, "token_sha256": digest, "entered": time.time()}
            write_json(self.folder / f"{person.id}.json", stored)
            self._by_token[digest] = person
        return person, token

    def person(self, token: str) -> Person | None:
        """Whose token it is."""
        if not token:
            return None
        with self._alone:
            self._read()
            return self._by_token.get(_digest(token))

    def people(self) -> list[Person]:
        """Everybody, in the order in which they came."""
        with self._alone:
            self._read()
            return list(self._by_token.values())

    def folder_of(self, person: Person) -> Path:
        """Where their own things are kept. May not exist."""
        return self.folder / person.id

    def _read(self) -> None:
        """Once more where the folder has changed: somebody came in by another server, or a file was removed."""
        try:
            changed = self.folder.stat().st_mtime_ns
        except OSError:
            self._by_token, self._changed = {}, -1
            return
        if changed == self._changed:
            return
        found = [entry for file in self.folder.glob("*.json") if (entry := _entry(file))]
        self._by_token = {token: person for _, token, person in sorted(found, key=lambda entry: entry[0])}
        # What changes right after another change may bear the same time: until then it is read at each look.
        self._changed = changed if time.time_ns() - changed > 100_000_000 else -1


def _entry(file: Path) -> tuple[float, str, Person] | None:
    """When they came, their token's digest, and who they are; None for a file that is none of ours."""
    try:
        stored: dict[str, Any] = json.loads(file.read_text())
        person = Person(file.stem, person_name(str(stored["name"])), stored["presenter"] is True)
        return float(stored["entered"]), str(stored["token_sha256"]), person
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
