"""Open311 GeoReport v2 (b1): complaints of a city, in JSON or XML, by windows of dates and pages.

Ids are text always, zoneless times take the source's zone and are flagged, the source's own word for the state
stands beside ours, fields we have no place for are kept. One bad record is refused by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from console.core.clock import millis
from console.core.errors import BadAnswer
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal, SourceComplaint
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.open311 import papers, xml_form
from sync.feeds.open311.plan import Options, advanced, from_tag, next_plan, params_of, to_tag
from sync.feeds.open311.record import RecordReader

MOST_RECORDS = 50_000
_WRAPPERS = ("service_requests", "requests", "request", "results")


@dataclass(slots=True)
class _Page:
    """What one answer held."""

    taken: dict[str, SourceComplaint] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    count: int = 0
    fingerprint: str = ""


class Open311(Feed):
    """Options of a pack: format (json|xml), page_size, paging (page|none), updated_after (yes), history_days,
    window_days, overlap_s, states (mysociety), jurisdiction_id, service_code, status, extensions."""

    face: ClassVar[FeedFace] = FeedFace("open311", "sync.open311.title")

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._options = Options.of(entry.options, entry.cadence_s)
        self._format = "xml" if entry.options.get("format", "json") == "xml" else "json"
        self._reader = RecordReader(entry, pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:
        """Always one ask: the next page of the step under way."""
        plan = next_plan(memo, now, self._options)
        etag = plan.etag if plan.step.kind == "news" and plan.step.page == 1 else ""
        return [
            Ask(self._url(), self._params(params_of(plan.step, plan, self._options)), etag, self._accept, to_tag(plan))
        ]

    def ask_for(self, ids: Sequence[str]) -> Ask:
        """An ask for complaints by their own ids, which overrides every other filter."""
        return Ask(self._url(), self._params({"service_request_id": ",".join(ids)}), accept=self._accept)

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The complaints of a page and the memo to go on from."""
        if answer.unchanged:
            return self._batch(answer, memo, _Page())
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

    @property
    def _accept(self) -> str:
        return "application/xml" if self._format == "xml" else "application/json"

    def _url(self) -> str:
        address = self.entry.address
        if address.endswith((".json", ".xml")):
            return address
        return f"{address.rstrip('/')}/requests.{self._format}"

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
        plan = from_tag(answer.tag)
        if plan is None:
            return Batch(self.entry.id, list(got.taken.values()), got.refused, memo, False, newest)
        plan, overfull = advanced(
            plan,
            self._options,
            count=got.count,
            fingerprint=got.fingerprint,
            newest=millis(newest) if newest else 0,
            etag=answer.etag,
            at=answer.at,
        )
        if overfull:
            got.refused.append(Refusal("requests", "sync.refused.overfull", {"count": got.count}))
        return Batch(self.entry.id, list(got.taken.values()), got.refused, plan.plain(), bool(plan.todo), newest)


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
