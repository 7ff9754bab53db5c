"""Articles of the press (b7): RSS, RDF and Atom in XML, JSON Feed. One article is one item, however often it is told.

Body of an item: `publisher`, `authors`, `categories`, `links` (addresses in its text), `image`, `form` of the feed,
`link` (the address as it came, where it was cleaned), `summary` (where the text is the whole article), `undated` (true
where the feed gave no date: then it counts from when it was first seen), `cut` (true where the text was longer),
`sketch` (hashes that nearly equal texts of other sources share, see `alike.py`), `also` (other addresses of the same
article in this answer), `extra`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer
from console.core.geometry import index_of
from console.core.items import Item, ItemKind
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync import markup
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.press import alike, dates, json_form, xml_form
from sync.feeds.press.entry import Entry, Paper
from sync.words_in import MOST_ID, MOST_TEXT, BadField, bounded, box_of, degrees, not_ahead, text

VERSION = 1
MOST_MB = 24
"""A paper has some hundred KB. In memory an article is told twice, as it came and as it is kept."""
MOST_SEEN = 300
"""Articles whose sketch is remembered."""
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7"
)
_TITLE = 300
_HEAD = 90
_NEAR_MS = 3 * 86_400_000
"""Articles with the same words are one only where they were published within so long: tomorrow's forecast is not
today's."""
_MOST_ALSO = 10

_Seen = dict[str, tuple[int, Sequence[int]]]
"""By a digest of the id: when it was published, or first seen where it does not say, and its sketch."""


class Press(Feed):
    """No options."""

    face: ClassVar[FeedFace] = FeedFace("press", "sync.press.title", accept=_ACCEPT)

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._areas = index_of(pack)
        self._box = box_of(pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 the whole paper, each time
        """The paper, if it has changed."""
        etag = memo.get("etag", "") if memo.get("v") == VERSION else ""
        return [Ask(self.entry.address, etag=etag if isinstance(etag, str) else "", accept=_ACCEPT)]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """Its articles; those that are copies of one told before under another address are left out."""
        if answer.unchanged:
            return Batch(self.entry.id, memo=memo, fleeting=True)
        if len(answer.body) > MOST_MB << 20:
            raise BadAnswer("sync.bad.big", source=self.entry.id, limit_mb=MOST_MB)
        form = xml_form if xml_form.looks_like_xml(answer.body) else json_form
        paper = form.read(answer.body, answer.charset, self.entry.id)
        seen = _seen(memo)
        refused: list[Refusal] = []
        told: dict[str, Item] = {}
        for number, each in enumerate(paper.entries):
            paper.entries[number] = None
            try:
                if not isinstance(each, Entry):
                    raise each
                item = self._item(each, paper, answer, seen)
            except BadField as bad:
                refused.append(bad.refusal(f"items[{number}]", _raw(each)))
                continue
            before = told.get(item.id)
            if before is None or (item.revised_at or item.observed_at) >= (before.revised_at or before.observed_at):
                told[item.id] = item
        items, seen = _without_copies(told, seen)
        return Batch(
            self.entry.id,
            refused=refused,
            memo={"v": VERSION, "etag": answer.etag, "seen": _plain(seen)},
            newest_at=max((each.observed_at for each in items), default=None),
            items=items,
            fleeting=True,
        )

    def _item(self, entry: Entry, paper: Paper, answer: Answer, seen: _Seen) -> Item:
        texts = entry.texts
        body, cut = _words(entry, "content" if texts.get("content") else "summary")
        title = " ".join(_words(entry, "title")[0].text.split())
        link = self._link(entry, answer)
        if not (title or body.text or link):
            raise BadField("title", "sync.refused.missing")
        url = alike.canonical(link) if link else ""
        native_id = _identity(texts, url, title, body.text)
        observed_at, assumed, undated = self._published(texts, answer, seen.get(_digest(native_id)))
        revised_at = self._revised(texts, answer)
        lat, lon = self._place(texts)
        summary = _words(entry, "summary")[0].text if texts.get("content") else ""
        images = [there for each in (*entry.images, *body.images) if (there := markup.address(each))]
        told: dict[str, Any] = {
            "form": paper.form,
            "publisher": _line(paper.title),
            "authors": [_line(each) for each in entry.authors],
            "categories": [_line(each) for each in entry.categories],
            "links": list(dict.fromkeys([each for each in (*entry.related, *body.links) if markup.address(each)])),
            "image": images[0] if images else "",
            "link": link if link != url else "",
            "summary": summary if summary != body.text else "",
            "undated": undated,
            "cut": cut,
            "sketch": list(alike.sketch(f"{title}\n{body.text}")),
            "extra": bounded(entry.extra),
        }
        return Item(
            f"{self.entry.id}:{native_id}",
            self.entry.id,
            ItemKind.ARTICLE,
            native_id,
            text(_cut(title or _head(body.text) or url, _TITLE), "title"),
            body.text,
            observed_at,
            lat=lat,
            lon=lon,
            area=self._areas.find(lon, lat) if lat is not None and lon is not None else "",
            url=url,
            zone_assumed=assumed,
            revised_at=revised_at if revised_at != observed_at else None,
            body={name: value for name, value in told.items() if value},
        )

    def _link(self, entry: Entry, answer: Answer) -> str:
        """Where it is read: the first address of it that is one, however it is told."""
        for there in (*entry.links, *entry.related[:1], entry.texts.get("about", ""), entry.texts.get("id", "")):
            if found := markup.address(there):
                return found
            if there in entry.links and "://" in answer.url and ":" not in there.partition("/")[0]:
                try:
                    found = markup.address(urljoin(answer.url, there))
                except ValueError:
                    continue
                if found:
                    return found
        return ""

    def _published(
        self, texts: Mapping[str, str], answer: Answer, known: tuple[int, Sequence[int]] | None
    ) -> tuple[datetime, bool, bool]:
        for field in ("published", "updated"):
            if said := texts.get(field):
                told, assumed = dates.instant(said, self._zone, field)
                return not_ahead(told, answer.at, field), assumed, False
        return (from_millis(known[0]) if known else answer.at), False, True

    def _revised(self, texts: Mapping[str, str], answer: Answer) -> datetime | None:
        if not (texts.get("updated") and texts.get("published")):
            return None
        return not_ahead(dates.instant(texts["updated"], self._zone, "updated")[0], answer.at, "updated")

    def _place(self, texts: Mapping[str, str]) -> tuple[float | None, float | None]:
        lat, lon = texts.get("lat"), texts.get("lon")
        if point := texts.get("point", "").replace(",", " ").split():
            lat, lon = point[0], point[1] if len(point) > 1 else None
        return degrees(lat, lon, self._box)


def _words(entry: Entry, name: str) -> tuple[markup.Plain, bool]:
    """What one text of an article says, and whether it said more."""
    said = entry.texts.get(name, "")
    if entry.kinds.get(name) == "html":
        found = markup.plain(said[: xml_form.MOST_FIELD])
    else:
        found = markup.Plain(markup.squeezed(said[: xml_form.MOST_FIELD]))
    cut = len(said) >= xml_form.MOST_FIELD or len(found.text) > MOST_TEXT
    return found._replace(text=text(_cut(found.text, MOST_TEXT), name)), cut


def _line(said: str) -> str:
    return _cut(" ".join(text(_cut(said, MOST_TEXT), "title").split()), _TITLE)


def _cut(said: str, most: int) -> str:
    """At most so many characters, ended at a word."""
    if len(said) <= most:
        return said
    return (said[: most - 1].rpartition(" ")[0] or said[: most - 1]) + "…"


def _head(said: str) -> str:
    return _cut(said.partition("\n")[0], _HEAD)


def _identity(texts: Mapping[str, str], url: str, title: str, said: str) -> str:
    """What makes it this article: its address, else the feed's own id, else its words."""
    found = (alike.key(url) if url else "") or " ".join(texts.get("id", "").split())
    if found and len(found) <= MOST_ID and found.isprintable():
        return found
    return _digest(found or f"{title}\n{said}", 16)


def _digest(said: str, size: int = 6) -> str:
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=size).hexdigest()


def _without_copies(told: Mapping[str, Item], seen: _Seen) -> tuple[list[Item], _Seen]:
    """The articles without those that only repeat another's words, and what to remember of them."""
    now: _Seen = {}
    known = alike.Known(_NEAR_MS)
    for name, (at, sketched) in seen.items():
        known.add(name, at, sketched)
    names = {_digest(each.native_id): each for each in told.values()}
    kept: dict[str, Item] = {}
    also: dict[str, list[str]] = {}
    for name, item in sorted(names.items(), key=lambda each: (each[0] not in seen, each[1].observed_at)):
        sketched = item.body.get("sketch", [])
        at = millis(item.observed_at)
        if name not in seen and sketched:
            if other := known.find(at, sketched):
                also.setdefault(other, []).append(item.url or item.native_id)
                continue
            known.add(name, at, sketched)
        kept[name] = item
        now[name] = (at, sketched)
    items = [
        item._replace(body={**item.body, "also": also[name][:_MOST_ALSO]}) if name in also else item
        for name, item in kept.items()
    ]
    rest = sorted((each for each in seen.items() if each[0] not in now), key=lambda each: -each[1][0])
    newest = sorted(now.items(), key=lambda each: -each[1][0])
    return items, dict([*newest, *rest][:MOST_SEEN])


def _plain(seen: _Seen) -> list[list[Any]]:
    return [[name, at, "".join(f"{each:08x}" for each in sketched)] for name, (at, sketched) in seen.items()]


def _seen(memo: Memo) -> _Seen:
    """What a memo remembers; {} where it is none of ours."""
    if memo.get("v") != VERSION:
        return {}
    try:
        return {
            str(name): (int(at), tuple(int(hashes[place : place + 8], 16) for place in range(0, len(hashes), 8)))
            for name, at, hashes in memo["seen"]
        }
    except (KeyError, TypeError, ValueError):
        return {}


def _raw(entry: object) -> Any:
    return entry.texts if isinstance(entry, Entry) else ""
