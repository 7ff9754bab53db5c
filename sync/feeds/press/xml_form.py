"""RSS 0.9 to 2.0, RDF Site Summary and Atom as entries. No tree is made: an article is kept, the rest is passed over.

Document types and entities are refused by the parser; HTML's own names (`&nbsp;`), which half the papers use without
declaring them, are read as the letters they are, and so are bytes of the Western charset in what calls itself UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from html.entities import html5
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from console.core.errors import BadAnswer
from sync.feeds.press.entry import MOST_ENTRIES, Entry, Paper
from sync.markup import address, is_block, is_unseen
from sync.strict_json import MOST_DEPTH

MOST_TAGS = 4_000_000
MOST_FIELD = 60_000
"""Characters of one field that are kept: of markup, more than the words it is cut to."""
_PIECE = 1 << 20
_SPACES = {
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://www.w3.org/1999/xhtml": "",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://search.yahoo.com/mrss": "media:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://www.georss.org/georss": "georss:",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo:",
    "http://www.opengis.net/gml": "gml:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
}
_PLAIN = {
    **{"title": "title", "media:title": "other_title", "dc:title": "other_title"},
    **{"guid": "id", "id": "id", "dc:identifier": "id"},
    **{"description": "summary", "summary": "summary"},
    **{"dc:description": "other_summary", "media:description": "other_summary"},
    **{"content:encoded": "content", "content": "content"},
    **{"pubDate": "published", "published": "published", "issued": "published", "dc:date": "published"},
    **{"dcterms:issued": "published", "created": "published", "dcterms:created": "published"},
    **{"updated": "updated", "modified": "updated", "dcterms:modified": "updated"},
    **{"geo:lat": "lat", "geo:long": "lon", "georss:point": "point", "gml:pos": "point"},
}
_LISTS = {"author": "authors", "dc:creator": "authors", "category": "categories", "dc:subject": "categories"}
_WORDS = frozenset({"title", "summary", "content", "other_title", "other_summary"})
_PLACES = frozenset({"georss:where", "gml:Point"})
_NO_POINTS = frozenset({"gml:Polygon", "gml:LineString", "gml:Envelope"})
_MOST_LISTED = 20
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_NAMES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_UNDEFINED_ENTITY = 11


class _TooMuch(Exception):
    pass


class _Collector:
    """Fills the paper while the parser walks."""

    def __init__(self) -> None:
        self.paper: Paper | None = None
        self.root = ""
        self.channels = 0
        self._names: dict[str, str] = {}
        self._own_space = ""
        self._depth = 0
        self._entry: Entry | None = None
        self._base = 0
        self._child = ""
        self._attributes: Mapping[str, str] = {}
        self._text: list[str] | None = None
        self._room = 0
        self._shut = 0
        """Depth of an element whose text is not for reading, 0 for none."""
        self._inner = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth = depth = self._depth + 1
        if depth > MOST_DEPTH:
            raise _TooMuch
        name = self._names.get(tag) or self._named(tag)
        if self._entry is not None:
            if depth == self._base + 1:
                self._child, self._attributes = name, attributes
                self._text, self._room = [], MOST_FIELD
            else:
                self._nested(name, attributes)
        elif name in ("item", "entry") and depth <= 3:
            self._begin(name, depth, attributes)
        elif depth == 1:
            self.root = name
        elif name == "channel" and depth == 2:
            self.channels += 1
        elif depth <= 3:
            self._child, self._text, self._room = name, [], MOST_FIELD
        else:
            self._text = None

    def data(self, text: str) -> None:
        if self._text is not None and self._room > 0 and not self._shut:
            self._text.append(text[: self._room])
            self._room -= len(text)

    def end(self, tag: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        entry = self._entry
        if entry is None:
            if self._text is not None and depth <= 3:
                self._of_paper("".join(self._text).strip())
            self._text = None
        elif depth == self._base:
            for name in ("title", "summary"):
                entry.put(name, entry.texts.pop(f"other_{name}", ""), entry.kinds.get(f"other_{name}", ""))
            self._entry = None
        elif depth == self._base + 1:
            self._ended(entry, "".join(self._text or ()).strip())
            self._text = None
        elif depth == self._shut:
            self._shut = 0
        else:
            self._nested_end(entry, self._names[tag])

    def close(self) -> None:
        """Asked for by the parser; there is nothing to close."""

    def _named(self, tag: str) -> str:
        space, _, local = tag.rpartition("}")
        if self._depth == 1 and local in ("rss", "feed"):
            self._own_space = space  # many a name for the same form
        prefix = _SPACES.get(space.strip(), "?:") if space not in ("", self._own_space) else ""
        name = self._names[tag] = prefix + local
        return name

    def _begin(self, name: str, depth: int, attributes: Mapping[str, str]) -> None:
        if depth == 1:
            self.root = name
        self._entry, self._base = Entry(), depth
        paper = self._own()
        if len(paper.entries) >= MOST_ENTRIES:
            raise _TooMany
        paper.entries.append(self._entry)
        for tag, value in attributes.items():
            if tag.endswith("about"):
                self._entry.put("about", value.strip()[:MOST_FIELD])

    def _own(self) -> Paper:
        if self.paper is None:
            self.paper = Paper({"RDF": "rdf", "rdf:RDF": "rdf", "rss": "rss"}.get(self.root, "atom"))
        return self.paper

    def _of_paper(self, text: str) -> None:
        paper = self._own()
        if self._child == "title" and not paper.title:
            paper.title = text
        elif self._child in ("pubDate", "lastBuildDate", "updated", "modified", "dc:date") and not paper.updated:
            paper.updated = text

    def _nested(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element inside of an article's field: markup of its text, an author's name, a picture of a group."""
        text = self._text
        if self._shut or text is None:
            return
        if self._child in ("author", "contributor"):
            if name == "name":
                text.clear()
            else:
                self._shut = self._depth
        elif is_unseen(name) or name in _NO_POINTS:
            self._shut = self._depth
        elif name.startswith("media:"):
            self._pictured(name, attributes)
            self._inner = name
            text.clear()
        elif is_block(name):
            text.append("\n")
        elif name in ("a", "img") and self._entry is not None:
            kept = self._entry.related if name == "a" else self._entry.images
            there = address(attributes.get("href" if name == "a" else "src", ""))
            if there and len(kept) < _MOST_LISTED:
                kept.append(there)

    def _nested_end(self, entry: Entry, name: str) -> None:
        text = self._text
        if text is None or self._shut:
            return
        if name == self._inner:
            if name in _PLAIN:
                entry.put(_PLAIN[name], "".join(text).strip(), "html")
            text.clear()
            self._inner = ""
        elif is_block(name):
            text.append("\n")

    def _ended(self, entry: Entry, text: str) -> None:
        """A field of an article is over."""
        name, attributes = self._child, self._attributes
        self._shut = 0
        plain = _PLAIN.get(name)
        if plain in _WORDS:
            kind = self._kind(name, attributes)
            if kind:
                entry.put(plain, text, kind)
        elif plain is not None:
            entry.put(plain, text)
            if name == "guid" and attributes.get("isPermaLink", "true").strip().lower() != "false":
                entry.related.insert(0, text)
        elif name == "link":
            self._linked(entry, attributes, text)
        elif name in _LISTS:
            kept: list[str] = getattr(entry, _LISTS[name])
            said = text or attributes.get("term", "") or attributes.get("label", "")
            if said and len(kept) < _MOST_LISTED:
                kept.append(said)
        elif name == "enclosure" or name.startswith("media:"):
            self._pictured(name, attributes)
        elif name in _PLACES:
            entry.put("point", text)
        elif text or attributes:
            entry.extra.setdefault(name.rpartition(":")[2], text or dict(attributes))

    def _kind(self, name: str, attributes: Mapping[str, str]) -> str:
        """How the text of a field is meant; "" for one that is no text at all."""
        if name in ("content:encoded", "description", "media:description") or self.root not in ("feed", "entry"):
            return "html"
        kind = attributes.get("type", "text").strip().lower()
        if attributes.get("mode", "") == "base64" or attributes.get("src"):
            return ""
        if kind in ("html", "text/html") or (attributes.get("mode") == "escaped" and kind != "text/plain"):
            return "html"
        return "text" if kind in ("text", "xhtml", "text/plain", "application/xhtml+xml", "") else ""

    def _linked(self, entry: Entry, attributes: Mapping[str, str], text: str) -> None:
        there = attributes.get("href", "").strip() or text
        rel = attributes.get("rel", "alternate").strip().lower()
        if not there:
            return
        if rel in ("alternate", ""):
            if len(entry.links) < _MOST_LISTED:
                entry.links.append(there)
        elif rel == "enclosure":
            self._pictured("enclosure", {**attributes, "url": there})
        elif rel in ("related", "via") and len(entry.related) < _MOST_LISTED:
            entry.related.append(there)

    def _pictured(self, name: str, attributes: Mapping[str, str]) -> None:
        there = attributes.get("url", "").strip()
        entry = self._entry
        if not there or entry is None or len(entry.images) >= _MOST_LISTED:
            return
        kind = attributes.get("type", "") or attributes.get("medium", "")
        if kind.startswith("image") or name == "media:thumbnail":
            entry.images.append(there)


class _TooMany(Exception):
    pass


def looks_like_xml(body: bytes) -> bool:
    """True where the first sign of a text is `<`, in one byte or two."""
    head = body[:64].removeprefix(codecs.BOM_UTF8)
    return head.lstrip()[:1] == b"<" or body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(body: bytes, charset: str, source: str) -> Paper:
    """The paper of an answer. Anything that is none raises `BadAnswer`."""
    if body.count(b"<") > MOST_TAGS:
        raise BadAnswer("sync.bad.parts", source=source, most=MOST_TAGS)
    body = body.lstrip() if body[:1].isspace() else body
    declared = _DECLARED.match(body.removeprefix(codecs.BOM_UTF8))
    encoding = None if declared or not charset else charset
    try:
        try:
            collector = _walked(body, encoding)
        except ParseError as trouble:
            mended = _mended(body, declared[1].decode() if declared else charset, trouble)
            if mended is None:
                raise
            collector = _walked(mended, "utf-8")
    except DefusedXmlException as trouble:
        raise BadAnswer("sync.bad.entities", source=source) from trouble
    except ParseError as trouble:
        line, column = trouble.position
        raise BadAnswer("sync.bad.xml", source=source, line=line, column=column) from trouble
    except _TooMany:
        raise BadAnswer("sync.bad.many", source=source, count=f"> {MOST_ENTRIES}", most=MOST_ENTRIES) from None
    except (_TooMuch, LookupError, ValueError) as trouble:
        raise BadAnswer("sync.bad.xml_form", source=source) from trouble
    if collector.root not in ("rss", "RDF", "rdf:RDF", "feed", "entry") or (
        collector.root == "rss" and not (collector.channels or collector.paper)
    ):
        raise BadAnswer("sync.press.shape", source=source)
    return collector._own()


def _walked(body: bytes, encoding: str | None) -> _Collector:
    collector = _Collector()
    parser = DefusedXMLParser(target=collector, encoding=encoding, forbid_dtd=True)
    # its own layer between expat and the target costs half of the time; what it forbids stays forbidden
    expat: Any = parser.parser
    expat.buffer_text, expat.ordered_attributes = True, False
    expat.StartElementHandler, expat.EndElementHandler = collector.start, collector.end
    expat.CharacterDataHandler = collector.data
    feed: Callable[[bytes], object] = parser.feed
    for start in range(0, len(body), _PIECE):
        feed(body[start : start + _PIECE])
    parser.close()
    return collector


def _mended(body: bytes, charset: str, trouble: ParseError) -> bytes | None:
    """The same in UTF-8 where what spoilt it are names of HTML or bytes of the Western charset; None where not."""
    utf8 = not charset or charset.lower().replace("_", "-") in ("utf-8", "utf8", "us-ascii", "ascii")
    mended = body
    if utf8:
        try:
            body.decode()
        except UnicodeDecodeError:
            text = body.decode("utf-8", "surrogateescape")
            mended = _STRAY.sub(_western, text).encode()
    if trouble.code == _UNDEFINED_ENTITY and (utf8 or b"\0" not in body[:64]):
        if not utf8:
            mended = body.decode(charset, "replace").encode()
        mended = _NAMED.sub(_letter, mended)
    if mended is body or mended == body:
        return None
    return _DECLARED.sub(b"<?xml version='1.0' encoding='utf-8'", mended, count=1)


_STRAY = re.compile("[\udc80-\udcff]")


def _western(match: re.Match[str]) -> str:
    return bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace")


def _letter(match: re.Match[bytes]) -> bytes:
    letters = None if match[1] in _XML_NAMES else html5.get(f"{match[1].decode()};")
    return match[0] if letters is None else "".join(f"&#{ord(each)};" for each in letters).encode()
