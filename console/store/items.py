"""What sources tell that is no complaint, into its table: the later revision stays, the same again changes nothing.

An item is an idempotent upsert by its id, so part of a batch may be committed alone. The caller holds the transaction.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from console.core.clock import MOST_AHEAD, millis
from console.core.erasure import item_mark
from console.core.items import Item, ItemKind
from console.store.lifetimes import DAY_MS, Retention

COLUMNS = (
    "id, source, kind, native_id, title, text, observed_at, starts_at, ends_at, lat, lon, area, level, url,"
    " zone_assumed, revised_at, body"
)
"""As an `Item` has them."""
UNSEARCHED = frozenset({ItemKind.VEHICLE, ItemKind.TRIP})
"""Kinds whose words nobody looks for, and which change every few seconds."""
BY_NAME = frozenset({ItemKind.ALERT, ItemKind.FLOOD})
"""Kinds of which none is taken to be over while anything of an answer could not be read: it may be that very one."""
_NAMES = COLUMNS.replace(",", "").split()
_OBSERVED, _REVISED = _NAMES.index("observed_at"), _NAMES.index("revised_at")
_TITLE, _TEXT = _NAMES.index("title"), _NAMES.index("text")
_INSERT = f"INSERT INTO item ({COLUMNS}, received_at) VALUES ({','.join('?' * (len(_NAMES) + 1))})"
_UPDATE = f"UPDATE item SET {','.join(f'{name} = ?' for name in _NAMES)}, received_at = ?, gone_at = NULL WHERE n = ?"
_AHEAD_MS = MOST_AHEAD // timedelta(milliseconds=1)
_DROP_WORDS = "INSERT INTO item_search (item_search, rowid, title, text) VALUES ('delete', ?, ?, ?)"
_ADD_WORDS = "INSERT INTO item_search (rowid, title, text) VALUES (?, ?, ?)"


class Items:
    """The hand that writes items. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, keep: Retention) -> None:
        self._db = db
        self.erased: Collection[str] = frozenset()
        """Marks of items a person had erased: told again, they stay gone."""
        self._oldest_ms = {str(kind): kept.days * DAY_MS for kind, kept in keep.items.items() if not kept.told}

    def take(self, items: Iterable[Item], at: int) -> list[str]:
        """Write some items of a batch that came `at`; the ids of those that are new, changed, or back again."""
        latest = at + _AHEAD_MS
        newest: dict[str, tuple[Any, ...]] = {}
        for item in items:
            theirs = _values(item)
            if self._too_old(theirs, at) or (self.erased and item_mark(theirs[0]) in self.erased):
                continue
            other = newest.get(theirs[0])
            if other is None or not _older(theirs, other, latest):
                newest[theirs[0]] = theirs
        known = self._known(newest)
        changed = []
        for name, theirs in newest.items():
            row = known.get(name)
            if row is None:
                self._add(theirs, at)
            elif row[2:] != theirs and not _older(theirs, row[2:], latest):
                self._change(row, theirs, at)
            elif row[1] is None:
                continue
            else:  # told again, after it was not
                self._db.execute("UPDATE item SET gone_at = NULL WHERE n = ?", (row[0],))
            changed.append(name)
        return changed

    def told(self, source: str, ids: Sequence[str]) -> None:
        """The source, which tells all it holds, told these; more of it is to come."""
        self._db.executemany(
            "INSERT OR IGNORE INTO item_told SELECT ?, n FROM item WHERE id = ?", ((source, name) for name in ids)
        )

    def end(self, source: str, ids: Collection[str], at: int, spare: Collection[str] = ()) -> list[str]:
        """The source has told all it holds, `ids` the last of it: what else was here is over, but for the kinds to
        `spare`. The ids of what is."""
        marks = ",".join("?" * len(spare))
        here = self._db.execute(
            "SELECT n, id FROM item WHERE source = ?1 AND gone_at IS NULL"
            f" AND n NOT IN (SELECT n FROM item_told WHERE source = ?1) AND kind NOT IN ({marks})",
            (source, *spare),
        )
        over = [(n, name) for n, name in here if name not in ids]
        self._db.executemany("UPDATE item SET gone_at = ? WHERE n = ?", ((at, n) for n, _ in over))
        self._db.execute("DELETE FROM item_told WHERE source = ?", (source,))
        return [name for _, name in over]

    def drop(self, rows: Sequence[int]) -> None:
        """Forget these rows."""
        for n in rows:
            self._drop_words(n)
            self._db.execute("DELETE FROM item_refers WHERE n = ?", (n,))
            self._db.execute("DELETE FROM item WHERE n = ?", (n,))

    def erase(self, marks: Collection[str]) -> list[str]:
        """Forget the items of these marks; their ids."""
        found = [(n, name) for n, name in self._db.execute("SELECT n, id FROM item") if item_mark(name) in marks]
        for n, _ in found:
            self._db.execute("DELETE FROM item_told WHERE n = ?", (n,))
        self.drop([n for n, _ in found])
        return [name for _, name in found]

    def _too_old(self, theirs: tuple[Any, ...], at: int) -> bool:
        """Whether it would be let go of at once."""
        kept_ms = self._oldest_ms.get(theirs[2])
        return kept_ms is not None and max(theirs[_OBSERVED], theirs[_OBSERVED + 2] or 0) < at - kept_ms

    def _known(self, newest: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        # Not by json_each: it ends a text at its first NUL, and an id from outside may hold one.
        marks = ",".join("?" * len(newest))
        query = f"SELECT n, gone_at, {COLUMNS} FROM item WHERE id IN ({marks})"
        return {row[2]: row for row in self._db.execute(query, list(newest))}

    def _add(self, theirs: tuple[Any, ...], at: int) -> None:
        n = self._db.execute(_INSERT, (*theirs, at)).lastrowid
        if theirs[2] not in UNSEARCHED:
            self._db.execute(_ADD_WORDS, (n, theirs[_TITLE], theirs[_TEXT]))
        self._refer(n, theirs)

    def _change(self, row: tuple[Any, ...], theirs: tuple[Any, ...], at: int) -> None:
        n, before = row[0], row[2:]
        words = (theirs[2] in UNSEARCHED, theirs[_TITLE], theirs[_TEXT])
        other = words != (before[2] in UNSEARCHED, before[_TITLE], before[_TEXT])
        if other:
            self._drop_words(n)
        self._db.execute(_UPDATE, (*theirs, at, n))
        if other and not words[0]:
            self._db.execute(_ADD_WORDS, (n, theirs[_TITLE], theirs[_TEXT]))
        if ItemKind.ALERT in (theirs[2], before[2]):
            self._db.execute("DELETE FROM item_refers WHERE n = ?", (n,))
            self._refer(n, theirs)

    def _drop_words(self, n: int) -> None:
        found = self._db.execute("SELECT kind, title, text FROM item WHERE n = ?", (n,)).fetchone()
        if found is not None and found[0] not in UNSEARCHED:
            self._db.execute(_DROP_WORDS, (n, *found[1:]))

    def _refer(self, n: int | None, theirs: tuple[Any, ...]) -> None:
        if theirs[2] == ItemKind.ALERT:
            body = json.loads(theirs[-1])
            sent = sent_ms(body, theirs[_OBSERVED])
            rows = [(reference(each), n, sent) for each in referred(body)]
            self._db.executemany("INSERT OR IGNORE INTO item_refers VALUES (?, ?, ?)", rows)


def referred(body: Mapping[str, Any]) -> list[str]:
    """What an alert takes the place of: its references, where it is in earnest and an update or a cancelling."""
    earnest = body.get("status") == "Actual" and body.get("msgType") in ("Update", "Cancel")
    references = body.get("references")
    if not earnest or not isinstance(references, list):
        return []
    return [each for each in references if isinstance(each, str)]


def reference(text: str) -> str:
    """A reference ("sender,identifier,sent") in the form in which it is compared: of one instant there are many
    spellings."""
    sender, _, rest = text.partition(",")
    identifier, _, sent = rest.rpartition(",")
    return alert_name(sender, identifier, sent)


def alert_name(sender: Any, identifier: Any, sent: Any) -> str:
    """What an alert is known by, in the form in which it is compared."""
    at = _told_ms(sent)
    return f"{str(sender).strip()},{str(identifier).strip()},{str(sent).strip() if at is None else at}"


def sent_ms(body: Mapping[str, Any], observed: int) -> int:
    """When an alert was sent; where it does not say so, when it was observed."""
    at = _told_ms(body.get("sent"))
    return observed if at is None else at


def _told_ms(told: Any) -> int | None:
    try:
        at = datetime.fromisoformat(str(told).strip())
        return millis(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _older(theirs: Sequence[Any], other: Sequence[Any], latest: int) -> bool:
    """True where the first says of itself that it is older. Where one says a time after `latest`, which is none, the
    later to come holds: else a single wrong year would shut out all that is right."""
    mine = theirs[_OBSERVED] if theirs[_REVISED] is None else theirs[_REVISED]
    seen = other[_OBSERVED] if other[_REVISED] is None else other[_REVISED]
    return bool(mine < seen <= latest)


def _values(item: Item) -> tuple[Any, ...]:
    """An item as stored."""
    lat, lon = place(item.lat, item.lon)
    return (
        sound(item.id),
        item.source,
        str(item.kind),
        sound(item.native_id),
        sound(item.title),
        sound(item.text),
        millis(item.observed_at),
        _millis(item.starts_at),
        _millis(item.ends_at),
        lat,
        lon,
        item.area,
        sound(item.level),
        sound(item.url),
        int(item.zone_assumed),
        _millis(item.revised_at),
        json_text(item.body),
    )


def json_text(value: Any) -> str:
    """JSON values as text, numbers that are none as null."""
    try:
        text = _text(value)
    except ValueError:
        text = _text(_finite(value))
    return sound(text)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sound(text: str) -> str:
    """A text as SQLite keeps it: without halves of surrogate pairs."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def place(lat: float | None, lon: float | None) -> tuple[float | None, float | None]:
    """A place on earth, or none."""
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None, None
    return float(lat), float(lon)


def _millis(at: datetime | None) -> int | None:
    return None if at is None else millis(at)
