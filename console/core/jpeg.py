"""A JPEG reduced to what draws it (ITU T.81): its tables and scans, how it is turned, its colours. No pixel is decoded.

Left out are Exif (place, time, camera, an own little picture), XMP, Photoshop's records, comments, further pictures
and all that stands behind the end.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXIF = b"Exif\0\0"
_MOST_SEGMENTS = 10_000
_TURN, _PLACE = 0x0112, 0x8825


def clean_jpeg(data: bytes, *, keep_exif: bool = False) -> tuple[int, int, bytes, bool]:
    """Width, height, the bytes that are kept, and whether it told its place. Raises `ValueError`."""
    out = [b"\xff\xd8"]
    width = height = 0
    turn, placed, scans = 1, False, 0
    for marker, segment, scan in _segments(data):
        payload = segment[4:]
        if marker in _FRAMES:
            if width:
                raise ValueError("two frames")
            height, width = struct.unpack(">HH", payload[1:5])
        if marker == _APP1 and payload.startswith(_EXIF):
            found, at = exif(payload[len(_EXIF) :])
            turn, placed = found or turn, placed or at
        if _kept(marker, payload) or (keep_exif and marker == _APP1 and payload.startswith(_EXIF)):
            out.append(segment + scan)
        scans += marker == _SOS
    if not (width and height and scans):
        raise ValueError("no picture in it")
    if turn != 1 and not keep_exif:
        out.insert(1, _turned(turn))
    out.append(b"\xff\xd9")
    return width, height, b"".join(out), placed


def _kept(marker: int, payload: bytes) -> bool:
    if marker in _FRAMES or marker in _TABLES or marker == _SOS:
        return True
    if marker == _APP0:
        return payload.startswith(b"JFIF\0")
    if marker == _APP2:
        return payload.startswith(b"ICC_PROFILE\0")
    return marker == _APP14 and payload.startswith(b"Adobe")


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Marker, its segment with marker and length, and for a scan the coded bytes after it, up to the end marker."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if data[at] != 0xFF:
            raise ValueError(f"no marker at {at}")
        marker = data[at + 1]
        if marker == _EOI:
            return
        if marker in (0x00, 0x01, _SOI) or 0xD0 <= marker <= 0xD7:
            raise ValueError(f"marker {marker:02x} at {at}")
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4].ljust(2, b"\0"))[0]
        if end < at + 4 or end > len(data):
            raise ValueError(f"segment past the end at {at}")
        segment = data[at:end]
        at = end
        scan = b""
        if marker == _SOS:
            found = _AFTER_SCAN.search(data, end)
            if found is None:
                raise ValueError("cut off")
            at = found.start()
            scan = data[end:at]
        yield marker, segment, scan
    raise ValueError("too many segments")


def exif(raw: bytes) -> tuple[int, bool]:
    """How the picture is turned (1 to 8, 0 where it does not say), and whether it tells its place. Damaged: (0, True):
    what cannot be read may tell it."""
    order = {b"II": "<", b"MM": ">"}.get(raw[:2])
    if order is None:
        return 0, False
    try:
        start = struct.unpack_from(f"{order}I", raw, 4)[0]
        count = struct.unpack_from(f"{order}H", raw, start)[0]
        turn, placed = 0, False
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, form = struct.unpack_from(f"{order}HH", raw, place)
            placed = placed or tag == _PLACE
            if tag == _TURN and form == 3:
                turn = struct.unpack_from(f"{order}H", raw, place + 8)[0]
    except struct.error:
        return 0, True
    return (turn if 1 <= turn <= 8 else 0), placed


def _turned(turn: int) -> bytes:
    """An Exif segment that says how the picture is turned and nothing else."""
    tiff = b"MM\0\x2a\0\0\0\x08" + struct.pack(">HHHIHHI", 1, _TURN, 3, 1, turn, 0, 0)
    body = _EXIF + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
