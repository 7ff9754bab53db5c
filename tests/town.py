"""A small town with a real store for the tests of the screen: complaints, a source, an operator, and a desk on it.

The engine's part is played at once and in this process: what is done is applied and told before `do` returns.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer

from console import commands
from console.commands.triage import Dispose, Verify
from console.core.audience import Audience
from console.core.clock import TurnedClock
from console.core.command import Command, Outcome, Receipt
from console.core.lifecycle import State
from console.core.people import Person, Role
from console.core.people_notes import PersonAnswer, PersonOutcome, Seen, Wish, answer_values
from console.core.phrases import LANGUAGES, Phrases, flatten
from console.core.places import complaints_place
from console.core.records import (
    Batch,
    Changes,
    ComplaintId,
    Conflict,
    HubState,
    Kind,
    OutboxRow,
    SourceComplaint,
    SourceHealth,
    Version,
    Waiting,
)
from console.core.replica import Page, Revised
from console.core.settings import Settings, declared
from console.models.desk import Desk
from console.models.work import WORKERS
from console.store.documents import name_rev
from console.store.files import Profile
from console.store.read import Read
from console.store.shelf import Shelf
from console.store.store import Store
from tests.cities import small_pack
from tests.tree import ROOT

NOW = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
"""Sab 21 Nov 2026, 10.42 WIB."""
OPERATOR = "Rani"
SOURCE = "rekaan"
_PATIENCE_S = 60.0
PLACES = {
    "99.71.01.1001": (106.02, -6.01),
    "99.71.01.1002": (106.01, -6.03),
    "99.71.01.1003": (106.03, -6.03),
    "99.71.02.1001": (106.05, -6.02),
    "99.71.02.1002": (106.04, -6.05),
}
_CATEGORIES = ("jalan-rusak", "lampu-jalan", "sampah")
_OPDS = ("PU", "DISHUB", "DLH")
_STATES = (State.NEW, State.NEW, State.VERIFIED, State.DISPOSED, State.IN_PROGRESS, State.DONE)
_TITLES = ("Jalan berlubang di depan pasar", "Lampu jalan padam", "Sampah menumpuk di tepi kali")


def complaint(number: int, **more: Any) -> SourceComplaint:
    """The complaint of that number: the higher, the older, an hour apart; always the same."""
    area = list(PLACES)[number % len(PLACES)]
    lon, lat = PLACES[area]
    kind = number % 3
    made = SourceComplaint(
        id=f"{SOURCE}:{number:06d}",
        source=SOURCE,
        native_id=f"{number:06d}",
        native_state="masuk",
        state=_STATES[number % len(_STATES)],
        title=f"{_TITLES[kind]} nomor {number}",
        text=f"Mohon segera ditangani. Laporan ke-{number}.",
        category=_CATEGORIES[kind],
        agency="",
        address=f"Jalan Merdeka {number}",
        lat=lat + (number % 7) * 0.0005,
        lon=lon + (number % 11) * 0.0005,
        area=area,
        requested_at=NOW - timedelta(hours=number, minutes=5),
        updated_at=None,
        expected_at=None,
        zone_assumed=number % 4 == 0,
        media_url="",
        opd=_OPDS[kind] if number % 6 >= 3 else "",
    )
    return made._replace(**more)


def health(**more: Any) -> SourceHealth:
    """A source that answered twelve seconds ago."""
    made = SourceHealth(
        id=SOURCE,
        title="Pengaduan rekaan",
        kind="open311",
        cadence_s=60.0,
        stale_after_s=900.0,
        last_good_at=NOW - timedelta(seconds=12),
        last_try_at=NOW - timedelta(seconds=12),
        next_at=NOW + timedelta(seconds=48),
        newest_at=NOW - timedelta(minutes=5),
        records_last=3,
        records_total=1234,
        refused_last=0,
        error="",
        error_values={},
        trouble="",
        lost_since=None,
        licence="Kota Rekaan, CC BY 4.0",
    )
    return replace(made, **more)


def waits(number: int, **more: Any) -> OutboxRow:
    """A change of the complaint of that number that waits, made an hour earlier the higher it is."""
    made = OutboxRow(
        doc=f"case:{SOURCE}:{number:06d}",
        rev=f"2-{number:032x}",
        complaint=ComplaintId(f"{SOURCE}:{number:06d}"),
        title=f"{_TITLES[number % 3]} nomor {number}",
        deeds=("verify",),
        by=OPERATOR,
        since_at=NOW - timedelta(hours=number, minutes=7),
        changes=1,
        state=Waiting.WAITING,
    )
    return replace(made, **more)


def collision(number: int, **more: Any) -> Conflict:
    """Two versions of the case of that number: disposed to two offices by two people."""
    base = {"state": 2, "opd": "", "holder": "", "duplicate_of": ""}
    ours = {**base, "state": 4, "opd": "PU"}
    theirs = {**base, "state": 4, "opd": "DLH"}
    made = Conflict(
        doc=f"case:{SOURCE}:{number:06d}",
        complaint=ComplaintId(f"{SOURCE}:{number:06d}"),
        title=f"{_TITLES[number % 3]} nomor {number}",
        since_at=NOW - timedelta(minutes=25 + number),
        versions=(
            Version("3-" + "b" * 32, "Sari", NOW - timedelta(minutes=40), theirs, held=True),
            Version("3-" + "a" * 32, OPERATOR, NOW - timedelta(minutes=30), ours, held=False),
        ),
        base=base,
        fields=("opd",),
    )
    return replace(made, **more)


def person(number: int, **more: Any) -> Person:
    """The person of that number: the first governs, the second works."""
    names = ("Sari Wulandari", "Rani Putri", "Budi Santoso")
    made = Person(
        id=f"orang-{number}",
        login=names[number % 3].lower().replace(" ", "."),
        name=names[number % 3],
        role=(Role.ADMIN, Role.OPERATOR, Role.FIELD)[number % 3],
        secret_at=NOW - timedelta(days=number, hours=2),
    )
    return replace(made, **more)


def hub(**more: Any) -> HubState:
    """A centre that answered twelve seconds ago."""
    made = HubState(
        url="https://pusat.rekaan.example:6984",
        last_good_at=NOW - timedelta(seconds=12),
        next_at=NOW + timedelta(seconds=18),
        bytes_hour=412_000,
        bytes_limit=5_000_000,
        places=14,
        places_done=14,
    )
    return replace(made, **more)


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {name: {} for name in LANGUAGES}
    for name in LANGUAGES:
        for path in sorted((ROOT / "resources/phrases" / name).glob("*.toml")):
            texts[name].update(flatten(tomllib.loads(path.read_text("utf-8"))))
    return texts


def phrases(language: str = LANGUAGES[0]) -> Phrases:
    """All sentences of the program, with nobody listening yet."""
    return Phrases(_texts(), language)


class Handed(Read):
    """The store, but what a test hands in of the exchange with the centre is read as if the store held it."""

    rows: Mapping[str, Any] = {}

    def outbox_rows(self, limit: int = 500) -> list[OutboxRow]:
        handed: Sequence[OutboxRow] | None = self.rows.get("outbox")
        return super().outbox_rows(limit) if handed is None else list(handed)[:limit]

    def outbox_of(self, doc: str) -> list[OutboxRow]:
        handed: Sequence[OutboxRow] | None = self.rows.get("outbox")
        return super().outbox_of(doc) if handed is None else [each for each in handed if each.doc == doc]

    def conflicts(self, limit: int = 200) -> list[Conflict]:
        handed: Sequence[Conflict] | None = self.rows.get("conflicts")
        return super().conflicts(limit) if handed is None else list(handed)[:limit]

    def conflict(self, doc: str) -> Conflict | None:
        handed: Sequence[Conflict] | None = self.rows.get("conflicts")
        return super().conflict(doc) if handed is None else next((each for each in handed if each.doc == doc), None)

    def people_known(self) -> bool:
        handed: bool | None = self.rows.get("person_known")
        return super().people_known() if handed is None else handed

    def people(self) -> list[Person]:
        handed: Sequence[Person] | None = self.rows.get("person")
        return super().people() if handed is None else list(handed)

    def hub(self) -> HubState | None:
        handed: HubState | None = self.rows.get("hub")
        return super().hub() if handed is None else handed


class Town:
    """A store in a folder, and a desk on it."""

    def __init__(
        self,
        folder: Path,
        language: str = LANGUAGES[0],
        *,
        store: bool = True,
        known: bool = False,
        accounts: bool = False,
        audience: Audience = Audience.WORK,
    ) -> None:
        """`known`: somebody can sign in here; `accounts`: somebody has to, also while nobody is known; `audience`: for
        whom the profile is."""
        self.clock = TurnedClock(NOW, seed=1)
        self.pack = small_pack()
        self.profile = Profile.at(folder)
        self.store = Store.open(self.profile, self.clock, self.pack) if store else None
        self.tried: list[str] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        """Notes handed to the engine."""
        self.listening = True
        """Whether an engine takes notes."""
        self.handed: dict[str, Any] = {"person_known": True} if known else {}
        self.answer: Outcome | None = None
        """What is said to a command in place of doing it, None to do it."""
        self.done: list[Command] = []
        self._stood: set[str] = set()
        settings = Settings(declared((ROOT / "resources/settings.toml").read_bytes()), {"operator": OPERATOR})
        self.phrases = phrases(language)
        self.desk = Desk.open(
            self._reader,
            do=self.do,
            clock=self.clock,
            pack=self.pack,
            phrases=self.phrases,
            settings=settings,
            try_now=self.tried.append,
            tell=self._hear,
            accounts=accounts,
            audience=audience,
        )

    def _reader(self) -> Read:
        read = Handed.open(self.profile)
        read.rows = self.handed
        return read

    def _hear(self, note: str, values: Mapping[str, object]) -> bool:
        if self.listening:
            self.told.append((note, dict(values)))
        return self.listening

    def enter(self, role: Role, name: str = OPERATOR) -> None:
        """Somebody of that role signs in."""
        people = self.desk.people
        people.ask(Wish.IN, lambda _answer: None, login=name, secret="")
        who = Seen(f"orang-{name}", name.lower(), name, role)
        told = PersonAnswer(str(self.told[-1][1]["ask"]), PersonOutcome.TAKEN, session=f"sesi-{name}", person=who)
        self.desk.news.told.emit("person", answer_values(told))

    def hand(self, kind: Kind, what: Any) -> None:
        """The store holds that of the exchange from now on (rows, conflicts, the hub's state), and it is told."""
        self.handed[kind.value if kind is not Kind.CONFLICT else "conflicts"] = what
        self.desk.news.changed.emit(Changes(frozenset({kind})))

    @property
    def writer(self) -> Store:
        """The store's writing side."""
        assert self.store is not None
        return self.store

    def fill(self, count: int) -> None:
        """The complaints 0 to `count`, and a source in good health."""
        self.take(complaint(number) for number in range(count))
        self.stand()

    def take(self, complaints: Iterable[SourceComplaint]) -> Changes:
        """Those complaints come in, and it is told."""
        changes = self.writer.take(Batch(SOURCE, list(complaints)))
        self.desk.news.changed.emit(changes)
        return changes

    def stand(self, **more: Any) -> None:
        """The source stands so from now on, and it is told."""
        stands = health(**more)
        self.writer.health(stands)
        self._stood.add(stands.id)
        self.desk.news.changed.emit(Changes(frozenset({Kind.SOURCE})))

    @property
    def sources_known(self) -> bool:
        """True once the desk has read what was said of the sources: it lets news rest a moment before it reads."""
        return self._stood <= {each.id for each in self.desk.sources.rows}

    def do(self, command: Command) -> str:
        """What the engine does with a command."""
        self.done.append(command)
        envelope = self.desk.city_key.deed(commands.seal(command, self.clock, OPERATOR))
        if self.answer is not None:
            says = "commands.nobody" if self.answer is Outcome.REFUSED else ""
            said = Receipt(envelope.id, self.answer, command.complaint, says)
            QTimer.singleShot(0, lambda: self._tell(said, Changes(frozenset())))
            return envelope.id
        receipt, changes = self.writer.apply(envelope, commands.open_envelope(envelope, self.pack))
        QTimer.singleShot(0, lambda: self._tell(receipt, changes))  # as in life, the id is known before the receipt
        return envelope.id

    def _tell(self, receipt: Receipt, changes: Changes) -> None:
        self.desk.news.receipt.emit(receipt)
        self.desk.news.changed.emit(changes)

    @contextmanager
    def readers_busy(self) -> Iterator[None]:
        """All readers have something else to do meanwhile."""
        begun, over = threading.Semaphore(0), threading.Event()

        def wait(_read: Read) -> None:
            begun.release()
            over.wait(_PATIENCE_S)

        for _ in range(WORKERS):
            self.desk.work.run(wait, lambda _value: None, urgent=True)
        try:
            for _ in range(WORKERS):
                assert begun.acquire(timeout=_PATIENCE_S)
            yield
        finally:
            over.set()

    def hold_receipts(self) -> Callable[[], None]:
        """What is done from now on is done, but told only when what is given back is called."""
        held: list[tuple[Receipt, Changes]] = []
        self._tell = lambda receipt, changes: held.append((receipt, changes))  # type: ignore[method-assign]

        def tell() -> None:
            del self._tell
            for receipt, changes in held:
                self._tell(receipt, changes)

        return tell

    def close(self) -> None:
        """End workers and store."""
        self.desk.close()
        if self.store is not None:
            self.store.close()


def meet(town: Town) -> None:
    """Two consoles gave one complaint to two offices, apart from each other."""
    town.fill(8)
    town.do(Verify(ComplaintId("rekaan:000001")))
    (case,) = [row for row in town.writer.read.outbox_rows() if row.doc.startswith("case:")]
    place = complaints_place(town.pack.id, "99.71.01.1002")
    found = Shelf.open(town.profile)
    base = found.revision(place, case.doc, "")
    found.close()
    assert base is not None
    town.do(Dispose(ComplaintId("rekaan:000001"), opd="PU", reason="Jalan milik kota, bukan provinsi."))
    body = {**base.body, "state": 4, "opd": "DLH", "by": "Sari"}
    theirs = Revised(case.doc, (name_rev(base.rev, body), *base.path), body)
    town.desk.news.changed.emit(town.writer.replica.take(Page(place, [theirs]))[1])


@pytest.fixture
def town(qtbot: Any, tmp_path: Path) -> Iterator[Town]:
    """An empty town."""
    made = Town(tmp_path)
    yield made
    made.close()
