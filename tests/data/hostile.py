"""Zips that attack, each kind made from a seed; those of images that attack are in `hostile_images`.

Imported as `tests.data.hostile`.
"""

import stat
import struct
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from tests.data.forged import STORED, Entry, Random, among, build, good
from tests.data.hostile_images import (
    damaged_inside,
    huge_png,
    many_frames,
    metadata,
    much_text,
    one_readable,
    only_huge,
    other_formats,
    pixel_bomb,
    text_bomb,
)
from tests.data.pictures import image_bytes


def name(random: Random, *names: bytes) -> Entry:
    return Entry(names[random.integers(len(names))], image_bytes())


def slip(random: Random) -> bytes:
    return among(
        random, name(random, b"../up.png", b"a/../../up.png", b"a/..", b"..", b"../../etc/cron.d/x", b"./../x.png")
    )


def absolute(random: Random) -> bytes:
    return among(random, name(random, b"/tmp/a.png", b"//server/a.png", b"/", b"/root/.ssh/authorized_keys"))


def drive(random: Random) -> bytes:
    return among(
        random, name(random, b"C:\\a.png", b"c:/a.png", b"Z:a.png", b"C:", b"\\\\?\\C:\\a.png", b"file:/a.png")
    )


def backslashes(random: Random) -> bytes:
    return among(random, name(random, b"..\\up.png", b"a\\..\\..\\up.png", b"\\up.png", b"a/..\\x.png"))


def nul(random: Random) -> bytes:
    return among(random, name(random, b"a.png\0.txt", b"\0", b"\0../../x.png", b"a\0/b.png"))


def link(random: Random) -> bytes:
    target = (b"/etc/passwd", b"../../..", b"a.png")[random.integers(3)]
    return among(random, Entry(b"link.png", target, attributes=stat.S_IFLNK | 0o777))


def device(random: Random) -> bytes:
    """Said to be a device, a pipe, or set to run as root: of a file that is never written it does not matter."""
    kind = (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFREG | stat.S_ISUID)[random.integers(4)]
    return among(random, Entry(b"odd.png", image_bytes(), attributes=kind | 0o777))


def thousand_to_one(random: Random) -> bytes:
    return among(random, Entry(b"bomb.png", bytes(int(random.integers(1, 40)) * 10**6)))


def bomb_beside(random: Random) -> bytes:
    """In a file that is no image and therefore is not read."""
    return among(random, Entry(b"readme.txt", bytes(int(random.integers(1, 40)) * 10**6)))


def many_small_bombs(random: Random) -> bytes:
    """Each below 100:1, by a stretch of noise."""
    noise = random.bytes(30_000)
    return build([Entry(b"%d.png" % place, noise + bytes(2_900_000)) for place in range(12)])


def hundred_thousand(random: Random) -> bytes:
    local, _, central = build([Entry(b"_____.png", b"", STORED)]).partition(b"PK\1\2")
    central = (b"PK\1\2" + central).partition(b"PK\5\6")[0]
    ending = (b".png", b".txt", b"////")[random.integers(3)]
    body, directory = (
        b"".join(header.replace(b"_____.png", b"%05d" % place + ending) for place in range(100_000))
        for header in (local, central)  # all say that they are the first one
    )
    return body + directory + b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 65_535, 65_535, len(directory), len(body), 0)


def lying_count(random: Random) -> bytes:
    return build(good(), count=int(random.integers(0, 60_000)))


def lying_sizes(random: Random) -> bytes:
    """Too little, too much, nothing, four gigabytes: in one place or both."""
    claims: list[dict[str, int]] = [{}, {}]
    for claim in claims:
        for which in random.choice(["packed", "unpacked", "crc"], int(random.integers(1, 4)), replace=False):
            claim[str(which)] = int(random.choice([0, 1, 10, 1000, 2**31, 2**32 - 2]))
    noise = Entry(b"a.png", random.bytes(2000) if random.random() < 0.5 else bytes(10**6))
    noise.local, noise.central = claims[0], claims[1] if random.random() < 0.7 else {}
    return among(random, noise)


def nested(random: Random) -> bytes:
    inner = build(good())
    for _ in range(int(random.integers(1, 20))):
        inner = build([Entry(b"inner.zip", inner), Entry(b"inner.png", inner)])
    return among(random, Entry(b"more.zip", inner), Entry(b"more.png", inner))


def truncated(random: Random) -> bytes:
    content = build(good(20))
    return content[: int(random.integers(1, len(content)))]


def flipped(random: Random) -> bytes:
    content = bytearray(build(good(6)))
    for _ in range(int(random.integers(1, 12))):
        content[int(random.integers(len(content)))] ^= int(random.integers(1, 256))
    return bytes(content)


def noise(random: Random) -> bytes:
    start = (b"PK\3\4", b"PK\5\6", b"", b"\x1f\x8b")[random.integers(4)]
    return start + random.bytes(int(random.integers(1, 5000)))


def same_place(random: Random) -> bytes:
    """Many names for one file, as in the first of David Fifield's bombs."""
    kernel = Entry(b"0.png", random.bytes(3000) + bytes(100_000))
    claims = {"packed": len(kernel.packed()), "unpacked": len(kernel.content), "crc": zlib.crc32(kernel.content)}
    return build([kernel, *(Entry(b"%d.png" % place, central=claims, at=0) for place in range(1, 10_000))])


def quoted(random: Random) -> bytes:
    """Each file holds the headers of those behind it, as in the second of David Fifield's bombs."""
    kernel = Entry(b"k.png", bytes(1_000_000))
    packed = kernel.packed()
    content, entries, at = b"", [], 0
    headers = [struct.pack("<HH", 5, 0) + b"%05d" % place for place in range(int(random.integers(20, 200)))]
    tail = b"PK\3\4" + struct.pack("<H", 20) + kernel.said(packed, {}) + headers[0] + packed
    for header in headers[1:]:
        block = struct.pack("<BHH", 0, len(tail[:30]), 0xFFFF ^ len(tail[:30]))
        tail = b"PK\3\4" + struct.pack("<H", 20) + kernel.said(tail + block, {}) + header + block + tail
    content = tail
    while at >= 0:
        entries.append(at)
        at = content.find(b"PK\3\4", at + 1)
    listed = [Entry(b"%d.png" % place, kernel.content, at=offset) for place, offset in enumerate(entries)]
    directory = build(listed)
    start = bytearray(directory)
    start[-6:-2] = struct.pack("<L", len(content))  # where the directory is
    return content + bytes(start)


def duplicates(random: Random) -> bytes:
    return build([Entry(b"same.png", image_bytes((int(random.integers(256)), 0, 0))) for _ in range(5)])


def password(random: Random) -> bytes:
    flags = (0x1, 0x41, 0x2001)[random.integers(3)]
    return among(random, Entry(b"secret.png", random.bytes(100), STORED, flags))


def method(random: Random) -> bytes:
    return among(
        random, Entry(b"odd.png", image_bytes(), int(random.choice([1, 6, 9, 12, 14, 19, 93, 95, 97, 98, 99, 65535])))
    )


def polyglot(random: Random) -> bytes:
    """A zip that is something else as well, to whoever reads it from its beginning."""
    start = (image_bytes(), b"%PDF-1.7\n", b"<script>alert(1)</script>", b"#!/bin/sh\nreboot\n", b"MZ" + bytes(60))
    return start[random.integers(len(start))] + build(good())


def two_directories(random: Random) -> bytes:
    """A second zip in the comment of the first: readers disagree on which one it is."""
    inner = build([Entry(b"../up.png", image_bytes()), *good(2)])
    return build(good(), comment=inner[: int(random.integers(len(inner) - 30, len(inner) + 1))])


def long_names(random: Random) -> bytes:
    long = (b"a" * 60_000, b"a/" * 30_000, b"1a" * 30_000, "é".encode() * 30_000)[random.integers(4)]
    return among(random, Entry(long + b".png", image_bytes(), flags=0x800), Entry(long + b"/b.png", b"damaged"))


def long_bad_names(random: Random) -> bytes:
    return among(random, Entry(b"../" + b"a" * 60_000 + b".png", image_bytes()))


def odd_names(random: Random) -> bytes:
    odd = [b"\xff\xfe\x80.png", b"a\nb\r\x1b[31m.png", b"\xe2\x80\xae.png", b" .png", b"con.png", b"[x](x).png"]
    return build([Entry(given, image_bytes(), flags=int(random.choice([0, 0x800]))) for given in odd])


def zip64_lies(random: Random) -> bytes:
    content = bytearray(build(good()))
    end = content.rindex(b"PK\5\6")
    content[end + 8 : end + 20] = b"\xff" * 12
    far = (0, 2**62, len(content), 2**64 - 1)[random.integers(4)]
    locator = b"PK\6\7" + struct.pack("<LQL", 0, end if random.random() < 0.5 else far, 1)
    big = b"PK\6\6" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 2**40, 2**40, far, far)
    return bytes(content[:end] + big + locator + content[end:])


ACCEPTED = ""  # or, for refusals, what has to be in the sentence; None where both is right
KINDS: Sequence[tuple[Callable[[Random], bytes], str | None]] = (
    (slip, "leads out of the zip"),
    (absolute, "leads out of the zip"),
    (drive, "leads out of the zip"),
    (backslashes, "leads out of the zip"),
    (nul, "leads out of the zip"),
    (link, "a link"),
    (device, ACCEPTED),
    (thousand_to_one, "more than 100 times its size"),
    (bomb_beside, ACCEPTED),
    (many_small_bombs, "none can be read"),
    (hundred_thousand, "at most 20,000 are allowed"),
    (lying_count, None),
    (lying_sizes, None),
    (nested, ACCEPTED),
    (truncated, "is not a zip, or is cut off"),
    (flipped, None),
    (noise, "is not a zip, or is cut off"),
    (same_place, "overlap"),
    (quoted, "overlap"),
    (duplicates, ACCEPTED),
    (password, "protected by a password"),
    (method, "packed in an unusual way"),
    (huge_png, ACCEPTED),
    (only_huge, "none can be read"),
    (pixel_bomb, ACCEPTED),
    (text_bomb, ACCEPTED),
    (much_text, ACCEPTED),
    (metadata, ACCEPTED),
    (other_formats, "none can be read"),
    (many_frames, ACCEPTED),
    (polyglot, ACCEPTED),
    (two_directories, None),
    (long_names, ACCEPTED),
    (long_bad_names, "leads out of the zip"),
    (odd_names, None),
    (damaged_inside, ACCEPTED),
    (one_readable, "of which one can be read"),
    (zip64_lies, None),
)
COSTLY = (hundred_thousand, many_small_bombs, much_text, pixel_bomb, quoted, same_place)  # a second each


def hostile(kind: Callable[[Random], bytes], seed: int) -> bytes:
    return kind(np.random.default_rng([seed, *kind.__name__.encode()]))
