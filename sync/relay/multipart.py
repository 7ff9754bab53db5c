"""Bodies of several parts (RFC 2046), as CouchDB uses them for documents with their attachments."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sync.relay.answer import Answer, dumped
from sync.relay.enclosed import kind_of
from sync.relay.faults import bad

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70}?)"?\s*(?:;|$)')
_NAME = re.compile(rb'filename="((?:[^"\\]|\\.)*)"')
MOST_PARTS = 1_000


def parts(body: bytes, kind: str) -> tuple[bytes, Mapping[str, bytes]]:
    """The document of a multipart/related request, and its attachments by name. A malformed one raises `Fault`."""
    found = _BOUNDARY.search(kind)
    if not found:
        raise bad("The boundary is missing")
    mark = b"--" + found[1].encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if not 3 <= len(pieces) <= MOST_PARTS or not pieces[-1].startswith(b"--"):
        raise bad("The parts are malformed")
    text: bytes | None = None
    named: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, cut, content = piece.partition(b"\r\n\r\n")
        if not cut:
            raise bad("A part is malformed")
        if text is None:
            text = content
            continue
        name = _NAME.search(head)
        if name:
            named[name[1].decode("utf-8", "replace").replace('\\"', '"')] = content
        else:
            named[_next(text, named)] = content
    if text is None:
        raise bad("The document is missing")
    return text, named


def _next(text: bytes, named: Mapping[str, bytes]) -> str:
    """The name of a part that has none: those that follow come in the document's order."""
    names = re.findall(rb'"([^"\\]+)"\s*:\s*\{[^{}]*"follows"\s*:\s*true', text)
    for each in names:
        if each.decode("utf-8", "replace") not in named:
            return str(each.decode("utf-8", "replace"))
    raise bad("A part belongs to no attachment")


def mixed(pieces: Iterator[Sequence[tuple[bool, bytes]]]) -> Answer:
    """Documents as JSON, or what is told of one that is not here, each a part."""
    begun = next(pieces, ())
    # JSON holds no line that could be taken for a boundary, whatever stands in it
    mark = hashlib.sha256(b"".join(text for _, text in begun)).hexdigest()[:32]

    def flow() -> Iterator[bytes]:
        for rows in chain((begun,), pieces):
            for here, text in rows:
                kind = "" if here else '; error="true"'
                yield f"--{mark}\r\nContent-Type: application/json{kind}\r\n\r\n".encode() + text + b"\r\n"
        yield f"--{mark}--".encode()

    return Answer.flowing(flow(), f'multipart/mixed; boundary="{mark}"')


def related(document: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """A document and, after it, the attachments it holds whole."""
    stubs: dict[str, Any] = {}
    bodies: list[bytes] = []
    for name, each in document["_attachments"].items():
        if "data" not in each:
            stubs[name] = each
            continue
        raw = base64.b64decode(each["data"])
        kept = {key: value for key, value in each.items() if key != "data"}
        stubs[name] = {**kept, "follows": True, "length": len(raw)}
        said = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
        kind = kind_of(each.get("content_type"))
        head = f'Content-Disposition: attachment; filename="{said}"\r\nContent-Type: {kind}\r\n'
        bodies.append(f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
    first = b"Content-Type: application/json\r\n\r\n" + dumped({**document, "_attachments": stubs})
    bodies.insert(0, first)
    mark = hashlib.sha256(b"".join(bodies)).hexdigest()[:32]
    whole = b"".join(f"--{mark}\r\n".encode() + each + b"\r\n" for each in bodies) + f"--{mark}--".encode()
    return Answer(200, whole, {**headers, "Content-Type": f'multipart/related; boundary="{mark}"'})
