"""Registry of the participants of a workshop, on disk: `people/<id>.json`.

A browser holds a random token, the disk its SHA-256 alone: a folder that leaks lets nobody in, and a server that is
started again knows everybody as before. An entry belongs to the workshop that it was made in: another access code ends
all entries of the one before.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.storage.atomic_files import write_json
from playground.storage.json_files import load_finite_json
from playground.workshop.person import Person, person_name

FOLDER = "people"
# Entries of one address that have not opened a page yet, as every browser does at once: a share of all places, as a
# whole room may share an address behind a router, and at least so many.
LEAST_UNSEEN, UNSEEN_SHARE = 10, 0.75
UNSEEN_SECONDS = 60.0  # after which the place of such an entry is given away, where there is none left


class Full(ValueError):
    """Nobody else may come in. The message is one sentence for a person."""


class Registry:
    """Participants of the workshop `workshop` (an id, see `workshop_id`) in one home folder.

    May be asked by several threads; several servers on one home know each other's people.
    """

    def __init__(self, home: Path, workshop: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.workshop, self._clock = home / FOLDER, workshop, clock
        self._lock = threading.Lock()
        self._changed = -1  # time of the folder when it was read last
        self._by_token: dict[str, Person] = {}
        self._unseen: dict[str, tuple[str, float]] = {}  # address and time of entering, by id: no page opened yet

    def enter(self, name: str, *, presenter: bool = False, most: int, address: str = "") -> tuple[Person, str]:
        """A new participant, and the token for their browser. Raises NameRefused, Full or OSError."""
        person = Person(secrets.token_hex(6), person_name(name), presenter)
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._read()
            if not presenter:
                self._make_room(most, address)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            digest = _digest(token)
            stored = {"name": person.name, "presenter": presenter, "token_sha256": digest, "entered": time.time()}
            write_json(self._file(person.id), {**stored, "workshop": self.workshop})
            self._by_token[digest] = person
            self._unseen[person.id] = address, self._clock()
        return person, token

    def note_seen(self, person: Person) -> None:
        """This participant's browser has opened a page: their place is theirs."""
        with self._lock:
            self._unseen.pop(person.id, None)

    def remove(self, person_id: str) -> None:
        """End an entry: its token opens nothing any more, and its place is free. Raises OSError."""
        with self._lock:
            self._drop(person_id)

    def _make_room(self, most: int, address: str) -> None:
        """Raises Full where `most` take part, or one address enters again and again without opening a page."""
        now = self._clock()
        own = sum(other == address and now - since < UNSEEN_SECONDS for other, since in self._unseen.values())
        if own >= max(LEAST_UNSEEN, UNSEEN_SHARE * most):
            raise Full(f"{own} people have just entered from your network: wait a minute, then enter once more.")
        if sum(not other.presenter for other in self._by_token.values()) < most:
            return
        unseen = [(since, person_id) for person_id, (_, since) in self._unseen.items()]
        if not unseen or now - min(unseen)[0] < UNSEEN_SECONDS:
            raise Full(f"{most} people take part already, and no more than that may: ask the presenter.")
        self._drop(min(unseen)[1])

    def _drop(self, person_id: str) -> None:
        self._file(person_id).unlink(missing_ok=True)
        self._by_token = {token: other for token, other in self._by_token.items() if other.id != person_id}
        self._unseen.pop(person_id, None)

    def _file(self, person_id: str) -> Path:
        return self.folder / f"{person_id}.json"

    def person(self, token: str) -> Person | None:
        """The participant with that token; None where there is none."""
        if not token:
            return None
        with self._lock:
            self._read()
            return self._by_token.get(_digest(token))

    def people(self) -> list[Person]:
        """All participants, in the order in which they entered."""
        with self._lock:
            self._read()
            return list(self._by_token.values())

    def folder_of(self, person: Person) -> Path:
        """Folder of a participant's own things. May not exist."""
        return self.folder / person.id

    def _read(self) -> None:
        """Read the folder again where it has changed: somebody entered by another server, or a file was removed."""
        try:
            changed = self.folder.stat().st_mtime_ns
        except OSError:
            self._by_token, self._changed = {}, -1
            return
        if changed == self._changed:
            return
        found = [entry for file in self.folder.glob("*.json") if (entry := _read_entry(file, self.workshop))]
        self._by_token = {token: person for _, token, person in sorted(found, key=lambda entry: entry[0])}
        # What changes right after another change may bear the same time: until then it is read at each look.
        self._changed = changed if time.time_ns() - changed > 100_000_000 else -1


def workshop_id(*codes: str) -> str:
    """By which entries belong to the workshop with these access codes; tells nothing of them."""
    salted = "\0".join(["contrastive-playground workshop", *codes]).encode()
    return hashlib.scrypt(salted, salt=b"workshop", n=2**12, r=8, p=1, dklen=8).hex()


def _read_entry(file: Path, workshop: str) -> tuple[float, str, Person] | None:
    """Time of entering, digest of the token, and the person; None for what is no entry of this workshop."""
    try:
        stored: dict[str, Any] = load_finite_json(file)
        if stored.get("workshop", "") != workshop:
            return None
        person = Person(file.stem, person_name(str(stored["name"])), stored["presenter"] is True)
        return float(stored["entered"]), str(stored["token_sha256"]), person
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
