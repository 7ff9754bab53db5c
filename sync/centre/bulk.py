"""Very many complaints at once, for measuring: made so cheaply that the centre is not what is measured.

Some hundreds of a town's complaints are rendered once; each record is one of them with its own id, times and a
place some metres off. Which records lie in a window follows by arithmetic, so that no page is searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.core.clock import from_millis
from sync.centre import render
from sync.centre.query import DAY_MS, Query, Request
from sync.centre.town import Town

_MODELS = 499
_OWN = ("service_request_id", "requested_datetime", "updated_datetime", "expected_datetime", "lat", "long")


class Bulk:
    """`total` records spread evenly over the `days` before `until` (ms UTC), oldest first."""

    def __init__(self, town: Town, total: int, until: int, days: int) -> None:
        self._town = town
        self._total = total
        self._step = max(1, days * DAY_MS // total)
        self._first = until - total * self._step
        self._models = town.requests(Query(0, until, page_size=_MODELS), until)
        self._forms = [_form(model) for model in self._models]

    def services(self) -> Sequence[Mapping[str, Any]]:
        """Those of the town."""
        return self._town.services()

    def requests(self, query: Query, now: int) -> Sequence[Request]:
        """One page, newest first."""
        return [self._record(number) for number in self._numbers(query, now)]

    def requests_json(self, query: Query, now: int) -> bytes:
        """The same page, from ready forms."""
        forms, count = self._forms, len(self._forms)
        return ("[" + ",".join([forms[n % count] % self._own(n) for n in self._numbers(query, now)]) + "]").encode()

    def _numbers(self, query: Query, now: int) -> range:
        """Numbers of the records of a page: filters other than windows are not for bulk."""
        if query.ids:
            return range(0)
        since = query.updated_after or query.since
        until = now if query.updated_after else min(query.until, now)
        first = max(0, -((self._first - since) // self._step))
        newest = min(self._total - 1, (until - self._first) // self._step) - query.start
        return range(newest, max(first, newest - query.page_size + 1) - 1, -1)

    def _own(self, number: int) -> tuple[str, str, str, str, float, float]:
        at = from_millis(self._first + number * self._step)
        model = self._models[number % len(self._models)]
        shift = (number * 7919 % 2000 - 1000) * 1e-6
        told = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"B{number:08}", told, told, told, (model["lat"] or 0.0) + shift, (model["long"] or 0.0) - shift

    def _record(self, number: int) -> Request:
        model = dict(self._models[number % len(self._models)])
        model.update(zip(_OWN, self._own(number), strict=True))
        return model


def _form(model: Request) -> str:
    """A record as JSON with places for what is its own."""
    marks: dict[str, Any] = {name: f"\x1a{name}" for name in _OWN}
    text = render.as_json([{**marks, **{name: value for name, value in model.items() if name not in marks}}])
    form = text.decode()[1:-1].replace("%", "%%")
    for name in _OWN:
        form = form.replace(f'"\\u001a{name}"', "%.6f" if name in ("lat", "long") else '"%s"')
    return form
