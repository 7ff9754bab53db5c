"""A request as bytes, and what it means: nothing here touches a socket.

The head is read strictly (RFC 9112): what two programs could read in two ways is refused, not guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from console.core.errors import BadAnswer
from sync.relay.faults import Fault, bad
from sync.strict_json import strict

MOST_HEAD = 32 << 10
MOST_BODY = 64 << 20
"""Of one request, as it came and again once inflated."""
MOST_DOCUMENT = 8 << 20
MOST_PATH = 4096
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "COPY", "OPTIONS", "PATCH"})
_LINE = re.compile(rb"([A-Z]{3,10}) ([!-~]{1,8192}) HTTP/1\.([01])")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*")
_LONE = re.compile(rb"\\u[dD][89abcdefABCDEF]")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the body."""

    method: str
    path: tuple[str, ...]
    """The parts between slashes, decoded. `/` is ()."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    keep: bool = True
    """Whether the connection may go on after the answer."""

    def get(self, name: str) -> str:
        """A header, "" where it is absent."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Request:
    """One whole request."""

    head: Head
    body: bytes = b""
    peer: str = ""
    """Address it came from."""

    @property
    def method(self) -> str:
        """`GET`; a HEAD is a GET whose body is not sent."""
        return "GET" if self.head.method == "HEAD" else self.head.method

    def flag(self, name: str, usual: bool = False) -> bool:
        """A query's `true` or `false`."""
        said = self.head.query.get(name)
        if said is None:
            return usual
        if said not in ("true", "false"):
            raise Fault(400, "query_parse_error", f"Invalid boolean parameter: {name}")
        return said == "true"

    def whole(self, name: str, usual: int, most: int) -> int:
        """A query's whole number, not below 0, at most `most`."""
        said = self.head.query.get(name)
        if said is None:
            return usual
        if not re.fullmatch(r"\d{1,18}", said):
            raise Fault(400, "query_parse_error", f"Invalid value for {name}")
        return min(int(said), most)

    def value(self, name: str) -> Any:
        """A query's JSON value, None where it is absent."""
        said = self.head.query.get(name)
        return None if said is None else decoded(said.encode())

    def object(self) -> dict[str, Any]:
        """The body as a JSON object, whatever its content type says."""
        found = decoded(self.body)
        if not isinstance(found, dict):
            raise bad("Document must be a JSON object")
        return found

    def table(self) -> dict[str, Any]:
        """The body as a JSON object."""
        kind = self.head.get("content-type").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Fault(415, "bad_content_type", "Content-Type must be application/json")
        return self.object()


def decoded(raw: bytes) -> Any:
    """The value of a JSON text; 400 where there is none, or one that could not be given back as it came."""
    try:
        found = strict(raw)
        if _LONE.search(raw):
            json.dumps(json.loads(raw), ensure_ascii=False).encode()
    except BadAnswer as fault:
        raise bad(f"invalid UTF-8 JSON ({fault.says.rpartition('.')[2]})") from fault
    except UnicodeEncodeError as fault:
        raise bad("invalid UTF-8 JSON (half a character)") from fault
    return found


def read_head(raw: bytes) -> Head:
    """The head of a request, without its empty line. What is no sound one raises `Fault`."""
    lines = raw.split(b"\r\n")
    found = _LINE.fullmatch(lines[0])
    if not found:
        raise bad("This is no request of HTTP/1.1")
    headers = _headers(lines[1:])
    method = found[1].decode()
    if method not in _METHODS:
        raise Fault(405, "method_not_allowed", "Only GET, HEAD, PUT, POST and DELETE are known here")
    newer = found[3] == b"1"
    if newer and "host" not in headers:
        raise bad("Host is missing")
    says = headers.get("connection", "").lower()
    keep = "close" not in says if newer else "keep-alive" in says
    path, _, query = found[2].decode("ascii").partition("?")
    return Head(method, _parts(path), _query(query), headers, keep)


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if not found:
            raise bad("A header is malformed")
        name, value = found[1].decode().lower(), found[2].decode("latin-1")
        if name in headers:
            if name in ("host", "content-length", "transfer-encoding", "authorization", "content-type"):
                raise bad(f"{name} is given twice")
            value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
        headers[name] = value
    if "content-length" in headers:
        if "transfer-encoding" in headers:
            raise bad("Content-Length and Transfer-Encoding together")
        if not re.fullmatch(r"\d{1,15}", headers["content-length"]):
            raise bad("Content-Length is no number")
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        raise Fault(501, "not_implemented", "Only chunked is known as Transfer-Encoding")
    return headers


def _parts(path: str) -> tuple[str, ...]:
    if not path.startswith("/") or len(path) > MOST_PATH:
        raise bad("The path is malformed or too long")
    parts = [text(each, "path") for each in path.strip("/").split("/")]
    return () if parts == [""] else tuple(parts)


def text(raw: str, where: str) -> str:
    """Percent-encoded UTF-8 as text; what is none, or holds control characters, is refused."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", raw):
        raise bad(f"The {where} is not percent-encoded soundly")
    try:
        found = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise bad(f"The {where} is no UTF-8") from fault
    if any(ord(each) < 32 or each == "\x7f" for each in found):
        raise bad(f"The {where} holds control characters")
    return found


def _query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=64)
    except ValueError as fault:  # UnicodeDecodeError is one
        raise bad("The query is malformed") from fault
    return dict(pairs)
