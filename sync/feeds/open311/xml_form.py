"""Open311 XML as the same plain values its JSON gives. Ids keep their zeros: everything stays text.

Document types, entities and external references are refused by the parser, nesting and size by us.
"""

from __future__ import annotations

import codecs
import re
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from console.core.errors import BadAnswer
from sync.feeds.open311.record import MOST_TEXT
from sync.strict_json import MOST_DEPTH

MOST_TAGS = 4_000_000
MOST_FIELD = 2 * MOST_TEXT
"""Characters of one field, about: it is refused for its length with fewer, and what follows them is not kept."""
ROOTS = frozenset({"service_requests", "requests", "results"})
"""Names a list of requests goes by. Under any other an answer without records would pass for one without news."""
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding=[\"']([A-Za-z0-9._-]{1,40})")


class _Collector:
    """Builds the records while the parser walks: no tree is made, nothing but the records is kept."""

    def __init__(self) -> None:
        self.root = ""
        self.rows: list[dict[str, Any]] = []
        self._row: dict[str, Any] = {}
        self._depth = 0
        self._text: list[str] = []
        self._room = MOST_FIELD

    def start(self, tag: str, _attributes: Any) -> None:
        self._depth = depth = self._depth + 1
        if depth == 3:
            self._text, self._room = [], MOST_FIELD
        elif depth == 2:
            self._row = {}
        elif depth == 1:
            self.root = tag.rpartition("}")[2]
        elif depth > MOST_DEPTH:
            raise _TooMuch

    def data(self, text: str) -> None:
        if self._room > 0:
            self._text.append(text[: self._room])
            self._room -= len(text)

    def end(self, tag: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        if depth == 3:
            # what is nested deeper has left its text here too
            self._row[tag.rpartition("}")[2] if "}" in tag else tag] = "".join(self._text).strip() or None
        elif depth == 2:
            self.rows.append(self._row)

    def close(self) -> None:
        """Asked for by the parser; there is nothing to close."""


class _TooMuch(Exception):
    pass


def looks_like_xml(body: bytes) -> bool:
    """True where the first sign of a text is `<`."""
    return body[:64].removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<"


def read(body: bytes, charset: str, source: str) -> list[dict[str, Any]]:
    """The records of an answer. Anything that is no list of requests raises `BadAnswer`."""
    collector = _Collector()
    encoding = None if _DECLARED.match(body) or not charset else charset
    if body.count(b"<") > MOST_TAGS:
        raise BadAnswer("sync.bad.parts", source=source, most=MOST_TAGS)
    try:
        parser = DefusedXMLParser(target=collector, encoding=encoding, forbid_dtd=True)
        # its own layer between expat and the target costs half of the time; what it forbids stays forbidden
        expat = parser.parser
        expat.buffer_text = True
        expat.StartElementHandler, expat.EndElementHandler = collector.start, collector.end
        expat.CharacterDataHandler = collector.data
        parser.feed(body)
        parser.close()
    except DefusedXmlException as trouble:
        raise BadAnswer("sync.bad.entities", source=source) from trouble
    except ParseError as trouble:
        line, column = trouble.position
        raise BadAnswer("sync.bad.xml", source=source, line=line, column=column) from trouble
    except (_TooMuch, LookupError, ValueError) as trouble:
        raise BadAnswer("sync.bad.xml_form", source=source) from trouble
    if collector.root == "errors":
        _refuse(collector.rows, source)
    if collector.root not in ROOTS:
        raise BadAnswer("sync.bad.shape", source=source)
    return collector.rows


def _refuse(rows: list[dict[str, Any]], source: str) -> NoReturn:
    first = rows[0] if rows else {}
    raise BadAnswer(
        "sync.bad.error", source=source, code=str(first.get("code", "")), reason=str(first.get("description", ""))[:200]
    )
