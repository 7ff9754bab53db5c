"""Exchange with other stores, from the writer's side: pages in, receipts in, checkpoints. The writer's thread only.

    page ─ each revision looked at ─► trees ─► outbox where the centre does not hold it ─► fold ─► checkpoint
    receipt: held ─► its rows leave the outbox │ refused ─► the reason is kept

Everything here may come twice, in another order, or be cut off between two slices: the state in the end is the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from console.core.clock import Clock, millis
from console.core.errors import Refused
from console.core.records import Changes, Kind, few
from console.core.replica import Checkpoint, Named, NotTaken, Page, Revised, Taken
from console.store.arrivals import Arrival, canonical, looked_at
from console.store.database import plain, transaction
from console.store.documents import Documents
from console.store.edits import Edit, revised_of
from console.store.histories import time_of
from console.store.outbox import Outbox
from console.store.pause import NO_PAUSE, SLICE, Pause
from console.store.words import Words

__all__ = ["Edit", "NoFold", "Replica", "Tools", "command_of", "complaint_of"]

NOTHING = Changes(frozenset())
_DEED = "deed:"
REOFFERED = "reoffered"
"""Who brought a revision that the centre lost and is given again."""


class Folded(Protocol):
    """What making the read model agree came to."""

    @property
    def changes(self) -> Changes:
        """What panels must read again."""
        ...

    @property
    def conflicts(self) -> int:
        """Documents that now wait for a person."""
        ...


class Folding(Protocol):
    """Who merges, and makes the read model agree with trees that moved: in the same transaction."""

    def after(self, docs: Sequence[str], known: Mapping[str, Mapping[str, Any]] | None = None) -> Folded:
        """The trees of these documents moved. `known`: bodies of winners at hand, of documents with one open end."""
        ...


@dataclass(frozen=True, slots=True)
class _Nothing:
    changes: Changes = NOTHING
    conflicts: int = 0


class NoFold:
    """Trees alone, without a read model."""

    def after(
        self,
        docs: Sequence[str],  # noqa: ARG002
        known: Mapping[str, Mapping[str, Any]] | None = None,  # noqa: ARG002
    ) -> Folded:
        """Nothing follows."""
        return _Nothing()


@dataclass(slots=True)
class _Sum:
    """What the slices of a page came to so far."""

    fresh: int = 0
    conflicts: int = 0
    refused: list[NotTaken] = field(default_factory=list)
    changes: Changes = NOTHING


@dataclass(frozen=True, slots=True)
class Tools:
    """What a replica writes with, all on one connection."""

    db: sqlite3.Connection
    words: Words
    documents: Documents
    outbox: Outbox
    fold: Folding

    @classmethod
    def on(cls, db: sqlite3.Connection) -> Self:
        """Trees and outbox alone, without a read model."""
        words = Words(db)
        return cls(db, words, Documents(db, words=words), Outbox(db), NoFold())


class Replica:
    """The hand that writes what other stores send and say."""

    def __init__(
        self,
        tools: Tools,
        clock: Clock,
        writing: Callable[[], AbstractContextManager[None]] | None = None,
        ask_room: Callable[[], None] = lambda: None,
    ) -> None:
        self.tools = tools
        """Others after a fault of the disk: operators may meet it between two slices of a page."""
        self.written = 0
        """Revisions written since somebody set it to 0: the log of the file grows with them."""
        self._clock = clock
        self._writing = writing or self._alone
        self._ask_room = ask_room

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One transaction where there is no store around; what is remembered is what the file says."""
        try:
            with transaction(self.tools.db):
                yield
        except BaseException:
            self.tools.words.look_again()
            raise

    def take(self, page: Page, pause: Pause = NO_PAUSE) -> tuple[Taken, Changes]:
        """Store a page and, with the last of it, its checkpoint. Raises `DiskTrouble`: then what was stored is
        whole, and the checkpoint is where it was. It stays there too where something was refused: who sent the page
        keeps the names of that first, and remembers the checkpoint then.

        Between slices, where `pause.urgent()` is true, what is there is committed and operators are let in.
        """
        self._ask_room()
        done = _Sum()
        start = 0
        while True:
            with self._writing():
                while True:
                    self._slice(page, page.revisions[start : start + SLICE], done)
                    start += SLICE
                    if start >= len(page.revisions):
                        standing = self.tools.outbox.among(page.named) if page.held and page.named else []
                        if page.checkpoint is not None and not done.refused:
                            self._keep(page.checkpoint)
                        taken = Taken(done.fresh, done.conflicts, tuple(done.refused), tuple(standing))
                        return taken, done.changes
                    if pause.urgent():
                        break
            pause.let_in()

    def _slice(self, page: Page, revisions: Sequence[Revised], done: _Sum) -> None:
        self.written += len(revisions)
        arrivals: list[Arrival] = []
        bodies: dict[str, Mapping[str, Any]] = {}
        for each in revisions:
            judged = looked_at(each)
            if isinstance(judged, NotTaken):
                done.refused.append(judged)
            else:
                arrivals.append(judged)
                bodies[judged.doc] = each.body
        if not arrivals:
            return
        times = Counter(each.doc for each in arrivals)
        known = self.tools.documents.known(list(times))
        new = [each for each in arrivals if each.doc not in known and times[each.doc] == 1]
        rest = arrivals if not new else [each for each in arrivals if each.doc in known or times[each.doc] > 1]
        touched, docs = self._new(page, new, bodies)
        more, moved, fresh = self._rest(page, rest)
        done.fresh += len(docs) + fresh
        docs += moved
        at_hand = {each.doc: bodies[each.doc] for each in new if not each.deleted}
        folded = self.tools.fold.after(list(dict.fromkeys(docs)), at_hand) if docs else _Nothing()
        done.conflicts += folded.conflicts
        done.changes = _joined(done.changes, folded.changes, self._sent(touched | more, page.by), page.by)

    def _held(self, named: Sequence[Named], by: str) -> tuple[Changes, int]:
        """The centre holds these."""
        touched, moved = self.tools.documents.settle(named)
        folded = self.tools.fold.after(moved) if moved else _Nothing()
        return _joined(folded.changes, self._sent(touched, by), NOTHING, by), folded.conflicts

    def _new(
        self, page: Page, arrivals: Sequence[Arrival], bodies: Mapping[str, Mapping[str, Any]]
    ) -> tuple[set[str], list[str]]:
        """Documents never heard of: complaints whose waiting changed, and the documents."""
        if not arrivals:
            return set(), []
        self.tools.documents.add(arrivals, page.place, page.held)
        docs = [each.doc for each in arrivals]
        if page.held:
            return set(), docs
        rows = [self._waiting(each, bodies[each.doc]) for each in arrivals]
        self.tools.outbox.add_all(self.tools.words.numbers[page.place], rows, page.by)
        touched = {row[2] for row in rows}
        self.tools.outbox.recount(touched)
        return touched, docs

    def _rest(self, page: Page, arrivals: Sequence[Arrival]) -> tuple[set[str], list[str], int]:
        """Revisions of documents we know, or of which several came: complaints whose waiting changed, the documents
        whose trees moved, and how many revisions were news."""
        documents = self.tools.documents
        moved: list[str] = []
        fresh = 0
        settled: set[str] = set()
        waiting: set[str] = set()
        for each in arrivals:
            joined = documents.join(each, page.place, held=page.held)
            settled |= joined.waited
            fresh += joined.fresh
            if joined.moved:
                moved.append(each.doc)
            if joined.fresh and not page.held and not documents.held(each):
                row = self._waiting(each, json.loads(each.text))
                self.tools.outbox.add(*row, via=page.by)
                waiting.add(row[2])
        self.tools.outbox.recount(waiting)
        return settled | waiting, moved, fresh

    def _waiting(self, arrival: Arrival, body: Mapping[str, Any]) -> tuple[str, str, str, str, int]:
        """Its row of the outbox."""
        return (arrival.doc, _name(arrival), complaint_of(body), command_of(arrival.doc), self._at(body))

    def _at(self, body: Mapping[str, Any]) -> int:
        """When a change was made, by its own word; now, where it has none."""
        at = time_of(body)
        return millis(self._clock.now()) if at is None else at

    def settle(self, place: str, held: Sequence[Named], refused: Sequence[NotTaken] = ()) -> Changes:
        """What the centre said of what it was offered: held ones leave the outbox with their ancestors, of refused
        ones the reason is kept."""
        del place  # a name of a revision holds in every place
        self.written += len(held)
        with self._writing():
            changes, _ = self._held(held, "hub")
            touched = self.tools.outbox.refuse(refused, millis(self._clock.now()))
        return _joined(changes, self._sent(touched, "hub"), NOTHING, "hub")

    def _sent(self, complaints: set[str], by: str) -> Changes:
        if not complaints:
            return NOTHING
        return Changes(frozenset({Kind.OUTBOX, Kind.COMPLAINT, Kind.EVENT}), few(complaints - {""}), by)

    def remember(self, checkpoint: Checkpoint) -> Changes:
        """Keep how far a peer and we know each other."""
        with self._writing():
            self._keep(checkpoint)
        return Changes(frozenset({Kind.HUB}), frozenset({checkpoint.place}), checkpoint.peer)

    def _keep(self, checkpoint: Checkpoint) -> None:
        sessions = [[each.id, each.since, each.pushed] for each in checkpoint.sessions]
        self.tools.db.execute(
            "INSERT OR REPLACE INTO peer VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                checkpoint.peer,
                checkpoint.place,
                checkpoint.uuid,
                checkpoint.instance,
                json.dumps(sessions),
                checkpoint.held_up,
                millis(self._clock.now()),
            ),
        )

    def reoffer(self, place: str, above: int, pause: Pause = NO_PAUSE) -> int:
        """Give a centre that lost them the documents of a place that changed after our sequence `above`: their
        leaves wait in the outbox again. How many documents."""
        count = 0
        while True:
            with self._writing():
                while True:
                    rows = self._lost(place, above)
                    count += len({row[0] for row in rows if row[2] is not None})
                    self._offer_again(rows)
                    above = max((row[1] for row in rows), default=above)
                    if not rows:
                        return count
                    if pause.urgent():
                        break
            pause.let_in()

    def _lost(self, place: str, above: int) -> list[tuple[Any, ...]]:
        """Leaves of the next documents, with document and its sequence; without a leaf for what was taken back."""
        return self.tools.db.execute(
            "SELECT some.id, some.seq, rev.n, generation || '-' || hash, body, held FROM (SELECT n, id, seq FROM doc"
            " WHERE place = (SELECT id FROM word WHERE text = ?) AND seq > ? ORDER BY seq LIMIT ?) AS some"
            " LEFT JOIN rev ON rev.doc = some.n AND leaf = 1 AND body IS NOT NULL ORDER BY some.seq",
            (place, above, SLICE),
        ).fetchall()

    def _offer_again(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self.written += len(rows)
        touched = set()
        for doc, _, number, rev, text, held in rows:
            if held:
                body = json.loads(text)
                self.tools.db.execute("UPDATE rev SET held = 0 WHERE n = ?", (number,))
                self.tools.outbox.add(doc, rev, complaint_of(body), command_of(doc), self._at(body), via=REOFFERED)
                touched.add(complaint_of(body))
        self.tools.outbox.recount(touched)

    def edit(
        self,
        place: str,
        doc: str,
        body: Mapping[str, Any],
        *,
        parent: str,
        deleted: bool = False,
        held: bool = False,
    ) -> str:
        """One change as `new_edits=true` has it, for who needs no word of what it changed. Raises `Refused`."""
        [outcome], _ = self.edit_all(place, [Edit(doc, body, parent, deleted)], held=held)
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def edit_all(
        self, place: str, edits: Sequence[Edit], *, held: bool = False, by: str = "hub"
    ) -> tuple[list[str | Refused], Changes]:
        """Changes as `new_edits=true` has them, in one transaction: of each the name of the new revision, or why
        not: "store.rev_conflict" where its parent is no leaf, "store.not_taken.…" for what cannot be stored."""
        outcomes: list[str | Refused] = []
        done = _Sum()
        with self._writing():
            for each in edits:
                try:
                    revised = revised_of(self.tools.documents, each)
                except Refused as refusal:
                    outcomes.append(refusal)
                    continue
                self._slice(Page(place, [revised], held=held, by=by), [revised], done)
                outcomes.append(revised.rev)
        return outcomes, done.changes

    def put_local(self, place: str, local: str, body: Mapping[str, Any]) -> str:
        """Keep a note of a peer that never travels on. Its name, "0-N"; the last to write holds. Raises
        `Refused` for what is no JSON."""
        try:
            text = canonical(body)
            f"{place}{local}{text}".encode()
        except (ValueError, TypeError, RecursionError) as error:
            raise Refused("store.not_taken.content") from error
        with self._writing():
            row = self.tools.db.execute(
                "INSERT INTO local_doc VALUES (?, ?, 1, ?) ON CONFLICT (place, id)"
                " DO UPDATE SET rev = rev + 1, body = excluded.body RETURNING rev",
                (place, local, text),
            ).fetchone()
        return f"0-{plain(row)}"

    def drop_local(self, place: str, local: str) -> None:
        """Forget a note of a peer."""
        with self._writing():
            self.tools.db.execute("DELETE FROM local_doc WHERE place = ? AND id = ?", (place, local))


def complaint_of(body: Mapping[str, Any]) -> str:
    """The complaint a document is about, "" where it does not say."""
    named = body.get("complaint") or (body.get("id") if body.get("type") == "complaint" else "")
    return named if isinstance(named, str) else ""


def command_of(doc: str) -> str:
    """The command that made a document of a deed, "" of any other."""
    return doc.removeprefix(_DEED) if doc.startswith(_DEED) else ""


def _name(arrival: Arrival) -> str:
    head, tail = arrival.path[0]
    return f"{head}-{tail}"


def _joined(before: Changes, folded: Changes, sent: Changes, by: str) -> Changes:
    """One word for several changes, which names complaints only while they are few."""
    parts = [each for each in (before, folded, sent) if each.kinds]
    if not parts:
        return NOTHING
    found = parts[0]
    for each in parts[1:]:
        found = found | each
    return Changes(found.kinds, few(found.ids), by)
