"""Zips and PNGs written byte by byte, so that they can say what is not so. Imported as `tests.data.forged`."""

import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tests.data.pictures import image_bytes

Random = np.random.Generator
STORED, DEFLATED = 0, 8


@dataclass
class Entry:
    """One file in a zip: what is in it, and what is said of it, there (local) and in the directory (central)."""

    name: bytes
    content: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    attributes: int = 0  # of Unix
    local: dict[str, int] = field(default_factory=dict)  # what is claimed instead: packed, unpacked, crc
    central: dict[str, int] = field(default_factory=dict)
    at: int | None = None  # offset that is claimed, of another entry

    def packed(self) -> bytes:
        if self.method != DEFLATED:
            return self.content
        press = zlib.compressobj(9, zlib.DEFLATED, -15)
        return press.compress(self.content) + press.flush()

    def said(self, packed: bytes, claims: dict[str, int]) -> bytes:
        """From flags to the sizes: the same in both places."""
        true = {"packed": len(packed), "unpacked": len(self.content), "crc": zlib.crc32(self.content)}
        now = true | claims
        return struct.pack("<HHHHLLL", self.flags, self.method, 0, 33, now["crc"], now["packed"], now["unpacked"])


def build(entries: Iterable[Entry], comment: bytes = b"", count: int | None = None) -> bytes:
    """The zip; `count` is how many entries it claims to have."""
    body, directory, number = io.BytesIO(), io.BytesIO(), 0
    for entry in entries:
        offset = body.tell() if entry.at is None else entry.at
        packed = entry.packed()
        if entry.at is None:
            body.write(b"PK\3\4" + struct.pack("<H", 20) + entry.said(packed, entry.local))
            body.write(struct.pack("<HH", len(entry.name), 0) + entry.name + packed)
        directory.write(b"PK\1\2" + struct.pack("<HH", 0x0314, 20) + entry.said(packed, entry.central))
        directory.write(struct.pack("<HHHHHLL", len(entry.name), 0, 0, 0, 0, entry.attributes << 16, offset))
        directory.write(entry.name)
        number += 1
    claimed = min(number if count is None else count, 0xFFFE)
    end = struct.pack("<HHHHLLH", 0, 0, claimed, claimed, directory.tell(), body.tell(), len(comment))
    return body.getvalue() + directory.getvalue() + b"PK\5\6" + end + comment


def good(number: int = 3) -> list[Entry]:
    return [Entry(f"good/{place}.png".encode(), image_bytes((place * 20, 0, 0))) for place in range(number)]


def among(random: Random, *entries: Entry) -> bytes:
    """Somewhere between good images."""
    listed = good()
    for entry in entries:
        listed.insert(int(random.integers(len(listed) + 1)), entry)
    return build(listed)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels or bytes((width * 3 + 1) * height)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + body + chunk(b"IEND", b"")
