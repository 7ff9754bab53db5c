"""Packed bytes, unpacked within a limit: what was packed to harm is noticed while it grows, and nothing is filled."""

from __future__ import annotations

import zlib


class TooMuch(ValueError):
    """More comes out than may."""


def unpacked(data: bytes, most: int) -> bytes:
    """What zlib packed, whole and alone. Raises `TooMuch` where it is more than `most` bytes, `ValueError` where it is
    cut off, garbled or followed by anything."""
    machine = zlib.decompressobj()
    try:
        out = machine.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError("garbled") from error
    if len(out) > most:
        raise TooMuch
    if not machine.eof or machine.unused_data:
        raise ValueError("cut off or followed")
    return out
