"""What a bundle says of itself, and how revisions stand in its parts. Pure: bytes in, values out.

The manifest is signed; everything else is only what its hashes name. What the signature's trusted comment says is said
in the manifest again and must be the same, so that a tool that reads only the comment is not misled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer, ConsoleError
from console.core.pieces import MOST_PIECE
from console.core.replica import Revised
from sync import archive, strict_json
from sync.seal import Identity, PublicKey

FORM = "kendali-bundle"
MANIFEST, SIGNATURE = "manifest.json", "manifest.minisig"
BUNDLE, RECEIPT = "bundle", "receipt"
MOST_MANIFEST = 1 << 20
MOST_SIGNATURE = 4096
PART_BYTES = 4 << 20
"""Revisions of about so many bytes make one part."""
MOST_PART = 32 << 20
"""No part is bigger, sealed or not packed any more: one document of 8 MB and what stands beside it."""
MOST_DAYS = 366
REVISIONS, PIECES = "part-", "file-"
"""How names of parts begin."""
_HEX64 = re.compile("[0-9a-f]{64}")
_HEX32 = re.compile("[0-9a-f]{32}")
_PLACE = re.compile(r"[a-z][a-z0-9_$()+/-]{0,200}")


class Part(NamedTuple):
    """A part as the manifest promises it."""

    name: str
    size: int
    sha256: str
    file: int
    """In which of the files it is, from 1."""


class Reached(NamedTuple):
    """Up to where a place is in a bundle: the sender's sequence, and what stood there."""

    seq: int
    doc: str
    rev: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle or a receipt says of itself."""

    kind: str
    channel: str
    """The city's pack: bundles of different ones never meet."""
    number: int
    """Milliseconds since 1970 when it was made; each one for the same receiver has a higher number."""
    expires_at: datetime
    sender: PublicKey
    audience: tuple[str, ...]
    """Fingerprints of the receivers."""
    name: str = ""
    """What the sender calls itself."""
    slots: tuple[str, ...] = ()
    """The key of its parts, for each receiver."""
    whole: bool = False
    """Everything that changed, not only what the centre lacks."""
    upto: Mapping[str, Reached] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    files: int = 1
    parts: tuple[Part, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Of a receipt: the manifest it is for with its signature, and what became of it."""

    @property
    def made_at(self) -> datetime:
        """When, by the sender's clock."""
        return from_millis(self.number)

    @property
    def comment(self) -> str:
        """What the signature says in the open."""
        expires, audience = self.expires_at.isoformat(), ",".join(self.audience)
        return f"{self.kind} channel={self.channel} version={self.number} expires={expires} audience={audience}"


def written(manifest: Manifest, by: Identity) -> tuple[bytes, bytes]:
    """Manifest and signature as they stand in the file."""
    told = {
        "form": FORM,
        "version": 1,
        "kind": manifest.kind,
        "channel": manifest.channel,
        "number": manifest.number,
        "expires_at": manifest.expires_at.isoformat(),
        "from": manifest.sender.text,
        "to": list(manifest.audience),
        "name": manifest.name,
        "slots": list(manifest.slots),
        "whole": manifest.whole,
        "upto": {place: list(reached) for place, reached in manifest.upto.items()},
        "counts": dict(manifest.counts),
        "files": manifest.files,
        "parts": [part._asdict() for part in manifest.parts],
        "answers": dict(manifest.answers),
    }
    raw = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    return raw, by.sign(raw, manifest.comment).encode("utf-8")


def read(raw: bytes, signature: bytes) -> Manifest:
    """The manifest of these bytes, signed by who it says. Raises `BadAnswer`. Whether he may be believed, and
    whether it is for us and of today, is asked elsewhere."""
    try:
        told = strict_json.strict(raw, "utf-8", MANIFEST)
        manifest = _manifest(told)
        said = manifest.sender.verify(raw, signature.decode("utf-8"))
    except BadAnswer:
        raise
    except (ConsoleError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadAnswer("sync.bundle.form", what=MANIFEST) from error
    if said != manifest.comment:
        raise BadAnswer("sync.bundle.signature")
    return manifest


def _manifest(told: Any) -> Manifest:
    if not isinstance(told, dict) or (told["form"], _count(told["version"])) != (FORM, 1):
        raise ValueError("form")
    expires_at = datetime.fromisoformat(_text(told["expires_at"], 40))
    number = _count(told["number"])
    span = expires_at - from_millis(number)
    if not timedelta(0) < span <= timedelta(days=MOST_DAYS) or millis(from_millis(number)) != number:
        raise ValueError("times")
    parts = tuple(_part(each) for each in _list(told["parts"], archive.MOST_ENTRIES))
    if len({part.name for part in parts}) != len(parts) or sum(part.size for part in parts) > archive.MOST_BYTES:
        raise ValueError("parts")
    files = _count(told["files"], 1, archive.MOST_ENTRIES)
    if any(part.file > files for part in parts) or told["kind"] not in (BUNDLE, RECEIPT):
        raise ValueError("files")
    return Manifest(
        kind=told["kind"],
        channel=_text(told["channel"], 80),
        number=number,
        expires_at=expires_at,
        sender=PublicKey.parse(_text(told["from"], 200)),
        audience=tuple(_match(each, _HEX32) for each in _list(told["to"], 20)),
        name=_text(told["name"], 200),
        slots=tuple(_text(each, 200) for each in _list(told["slots"], 20)),
        whole=_flag(told["whole"]),
        upto={_match(place, _PLACE): _reached(each) for place, each in _table(told["upto"]).items()},
        counts={_text(name, 40): _count(each) for name, each in _table(told["counts"]).items()},
        files=files,
        parts=parts,
        answers=_table(told["answers"]),
    )


def _part(told: Any) -> Part:
    size = _count(told["size"], 1, MOST_PART)
    name = archive.check_name(_text(told["name"], 64))
    return Part(name, size, _match(told["sha256"], _HEX64), _count(told["file"], 1, archive.MOST_ENTRIES))


def _reached(told: Any) -> Reached:
    seq, doc, rev = told
    return Reached(_count(seq), _text(doc, 1000), _text(rev, 200))


def _count(value: Any, least: int = 0, most: int = 1 << 53) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("number")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ValueError("text")
    return value


def _match(value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("text")
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("list")
    return value


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("table")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("flag")
    return value


def revisions_part(place: str, revisions: Sequence[Revised]) -> bytes:
    """Revisions of one place as they stand in a part, before it is packed and sealed."""
    rows = [[each.doc, list(each.path), each.deleted, each.body] for each in revisions]
    return json.dumps({"place": place, "revisions": rows}, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def read_revisions(raw: bytes, name: str) -> tuple[str, list[Revised]]:
    """Place and revisions of such a part. Raises `BadAnswer`. Whether each can be stored is the store's to say."""
    try:
        # By the plain decoder: an odd value in one document must not cost all others. Each is looked at when stored.
        told = json.loads(raw)
        place = _match(told["place"], _PLACE)
        return place, [_revised(row) for row in told["revisions"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadAnswer("sync.bundle.form", what=name) from error


def pieces_part(pieces: Sequence[bytes]) -> bytes:
    """Pieces of photos and files as they stand in a part: the length of each, then its bytes. They are known by their
    hash, and hardly ever get smaller by packing."""
    return b"".join(len(each).to_bytes(4, "big") + each for each in pieces)


def read_pieces(raw: bytes, name: str) -> list[bytes]:
    """The pieces of such a part. Raises `BadAnswer`."""
    found, at = [], 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        piece = raw[at + 4 : at + 4 + size]
        if len(piece) != size or not 0 < size <= MOST_PIECE:
            raise BadAnswer("sync.bundle.form", what=name)
        found.append(piece)
        at += 4 + size
    return found


def day(number: int) -> str:
    """When a bundle of that number was made, as it is told people."""
    return from_millis(number).strftime("%Y-%m-%d %H:%M UTC")


def is_pieces(name: str) -> bool:
    """Whether a part of that name holds pieces of files."""
    return name.startswith(PIECES)


def _revised(row: Any) -> Revised:
    doc, path, deleted, body = row
    if not isinstance(doc, str) or not isinstance(body, dict) or not isinstance(path, list) or not path:
        raise ValueError("revision")
    return Revised(doc, tuple(map(str, path)), body, deleted is True)
