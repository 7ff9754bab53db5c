"""How applications stand: asked as a citizen's browser would, and where one fails, at which side.

One item a path: its `native_id` is the path, `observed_at` when it was asked. `body`: `state` (up, slow, down), `side`
("" while it is well, else ours, wire, theirs; `side_says` is its phrase), `status` (None without an answer), `took_ms`,
`tls_days` (whole days its certificate still holds; None where unknown), `says` with `values` (a phrase), `since` (when
the state began) and `kept`: how many of the last 200 probes found it up, slow and down.

Ours: no name is resolved by this machine, no way leads out of it. The wire: the name, the connection, TLS, silence.
Theirs: a status that was not expected, other words than were promised. Only `contains` tells an application from the
page of a Wi-Fi portal that answers in its place without leading elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer, ConsoleError
from console.core.items import Item, ItemKind
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.strict_json import codec

MOST_PATHS = 20
KEPT = 200
"""Probes of one path that are counted."""
MOST_BYTES = 1 << 20
"""Of a page, in which the promised words are looked for."""
_SLOW_MS = 2_000
_MOST_ID = 200
_CUT = "sync.cut"
_OURS = frozenset({"EAI_AGAIN", "EAI_FAIL", "EAI_SYSTEM", "ENETUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "EMFILE"})
"""Faults that lie before the first cable: no name server answers, no way out, no port left."""
_THEIRS = frozenset({"sync.denied", "sync.away.busy", "sync.away.held", "sync.away.gone", "sync.away.server"})
_ON_THE_WAY = frozenset({"sync.bad.cut", "sync.bad.redirect"})
"""Answers that somebody between us and them spoils: a portal leads elsewhere."""
SIDES = {"ours": "sync.health.ours", "wire": "sync.health.wire", "theirs": "sync.health.theirs"}
"""Sides by the phrases that name them."""
_LETTERS = {"up": "u", "slow": "s", "down": "d"}


class _Finding(NamedTuple):
    """What one probe came to."""

    state: str
    side: str
    says: str
    values: Mapping[str, Any]
    status: int | None = None
    took_ms: int | None = None
    tls_days: int | None = None


class Health(Feed):
    """Options of a pack: paths (apart by blanks, below the address; without it the address alone), status (those that
    are well, apart by blanks; 200), contains (words that must stand in the answer), slow_ms (2000)."""

    face: ClassVar[FeedFace] = FeedFace("health", "sync.health.title", "*/*", binary=True, probes=True)

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        get = entry.options.get
        self._paths = tuple(dict.fromkeys(get("paths", "").split()))[:MOST_PATHS]
        self._well = frozenset(int(each) for each in get("status", "").split() if _is_number(each)) or frozenset({200})
        self._contains = get("contains", "").strip()
        slow = get("slow_ms", "").strip()
        self._slow_ms = int(slow) if _is_number(slow) else _SLOW_MS

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 every path, every time
        """Every path. The tag says which, and when: an ask that comes to nothing has no other time."""
        at = millis(now)
        return [
            Ask(self._url(path), accept="*/*", tag=f"{at} {path}", binary=True, page=True)
            for path in self._paths or ("",)
        ]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The application answered: whether as it should."""
        took_ms = round(answer.took_s * 1000)
        days = None if answer.tls_ends_at is None else (answer.tls_ends_at - answer.at).days
        finding = _Finding("up", "", "sync.health.up", {"ms": took_ms}, answer.status, took_ms, days)
        if answer.status not in self._well:
            told = {"status": str(answer.status)}
            finding = finding._replace(state="down", side="theirs", says="sync.health.status", values=told)
        elif self._contains and not self._is_told(answer):
            words = {"contains": self._contains[:80]}
            finding = finding._replace(state="down", side="theirs", says="sync.health.contains", values=words)
        elif took_ms > self._slow_ms:
            slow = {"ms": took_ms, "most": self._slow_ms}
            finding = finding._replace(state="slow", says="sync.health.slow", values=slow)
        return self._batch(_path(answer.tag), answer.at, finding, memo)

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        """No answer, or one the wire does not let through: that is the news. A cable that is cut on purpose, and an
        address that may not be asked, say nothing of the application."""
        if trouble.says == _CUT or trouble.says.startswith("sync.url."):
            return None
        at_ms = ask.tag.partition(" ")[0]
        if not _is_number(at_ms):
            return None
        told = str(trouble.values.get("status", ""))
        status = int(told) if _is_number(told) else None
        if status in self._well and not self._contains:
            finding = _Finding("up", "", "sync.health.status", {"status": told}, status)
        else:
            values = {name: str(value)[:200] for name, value in trouble.values.items()}
            finding = _Finding("down", _side(trouble, status), trouble.says, values, status)
        return self._batch(_path(ask.tag), from_millis(int(at_ms)), finding, memo)

    def _url(self, path: str) -> str:
        base = self.entry.address
        # put together as texts: joined as addresses, one of two slashes in front would lead to another machine
        return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base

    def _is_told(self, answer: Answer) -> bool:
        return self._contains in answer.body[:MOST_BYTES].decode(codec(answer.charset) or "utf-8", "replace")

    def _batch(self, path: str, at: datetime, finding: _Finding, memo: Memo) -> Batch:
        known = self._known(memo)
        before = known.get(path, ["", 0])
        run = (before[0] + _LETTERS[finding.state])[-KEPT:]
        since = before[1] if before[0][-1:] == run[-1] else millis(at)
        host = urlsplit(self.entry.address).hostname or self.entry.id
        title = self.entry.title.get("id") or next(iter(self.entry.title.values()), host)
        body = {
            **finding._asdict(),
            "values": dict(finding.values),
            "side_says": SIDES.get(finding.side, ""),
            "since": from_millis(since).isoformat(),
            "kept": {state: run.count(letter) for state, letter in _LETTERS.items()},
        }
        native_id = (path or urlsplit(self.entry.address).path or "/")[:_MOST_ID]
        item = Item(
            f"{self.entry.id}:{native_id}",
            self.entry.id,
            ItemKind.PROBE,
            native_id,
            f"{title} {path}".strip(),
            "",
            at,
            level=finding.state,
            url=self._url(path),
            body=body,
        )
        kept = {**known, path: [run, since]}
        return Batch(self.entry.id, memo={"kept": kept}, newest_at=at, items=[item], fleeting=True)

    def _known(self, memo: Memo) -> dict[str, list[Any]]:
        """What the memo holds of the paths that are asked now: the last states as letters, and since when."""
        kept = memo.get("kept")
        known: dict[str, list[Any]] = {}
        for path in self._paths or ("",):
            told = kept.get(path) if isinstance(kept, Mapping) else None
            if isinstance(told, list | tuple) and len(told) == 2 and type(told[0]) is str and type(told[1]) is int:
                known[path] = [told[0][-KEPT:], told[1]]
        return known


def _side(trouble: ConsoleError, status: int | None) -> str:
    """Where it failed. An answer that came whole and could not be read is theirs."""
    if trouble.says == "sync.away.resolver" or trouble.values.get("fault") in _OURS:
        return "ours"
    if status is not None or trouble.says in _THEIRS:
        return "theirs"
    return "theirs" if isinstance(trouble, BadAnswer) and trouble.says not in _ON_THE_WAY else "wire"


def _path(tag: str) -> str:
    return tag.partition(" ")[2]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
