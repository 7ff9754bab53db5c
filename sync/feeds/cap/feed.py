"""Warnings by CAP: a message at the address itself, or an index (RSS, Atom) of messages (b2).

Of an index, the messages that stand in its entries whole are taken as they are; those it links to are fetched, one ask
each, on the source's own host and those listed in the option `hosts`, at most 200 a turn. What an entry tells in CAP's
own elements is taken where its message cannot be fetched (it lies elsewhere, or a file is tried). Only an index whose
every entry is a whole message is taken for all there is: a link that is dropped from an index says nothing about when
its warning ends, the message itself does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit
from zoneinfo import ZoneInfo

from console.core.clock import MOST_AHEAD
from console.core.errors import Away, BadAnswer, ConsoleError
from console.core.items import Item
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync import xml_tree
from sync.addresses import told
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.cap.alert import AlertReader, is_alert
from sync.feeds.cap.index import Entry, alerts_in, read_index
from sync.feeds.cap.plan import LINKS, Link, Plan
from sync.words_in import BadField
from sync.xml_tree import Node

MOST_MISSES = 3
"""So many messages in a row that do not come mean that their host does not answer."""
ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8"
_MOST_URL = 2_000


class _Taken:
    """What came of the messages of one answer."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.refused: list[Refusal] = []
        self.links: list[Link] = []


class Cap(Feed):
    """Options of a pack: hosts (other hosts that messages may be fetched from), language (of the texts shown)."""

    face: ClassVar[FeedFace] = FeedFace("cap", "sync.cap.title", ACCEPT)
    most_links: ClassVar[int] = 200

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._reader = self.reader(entry, pack)
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._home = _split(entry.address)
        self._hosts = frozenset(entry.options.get("hosts", "").replace(",", " ").lower().split())

    def reader(self, entry: FeedEntry, pack: CityPack) -> AlertReader:
        """What reads the messages."""
        return AlertReader(entry, pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 what is due is in the memo
        """The index, or the messages it named and we do not hold."""
        plan = Plan.of(memo)
        if plan.turn == LINKS and plan.todo:
            return [Ask(link.url, accept=ACCEPT, tag=link.url) for link in plan.todo[: self.most_links]]
        return [Ask(self.entry.address, etag=plan.etag, accept=ACCEPT)]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The warnings of an answer, and the memo to go on from."""
        plan = Plan.of(memo)
        if answer.unchanged:
            plan = plan.unchanged()
            return self._batch(_Taken(), plan, None, more=bool(plan.todo))
        root = xml_tree.read(answer.body, answer.charset, self.entry.id)
        taken = _Taken()
        if answer.tag:
            messages = list(alerts_in(root))
            if not messages:
                raise BadAnswer("sync.cap.shape", source=self.entry.id)
            self._read(taken, messages, told(answer.tag), answer)
            return self._batch(taken, plan.came(answer.tag), _newest(taken))
        if is_alert(root):
            self._read(taken, [root], "alert", answer)
            return self._batch(taken, Plan(etag=answer.etag), _newest(taken))
        index = read_index(root, self.entry.id, self._zone)
        for entry in index.entries:
            self._enter(taken, entry, answer)
        fresh = index.updated is not None and index.updated <= answer.at + MOST_AHEAD
        plan = plan.indexed(taken.links, answer.etag, self.most_links)
        whole = not plan.linked and not taken.refused and all(entry.alerts for entry in index.entries)
        return self._batch(taken, plan, index.updated if fresh else None, more=bool(plan.todo), whole=whole)

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        """One message of many that does not come is told and costs no other. One that is gone is not asked for again;
        where several in a row do not come the source itself is away."""
        if not ask.tag:
            return None
        plan = Plan.of(memo)
        gone = isinstance(trouble, Away) and trouble.says == "sync.away.gone"
        counts = not gone and not isinstance(trouble, BadAnswer)
        plan = plan.came(ask.tag) if gone else plan.missed(ask.tag, counts=counts)
        if plan.misses >= MOST_MISSES:
            return None
        taken = _Taken()
        taken.refused.append(Refusal("link", "sync.cap.lost", {"url": told(ask.tag)}))
        return self._batch(taken, plan, None)

    def _enter(self, taken: _Taken, entry: Entry, answer: Answer) -> None:
        """An entry of an index: its messages, else the link to it, else its summary."""
        if entry.alerts:
            self._read(taken, entry.alerts, entry.where, answer)
            return
        url = self._absolute(entry.link, answer.url)
        if url and self._may_follow(url):
            taken.links.append(Link(url, entry.mark[:200]))
        elif entry.summary is not None:
            self._read(taken, [entry.summary], entry.where, answer, summary=True)
        elif not url:
            taken.refused.append(Refusal(entry.where, "sync.cap.no_link", {}, entry.link[:200]))
        elif self._home is None:
            taken.links.append(Link(url, entry.mark[:200]))
        else:
            host = (_split(url) or self._home).hostname
            taken.refused.append(Refusal(entry.where, "sync.cap.away", {"host": str(host)}, told(url)))

    def _read(
        self, taken: _Taken, messages: Sequence[Node], where: str, answer: Answer, *, summary: bool = False
    ) -> None:
        for number, node in enumerate(messages):
            place = where if len(messages) == 1 else f"{where}.alert[{number}]"
            try:
                item = self._reader.read(node, answer.at, answer.url, summary=summary)
            except BadField as bad:
                taken.refused.append(bad.refusal(place, _plain(node)))
            else:
                taken.items[item.id] = item

    def _absolute(self, link: str, base: str) -> str:
        """The address of a link, "" where it is none. On our own host it is asked for as safely as the index is."""
        if not link or len(link) > _MOST_URL:
            return ""
        try:
            url = urldefrag(urljoin(base, link)).url
        except ValueError:
            return ""
        parts = _split(url)
        if parts is None:
            return ""
        home = self._home
        safer = home is not None and home.scheme == "https" and parts.scheme == "http" and parts.port is None
        return parts._replace(scheme="https").geturl() if safer and home and home.hostname == parts.hostname else url

    def _may_follow(self, url: str) -> bool:
        parts, home = _split(url), self._home
        if parts is None or home is None:
            return False
        return parts.hostname in self._hosts or (parts.hostname, _port(parts)) == (home.hostname, _port(home))

    def _batch(
        self, taken: _Taken, plan: Plan, newest: datetime | None, *, more: bool = False, whole: bool = False
    ) -> Batch:
        return Batch(
            self.entry.id,
            refused=taken.refused,
            memo=plan.plain(),
            more=more,
            newest_at=newest,
            items=list(taken.items.values()),
            whole=whole,
            fleeting=True,
        )


def _newest(taken: _Taken) -> datetime | None:
    return max((each.observed_at for each in taken.items.values()), default=None)


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) address; None for anything else."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if sound and url.isprintable() and " " not in url else None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _plain(node: Node) -> Mapping[str, Any]:
    """The start of a message as the quarantine keeps it."""
    return {each.name: each.text[:200] for each in node.children if each.text}
