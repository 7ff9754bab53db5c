"""A PNG reduced to what draws it (W3C PNG): header, palette, pixels, transparency, brightness. Nothing is unpacked.

Left out are texts, Exif, colour profiles and animations (all may hold packed bombs or what nobody should see), and
all that stands behind the end.
"""

from __future__ import annotations

import struct
import zlib

_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"pHYs"})
_TELLING = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
_MOST_CHUNKS = 100_000


def clean_png(data: bytes) -> tuple[int, int, bytes, bool]:
    """Width, height, the bytes that are kept, and whether it may have told its place. Raises `ValueError`."""
    out = [data[:8]]
    width = height = 0
    pixels = telling = False
    at = 8
    for _ in range(_MOST_CHUNKS):
        length, name = struct.unpack(">I4s", data[at : at + 8].ljust(8, b"\0"))
        end = at + 12 + length
        if end > len(data):
            raise ValueError(f"chunk past the end at {at}")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise ValueError(f"checksum at {at}")
        if (name == b"IHDR") != (at == 8):
            raise ValueError("no header, or two")
        if name == b"IHDR":
            if length != 13:
                raise ValueError("header of another length")
            width, height = struct.unpack(">II", data[at + 8 : at + 16])
        pixels = pixels or name == b"IDAT"
        telling = telling or name in _TELLING
        if name in _KEPT:
            out.append(data[at:end])
        elif not name[0] & 0x20:
            raise ValueError(f"unknown chunk {name!r}")
        at = end
        if name == b"IEND":
            if not pixels:
                raise ValueError("no pixels")
            return width, height, b"".join(out), telling
    raise ValueError("too many chunks")
