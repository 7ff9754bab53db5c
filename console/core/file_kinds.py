"""What a file given to us is, told by its first bytes and never by its name, and what of it is kept.

Five kinds are taken: JPEG, PNG, WebP, PDF and plain text. Everything else is refused with a sentence. Of a picture only
what draws it is kept: where it was taken, who took it, hidden thumbnails, texts and whatever was hung on behind its end
are left out, so the same photo becomes the same bytes on every console. Nothing is unpacked or drawn here.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from console.core.errors import Refused
from console.core.jpeg import clean_jpeg
from console.core.png import clean_png
from console.core.webp import clean_webp

MOST_BYTES = 20 << 20
"""Largest file taken."""
MOST_PIXELS = 200_000_000
"""Largest JPEG: it is drawn in steps, so a phone's best photo may be that big."""
MOST_PIXELS_WHOLE = 50_000_000
"""Largest picture of a kind that must be unpacked whole."""
LONGEST_NAME = 100


class FileKind(StrEnum):
    """Kinds of files that are taken. The values stand in stored files and are names of media types."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    TEXT = "text/plain"

    @property
    def picture(self) -> bool:
        """Whether it can be drawn."""
        return self in (FileKind.JPEG, FileKind.PNG, FileKind.WEBP)


ENDINGS: Mapping[FileKind, str] = {
    FileKind.JPEG: ".jpg",
    FileKind.PNG: ".png",
    FileKind.WEBP: ".webp",
    FileKind.PDF: ".pdf",
    FileKind.TEXT: ".txt",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that is taken."""

    kind: FileKind
    data: bytes
    width: int = 0
    """Of a picture, in pixels as stored; 0 for others."""
    height: int = 0
    placed: bool = False
    """Whether it told where it was taken, also where that was left out."""


def judge(data: bytes, *, keep_position: bool = False) -> Judged:
    """What the bytes are and what of them is kept. Raises `Refused`.

    With `keep_position` a JPEG keeps all its camera wrote, its place among it.
    """
    if not data:
        raise Refused("files.empty")
    if len(data) > MOST_BYTES:
        raise Refused("files.big", size_mb=len(data) / (1 << 20), most_mb=MOST_BYTES >> 20)
    kind = kind_of(data)
    if kind is None:
        raise Refused("files.kind", kinds="JPEG, PNG, WebP, PDF, TXT")
    if not kind.picture:
        return Judged(kind, data)
    try:
        width, height, kept, placed = _cleaned(kind, data, keep_position)
    except (ValueError, IndexError, struct.error) as trouble:
        raise Refused("files.damaged") from trouble
    most = MOST_PIXELS if kind is FileKind.JPEG else MOST_PIXELS_WHOLE
    if not 0 < width * height <= most or max(width, height) > 65_535:
        raise Refused("files.pixels", width=width, height=height, most=most // 1_000_000)
    return Judged(kind, kept, width, height, placed)


def _cleaned(kind: FileKind, data: bytes, keep_position: bool) -> tuple[int, int, bytes, bool]:
    if kind is FileKind.JPEG:
        return clean_jpeg(data, keep_exif=keep_position)
    return (clean_png if kind is FileKind.PNG else clean_webp)(data)


def kind_of(data: bytes) -> FileKind | None:
    """The kind its bytes say, None for any other."""
    if data.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileKind.WEBP
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]:
        return FileKind.PDF
    return FileKind.TEXT if _is_text(data) else None


_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PROGRAMS = ("<", "#!", "%!", "{\\rtf", "@echo")
"""Texts that some program would run, or draw as something else than a text."""


def _is_text(data: bytes) -> bool:
    if _CONTROLS.search(data) or b"%PDF-" in data[:1024]:
        return False
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not text.lstrip().lower().startswith(_PROGRAMS)


_TAKEN = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


def safe_name(name: str, kind: FileKind) -> str:
    """A file's name as it may be shown and saved: no folder, no invisible letter, the ending of its kind."""
    last = re.split(r"[/\\]", name)[-1]
    last = unicodedata.normalize("NFC", last.encode("utf-8", "replace").decode("utf-8"))
    shown = "".join(
        letter for letter in last if letter.isprintable() and unicodedata.category(letter) not in ("Cf", "Co", "Cn")
    )
    stem = re.sub(r'[<>:"|?*]+', "_", shown)
    own = ENDINGS[kind]
    known = (*ENDINGS.values(), ".jpeg", ".jpe", ".jfif")
    while any(stem.lower().endswith(each) for each in known):
        stem = stem[: stem.rindex(".")]
    stem = stem.strip(" .")[: LONGEST_NAME - len(own)].strip(" .")
    if not stem or stem.partition(".")[0].strip().lower() in _TAKEN:
        stem = f"berkas-{stem}" if stem else "berkas"
    return stem + own
