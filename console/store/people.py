"""Persons in the store: their documents, the read model of those, sign-ins at this console, and wrong tries.

    document person:<id> in the shared place ─► row of `person` ─► sessions of whom it changed end
    sign-in ─► row of `session` ─► a deed asked under it is done
    wrong try ─► row of `attempt` ─► the next one waits

Rows follow from the documents and are made again from them at each start. Who is known once stays known: a store that
had a person is never open to everybody again. The caller holds the transaction.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from console.core.clock import Clock, from_millis, millis
from console.core.errors import Refused
from console.core.people import (
    PERSON,
    Person,
    Role,
    Session,
    judged,
    key_of,
    role_of,
    sound_login,
    sound_name,
)
from console.core.places import is_shared
from console.store.database import plain
from console.store.documents import Documents
from console.store.histories import time_of
from console.store.ledger import Ledger
from console.store.outbox import Outbox
from console.store.rows import instant

ENDED_OUT, ENDED_AFTER = "people.ended.out", "people.ended.after"
"""A sign-in ended where it was: by its person, or by the next one's."""
MOST_ATTEMPTS = 1000
KEPT_MS = 90 * 86_400_000
"""So long a sign-in that ended is looked at: longer than a line waits in the black box."""
LONGEST_VERIFIER = 300
_SINCE = "people_since"
"""Note of the file: since when somebody has to sign in, in ms."""
_ID = re.compile(r"[0-9a-f]{32}")
ALL_PEOPLE = "doc.id >= 'person:' AND doc.id < 'person;'"
"""SQL that is true for a person's document."""


class PersonRow(NamedTuple):
    """A row as it is stored: the names are those of the columns."""

    id: str
    login: str
    name: str
    role: str
    verifier: str
    secret_at: int
    ended_at: int | None
    at: int

    @property
    def person(self) -> Person:
        """What may be shown of it."""
        return Person(
            self.id, self.login, self.name, role_of(self.role), instant(self.ended_at), from_millis(self.secret_at)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything a sign-in and a deed are judged by. Never leaves the engine."""

    since: int | None = None
    """From when somebody has to sign in, in ms; None while nobody was ever known here."""
    people: tuple[Person, ...] = ()
    verifiers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    attempts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Wrong tries in a row and the time of the last in ms, by digest of the login."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand does it."""

    name: str
    session: str = ""


NOBODY = Hand("")
"""Who did not prove to be anybody."""
_COLUMNS = ", ".join(PersonRow._fields)


class People:
    """The hand that writes about persons. One connection, one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        documents: Documents,
        outbox: Outbox,
        ledger: Ledger,
        clock: Clock,
        *,
        place: str,
    ) -> None:
        """`place` is where documents of persons live; what lies elsewhere is nobody's."""
        self._ledger = ledger
        self._db = db
        self._documents = documents
        self._outbox = outbox
        self._clock = clock
        self._place = place

    # reading

    def standing(self) -> Standing:
        """All of it that still matters, as it is now."""
        rows = [PersonRow(*row) for row in self._db.execute(f"SELECT {_COLUMNS} FROM person")]
        since = millis(self._clock.now()) - KEPT_MS
        recent = f"SELECT {_SESSION} FROM session WHERE ended_at IS NULL OR ended_at > ?"
        sessions = {row[0]: _session(row) for row in self._db.execute(recent, (since,))}
        attempts = {row[0]: (row[1], row[2]) for row in self._db.execute("SELECT * FROM attempt")}
        people = tuple(judged([row.person for row in rows]))
        return Standing(self._since(), people, {row.id: row.verifier for row in rows}, sessions, attempts)

    def _since(self) -> int | None:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (_SINCE,)).fetchone()
        return None if row is None else int(row[0])

    def _person(self, person: str) -> Person:
        """One who has not ended. Raises `Refused`."""
        found = next((each for each in people_of(self._db) if each.id == person), None)
        if found is None:
            raise Refused("people.unknown")
        if found.ended_at is not None:
            raise Refused("people.ended_already", name=found.name)
        return found

    # what documents say

    def fold(self, docs: Sequence[str]) -> set[str]:
        """Bring the rows of these documents up to them; ids of the persons that changed."""
        changed = set()
        for doc in docs:
            person = doc.removeprefix(PERSON)
            now = self._row(doc)
            found = self._db.execute(f"SELECT {_COLUMNS} FROM person WHERE id = ?", (person,)).fetchone()
            if found == (None if now is None else tuple(now)):
                continue
            changed.add(person)
            if now is None:
                self._db.execute("DELETE FROM person WHERE id = ?", (person,))
            else:
                marks = ",".join("?" * len(now))
                self._db.execute(f"INSERT OR REPLACE INTO person ({_COLUMNS}) VALUES ({marks})", now)
            self._end_changed(person, now)
        if changed:
            self._know()
        return changed

    def agree(self) -> set[str]:
        """Make every row what its document says; ids of the persons that changed."""
        docs = {row[0] for row in self._db.execute(f"SELECT id FROM doc WHERE {ALL_PEOPLE}")}
        docs |= {f"{PERSON}{row[0]}" for row in self._db.execute("SELECT id FROM person")}
        changed = self.fold(sorted(docs))
        self._know()
        for (person,) in self._db.execute("SELECT DISTINCT person FROM session WHERE ended_at IS NULL").fetchall():
            self._end_changed(person, self._row(f"{PERSON}{person}"))
        return changed

    def _row(self, doc: str) -> PersonRow | None:
        row = self._db.execute(f"{_TOLD} AND doc.id = ?", (doc,)).fetchone()
        return None if row is None or row[1] != self._place else row_of(doc, json.loads(row[2]))

    def _know(self) -> None:
        """Whoever is known here first ends that anybody may do anything."""
        if self._since() is None and self._db.execute("SELECT 1 FROM person LIMIT 1").fetchone():
            self._db.execute("INSERT INTO meta VALUES (?, ?)", (_SINCE, str(millis(self._clock.now()))))

    def _end_changed(self, person: str, now: PersonRow | None) -> None:
        """End the sign-ins of a person that is another now."""
        rows = self._db.execute(
            "SELECT id, name, role, secret_at FROM session WHERE person = ? AND ended_at IS NULL", (person,)
        ).fetchall()
        for session, name, role, secret_at in rows:
            why = ""
            if now is None or now.ended_at is not None:
                why = "people.ended.person"
            elif now.role != role:
                why = "people.ended.role"
            elif now.name != name:
                why = "people.ended.name"
            elif now.secret_at != secret_at:
                why = "people.ended.secret"
            if why:
                self._end(session, why)

    # persons

    def first(self, person: Person, verifier: str) -> None:
        """The first person there is. Raises `Refused` where somebody is known already."""
        if self._since() is not None:
            raise Refused("people.first_known")
        self._make("first", person, verifier, Hand(person.name))

    def add(self, person: Person, verifier: str, *, by: Hand) -> None:
        """A new person. Raises `Refused` where login or name is another's."""
        self._free(person)
        self._make("add", person, verifier, by)

    def change(self, person: str, *, by: Hand, login: str = "", name: str = "", role: Role | None = None) -> None:
        """Another login, name or role; "" and None leave it. Raises `Refused`."""
        found = self._person(person)
        after = replace(found, login=login or found.login, name=name or found.name, role=role or found.role)
        told = {"login": after.login, "name": after.name, "role": str(after.role)}
        fields = {key: value for key, value in told.items() if value != str(getattr(found, key))}
        if not fields:
            raise Refused("people.same")
        self._free(after)
        if found.role is Role.ADMIN and after.role is not Role.ADMIN:
            self._another_admin(person)
        self._edit("change", person, fields, by)

    def end(self, person: str, *, by: Hand) -> None:
        """That person signs in no more. Raises `Refused`, also for the last administrator."""
        if self._person(person).role is Role.ADMIN:
            self._another_admin(person)
        self._edit("end", person, {"ended_at": self._now_text()}, by)

    def secret(self, person: str, verifier: str, *, by: Hand) -> None:
        """Another secret. Sign-ins under the old one end, but for that of the person in which it was changed."""
        self._person(person)
        before = plain(self._db.execute("SELECT secret_at FROM person WHERE id = ?", (person,)).fetchone())
        # Later than the one before, whatever the clock says: it is the newest that holds.
        at = max(millis(self._clock.now()), int(before) + 1)
        self._db.execute("UPDATE session SET secret_at = ? WHERE id = ? AND person = ?", (at, by.session, person))
        self._edit("secret", person, {"verifier": verifier, "secret_at": from_millis(at).isoformat()}, by)

    def _another_admin(self, person: str) -> None:
        others = [each for each in people_of(self._db) if each.id != person]
        if not any(each.role is Role.ADMIN and each.ended_at is None and not each.clash for each in others):
            raise Refused("people.last_admin")

    def _free(self, person: Person) -> None:
        """Refuse a login or name that another has who is not ended."""
        for each in people_of(self._db):
            if each.id == person.id or each.ended_at is not None:
                continue
            if key_of(each.login) == key_of(person.login):
                raise Refused("people.login_taken", login=person.login)
            if key_of(each.name) == key_of(person.name):
                raise Refused("people.name_taken", name=person.name)

    def _make(self, deed: str, person: Person, verifier: str, by: Hand) -> None:
        body = {
            "type": "person",
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "role": str(person.role),
            "verifier": verifier,
            "secret_at": self._now_text(),
            "ended_at": None,
        }
        self._send(person.id, body, by, parent="")
        self._enter(f"people.{deed}", by, person.id, role=str(person.role))

    def _edit(self, deed: str, person: str, fields: Mapping[str, Any], by: Hand) -> None:
        winner = self._documents.winner(f"{PERSON}{person}")
        if winner is None or winner.body is None:
            raise Refused("people.unknown")
        self._send(person, {**winner.body, **fields}, by, parent=winner.rev)
        role = {"role": fields["role"]} if "role" in fields else {}
        self._enter(f"people.{deed}", by, person, fields=sorted(fields), **role)

    def _enter(self, deed: str, by: Hand, subject: str, why: str = "", **told: Any) -> None:
        named = f"{PERSON}{subject}" if subject else ""
        self._ledger.add(deed, who=by.name, session=by.session, subject=named, why=why, told=told)

    def _send(self, person: str, body: Mapping[str, Any], by: Hand, *, parent: str) -> None:
        doc = f"{PERSON}{person}"
        told = {**body, "by": by.name, "at": self._now_text()}
        rev = self._documents.edit(doc, told, parent=parent, place=self._place)
        self._outbox.add(doc, rev, "", "", millis(self._clock.now()))
        self.fold([doc])

    def _now_text(self) -> str:
        return from_millis(millis(self._clock.now())).isoformat()

    # sign-ins

    def open(self, session: str, person: str) -> Session:
        """A person signs in. Who worked here before does no longer: a console has one desk."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM person WHERE id = ?", (self._person(person).id,)).fetchone()
        found = PersonRow(*row)
        for (other,) in self._db.execute("SELECT id FROM session WHERE ended_at IS NULL").fetchall():
            self._end(other, ENDED_AFTER)
        self._db.execute(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, NULL, '', NULL)",
            (session, found.id, found.name, found.role, found.secret_at, millis(self._clock.now())),
        )
        opened = self._found(session)
        self._enter("session.in", Hand(opened.name, session), opened.person, role=str(opened.role))
        return opened

    def close_all(self, why: str) -> None:
        """Nobody works here any more, for that reason."""
        for (session,) in self._db.execute("SELECT id FROM session WHERE ended_at IS NULL").fetchall():
            self._end(session, why)

    def close(self, session: str) -> bool:
        """Its person leaves. False where it was not open."""
        return self._end(session, ENDED_OUT)

    def lock(self, session: str, locked: bool) -> bool:
        """The screen is covered, or open again. False where the session is not open."""
        at = millis(self._clock.now()) if locked else None
        found = self._db.execute("UPDATE session SET locked_at = ? WHERE id = ? AND ended_at IS NULL", (at, session))
        if found.rowcount:
            self._about("session.lock" if locked else "session.unlock", session)
        return found.rowcount == 1

    def _end(self, session: str, why: str) -> bool:
        found = self._db.execute(
            "UPDATE session SET ended_at = ?, why = ?, locked_at = NULL WHERE id = ? AND ended_at IS NULL",
            (millis(self._clock.now()), why, session),
        )
        if found.rowcount:
            self._about("session.out", session, why)
        return found.rowcount == 1

    def _about(self, deed: str, session: str, why: str = "") -> None:
        found = self._found(session)
        self._enter(deed, Hand(found.name, session), found.person, why)

    def _found(self, session: str) -> Session:
        return _session(self._db.execute(f"SELECT {_SESSION} FROM session WHERE id = ?", (session,)).fetchone())

    # wrong tries

    def wrong(self, login: str, count: int, person: str = "") -> None:
        """So many wrong tries in a row under that digest of a login, which is that person's, if anybody's."""
        self._enter("session.wrong", NOBODY, person, count=count)
        self._db.execute("INSERT OR REPLACE INTO attempt VALUES (?, ?, ?)", (login, count, millis(self._clock.now())))
        self._db.execute(
            "DELETE FROM attempt WHERE login NOT IN (SELECT login FROM attempt ORDER BY last_at DESC LIMIT ?)",
            (MOST_ATTEMPTS,),
        )

    def early(self, person: str = "") -> None:
        """Somebody tried before the delay was over: nothing was looked at."""
        self._enter("session.early", NOBODY, person)

    def right(self, login: str) -> None:
        """The right secret was told: what was wrong before counts no longer."""
        self._db.execute("DELETE FROM attempt WHERE login = ?", (login,))


_TOLD = (
    "SELECT doc.id, word.text, body FROM doc JOIN rev ON rev.n = doc.winner LEFT JOIN word ON word.id = doc.place"
    " WHERE doc.deleted = 0 AND body IS NOT NULL"
)
"""SQL of what documents say now: name, place, body."""
_SESSION = "id, person, name, role, since_at, ended_at, why, locked_at"


def _session(row: Sequence[Any]) -> Session:
    name, person, shown, role, since_at, ended_at, why, locked_at = row
    return Session(
        name, person, shown, role_of(role), from_millis(since_at), instant(ended_at), why, locked_at is not None
    )


def row_of(doc: str, body: Any) -> PersonRow | None:
    """The row of a person's document, None where it is not of our form. What says that somebody ended, however it
    says so, is believed."""
    if not isinstance(body, Mapping) or body.get("type") != "person":
        return None
    person, at, secret_at = body.get("id"), time_of(body), time_of({"at": body.get("secret_at")})
    texts = [body.get(name) for name in ("login", "name", "role", "verifier")]
    if not isinstance(person, str) or not _ID.fullmatch(person) or doc != f"{PERSON}{person}":
        return None
    if at is None or secret_at is None or not all(isinstance(text, str) for text in texts):
        return None
    login, name, role, verifier = (str(text) for text in texts)
    try:
        if sound_login(login) != login or sound_name(name) != name:
            return None
    except Refused:
        return None
    if len(verifier) > LONGEST_VERIFIER or len(role) > LONGEST_VERIFIER:
        return None
    ended = body.get("ended_at")
    ended_at = None if ended is None else time_of({"at": ended})
    return PersonRow(
        person, login, name, role, verifier, secret_at, at if ended is not None and ended_at is None else ended_at, at
    )


def people_of(db: sqlite3.Connection) -> list[Person]:
    """Everybody, those who ended too, by name."""
    rows = [PersonRow(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM person")]
    return sorted(judged([row.person for row in rows]), key=lambda each: (key_of(each.name), each.id))


def differing(db: sqlite3.Connection) -> int:
    """How many rows are not what the documents say; the next start mends them."""
    told = {
        row_of(doc, json.loads(body))
        for doc, place, body in db.execute(f"{_TOLD} AND {ALL_PEOPLE}")
        if is_shared(place or "")
    } - {None}
    return len(told ^ {PersonRow(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM person")})


def claimed(db: sqlite3.Connection) -> bool:
    """Whether somebody was ever known here: then who works has to sign in."""
    return db.execute("SELECT 1 FROM meta WHERE name = ?", (_SINCE,)).fetchone() is not None
