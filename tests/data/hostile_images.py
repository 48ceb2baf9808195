"""Zips that are sound, of images that attack: each kind made from a seed. Imported as `tests.data.hostile_images`."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.data.forged import STORED, Entry, Random, among, build, chunk, good, png
from tests.data.pictures import image_bytes


def huge_png(random: Random) -> bytes:
    side = int(random.choice([5100, 9500, 14_000, 50_000, 2**31 - 1]))
    return among(random, *(Entry(b"huge%d.png" % n, png(side, side, pixels=bytes(50)), STORED) for n in range(3)))


def only_huge(random: Random) -> bytes:
    """Nothing but images that are too large: header of a JPEG, a PNG, a WebP."""
    jpeg = bytearray(image_bytes(kind="JPEG"))
    place = jpeg.index(b"\xff\xc0") + 5
    jpeg[place : place + 4] = struct.pack(">HH", 65_500, 65_500)
    webp = b"WEBPVP8X" + struct.pack("<L", 10) + b"\2\0\0\0" + (b"\xfe\x3f\0") * 2
    webp = b"RIFF" + struct.pack("<L", len(webp)) + webp
    all_of_them = [("a.png", png(50_000, 50_000, pixels=bytes(99))), ("b.jpg", bytes(jpeg)), ("c.webp", webp)]
    return build([Entry(name.encode(), content, STORED) for name, content in all_of_them])


def pixel_bomb(random: Random) -> bytes:
    """Within 25 megapixels, of some kilobytes: allowed, and it has to stay within the memory."""
    return among(random, Entry(b"bomb.png", png(5000, int(random.integers(4000, 5001))), STORED))


def text_bomb(random: Random) -> bytes:
    """Fifty megabytes of text or of a colour profile, of fifty kilobytes."""
    bomb = zlib.compress(bytes(50_000_000), 9)
    bad = random.choice(3)
    made = (chunk(b"zTXt", b"a\0\0" + bomb), chunk(b"iCCP", b"a\0\0" + bomb), chunk(b"iTXt", b"a\0\1\0\0\0" + bomb))[
        bad
    ]
    return among(random, *(Entry(b"text%d.png" % place, png(8, 8, made), STORED) for place in range(3)))


def much_text(random: Random) -> bytes:
    """Each text is small enough, all together are not."""
    packed = zlib.compress(bytes(1_000_000))
    texts = [chunk(b"zTXt", b"%d\0\0" % place + packed) for place in range(100)]
    return among(random, Entry(b"texts.png", png(8, 8, *texts), STORED))


def metadata(random: Random) -> bytes:
    """EXIF that points to itself, claims four billion values, or is noise."""
    tags = [(0x0112, 3, 2**32 - 1, 8), (0x8769, 4, 1, 8), (0x927C, 7, 2**31, 10), (0x0112, 3, 1, 99)]
    ifd = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHLL", *tag) for tag in tags) + struct.pack("<L", 8)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + ifd + random.bytes(int(random.integers(0, 60_000)))
    jpeg, marked = image_bytes(kind="JPEG"), b"\xff\xe1" + struct.pack(">H", min(len(exif) + 2, 65_535))
    return among(random, Entry(b"exif.jpg", jpeg[:2] + marked + exif[:65_533] + jpeg[2:]))


def other_formats(random: Random) -> bytes:
    """What would start another decoder, under the name of one that is allowed."""
    made = []
    for kind in ("GIF", "BMP", "TIFF", "PDF", "EPS", "ICO", "TGA", "PPM", "JPEG2000"):
        out = io.BytesIO()
        Image.new("RGB", (16, 16)).save(out, kind)
        made.append(Entry(kind.lower().encode() + b".png", out.getvalue()))
    made.append(Entry(b"script.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n"))
    return build(made[int(random.integers(2)) :])


def many_frames(random: Random) -> bytes:
    kind = ("WEBP", "PNG")[random.integers(2)]
    frames = [Image.fromarray(random.integers(0, 256, (64, 64, 3), dtype=np.uint8)) for _ in range(40)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return among(random, Entry(f"many.{kind.lower()}".encode(), out.getvalue()))


def damaged_inside(random: Random) -> bytes:
    """Two good ones among images that are cut off, empty or noise: accepted, to be named when they are read."""
    photo = image_bytes((1, 2, 3), (64, 64), "JPEG")
    bad = [photo[: int(random.integers(4, len(photo) - 2))], b"", random.bytes(500), b"\xff\xd8\xff" + random.bytes(99)]
    return build([*good(2), *(Entry(b"bad%d.jpg" % place, content) for place, content in enumerate(bad))])


def one_readable(random: Random) -> bytes:
    return build([*good(1), *(Entry(b"bad%d.jpg" % place, random.bytes(500)) for place in range(9))])
