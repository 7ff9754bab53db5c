"""Open311 GeoReport v2 (b1): complaints of a city, in JSON or XML, by windows of dates and pages.

Ids are text always, zoneless times take the source's zone and are flagged, the source's own word for the state
stands beside ours, fields we have no place for are kept. One bad record is refused by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from console.core.clock import millis
from console.core.errors import Away, BadAnswer, ConsoleError
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal, SourceComplaint
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.open311 import papers, xml_form
from sync.feeds.open311.offered import A_VISIT, Offered
from sync.feeds.open311.plan import DAY_MS, Options, advanced, from_tag, next_plan, params_of, read_plan, stamp, to_tag
from sync.feeds.open311.record import RecordReader
from sync.feeds.open311.updates import Updates

MOST_RECORDS = 50_000
_BESIDE = ("discovery", "updates", "services")
"""What a memo holds beside the plan."""
_NOTHING: Memo = {}
_UNKNOWN = frozenset({"400", "404", "410"})
_ANEW_MS = DAY_MS
"""Where to ask is asked again once a day."""
_WRAPPERS = ("service_requests", "requests", "request", "results")


@dataclass(slots=True)
class _Page:
    """What one answer held."""

    taken: dict[str, SourceComplaint] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    count: int = 0
    fingerprint: str = ""


class Open311(Feed):
    """The address is that of the interface, of its requests, or of its discovery, which says where it is.

    Options of a pack: format (json|xml), page_size, paging (page|none), updated_after (yes), history_days, window_days,
    overlap_s, states (mysociety), updates (mysociety: what changed is a list of its own), services (yes: keep what
    it offers), jurisdiction_id, service_code, status, extensions."""

    face: ClassVar[FeedFace] = FeedFace("open311", "sync.open311.title")

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._options = Options.of(entry.options, entry.cadence_s)
        self._format = "xml" if entry.options.get("format", "json") == "xml" else "json"
        self._updates = entry.options.get("updates", "") == "mysociety"
        self._services = entry.options.get("services", "") == "yes"
        self._accept_all = self.face.accept
        self._reader = RecordReader(entry, pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:
        """The next page of the step under way, before it where to ask at all, and after it what changed."""
        if self._by_discovery and not _fresh(memo, now):
            return [Ask(self.entry.address, accept=self._accept_all, tag=f"discovery {millis(now)}")]
        updates = Updates.of(memo.get("updates"))
        if self._updates and (ids := updates.waiting()):
            return [replace(self.ask_for(ids, memo), tag=f"changed {','.join(ids)}")]
        plan = next_plan(memo, now, self._options)
        etag = plan.etag if plan.step.kind == "news" and plan.step.page == 1 else ""
        params = self._params(params_of(plan.step, plan, self._options))
        asks = [Ask(self._url(memo), params, etag, self._accept, to_tag(plan))]
        if self._updates and millis(now) - updates.polled >= self.entry.cadence_s * 1000:
            asks.append(self._ask_updates(memo, *updates.window(millis(now))))
        return [*asks, *self._ask_services(memo, millis(now))]

    def ask_for(self, ids: Sequence[str], memo: Memo = _NOTHING) -> Ask:
        """An ask for complaints by their own ids, which overrides every other filter."""
        return Ask(self._url(memo), self._params({"service_request_id": ",".join(ids)}), accept=self._accept)

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The complaints of a page and the memo to go on from."""
        if answer.unchanged:
            return self._batch(answer, memo, _Page())
        if answer.tag.startswith("discovery "):
            return self._discovered(answer, memo)
        if answer.tag.startswith("updates "):
            return self._changed(answer, memo)
        if answer.tag.startswith(("services ", "definition ")):
            return self._offers(answer, memo)
        try:
            text = self._rows(answer)
        except BadAnswer as trouble:
            raise papers.named(trouble, answer, self.entry.id) from trouble
        page = _Page(count=len(text.value), fingerprint=_fingerprint(text.value))
        taken, refused = page.taken, page.refused
        read = self._reader.read
        for number, raw in enumerate(text.value):
            got = read(raw, f"requests[{number}]", answer.at, text.unsound)
            if isinstance(got, Refusal):
                refused.append(got)
                continue
            before = taken.get(got.id)
            if before is None or (got.updated_at or got.requested_at) >= (before.updated_at or before.requested_at):
                taken[got.id] = got
        if not taken:
            self._check_shape(text.value, answer)
        return self._batch(answer, memo, page)

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        """Complaints an update named and the server does not hold; where to ask, when that is known already."""
        kind, _, rest = ask.tag.partition(" ")
        if kind == "changed" and isinstance(trouble, Away) and str(trouble.values.get("status", "")) in _UNKNOWN:
            ids = rest.split(",")
            known = Updates.of(memo.get("updates")).asked(ids)
            lost = Refusal("updates", "sync.open311.lost", {"count": len(ids), "ids": ", ".join(ids)[:200]})
            memo = {**memo, "updates": known.plain()}
            return Batch(self.entry.id, refused=[lost], memo=memo, more=bool(known.waiting()))
        if kind == "discovery" and (found := _found(memo)) and rest.isdigit():
            return Batch(self.entry.id, memo={**memo, "discovery": {**found, "at": int(rest)}}, more=True)
        if kind in ("services", "definition") and not _is_link(trouble):
            offered = Offered.of(memo.get("services"))
            offered = replace(offered, at=int(rest)) if kind == "services" else offered.without(rest)
            return Batch(
                self.entry.id,
                refused=[Refusal(ask.tag, "sync.open311.no_services")],
                memo={**memo, "services": offered.plain()},
            )
        return None

    def url(self, memo: Memo, what: str) -> str:
        """Where something of the interface is asked: `requests`, `services`, `tokens/1`. Asked by discovery, "" before
        that was read."""
        return "" if self._by_discovery and not _found(memo) else self._url(memo, what)

    @property
    def _accept(self) -> str:
        return "application/xml" if self._format == "xml" else "application/json"

    @property
    def _by_discovery(self) -> bool:
        return urlsplit(self.entry.address).path.endswith(("/discovery.json", "/discovery.xml"))

    def _url(self, memo: Memo, what: str = "requests", form: str = "") -> str:
        address = self.entry.address
        form = form or self._format
        if self._by_discovery:
            if what != "servicerequestupdates" and _found(memo).get("formats") == ["xml"]:
                form = "xml"
            address = str(_found(memo).get("url", "")) or address.rpartition("/")[0]
        if not address.endswith((".json", ".xml")):
            return f"{address.rstrip('/')}/{what}.{form}"
        return address if what == "requests" else f"{address.rpartition('/')[0]}/{what}.{form}"

    def _ask_updates(self, memo: Memo, since: int, until: int) -> Ask:
        params = self._params({"start_date": stamp(since), "end_date": stamp(until)})
        url = self._url(memo, "servicerequestupdates", "xml")
        return Ask(url, params, accept=self._accept_all, tag=f"updates {until}")

    def _ask_services(self, memo: Memo, now_ms: int) -> list[Ask]:
        """Behind the complaints: the list once a day, and some of the definitions that are still to come."""
        if not self._services:
            return []
        offered = Offered.of(memo.get("services"))
        if offered.due(now_ms):
            asks = [("services", f"services {now_ms}")]
        else:
            asks = [(f"services/{quote(code, safe='')}", f"definition {code}") for code in offered.todo[:A_VISIT]]
        fixed = {name: self.entry.options.get(name, "") for name in ("jurisdiction_id",)}
        params = {name: value for name, value in fixed.items() if value}
        return [Ask(self._url(memo, what), params, accept=self._accept, tag=tag) for what, tag in asks]

    def _offers(self, answer: Answer, memo: Memo) -> Batch:
        """The services, or what one of them asks for."""
        kind, _, rest = answer.tag.partition(" ")
        offered = Offered.of(memo.get("services"))
        if kind == "services":
            services, refused = papers.services(answer, self.entry.id)
            offered, more_refused = offered.with_services(services, millis(answer.at))
        else:
            attributes, refused = papers.attributes(answer, self.entry.id)
            offered, more_refused = offered.with_attributes(rest, attributes)
        return Batch(self.entry.id, refused=[*refused, *more_refused], memo={**memo, "services": offered.plain()})

    def _changed(self, answer: Answer, memo: Memo) -> Batch:
        """What changed, to be asked for next."""
        until = answer.tag.partition(" ")[2]
        rows = papers.updates(answer, self.entry.id)
        zone = ZoneInfo(self.entry.zone) if self.entry.zone else self.pack.zone
        known = Updates.of(memo.get("updates"))
        known, refused = known.with_rows(rows, int(until) if until.isdigit() else millis(answer.at), answer.at, zone)
        memo = {**memo, "updates": known.plain()}
        more = bool(known.waiting()) or bool((plan := read_plan(memo)) and plan.todo)
        return Batch(self.entry.id, refused=refused, memo=memo, more=more)

    def _discovered(self, answer: Answer, memo: Memo) -> Batch:
        """Where the server is asked from now on. From an address with TLS none leads to one without."""
        secure = urlsplit(self.entry.address).scheme == "https"
        for each in papers.endpoints(answer, self.entry.id):
            if each.url.startswith("https://") or (not secure and each.url.startswith("http://")):
                found = {"url": each.url.rstrip("/"), "at": millis(answer.at), "formats": list(each.formats)}
                return Batch(self.entry.id, memo={**memo, "discovery": found}, more=True)
        raise BadAnswer("sync.open311.nowhere", source=self.entry.id)

    def _params(self, params: Mapping[str, str]) -> dict[str, str]:
        options = self.entry.options
        fixed = ("jurisdiction_id", "service_code", "status", "extensions")
        return {**params, **{name: options[name] for name in fixed if options.get(name)}}

    def _rows(self, answer: Answer) -> strict_json.Text:
        """The list of requests, whichever of the two forms it came in."""
        source = self.entry.id
        if xml_form.looks_like_xml(answer.body):
            text = strict_json.Text(xml_form.read(answer.body, answer.charset, source), False)
        else:
            text = strict_json.lenient(answer.body, answer.charset, source)
        rows = _unwrapped(text.value)
        if not isinstance(rows, list):
            raise BadAnswer("sync.bad.shape", source=source)
        if len(rows) > MOST_RECORDS:
            raise BadAnswer("sync.bad.many", source=source, count=len(rows), most=MOST_RECORDS)
        first = rows[0] if rows else None
        if isinstance(first, dict) and "service_request_id" not in first and "description" in first and "code" in first:
            reason = str(first["description"])[:200]
            raise BadAnswer("sync.bad.error", source=source, code=str(first["code"])[:20], reason=reason)
        text.value = rows
        return text

    def _check_shape(self, rows: Sequence[Any], answer: Answer) -> None:
        """A list in which nothing is a request is not a list of bad requests but another list."""
        like = ("service_request_id", "token")
        if rows and not any(
            isinstance(raw, strict_json.Unsound) or (isinstance(raw, dict) and any(name in raw for name in like))
            for raw in rows
        ):
            raise papers.named(BadAnswer("sync.bad.shape", source=self.entry.id), answer, self.entry.id)

    def _batch(self, answer: Answer, memo: Memo, got: _Page) -> Batch:
        newest = max((each.updated_at or each.requested_at for each in got.taken.values()), default=None)
        complaints = list(got.taken.values())
        if self._updates:
            updates = Updates.of(memo.get("updates"))
            complaints = [updates.above(each) for each in complaints]
        plan = from_tag(answer.tag)
        if answer.tag.startswith("changed "):
            known = Updates.of(memo.get("updates")).asked(answer.tag.partition(" ")[2].split(","))
            memo = {**memo, "updates": known.plain()}
            more = bool(known.waiting()) or not known.polled or bool((under_way := read_plan(memo)) and under_way.todo)
            return Batch(self.entry.id, complaints, got.refused, memo, more, newest)
        if plan is None:
            return Batch(self.entry.id, complaints, got.refused, memo, False, newest)
        plan, overfull = advanced(
            plan,
            self._options,
            count=got.count,
            fingerprint=got.fingerprint,
            newest=millis(newest) if newest else 0,
            etag=answer.etag,
            at=answer.at,
        )
        memo = {**plan.plain(), **{name: memo[name] for name in _BESIDE if name in memo}}
        if overfull:
            got.refused.append(Refusal("requests", "sync.refused.overfull", {"count": got.count}))
        return Batch(self.entry.id, complaints, got.refused, memo, bool(plan.todo), newest)


def _found(memo: Memo) -> Mapping[str, Any]:
    """Where the discovery says the interface is; {} where it was not read."""
    found = memo.get("discovery")
    sound = isinstance(found, Mapping) and type(found.get("url")) is str and type(found.get("at")) is int
    return found if sound and isinstance(found, Mapping) else {}


def _fresh(memo: Memo, now: datetime) -> bool:
    found = _found(memo)
    return bool(found) and abs(millis(now) - int(found["at"])) < _ANEW_MS


def _is_link(trouble: ConsoleError) -> bool:
    """Whether it is about the server as a whole and not about one of its addresses."""
    return isinstance(trouble, Away) and str(trouble.values.get("status", "")) not in _UNKNOWN


def _unwrapped(value: Any) -> Any:
    """The list itself: some servers put it in an object, some in two."""
    for _ in range(2):
        if not isinstance(value, dict):
            break
        value = next((value[name] for name in _WRAPPERS if name in value), None)
    return value


def _fingerprint(rows: Sequence[Any]) -> str:
    """Tells one page from another by the ids at its ends and its length."""
    ends = [str(row.get("service_request_id")) for row in (*rows[:1], *rows[-1:]) if isinstance(row, dict)]
    return hashlib.blake2b(f"{len(rows)} {ends}".encode(), digest_size=8).hexdigest()
