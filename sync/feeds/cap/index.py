"""An index of warnings, RSS or Atom: its entries, what each carries by itself, and where its message lies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from console.core.errors import BadAnswer
from sync.feeds.cap.alert import SPACES, is_alert
from sync.words_in import BadField, instant, mail_instant
from sync.xml_tree import Node

MOST_ENTRIES = 2_000
_ATOM = "http://www.w3.org/2005/Atom"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CAP = "cap+xml"
_INFO = ("category", "urgency", "severity", "certainty", "effective", "onset", "expires")
_AREA = ("areaDesc", "polygon", "circle", "geocode")
_UNFIT = re.compile(r"[\s,<&]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an index."""

    where: str
    """Its place: `entry[3]`."""
    alerts: Sequence[Node]
    """Messages that stand in it whole."""
    summary: Node | None
    """A message made of what it tells in CAP's own elements; None where it tells too little."""
    link: str
    """Where its message lies, as it is written there; "" for nowhere."""
    mark: str
    """Changes when the entry does."""


@dataclass(frozen=True, slots=True)
class Index:
    """What an index tells."""

    entries: Sequence[Entry]
    updated: datetime | None


def read_index(root: Node, source: str, zone: tzinfo) -> Index:
    """The index that an answer is. Raises `BadAnswer` where it is none."""
    head, nodes = _parts(root, source)
    if len(nodes) > MOST_ENTRIES:
        raise BadAnswer("sync.bad.many", source=source, count=len(nodes), most=MOST_ENTRIES)
    author = _author(head)
    entries = [_entry(node, f"{node.name}[{number}]", author) for number, node in enumerate(nodes)]
    return Index(entries, _updated(head, zone))


def _parts(root: Node, source: str) -> tuple[Node, list[Node]]:
    if root.name == "feed" and root.space == _ATOM:
        return root, list(root.all("entry", _ATOM))
    if root.name == "rss" and (channel := root.first("channel")) is not None:
        return channel, list(channel.all("item"))
    if root.name == "RDF" and root.space == _RDF and (channel := root.first("channel")) is not None:
        return channel, list(root.all("item"))
    raise BadAnswer("sync.cap.shape", source=source)


def _entry(node: Node, where: str, author: str) -> Entry:
    alerts = list(alerts_in(node))
    link = _link(node)
    mark = next((told for name in ("updated", "pubDate", "published", "id", "guid") if (told := node.words(name))), "")
    return Entry(where, alerts, None if alerts else _summary(node, author), link, mark)


def alerts_in(node: Node) -> Iterator[Node]:
    """The messages that stand somewhere in an element, or that it is."""
    todo = [node]
    while todo:
        each = todo.pop()
        if is_alert(each):
            yield each
        else:
            todo += reversed(each.children)


def _link(node: Node) -> str:
    """The address that is said to be a message; else the entry's own, unless it is said to be something else."""
    links = [each for each in node.children if each.name in ("link", "enclosure", "content")]
    for each in links:
        if _CAP in each.attributes.get("type", "").lower():
            return _address(each)
    for each in links:
        kind, rel = each.attributes.get("type", "").lower(), each.attributes.get("rel", "alternate")
        if each.name == "link" and rel == "alternate" and (not kind or "xml" in kind) and "html" not in kind:
            return _address(each)
    return ""


def _address(node: Node) -> str:
    marks = node.attributes
    return (marks.get("href") or marks.get("url") or marks.get("src") or node.text).strip()


def _summary(node: Node, author: str) -> Node | None:
    """The entry as a message: agencies that copy CAP's elements into their index tell enough to be warned by."""
    space = next((each.space for each in node.children if each.space in SPACES), "")
    if not space or not node.words("status", space):
        return None
    headline = node.words("title")
    info = _made(space, "info", headline=headline, description=node.words("summary") or node.words("description"))
    info.children += [each for name in _INFO for each in node.all(name, space)]
    if node.first("event", space) is None:
        info.children.append(_made(space, "event"))
        info.children[-1].parts = (headline,)
    area = _made(space, "area")
    area.children += [each for name in _AREA for each in node.all(name, space)]
    info.children.append(area)
    alert = _made(
        space,
        "alert",
        identifier=_UNFIT.sub("_", node.words("identifier", space) or node.words("id") or node.words("guid")),
        sender=_UNFIT.sub("_", node.words("sender", space) or _author(node) or author or "-"),
        sent=node.words("sent", space) or node.words("updated") or node.words("published"),
        scope=node.words("scope", space) or "Public",
    )
    alert.children += [each for name in ("status", "msgType", "references") for each in node.all(name, space)]
    alert.children.append(info)
    return alert


def _made(space: str, made: str, **texts: str) -> Node:
    node = Node(space, made)
    for name, told in texts.items():
        child = Node(space, name)
        child.parts = (told,)
        node.children.append(child)
    return node


def _author(node: Node) -> str:
    author = node.first("author")
    return "" if author is None else author.words("name") or author.text


def _updated(head: Node, zone: tzinfo) -> datetime | None:
    """When the index says that it was made; one that cannot be read is as good as missing."""
    for told in _dates(head):
        for read in (instant, mail_instant):
            try:
                return read(told, zone)[0]
            except BadField:
                continue
    return None


def _dates(head: Node) -> Iterator[str]:
    for name in ("updated", "lastBuildDate", "pubDate"):
        if told := head.words(name):
            yield told
