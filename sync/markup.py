"""Plain text of the HTML that articles and posts come in: tags dropped, entities decoded once, links told apart.

Never a sanitiser: nothing that comes out of here is markup, whatever it looks like. Each text is read once from its
start to its end, so that no text, however broken, takes longer than its length.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

MOST_LINKS = 20
MOST_ADDRESS = 2_000
"""Characters of a link that is kept."""
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "figure"),
        *("figcaption", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav"),
        *("ol", "option", "p", "pre", "section", "summary", "table", "td", "th", "title", "tr", "ul"),
    )
)
_UNSEEN = frozenset({"script", "style", "template", "iframe", "object", "noembed", "noframes", "xml"})
"""What stands inside of these is not read by people."""
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]{0,30})(?=[\s/>]|$)")
_ADDRESS = re.compile(r"\b(href|src)\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_WEB = re.compile(r"https?://[^/?#\s\\@\[\]]{1,255}(?:[/?#]\S*)?", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")


class Plain(NamedTuple):
    """What a text in HTML says."""

    text: str
    links: tuple[str, ...] = ()
    """Addresses it links to, at most `MOST_LINKS`, each once."""
    images: tuple[str, ...] = ()


def is_block(name: str) -> bool:
    """Whether a line ends where such an element begins and ends."""
    return name in _BLOCKS


def is_unseen(name: str) -> bool:
    """Whether what stands inside of such an element is not for reading."""
    return name in _UNSEEN


def address(value: str) -> str:
    """An address people can go to, "" for any other: never a script, a file or an inner scheme."""
    value = value.strip()
    return value if len(value) <= MOST_ADDRESS and _WEB.fullmatch(value) and value.isprintable() else ""


def squeezed(text: str) -> str:
    """Runs of spaces as one, of empty lines as none."""
    if "\n" not in text:
        return " ".join(text.split())
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def plain(html: str) -> Plain:
    """The words of a text in HTML, its lines where its blocks end; without any markup they are those it has."""
    if "<" not in html:
        return Plain(squeezed(unescape(html) if "&" in html else html))
    head, *pieces = html.replace("\n", " ").split("<")
    words = [unescape(head)]
    found: tuple[dict[str, None], dict[str, None]] = ({}, {})
    until = ""
    for piece in pieces:
        if until:
            # inside of a comment or of what is not read: only its own end counts
            if until == "-->":
                _, ended, rest = piece.partition(until)
            else:
                ended = until if piece[: len(until)].lower() == until else ""
                rest = piece.partition(">")[2]
            if ended:
                until = ""
                words.append(unescape(rest))
            continue
        if piece.startswith("!--"):
            _, ended, rest = piece[3:].partition("-->")
            until = "" if ended else "-->"
            words.append(unescape(rest))
            continue
        name = _NAME.match(piece)
        if name is None and piece[:1] not in ("!", "?"):
            words.append("<" + unescape(piece))
            continue
        tag, _, rest = piece.partition(">")
        kind = name[1].lower() if name else ""
        if kind in _BLOCKS:
            words.append("\n")
        elif kind in ("a", "img") and tag[0] != "/":
            _look(tag, found[kind == "img"])
        elif kind in _UNSEEN and tag[0] != "/" and not tag.endswith("/"):
            until = "/" + kind
            continue
        words.append(unescape(rest))
    return Plain(squeezed("".join(words)), *(tuple(each) for each in found))


def _look(tag: str, found: dict[str, None]) -> None:
    match = _ADDRESS.search(tag) if len(found) < MOST_LINKS else None
    if match and (there := address(unescape(match[2] or match[3] or match[4] or ""))):
        found[there] = None
