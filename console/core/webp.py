"""A WebP reduced to what draws it (RFC 9649): pixels and transparency. Nothing is unpacked.

Left out are Exif, XMP, colour profiles, and all that stands behind the end. Animations are refused.
"""

from __future__ import annotations

import struct

_KEPT = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH")
_ALPHA = 0x10
_TELLING = (b"EXIF", b"XMP ")
_MOST_CHUNKS = 1000


def clean_webp(data: bytes) -> tuple[int, int, bytes, bool]:
    """Width, height, the bytes that are kept, and whether it may have told its place. Raises `ValueError`."""
    size = struct.unpack("<I", data[4:8])[0] + 8
    if size > len(data):
        raise ValueError("cut off")
    kept: list[bytes] = []
    sizes: list[tuple[int, int]] = []
    telling = pixels = False
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > size:
            break
        name, length = struct.unpack("<4sI", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if len(body) != length or at + 8 + length > size:
            raise ValueError(f"chunk past the end at {at}")
        if name == b"ANMF":
            raise ValueError("animated")
        telling = telling or name in _TELLING
        if name in _KEPT:
            if name == b"VP8X":
                body = bytes([body[0] & _ALPHA]) + body[1:10]
            pixels = pixels or name in (b"VP8 ", b"VP8L")
            sizes.extend(_sizes(name, body))
            kept.append(name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1))
        at += 8 + length + (length & 1)
    if not pixels or len(set(sizes)) != 1:
        raise ValueError("no picture in it, or several")
    inner = b"WEBP" + b"".join(kept)
    return *sizes[0], b"RIFF" + struct.pack("<I", len(inner)) + inner, telling


def _sizes(name: bytes, body: bytes) -> list[tuple[int, int]]:
    if name == b"VP8X":
        return [(1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))]
    if name == b"VP8 ":
        if body[3:6] != b"\x9d\x01\x2a":
            raise ValueError("no key frame")
        width, height = struct.unpack("<HH", body[6:10])
        return [(width & 0x3FFF, height & 0x3FFF)]
    if name == b"VP8L":
        if body[0] != 0x2F:
            raise ValueError("no lossless picture")
        bits = int.from_bytes(body[1:5], "little")
        return [(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))]
    return []
