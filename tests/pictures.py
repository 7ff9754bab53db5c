"""Small pictures made on the spot, and what hostile or careless people do to them."""

from __future__ import annotations

import struct
import zlib

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage

ZIP = b"PK\x03\x04" + b"\x14\0\0\0\0\0" + b"evil.exe" * 9 + b"PK\x05\x06" + bytes(18)
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(width: int = 64, height: int = 48, form: str = "JPEG", *, shade: int = 0) -> bytes:
    """A picture whose left half is dark and right half light."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(20 + shade, 40, 60))
    for x in range(width // 2, width):
        for y in range(height):
            image.setPixelColor(x, y, QColor(220, 200 - shade, (x * y) % 200))
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, form, 90)
    return bytes(held.data())


def exif(*, turn: int = 1, placed: bool = True, order: str = ">") -> bytes:
    """An Exif segment with camera, turn and place."""
    entries = [(0x010F, 2, 4, b"Cam\0"), (0x0112, 3, 1, struct.pack(f"{order}HH", turn, 0))]
    if placed:
        entries.append((0x8825, 4, 1, struct.pack(f"{order}I", 62)))
    head = (b"MM\0\x2a" if order == ">" else b"II\x2a\0") + struct.pack(f"{order}I", 8)
    body = struct.pack(f"{order}H", len(entries))
    for tag, form, count, value in entries:
        body += struct.pack(f"{order}HHI", tag, form, count) + value
    body += bytes(4)
    body += b"GPS -6.17806 106.63 RUMAH-PELAPOR"
    return segment(0xE1, b"Exif\0\0" + head + body)


def segment(marker: int, payload: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """A JPEG with more segments at its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_head(width: int, height: int) -> bytes:
    """Signature and header of a PNG."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def png_of(width: int, height: int, *more: bytes, rows: bytes = b"") -> bytes:
    """A PNG that says so of itself; its pixels are what is given."""
    return png_head(width, height) + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def hostile() -> dict[str, bytes]:
    """Files that must be refused, by what they try."""
    jpeg = picture()
    return {
        "svg with script": SCRIPT,
        "svg after a BOM and blanks": b"\xef\xbb\xbf \n\t" + SCRIPT,
        "html": b"<!doctype html><script>1</script>",
        "shell script": b"#!/bin/sh\nrm -rf ~\n",
        "batch": b"@echo off\r\ndel *.*",
        "postscript": b"%!PS-Adobe-3.0\n",
        "rtf": b"{\\rtf1\\ansi}",
        "zip": ZIP,
        "program": b"MZ\x90\0" + bytes(100),
        "elf": b"\x7fELF" + bytes(100),
        "gif": b"GIF89a" + bytes(50),
        "text with controls": b"halo\x1b[31m",
        "text of another coding": "séjour".encode("latin-1"),
        "pdf that does not begin as one": b"xx%PDF-1.7\n%%EOF",
        "pdf without end": b"%PDF-1.7\n" + bytes(2000),
        "jpeg cut off": jpeg[: len(jpeg) // 2],
        "jpeg of no picture": b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9",
        "jpeg whose segment runs past the end": b"\xff\xd8\xff\xe1\xff\xff" + bytes(10),
        "jpeg of zero length segments": b"\xff\xd8\xff\xe0\x00\x00" + bytes(10),
        "jpeg of many segments": b"\xff\xd8" + segment(0xFE, b"") * 20_000,
        "png bomb": png_of(60_000, 60_000),
        "png beyond all": png_of(0x7FFFFFFF, 0x7FFFFFFF),
        "png of nothing": png_of(0, 5),
        "png without pixels": png_head(8, 8) + chunk(b"IEND", b""),
        "png with a wrong checksum": picture(form="PNG")[:-1] + b"!",
        "png without end": picture(form="PNG")[:-12],
        "png of two headers": png_head(8, 8) + png_head(8, 8)[8:] + chunk(b"IEND", b""),
        "webp cut off": b"RIFF\xff\xff\0\0WEBPVP8 " + bytes(10),
        "webp of nothing": b"RIFF\x04\0\0\0WEBP",
        "nothing": b"",
    }
