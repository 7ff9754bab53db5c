"""Attachments on their way in: bytes go to the disk first, the document then speaks of them by a stub.

A stub that comes in is good for what its own document held before, and for nothing else: bytes are named by what is
in them, and who may not read a document must not get at its photos by naming them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.core.errors import Refused
from console.store.blobs import Blob, Blobs
from sync.relay.faults import Fault, bad
from sync.relay.papers import Paper

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A document's body with its stubs, and the bytes that came with it."""

    body: Mapping[str, Any]
    blobs: tuple[Blob, ...] = ()


def enclose(
    paper: Paper,
    generation: int,
    before: Mapping[str, Any],
    blobs: Blobs,
    following: Mapping[str, bytes] | None = None,
) -> Enclosed:
    """The body as it is stored.

    `before`: stubs of the revision it stands on. `blobs` keeps bytes. `following`: parts of a multipart request. A stub
    of nothing raises `Fault` 412.
    """
    if not paper.attachments:
        return Enclosed(paper.body)
    stubs: dict[str, Any] = {}
    kept: list[Blob] = []
    for name, given in paper.attachments.items():
        data = _data(name, given, following or {})
        if data is None:
            stubs[name] = _stub(name, given, before.get(name))
            continue
        blob = keep(blobs, data)
        kept.append(blob)
        revpos = given.get("revpos")
        stubs[name] = stub(blob, given.get("content_type"), revpos if isinstance(revpos, int) else generation)
    return Enclosed({**paper.body, "_attachments": stubs}, tuple(kept))


def keep(blobs: Blobs, data: bytes) -> Blob:
    """Bytes on the disk. Too many raise `Fault` 413, a full disk `DiskTrouble`."""
    try:
        return blobs.keep(data)
    except Refused as refusal:
        raise Fault(413, "attachment_too_large", "An attachment is larger than 8 MB") from refusal


def stub(blob: Blob, kind: Any, revpos: int) -> dict[str, Any]:
    """How a document speaks of those bytes."""
    return {"content_type": kind_of(kind), "digest": blob.digest, "length": blob.length, "revpos": revpos, "stub": True}


def kind_of(given: Any) -> str:
    """The content type somebody gave, as it may stand in a header."""
    return given if isinstance(given, str) and given.isprintable() and 0 < len(given) < 200 else OCTETS


def stubs_of(body: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The attachments a stored document speaks of, {} where it speaks of none soundly: what a centre or a bundle
    brought was stored as it came, so each field is still to be judged."""
    found = body.get("_attachments")
    sound = isinstance(found, dict) and all(isinstance(each, dict) for each in found.values())
    return found if sound and found else {}


def _data(name: str, given: Mapping[str, Any], following: Mapping[str, bytes]) -> bytes | None:
    """The bytes that came with it, None for a stub."""
    if given.get("follows") is True:
        if name not in following:
            raise bad(f"No part of the request is the attachment {name[:80]}")
        return following[name]
    if "data" not in given:
        return None
    try:
        return base64.b64decode(given["data"], validate=True)
    except (binascii.Error, TypeError, ValueError) as fault:
        raise bad(f"Attachment {name[:80]} is no base64") from fault


def _stub(name: str, given: Mapping[str, Any], known: Any) -> dict[str, Any]:
    if isinstance(known, dict) and given.get("digest") in (None, known.get("digest")):
        return known
    raise Fault(412, "missing_stub", f"Invalid attachment stub in document for {name[:80]}")
