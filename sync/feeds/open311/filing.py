"""Filing a report at an Open311 server: what is posted, what the answer means, and how it is found again. Pure.

    answer read ── a number or a token ─► taken        4xx ─► refused, with its words
    429, 503 without a number ─► it kept nothing: later        a redirect ─► refused: a report follows none
    anything else ─► nobody knows

A report is found again by the reference in its words, among those of its service since shortly before it left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from console.core.errors import BadAnswer, Refused
from console.core.forwarding import Outgoing, tells
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, SourceComplaint
from sync import replies
from sync.feed import Answer, Ask, Feed, Memo
from sync.feeds.open311 import papers
from sync.feeds.open311.feed import Open311
from sync.feeds.open311.offered import Offered
from sync.feeds.open311.plan import DAY_MS, Options, stamp
from sync.message import Message, Response

BEFORE_MS = 15 * 60_000
"""So long before it left a report is looked for: clocks differ."""
MOST_DAYS = 90
MOST_PAGES = 20
FORM = "application/x-www-form-urlencoded; charset=utf-8"
_KEPT_NOTHING = frozenset({429, 503})
_MAYBE = frozenset({408, 409, 425})
"""Of the 4xx those that do not say that nothing was kept."""
_TAKEN = frozenset({200, 201, 202, 203})


Reading = Callable[[Feed, Answer, Memo], Batch]
"""Reads an answer of a feed: here, or in a process of its own."""


class Came(StrEnum):
    """What came of it."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means."""

    came: Came
    report: str = ""
    token: str = ""
    says: str = ""
    """Phrase key, with `values`."""
    values: Mapping[str, Any] = field(default_factory=dict)
    wait_s: float = 0.0


class Filing:
    """One source that takes reports, as what is known of it says."""

    def __init__(self, entry: FeedEntry, pack: CityPack, memo: Memo) -> None:
        self._entry = entry
        self._memo = memo
        self._feed = Open311(entry, pack)
        self._page = Options.of(entry.options, entry.cadence_s).page_size
        self._paged = entry.options.get("paging", "page") != "none"

    @property
    def format(self) -> str:
        """ "json" or "xml"."""
        return "xml" if self._feed.url(self._memo, "requests").endswith(".xml") else "json"

    def message(self, going: Outgoing, key: str) -> Message:
        """What is posted. Nothing of who told it is among it. Raises `Refused` where it is not known where to, or where
        another host is named than the one the key is for."""
        accept = f"application/{self.format}"
        body = urlencode(self._fields(going, key)).encode("ascii")
        return Message("POST", self.where(), headers={"Content-Type": FORM}, body=body, accept=accept, candid=True)

    def where(self) -> str:
        """Where it is posted. Raises `Refused` as `message` does."""
        return self._url("requests")

    def _fields(self, going: Outgoing, key: str) -> list[tuple[str, str]]:
        fields = [("api_key", key), *self._fixed().items(), ("service_code", going.service)]
        if going.lat is not None and going.lon is not None:
            fields += [("lat", f"{going.lat:.6f}"), ("long", f"{going.lon:.6f}")]
        if going.address.strip():
            fields.append(("address_string", going.address.strip()))
        many = {
            each.code
            for each in Offered.of(self._memo.get("services")).attributes.get(going.service, ())
            if each.datatype == "multivaluelist"
        }
        for code, answers in going.attributes.items():
            name = f"attribute[{code}][]" if code in many or len(answers) > 1 else f"attribute[{code}]"
            fields += [(name, answer) for answer in answers if answer]
        return [*fields, ("description", going.description)]

    def read(self, response: Response) -> Verdict:
        """What the answer to it means."""
        status = response.status
        if status in replies.REDIRECTS:
            to = urljoin(self._url("requests"), response.headers.get("location", "")).partition("?")[0][:120]
            return Verdict(Came.REFUSED, says="post.redirect", values={"to": to})
        answer = self._answer(response)
        filed = self._filed(answer) if status in _TAKEN or status in _KEPT_NOTHING else None
        if filed is not None:
            return Verdict(Came.TAKEN, filed.report, filed.token)
        words = self._words(answer)
        values = {"status": str(status), "words": words}
        if status in _KEPT_NOTHING:
            wait = replies.retry_after_s(response.headers.get("retry-after"), response.at)
            return Verdict(Came.LATER, says="post.busy", values=values, wait_s=wait or 0.0)
        if 400 <= status < 500 and status not in _MAYBE:
            says = "post.refused" if words else "post.refused_status"
            return Verdict(Came.REFUSED, says=says, values=values)
        says = "post.unread" if status in _TAKEN else "post.status"
        return Verdict(Came.UNSURE, says=says, values=values)

    def looks(self, service: str, since_ms: int, now_ms: int) -> Iterable[Ask]:
        """Pages on which a report of that service may stand that left since then, in order."""
        since = max(since_ms - BEFORE_MS, now_ms - MOST_DAYS * DAY_MS)
        params = {**self._fixed(), "start_date": stamp(since), "end_date": stamp(now_ms)}
        params |= {"service_code": service} if service else {}
        for page in range(1, (MOST_PAGES if self._paged else 1) + 1):
            paged = {"page": str(page), "page_size": str(self._page)} if self._paged else {}
            yield Ask(self._url("requests"), {**params, **paged}, accept=f"application/{self.format}")

    def page(self, answer: Answer, read: Reading) -> tuple[Sequence[SourceComplaint], bool]:
        """The reports of such a page, and whether another may follow. Raises `BadAnswer`."""
        batch = read(self._feed, answer, self._memo)
        return batch.complaints, self._paged and batch.count + len(batch.refused) >= self._page

    @staticmethod
    def found(reference: str, complaints: Iterable[SourceComplaint]) -> str:
        """The number of the one that tells our reference, "" where none does."""
        return next((each.native_id for each in complaints if tells(reference, each.text, each.title)), "")

    def token_ask(self, token: str) -> Ask:
        """Asks which number a token stands for."""
        return Ask(self._url(f"tokens/{quote(token, safe='')}"), self._fixed(), accept=f"application/{self.format}")

    def token_read(self, answer: Answer) -> str:
        """That number, "" while there is none. Raises `BadAnswer`."""
        filed = papers.filed(answer, self._entry.id)
        return filed.report if filed is not None else ""

    def _fixed(self) -> dict[str, str]:
        """What stands in every question to it."""
        name = "jurisdiction_id"
        return {name: self._entry.options[name]} if self._entry.options.get(name) else {}

    def _url(self, what: str) -> str:
        url = self._feed.url(self._memo, what)
        if not url:
            raise Refused("post.nowhere", source=self._entry.id)
        known, named = urlsplit(self._entry.address), urlsplit(url)
        if (known.scheme, known.netloc.lower()) != (named.scheme, named.netloc.lower()):
            raise Refused("post.elsewhere", source=self._entry.id, to=f"{named.scheme}://{named.netloc}"[:120])
        return url

    def _answer(self, response: Response) -> Answer:
        kind, charset = replies.content_type(response.headers)
        return Answer(response.body, kind, charset, response.at, self._url("requests"), status=response.status)

    def _filed(self, answer: Answer) -> papers.Filed | None:
        try:
            return papers.filed(answer, self._entry.id)
        except BadAnswer:
            return None

    def _words(self, answer: Answer) -> str:
        try:
            return papers.errors(answer, self._entry.id)
        except BadAnswer:
            return ""
