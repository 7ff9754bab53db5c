"""What to ask an Open311 source next, as a plain table of steps that stands in the memo.

GeoReport v2 knows no cursor, only windows of dates of at most 90 days and, in the wild, pages. So: today first,
that the room sees it at once, then back through history window by window, the newest first; and whenever the
source is due, the news before the next window of history. Every state is JSON and is stored with the records,
so that a kill at any moment only asks one page again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from console.core.clock import from_millis, millis

VERSION = 1
DAY_MS = 86_400_000
_MOST_WINDOW_DAYS = 90
_LEAST_WINDOW_MS = 3_600_000
_MOST_PAGES = 10_000
_SWEEP_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class Options:
    """What a pack may say of a source."""

    page_size: int = 1000
    paged: bool = True
    updated_after: bool = False
    """True where the server can be asked for what changed since an instant."""
    history_days: int = 90
    window_days: int = 30
    overlap_s: int = 3600
    cadence_s: float = 60.0

    @classmethod
    def of(cls, raw: Mapping[str, str], cadence_s: float) -> Options:
        """From the pack's texts; what is not a number there keeps the default."""

        def number(name: str, default: int, least: int, most: int) -> int:
            text = raw.get(name, "").strip()
            return min(max(int(text), least), most) if text.isascii() and text.isdigit() else default

        updated_after = raw.get("updated_after", "") in ("yes", "true", "1")
        return cls(
            number("page_size", 1000, 1, 50_000),
            raw.get("paging", "page") != "none",
            updated_after,
            number("history_days", 90, 1, 36_500),
            number("window_days", 30, 1, _MOST_WINDOW_DAYS),
            number("overlap_s", 300 if updated_after else 3600, 0, 30 * 86_400),
            cadence_s,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One window to read: `since` and `until` in ms UTC, `until` 0 for open."""

    kind: str
    """"first", "back", "news" or "sweep"."""
    since: int
    until: int
    page: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the feed remembers between asks."""

    todo: tuple[Step, ...] = ()
    since: int = 0
    """All that changed before is held."""
    mark: int = 0
    """Newest instant seen in the step under way: becomes `since` when that is through."""
    polled: int = 0
    swept: int = 0
    paged: bool = True
    etag: str = ""
    """Of the news asked with this very `since`."""
    last: str = ""
    """Fingerprint of the last page: the same again means that the server knows no pages."""
    v: int = field(default=VERSION)

    @property
    def step(self) -> Step:
        """The step under way."""
        return self.todo[0]

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "todo": [[step.kind, step.since, step.until, step.page] for step in self.todo]}


def read_plan(memo: Mapping[str, Any]) -> Plan | None:
    """The plan in a memo; None where there is none, or one of another version: then we begin anew."""
    if memo.get("v") != VERSION:
        return None
    try:
        todo = tuple(Step(str(kind), int(a), int(b), int(page)) for kind, a, b, page in memo["todo"])
        return Plan(
            todo,
            int(memo["since"]),
            int(memo["mark"]),
            int(memo["polled"]),
            int(memo["swept"]),
            bool(memo["paged"]),
            str(memo["etag"]),
            str(memo["last"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def next_plan(memo: Mapping[str, Any], now: datetime, options: Options) -> Plan:
    """The plan with at least one step: what is asked now."""
    now_ms = millis(now)
    plan = read_plan(memo)
    if plan is None:
        steps = (Step("first", now_ms - DAY_MS, now_ms), *_back(now_ms - DAY_MS, options.history_days - 1, options))
        return Plan(steps, polled=now_ms, swept=now_ms, paged=options.paged)
    under_way = bool(plan.todo) and plan.step.kind in ("first", "news")
    if not under_way and (not plan.todo or now_ms - plan.polled >= options.cadence_s * 1000):
        since = max(0, plan.since - options.overlap_s * 1000)
        plan = replace(plan, todo=(Step("news", since, 0), *plan.todo), polled=now_ms, mark=0, last="")
        if not options.updated_after and now_ms - plan.swept >= _SWEEP_MS:
            # without a way to ask for changes, those of older complaints are only found by looking again
            days = min(options.history_days, _MOST_WINDOW_DAYS)
            sweep = tuple(replace(step, kind="sweep") for step in _back(now_ms, days, options))
            plan = replace(plan, todo=(*plan.todo, *sweep), swept=now_ms)
    return plan


def _back(until: int, days: int, options: Options) -> tuple[Step, ...]:
    least = until - days * DAY_MS
    steps = []
    while until > least:
        since = max(least, until - options.window_days * DAY_MS)
        steps.append(Step("back", since, until))
        until = since
    return tuple(steps)


def params_of(step: Step, plan: Plan, options: Options) -> dict[str, str]:
    """The query of a step."""
    news = step.kind == "news" and options.updated_after
    params = {"updated_after" if news else "start_date": stamp(step.since)}
    if step.until:
        params["end_date"] = stamp(step.until)
    if plan.paged:
        params["page"] = str(step.page)
        params["page_size"] = str(options.page_size)
    return params


def stamp(ms: int) -> str:
    """An instant as GeoReport v2 wants it."""
    return from_millis(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def advanced(
    plan: Plan, options: Options, *, count: int, fingerprint: str, newest: int, etag: str, at: datetime
) -> tuple[Plan, bool]:
    """The plan after a page of `count` records, and whether the step had to be given up as too full."""
    step = plan.step
    plan = replace(plan, mark=max(plan.mark, newest))
    full = count >= options.page_size
    if plan.paged and full and step.page < _MOST_PAGES:
        if fingerprint != plan.last:
            return replace(plan, todo=(replace(step, page=step.page + 1), *plan.todo[1:]), last=fingerprint), False
        plan = replace(plan, paged=False)
    if not plan.paged and full:
        until = step.until or millis(at)
        middle = (step.since + until) // 2
        if until - step.since > _LEAST_WINDOW_MS and not (step.kind == "news" and options.updated_after):
            halves = (Step(step.kind, middle, step.until), Step(step.kind, step.since, middle))
            return replace(plan, todo=(*halves, *plan.todo[1:]), last=""), False
    rest = plan.todo[1:]
    since = plan.since
    ends = step.kind in ("first", "news") and not any(each.kind == step.kind for each in rest)
    if ends:
        # a clock ahead of ours must not carry us past what is still to come
        since = max(since, min(plan.mark, millis(at)) if plan.mark else (0 if since else plan.polled))
    kept = etag if step.kind == "news" and step.page == 1 and since == plan.since else ""
    if step.kind != "news":
        kept = plan.etag
    done = replace(plan, todo=rest, since=since, mark=0 if ends else plan.mark, last="", etag=kept)
    return done, not plan.paged and full


def to_tag(plan: Plan) -> str:
    """A plan as the tag of its ask, so that its answer is read by the same plan."""
    return json.dumps(plan.plain(), separators=(",", ":"))


def from_tag(tag: str) -> Plan | None:
    """The plan of a tag."""
    return read_plan(json.loads(tag)) if tag.startswith("{") else None
