"""What is asked of a centre, read from a URL by the rules of GeoReport v2, and what a centre's holdings answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

from console.core.clock import millis

DAY_MS = 86_400_000
MOST_SPAN_DAYS = 90
MOST_PAGE = 5000
_PAGE = 1000

Request = Mapping[str, Any]
"""One service request, in the fields of GeoReport v2."""


class BadQuery(Exception):
    """The client asked for what cannot be: a sentence of the interface, in English as the standard's own."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which requests are asked for. Instants in ms UTC."""

    since: int
    until: int
    page: int = 1
    page_size: int = _PAGE
    statuses: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    ids: tuple[str, ...] = ()
    """Overrides every other filter."""
    updated_after: int = 0
    """Asks for what changed since, whenever it was requested."""

    @property
    def start(self) -> int:
        """Number of matching requests before this page."""
        return (self.page - 1) * self.page_size


class Holding(Protocol):
    """What a centre serves."""

    def services(self) -> Sequence[Mapping[str, Any]]:
        """The list of services."""
        ...

    def requests(self, query: Query, now: int) -> Sequence[Request]:
        """One page, newest first."""
        ...

    def requests_json(self, query: Query, now: int) -> bytes:
        """The same page as JSON: what is asked most may be made faster."""
        ...


def read_query(raw: str, now: int) -> Query:
    """The query of a URL's query text. Raises `BadQuery` with the reason."""
    try:
        fields = parse_qs(raw, max_num_fields=40)
    except ValueError as trouble:
        raise BadQuery(f"query not understood: {trouble}") from None

    def one(name: str) -> str:
        return fields.get(name, [""])[-1].strip()

    def many(name: str) -> frozenset[str]:
        return frozenset(part.strip() for part in one(name).split(",") if part.strip())

    until = _instant(one("end_date"), "end_date") if one("end_date") else now
    since = _instant(one("start_date"), "start_date") if one("start_date") else until - MOST_SPAN_DAYS * DAY_MS
    if until - since > (MOST_SPAN_DAYS + 1) * DAY_MS:
        raise BadQuery(f"the span between start_date and end_date may be at most {MOST_SPAN_DAYS} days")
    return Query(
        since,
        until,
        _number(one("page"), "page", 1, 1_000_000),
        _number(one("page_size"), "page_size", _PAGE, MOST_PAGE),
        frozenset(word.lower() for word in many("status")),
        many("service_code"),
        tuple(sorted(many("service_request_id"))[:1000]),
        _instant(one("updated_after"), "updated_after") if one("updated_after") else 0,
    )


def _instant(text: str, name: str) -> int:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadQuery(f"{name} is no date and time: {text[:40]}") from None
    return millis(at if at.tzinfo else at.replace(tzinfo=UTC))


def _number(text: str, name: str, default: int, most: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise BadQuery(f"{name} is no number above 0: {text[:40]}")
    return min(int(text), most)
