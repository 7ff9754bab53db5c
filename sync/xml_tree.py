"""A small XML answer as a tree of plain nodes: names without prefixes, text as text, nothing fetched, nothing expanded.

Document types, entities and external references are refused by the parser, size, number and nesting by us before and
while a tree is made. For answers of records by the hundred thousand a collector that keeps no tree is the better way
(`sync/feeds/open311/xml_form.py`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from console.core.errors import BadAnswer
from sync.strict_json import MOST_DEPTH, codec

MOST_MB = 4
"""Corners of polygons take ten times their bytes in memory."""
MOST_TAGS = 200_000
"""Opening and closing tags together, and as many attributes: in memory they take a hundred times their bytes."""
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_NO_MARKS: Mapping[str, str] = {}


class Node:
    """An element."""

    __slots__ = ("attributes", "children", "name", "parts", "space")

    def __init__(self, space: str, name: str, attributes: Mapping[str, str] = _NO_MARKS) -> None:
        self.name = name
        """Without its prefix."""
        self.space = space
        """The namespace, "" for none."""
        self.attributes = attributes
        self.children: list[Node] = []
        self.parts: Sequence[str] = ()
        """Its own characters as they came. Most elements have one part, or none."""

    @property
    def text(self) -> str:
        """Its own characters, without those of its children."""
        return "".join(self.parts).strip()

    def all(self, name: str, space: str | None = None) -> Iterator[Node]:
        """The children of that name, in any namespace or in `space`."""
        return (each for each in self.children if each.name == name and (space is None or each.space == space))

    def first(self, name: str, space: str | None = None) -> Node | None:
        """The first child of that name."""
        for each in self.children:
            if each.name == name and (space is None or each.space == space):
                return each
        return None

    def words(self, name: str, space: str | None = None) -> str:
        """The text of the first child of that name, "" where there is none."""
        found = self.first(name, space)
        return "" if found is None else found.text

    def below(self) -> Iterator[Node]:
        """Every element in it, at whatever depth, itself first."""
        todo = [self]
        while todo:
            each = todo.pop()
            yield each
            todo += reversed(each.children)


class _TooDeep(Exception):
    pass


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._names: dict[str, tuple[str, str]] = {}

    def start(self, tag: str, pairs: Sequence[str]) -> None:
        names = self._names.get(tag)
        if names is None:
            space, _, name = tag.rpartition("}")
            names = self._names[tag] = (space, name)
        node = Node(*names, dict(zip(pairs[::2], pairs[1::2], strict=True)) if pairs else _NO_MARKS)
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        if len(self._open) >= MOST_DEPTH:
            raise _TooDeep
        self._open.append(node)

    def data(self, text: str) -> None:
        if not self._open:
            return
        node = self._open[-1]
        if isinstance(node.parts, list):
            node.parts.append(text)
        else:
            node.parts = [*node.parts, text] if node.parts else (text,)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def close(self) -> None:
        """Asked for by the parser; there is nothing to close."""


def read(body: bytes, charset: str, source: str) -> Node:
    """The root of an answer. What is no sound XML, or more of it than anybody sends, raises `BadAnswer`."""
    if len(body) > MOST_MB << 20:
        raise BadAnswer("sync.bad.big", source=source, limit_mb=MOST_MB)
    if max(body.count(b"<"), body.count(b"=")) > MOST_TAGS:
        raise BadAnswer("sync.bad.parts", source=source, most=MOST_TAGS)
    body = _begun(body, source)
    if charset and not codec(charset):
        raise BadAnswer("sync.bad.charset", source=source, charset=charset)
    builder = _Builder()
    try:
        _parse(body, None if _DECLARED.match(body) else charset or None, builder)
    except DefusedXmlException as trouble:
        raise BadAnswer("sync.bad.entities", source=source) from trouble
    except ParseError as trouble:
        line, column = trouble.position
        raise BadAnswer("sync.bad.xml", source=source, line=line, column=column) from trouble
    except (_TooDeep, LookupError, ValueError) as trouble:
        raise BadAnswer("sync.bad.xml_form", source=source) from trouble
    if builder.root is None:
        raise BadAnswer("sync.bad.empty", source=source)
    return builder.root


def _begun(body: bytes, source: str) -> bytes:
    """From the first sign on: many a page is written with a line break before its declaration."""
    if body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return body
    body = body.removeprefix(codecs.BOM_UTF8).lstrip()
    if not body:
        raise BadAnswer("sync.bad.empty", source=source)
    return body


def _parse(body: bytes, encoding: str | None, builder: _Builder) -> None:
    parser: Any = DefusedXMLParser(target=builder, encoding=encoding, forbid_dtd=True)
    # its own layer between expat and the target costs half of the time; what it forbids stays forbidden
    expat = parser.parser
    expat.buffer_text = True
    expat.StartElementHandler, expat.EndElementHandler = builder.start, builder.end
    expat.CharacterDataHandler = builder.data
    parser.feed(body)
    parser.close()
