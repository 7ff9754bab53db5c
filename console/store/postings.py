"""Reports handed on to other applications: how each stands, written so that none is ever sent twice without a person.

    deed ─► waiting ─ begin ─► begun ─ the server's answer ─► taken │ refused
                                  ├─ nothing was sent ─► waiting
                                  └─ nobody knows, or killed here ─► unsure ─ found by its reference ─► taken

Before the first byte leaves "begun" is on the disk. A file that may be older than what was done (restored, salvaged,
copied to another machine) is in doubt: whatever waits in it may have been sent since, so it is unsure as well, and so
is a deed that the black box brings back. The caller holds the transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from console.core.clock import Clock, from_millis, millis
from console.core.command import Envelope, Outcome, Posting
from console.core.errors import Refused
from console.core.forwarding import DEEDS, FORWARD_REFUSED, FORWARDED, Outgoing, Post
from console.core.lifecycle import Deed
from console.store import schema
from console.store.database import door, plain, transaction
from console.store.documents import Documents
from console.store.histories import DEED, EventRow, add_event
from console.store.ledger import Ledger
from console.store.outbox import Outbox
from console.store.tables import present

DOUBT = "postings_doubt"
"""Note of the file: until when what was done may have been forgotten by it, ms."""
FIRST_TRY_MS, MOST_TRY_MS = 5_000, 900_000
FIRST_LOOK_MS, MOST_LOOK_MS = 10_000, 6 * 3_600_000
"""Between two tries to send, two looks and two questions for a number: each time twice as long."""
UNSURE_DEED = "forward_unsure"
"""As the ledger tells it."""
_ABOUT = "deed IN ('forward', 'forwarded', 'forward_refused', 'forward_drop', 'forward_again')"
"""As the index event_forward says it, word for word: else it is not used."""
_OPEN = frozenset({Post.WAITING, Post.UNSURE, Post.TAKEN})


class Due(NamedTuple):
    """Something is to be done about a report now."""

    command: str
    complaint: str
    target: str
    reference: str
    state: Post
    token: str
    since_ms: int
    """From when on the server may have it."""
    service: str = ""


def doubt(db: sqlite3.Connection, at: int) -> None:
    """This file may be older than what was done until then. What waits in it may have been sent."""
    db.execute(
        "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2"
        " WHERE CAST(value AS INTEGER) < CAST(?2 AS INTEGER)",
        (DOUBT, str(at)),
    )
    if present(db, ("posting",)):
        db.execute(
            "UPDATE posting SET state = ?, says = 'post.doubt', told = '{}', next_at = ? WHERE state IN (?, ?)",
            (Post.UNSURE, at, Post.WAITING, Post.BEGUN),
        )


def doubt_file(path: Path, clock: Clock) -> None:
    """The same of a file nobody has opened."""
    with door(path), closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.climb(db, schema.RECORDS, path)
        with transaction(db):
            doubt(db, millis(clock.now()))


class Postings:
    """The hand that writes them. One connection, one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        documents: Documents,
        outbox: Outbox,
        ledger: Ledger,
        clock: Clock,
        *,
        console: str,
    ) -> None:
        self._db = db
        self._documents = documents
        self._outbox = outbox
        self._ledger = ledger
        self._clock = clock
        self.console = console
        """Who sends what is asked here."""

    # what people ask

    def do(self, envelope: Envelope, complaint: str, asked: Posting) -> None:
        """What a deed does about it. Raises `Refused` where the world moved since it was checked."""
        if asked.does == Deed.FORWARD:
            self._add(envelope, complaint, asked)
            return
        now = millis(self._clock.now())
        row = self._row(asked.forward)
        state = Post(row["state"]) if row is not None else None
        if state is None:
            raise Refused("commands.forward.absent")
        if asked.does == Deed.FORWARD_LOOK:
            self._set(asked.forward, next_at=now) if state in _OPEN else None
        elif asked.does == Deed.FORWARD_AGAIN and state in (Post.REFUSED, Post.UNSURE):
            again = int(row["again"]) + 1 if row else 1
            unsure = self._doubted(millis(envelope.at))
            maybe = int(state is Post.UNSURE or bool(row and row["maybe"]))
            says, then = ("post.doubt", Post.UNSURE) if unsure else ("", Post.WAITING)
            values = {"state": then, "next_at": now, "looks": 0, "says": says, "told": "{}"}
            self._set(asked.forward, **values, again=again, maybe=maybe)
        elif asked.does == Deed.FORWARD_DROP and state in (Post.WAITING, Post.REFUSED, Post.UNSURE):
            self._set(asked.forward, state=Post.WITHDRAWN, next_at=None, done_at=now)
        else:
            raise Refused(f"commands.{asked.does}.{state}")

    def marks(self, asked: Posting | None) -> dict[str, str]:
        """What the deed's document says beside its fields: who sends it."""
        return {"console": self.console} if asked is not None and asked.does == Deed.FORWARD else {}

    def _add(self, envelope: Envelope, complaint: str, asked: Posting) -> None:
        at, now = millis(envelope.at), millis(self._clock.now())
        unsure = self._doubted(at)
        self._db.execute(
            "INSERT INTO posting (command, complaint, target, reference, home, at, state, next_at, says)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(envelope.id, complaint, asked.target, asked.reference, self.console, at),
                *(Post.UNSURE if unsure else Post.WAITING, now, "post.doubt" if unsure else ""),
            ),
        )

    def _doubted(self, at: int) -> bool:
        """Only the black box brings a deed of then: it was done, and this file forgot it."""
        return at <= int(plain(self._db.execute("SELECT value FROM meta WHERE name = ?", (DOUBT,)).fetchone()) or -1)

    # what the engine does

    def due(self, limit: int = 20) -> list[Due]:
        """What is to be done now, the oldest first. A time that lies too far ahead is that of a clock set since."""
        now = millis(self._clock.now())
        rows = self._db.execute(
            "SELECT command, complaint, target, reference, state, token, iif(again, at, coalesce(begun_at, at)),"
            " coalesce((SELECT json_extract(fields, '$.service') FROM event WHERE event.command = posting.command), '')"
            " FROM posting WHERE next_at IS NOT NULL AND (next_at <= ?1 OR next_at > ?1 + ?2)"
            " ORDER BY at LIMIT ?3",
            (now, MOST_LOOK_MS, limit),
        ).fetchall()
        return [Due._make((*row[:4], Post(row[4]), *row[5:])) for row in rows]

    def next_ms(self) -> int | None:
        """When something is to be done next; None for nothing."""
        found: int | None = plain(
            self._db.execute("SELECT min(next_at) FROM posting WHERE next_at IS NOT NULL").fetchone()
        )
        return found

    def begin(self, command: str) -> Outgoing | None:
        """It leaves now: that is on the disk when the transaction is. None where it does not wait any more."""
        row = self._row(command)
        if row is None or row["state"] != Post.WAITING:
            return None
        now = millis(self._clock.now())
        found = self._outgoing(row)
        if found is None:
            self._set(command, state=Post.WITHDRAWN, next_at=None, done_at=now, says="post.erased", told="{}")
            return None
        self._set(command, state=Post.BEGUN, begun_at=now, next_at=None, tries=int(row["tries"]) + 1)
        return found

    def waits(self, command: str, says: str, told: Mapping[str, Any], wait_s: float = 0.0) -> bool:
        """Certainly nothing was sent, or the server said that it kept nothing and when to come again."""
        row = self._row(command, Post.BEGUN, Post.WAITING)
        if row is None:
            return False
        pause = max(_grown(FIRST_TRY_MS, int(row["tries"]), MOST_TRY_MS), round(wait_s * 1000))
        later = millis(self._clock.now()) + pause
        self._set(command, state=Post.WAITING, next_at=later, says=says, told=_told(told))
        return True

    def taken(self, command: str, *, report: str = "", token: str = "") -> bool:
        """The server keeps it: under that number, or under one for which the token stands."""
        row = self._row(command, Post.BEGUN, Post.UNSURE, Post.TAKEN)
        if row is None or row["report"]:
            return False
        now = millis(self._clock.now())
        later = None if report else now + FIRST_LOOK_MS
        self._set(
            command,
            **{"state": Post.TAKEN, "report": report, "token": token or row["token"], "next_at": later},
            **{"done_at": now if report else None, "looks": 0, "says": "", "told": "{}"},
        )
        if report or row["state"] != Post.TAKEN:
            self._tell(row, FORWARDED, {"report": report})
        return True

    def refused(self, command: str, says: str, told: Mapping[str, Any]) -> bool:
        """The server said no. One that was sent before, and may stand there, is looked for all the same."""
        row = self._row(command, Post.BEGUN, Post.WAITING, Post.UNSURE)
        if row is None:
            return False
        now = millis(self._clock.now())
        if row["maybe"]:
            later = now + FIRST_LOOK_MS
            self._set(command, state=Post.UNSURE, next_at=later, looks=0, says=says, told=_told(told))
            return True
        self._set(command, state=Post.REFUSED, next_at=None, done_at=now, says=says, told=_told(told))
        self._tell(row, FORWARD_REFUSED, {})
        return True

    def unsure(self, command: str, says: str, told: Mapping[str, Any]) -> bool:
        """Nobody knows whether the server keeps it."""
        row = self._row(command, Post.BEGUN)
        if row is None:
            return False
        later = millis(self._clock.now()) + FIRST_LOOK_MS
        self._set(command, state=Post.UNSURE, next_at=later, looks=0, says=says, told=_told(told))
        self._enter(UNSURE_DEED, row, {})
        return True

    def looked(self, command: str, *, well: bool, says: str = "", told: Mapping[str, Any] | None = None) -> bool:
        """It was looked for, or its number was asked for, in vain; `well` where the server gave a sound answer. What
        another console, or a copy of this one, heard of it meanwhile counts as an answer."""
        row = self._row(command, Post.UNSURE, Post.TAKEN)
        if row is None or row["report"]:
            return False
        now, looks = millis(self._clock.now()), int(row["looks"]) + 1
        if self._learn(command, now):
            return True
        later = now + _grown(FIRST_LOOK_MS, looks + 1, MOST_LOOK_MS)
        self._set(command, next_at=later, looks=looks, **({"looked_at": now} if well else {}))
        if says:
            self._set(command, says=says, told=_told(told or {}))
        return True

    # starts

    def start(self, *, copied: bool) -> None:
        """At the start nobody is sending: what was begun was cut off. In a copy of a file all that waits is in doubt.
        What the history tells of and no row stands for any more is not lost: it is unsure as well."""
        now = millis(self._clock.now())
        if copied:
            doubt(self._db, now)
        self._db.execute("UPDATE posting SET home = ? WHERE home <> ?", (self.console, self.console))
        self._db.execute(
            "UPDATE posting SET state = ?, says = ?, told = '{}', next_at = ? WHERE state = ?",
            (Post.UNSURE, "post.killed", now, Post.BEGUN),
        )
        for (command,) in self._db.execute(
            "SELECT command FROM posting WHERE state IN (?, ?)", (Post.UNSURE, Post.REFUSED)
        ).fetchall():
            self._learn(command, now)
        rows = self._db.execute(
            "SELECT command, complaint, at, fields FROM event INDEXED BY event_forward"
            f" WHERE {_ABOUT} AND deed = 'forward' AND command NOT IN (SELECT command FROM posting) ORDER BY n"
        ).fetchall()
        for command, complaint, at, raw in rows:
            fields = json.loads(raw)
            if fields.get("console") == self.console:
                self._again(command, complaint, at, fields, now)

    def _learn(self, command: str, now: int) -> bool:
        """Whether another console, or this one before it was set back, told of its number."""
        heard = self._heard(command)
        if heard is None or heard[0] != FORWARDED or not heard[1]:
            return False
        self._set(command, state=Post.TAKEN, report=heard[1], next_at=None, done_at=now, says="", told="{}")
        return True

    def _again(self, command: str, complaint: str, at: int, fields: Mapping[str, Any], now: int) -> None:
        heard = self._heard(command)
        state, report = Post.UNSURE, ""
        if heard is not None:
            known = {FORWARDED: Post.TAKEN, FORWARD_REFUSED: Post.REFUSED, Deed.FORWARD_DROP: Post.WITHDRAWN}
            state, report = known.get(heard[0], Post.UNSURE), heard[1]
            if state is Post.TAKEN and not report:
                state = Post.UNSURE  # its token is gone: it can be looked for
        self._db.execute(
            "INSERT INTO posting (command, complaint, target, reference, home, at, state, next_at, says, report)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(command, complaint, _text(fields.get("target")), _text(fields.get("reference")), self.console, at),
                *(state, now if state is Post.UNSURE else None, "post.lost" if state is Post.UNSURE else "", report),
            ),
        )

    # inside

    def _row(self, command: str, *states: Post) -> sqlite3.Row | None:
        """Its row, where it stands in one of these states."""
        cursor = self._db.execute("SELECT * FROM posting WHERE command = ?", (command,))
        cursor.row_factory = sqlite3.Row
        row: sqlite3.Row | None = cursor.fetchone()
        return row if row is not None and (not states or row["state"] in states) else None

    def _set(self, command: str, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        self._db.execute(f"UPDATE posting SET {names} WHERE command = ?", (*values.values(), command))

    def _outgoing(self, row: sqlite3.Row) -> Outgoing | None:
        """What the deed says, None where its words were erased."""
        event = self._db.execute(
            "SELECT fields, by, at FROM event WHERE command = ? AND deed = 'forward'", (row["command"],)
        ).fetchone()
        fields = json.loads(event[0]) if event else {}
        if not fields.get("text") or not fields.get("service"):
            return None
        attributes: dict[str, tuple[str, ...]] = {}
        for each in fields.get("attributes") or ():
            code, _, answer = _text(each).partition("=")
            attributes[code] = (*attributes.get(code, ()), answer)
        return Outgoing(
            row["command"],
            row["complaint"],
            row["target"],
            _text(fields["service"]),
            row["reference"],
            _text(fields["text"]),
            attributes,
            _text(fields.get("address")),
            fields.get("lat"),
            fields.get("lon"),
            event[1],
            from_millis(event[2]),
        )

    def _heard(self, command: str) -> tuple[str, str] | None:
        """The last that the history tells of it, with the number where there is one."""
        row = self._db.execute(
            "SELECT deed, coalesce(json_extract(fields, '$.report'), '') FROM event WHERE deed IN"
            f" ({','.join('?' * len(DEEDS))}) AND json_extract(fields, '$.forward') = ?"
            " AND complaint = (SELECT complaint FROM event AS it WHERE it.command = ?) ORDER BY n DESC LIMIT 1",
            (*sorted(DEEDS), command, command),
        ).fetchone()
        return (row[0], _text(row[1])) if row else None

    def _tell(self, row: sqlite3.Row, deed: str, more: Mapping[str, str]) -> None:
        """What came of it, as a document of the history: other consoles hear of it as of a deed."""
        command, complaint, at = row["command"], row["complaint"], millis(self._clock.now())
        by, raw = self._db.execute("SELECT by, fields FROM event WHERE command = ?", (command,)).fetchone() or (
            "",
            "{}",
        )
        asked = json.loads(raw)
        named = {name: _text(asked.get(name)) for name in ("target_name", "service_name")}
        fields = {"forward": command, "target": row["target"], "reference": row["reference"], **named, **more}
        state = plain(self._db.execute("SELECT state FROM complaint WHERE id = ?", (complaint,)).fetchone()) or 0
        below, above = f"{DEED}{command}.", f"{DEED}{command}/"
        query = "SELECT count(*) FROM event WHERE id > ? AND id < ?"
        number = int(plain(self._db.execute(query, (below, above)).fetchone()))
        name = f"{command}.{number + 1}"
        doc = f"{DEED}{name}"
        body = {
            "type": "deed",
            **{"complaint": complaint, "deed": deed, "by": by, "at": from_millis(at).isoformat(), "text": ""},
            **{"before": state, "after": state, "fields": fields, "undoes": ""},
        }
        rev = self._documents.edit(doc, body, parent="", place=self._documents.place(f"{DEED}{command}"))
        self._outbox.add(doc, rev, complaint, name, at)
        told = json.dumps(fields, ensure_ascii=False, sort_keys=True)
        add_event(self._db, EventRow(doc, complaint, deed, at, by, "", state, state, told, "{}", name, ""))
        self._db.execute(
            "INSERT OR IGNORE INTO outcome VALUES (?, ?, ?, '', '{}', ?)", (name, str(Outcome.TAKEN), complaint, at)
        )
        self._outbox.recount([complaint])
        self._enter(deed, row, more)

    def _enter(self, deed: str, row: sqlite3.Row, more: Mapping[str, str]) -> None:
        told = {"command": row["command"], "target": row["target"], "reference": row["reference"], **more}
        self._ledger.add(deed, who="", subject=row["complaint"], told=told)


def _grown(first: int, times: int, most: int) -> int:
    """Twice as long each time."""
    return min(first << min(max(times - 1, 0), 30), most)


def _told(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, default=str)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
