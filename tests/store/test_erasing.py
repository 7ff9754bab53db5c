"""A person has it all erased: canaries planted wherever a console keeps anything, looked for byte by byte afterwards,
here and at a second console that was told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console import commands
from console.commands.files import Attach
from console.commands.intake import Record, new_complaint_id
from console.commands.triage import Verify
from console.commands.work import Note
from console.core.clock import TurnedClock
from console.core.command import Command, Envelope
from console.core.covering import covered_batch
from console.core.erasure import FIELDS, Erasure
from console.core.errors import Refused
from console.core.pack import CityPack
from console.core.pieces import piece_document
from console.core.plain_rows import PlainRows, plain_rows
from console.core.records import ComplaintId, HubQuestion, HubState, QueueFilter, Refusal
from console.core.replica import Named, NotTaken, Page, Revised
from console.store import audit, backup
from console.store.blackbox import BlackBox
from console.store.bring import bring, no_thumb
from console.store.database import transaction
from console.store.erasing import APPLIED, ERASE
from console.store.files import Profile
from console.store.ledger_check import check
from console.store.read import Read
from console.store.shelf import Shelf
from console.store.store import Store
from tests.store.conftest import KELURAHAN, batch, roomy, said

STEM = "kanari"
THEIRS = "uji:000001"
WORDS = [f"Kanari{chr(97 + number)}urung" for number in range(26)]
"""Each stands in one place; the stem in all of them, and nowhere else."""


def found(folder: Path) -> dict[str, int]:
    """How often the stem stands in which file, in one byte a letter or in two."""
    hits = {}
    for path in folder.rglob("*"):
        try:
            raw = path.read_bytes().lower() if path.is_file() else b""
        except FileNotFoundError:
            continue  # it was being written beside its place
        count = raw.count(STEM.encode()) + raw.count(STEM.encode("utf-16-le"))
        if count:
            hits[str(path.relative_to(folder))] = count
    return hits


def asked_of(db: sqlite3.Connection) -> dict[str, int]:
    """What SQL finds of it in any column of any table, and the search in its words."""
    hits = {}
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for name in tables:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
        for column in columns:
            try:
                row = db.execute(
                    f"SELECT count(*) FROM {name} WHERE instr(lower(CAST({column} AS TEXT)), ?)", (STEM,)
                ).fetchone()
            except sqlite3.OperationalError:
                continue  # a column of the index that is none
            if row[0]:
                hits[f"{name}.{column}"] = row[0]
        if name.startswith("search_") and name[7:].isdecimal():
            count = db.execute(f"SELECT count(*) FROM {name} WHERE {name} MATCH ?", (f"{STEM}*",)).fetchone()[0]
            if count:
                hits[name] = count
    return hits


@dataclass
class Console:
    """A store with its black box, as a console has them."""

    store: Store
    clock: TurnedClock
    pack: CityPack

    def __post_init__(self) -> None:
        self.profile = self.store.profile
        self.box = BlackBox(self.profile.blackbox, self.clock)

    def do(self, command: Command, by: str = "Budi") -> Envelope:
        envelope = commands.seal(command, self.clock, by)
        self.box.keep(envelope)
        receipt, _ = self.store.apply(envelope, commands.open_envelope(envelope, self.pack))
        assert receipt.outcome == "taken", receipt
        return envelope

    def reports(self) -> dict[str, int]:
        with closing(Read.open(self.profile)) as read, closing(sqlite3.connect(self.profile.readings)) as other:
            return {**asked_of(read._db), **asked_of(other)}


@pytest.fixture
def here(store: Store, clock: TurnedClock, pack: CityPack) -> Console:
    return Console(store, clock, pack)


@pytest.fixture
def there(tmp_path: Path, pack: CityPack) -> Iterator[Console]:
    profile = Profile.at(tmp_path / "lain")
    clock = TurnedClock(datetime.fromisoformat("2026-03-02T05:00:00+00:00"), seed=11)
    other = Store.open(profile, clock, pack, room=roomy(profile))
    yield Console(other, clock, pack)
    other.close()


def plant(console: Console) -> str:
    """A source's complaint and one told to an operator, with canaries in all their places; the id of the second."""
    store, clock = console.store, console.clock
    store.take(
        batch(
            *(said(number) for number in range(2, 40)),
            said(
                1,
                title=f"Lampu padam kata {WORDS[0]}",
                text=f"Nama saya {WORDS[1]} " + f"{WORDS[1]} di sini " * 1000,  # more than a page
                address=f"Gang {WORDS[2]} 3",
                media_url=f"https://contoh.example/{WORDS[3]}.jpg",
                extra=f'{{"first_name": "{WORDS[4]}"}}',
            ),
            refused=[Refusal("7", "store.not_taken.rev", {}, f'{{"raw": "{WORDS[5]}"}}')],
        )
    )
    store.keep_bad_answer("uji", f"<html>{WORDS[6]}".encode(), "feed.broken")
    question = HubQuestion("kendali-contoh-shared", "hub.changed", {}, (WORDS[7],), 3)
    store.hub(HubState("https://pusat.example", None, questions=(question,)))
    name = new_complaint_id(clock)
    console.do(
        Record(
            name,
            title=f"Got mampet, {WORDS[8]}",
            text=f"cerita {WORDS[9]}",
            channel="telepon",
            address=f"RT {WORDS[10]}",
            area=KELURAHAN[0],
            reporter_name="kendali-s1:" + WORDS[11] + "A" * 160,
        )
    )
    for number, target in enumerate((THEIRS, str(name))):
        console.do(Note(ComplaintId(target), f"Sudah ditelepon: {WORDS[12 + number]}"))
        console.do(Verify(ComplaintId(target)))
    brought = bring(store.blobs, f"surat dari {WORDS[14]}".encode(), f"surat {WORDS[15]}.txt", thumb=no_thumb)
    console.do(Attach(ComplaintId(THEIRS), **brought.fields))
    console.do(Note(ComplaintId("uji:000002"), "tidak ada apa-apa"))
    refused = commands.seal(Note(ComplaintId(THEIRS), f"ditolak {WORDS[16]}"), clock, "Budi")
    console.box.keep(refused)
    store.refuse(refused, Refused("people.not_allowed", who=WORDS[17]))
    store.replica.settle("", (), [NotTaken("deed:" + refused.id, "1-a", "hub.no", {"reason": WORDS[18]})])
    # a torn line of such a complaint
    day = sorted(console.profile.blackbox.glob("*.jsonl"))[-1]
    with day.open("ab") as stream:
        stream.write(f'{{"id":"x","fields":{{"complaint":"{THEIRS}","text":"{WORDS[19]}'.encode())
    return str(name)


def everything(complaint: str, clock: TurnedClock, case: str = "HAK-1") -> Erasure:
    return Erasure(complaint, frozenset(FIELDS), True, frozenset(), clock.now(), "Dewi", case)


def hand_over(one: Console, other: Console, *, held: bool = True) -> None:
    """All that one console has to the other, and what the centre then holds is settled."""
    with closing(Shelf.open(one.profile)) as shelf:
        for place in shelf.places():
            rows = shelf.changes(place, 0, 100_000).rows
            asked = [Named(row.doc, rev) for row in rows for rev in row.leaves]
            revisions = [each for each in shelf.revisions(place, asked) if each is not None]
            other.store.replica.take(Page(place, revisions, held=held))
    db = one.store.replica.tools.db
    one.store.replica.settle("", [Named(*row) for row in db.execute("SELECT doc, rev FROM outbox").fetchall()])


def test_the_canaries_are_where_they_were_planted(here: Console) -> None:
    plant(here)
    hits = here.reports()
    assert {"complaint.title", "event.fields", "event.text", "rev.body", "refused.raw", "hub.state"} <= hits.keys()
    assert {"search_64", "bad_answer.raw", "outcome.told"} <= hits.keys()
    assert {"records.db", "records.db-wal", "readings.db"} & found(here.profile.folder).keys()
    assert [name for name in found(here.profile.folder) if name.startswith("blackbox")]
    assert [name for name in found(here.profile.folder) if name.startswith("blobs")]


@pytest.mark.parametrize("settled", [False, True], ids=["still in the log", "brought home"])
def test_nothing_of_it_is_left_in_any_file(here: Console, settled: bool) -> None:
    own = plant(here)
    store = here.store
    if settled:  # merged into the index, and in the pages of the file
        db = store.replica.tools.db
        db.execute("INSERT INTO search_64 (search_64) VALUES ('optimize')")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        store.take(batch(*(said(number) for number in range(40, 400))))
    before = store.read.complaint(THEIRS)
    assert before is not None
    store.erase([everything(each, here.clock) for each in (THEIRS, own)])
    assert store.scrub()
    assert here.reports() == {}
    assert found(here.profile.folder) == {}
    after = store.read.complaint(THEIRS)
    assert after is not None
    assert (after.title, after.text, after.address, after.lat, after.extra) == ("", "", "", None, "")
    assert (after.state, after.area, after.requested_at) == (before.state, before.area, before.requested_at)
    assert next((each.deed, each.by) for each in store.read.events_of(THEIRS)) == ("note", "Budi")
    assert store.read.span(QueueFilter(text="Jalan berlubang")).count == (398 if settled else 38), (
        "others are found as before"
    )
    assert store.read.files_of(THEIRS) == []
    db = store.replica.tools.db
    for look in (audit.integrity, audit.form, audit.values, audit.foreign, audit.search, audit.outbox):
        assert look(db) == [], look.__name__
    assert check(db, []).sound


def test_the_rest_of_the_box_is_as_it_was(here: Console) -> None:
    plant(here)
    before = {each.id: each for each in here.box.lines() if each.fields["complaint"] != THEIRS}
    here.store.erase([everything(THEIRS, here.clock)])
    assert here.store.scrub()
    lines = list(here.box.lines())
    assert {each.id: each for each in lines if each.fields["complaint"] != THEIRS} == before
    mine = [each for each in lines if each.fields["complaint"] == THEIRS]
    assert {each.kind for each in mine} == {"note", "verify", "attach"}
    assert {tuple(sorted(each.fields)) for each in mine if each.kind == "note"} == {("complaint",)}
    later = here.do(Note(ComplaintId("uji:000002"), "sesudahnya"))
    assert later.id in {each.id for each in here.box.lines()}, "the box is written on"


def test_a_second_console_loses_it_too(here: Console, there: Console) -> None:
    own = plant(here)
    hand_over(here, there)
    there.store.take(batch(said(1, title=f"Lampu padam kata {WORDS[0]}"), refused=[]))
    there.do(Note(ComplaintId(own), f"kata saya {WORDS[20]}"))  # never sent
    assert len(there.reports()) > 3
    here.clock.turn(60)
    here.store.erase([everything(each, here.clock) for each in (THEIRS, own)])
    assert here.store.scrub()
    hand_over(here, there)
    assert there.store.read.complaint(own).title == ""  # type: ignore[union-attr]
    there.store.rest(urgent=lambda: False)  # as the keeper does when nobody waits
    assert there.store.erasing.due() == {}
    assert there.reports() == {}
    assert found(there.profile.folder) == {}
    [row] = there.store.replica.tools.db.execute("SELECT count(*) FROM ledger WHERE deed = ?", (APPLIED,))
    assert row == (2,)


def test_both_make_the_same_revisions_of_it(here: Console, there: Console) -> None:
    own = plant(here)
    hand_over(here, there)
    here.store.erase([everything(own, here.clock)])
    with closing(Shelf.open(here.profile)) as shelf:
        place = here.store.documents.place(f"erasure:{own}")
        only = shelf.revision(place, f"erasure:{own}")
    assert only is not None
    there.store.replica.take(Page(place, [only]))
    docs = [row[0] for row in here.store.replica.tools.db.execute("SELECT id FROM doc WHERE id GLOB '[cd]*:*'")]
    for doc in docs:
        mine, theirs = here.store.documents.winner(doc), there.store.documents.winner(doc)
        assert mine is not None and theirs is not None, doc
        assert mine.rev == theirs.rev, doc


def test_a_source_that_says_it_again_brings_nothing_back(here: Console) -> None:
    own = plant(here)
    here.store.erase([everything(each, here.clock) for each in (THEIRS, own)])
    again = said(1, title=WORDS[0], text=WORDS[1], native_state="closed", extra=f'{{"nama": "{WORDS[2]}"}}')
    here.store.take(batch(again))
    assert here.store.read.complaint(THEIRS).native_state == "closed"  # type: ignore[union-attr]
    assert here.store.scrub()
    assert here.reports() == {}
    here.store.erase([everything("uji:000777", here.clock)])
    here.store.take(batch(said(777, title=WORDS[3], lat=-6.3)))
    assert here.store.read.complaint("uji:000777").lat is None  # type: ignore[union-attr]


def test_of_what_was_looked_through_elsewhere_only_what_was_erased_is_taken_out(here: Console) -> None:
    here.store.erase([everything(each, here.clock) for each in ("uji:000777", "uji:000?")])
    told = covered_batch(
        batch(
            said(777, title=WORDS[3], text="hp 081234567890"),
            said(778, text="hp 081234567890"),
            said(779, id="uji:000\ud800", title=WORDS[4]),  # no file takes half a pair: it is known by another id
        )
    )
    here.store.take(replace(told, complaints=PlainRows(plain_rows(told.complaints))))
    found_now = [here.store.read.complaint(each) for each in ("uji:000777", "uji:000778", "uji:000?")]
    assert [(each.title, each.lat) for each in found_now if each] == [
        ("", None),
        (said(778).title, said(778).lat),
        ("", None),
    ]
    assert [each.text[:3] for each in found_now if each] == ["", "hp ", ""]


def test_an_older_revision_that_comes_again_is_not_kept(here: Console, there: Console) -> None:
    own = plant(here)
    with closing(Shelf.open(here.profile)) as shelf:
        place = here.store.documents.place(f"complaint:{own.partition(':')[2]}")
        old = [
            each
            for row in shelf.changes(place, 0, 1000).rows
            if row.doc.startswith(("complaint:", "deed:"))
            and (each := shelf.revision(place, row.doc)) is not None
            and each.body.get("complaint", each.body.get("id")) == own
        ]
    assert len(old) == 4
    here.store.erase([everything(own, here.clock)])
    here.store.replica.take(Page(place, old, held=False, by="bundle"))
    assert here.store.scrub()
    db = here.store.replica.tools.db
    for each in old:
        assert here.store.documents.revision(each.doc, each.rev).body is None, each.doc  # type: ignore[union-attr]
    assert audit.outbox(db) == []
    # and at a console that heard of the erasure first
    with closing(Shelf.open(here.profile)) as shelf:
        only = shelf.revision(place, f"erasure:{own}")
    assert only is not None
    there.store.replica.take(Page(place, [only]))
    there.store.replica.take(Page(place, old))
    there.store.rest(urgent=lambda: False)
    assert there.reports() == {}
    assert found(there.profile.folder) == {}
    assert [each.text for each in there.store.read.events_of(own)] == ["", "", ""]


def test_what_is_written_after_it_stays(here: Console) -> None:
    plant(here)
    here.store.erase([everything(THEIRS, here.clock)])
    here.clock.turn(5)
    here.do(Note(ComplaintId(THEIRS), "lampu diganti, foto di dinas"))
    here.store._fold.erasures()
    assert here.store.read.events_of(THEIRS)[-1].text == "lampu diganti, foto di dinas"


def test_single_fields_and_single_notes(here: Console) -> None:
    plant(here)
    notes = [each for each in here.store.read.events_of(THEIRS) if each.deed == "note"]
    one = Erasure(THEIRS, frozenset({"text"}), False, frozenset({notes[0].id}), here.clock.now(), "Dewi", "HAK-2")
    here.store.erase([one])
    found = here.store.read.complaint(THEIRS)
    assert found is not None
    assert (found.text, WORDS[0] in found.title) == ("", True)
    assert len(here.store.read.files_of(THEIRS)) == 1
    assert [each.text for each in here.store.read.events_of(THEIRS) if each.deed == "note"] == [""]
    more = Erasure(THEIRS, frozenset({"title"}), False, frozenset(), here.clock.now(), "Dewi", "HAK-3")
    here.store.erase([more])
    assert here.store.erasing.known[THEIRS].fields == {"text", "title"}


def test_bytes_that_another_complaint_has_stay_and_can_come_again(here: Console) -> None:
    plant(here)
    data = f"surat dari {WORDS[14]}".encode()
    brought = bring(here.store.blobs, data, "surat.txt", thumb=no_thumb)
    piece = piece_document(brought.fields["pieces"][0])
    here.do(Attach(ComplaintId("uji:000002"), **brought.fields))
    here.store.erase([everything(THEIRS, here.clock)])
    assert here.store.scrub()
    assert here.store.blobs.read(brought.fields["pieces"][0]) == data
    here.store.erase([everything("uji:000002", here.clock)])
    assert here.store.scrub()
    assert here.store.blobs.read(brought.fields["pieces"][0]) is None
    assert here.store.documents.winner(piece).deleted  # type: ignore[union-attr]
    again = bring(here.store.blobs, data, "surat.txt", thumb=no_thumb)
    here.do(Attach(ComplaintId("uji:000003"), **again.fields))
    winner = here.store.documents.winner(piece)
    assert winner is not None and not winner.deleted and not winner.held
    assert audit.outbox(here.store.replica.tools.db) == []


def test_a_restored_backup_does_not_bring_it_back(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    here = Console(store, clock, pack)
    own = plant(here)
    backup.make(profile, clock)
    clock.turn(60)
    store.erase([everything(each, clock) for each in (THEIRS, own)])
    assert store.scrub()
    store.close()
    backup.restore(profile, clock)
    again = Store.open(profile, clock, pack, room=roomy(profile))
    try:
        assert again.read.complaint(own).title == ""  # type: ignore[union-attr]
        assert again.scrub()
        assert Console(again, clock, pack).reports() == {}
        left = found(profile.folder)
        assert {name.partition("/")[0] for name in left} <= {"backups"} | {
            name for name in left if name.startswith("records.db.diganti")
        }
        seals = again.replica.tools.db.execute("SELECT count(*) FROM ledger WHERE deed = ?", (ERASE,)).fetchone()
        assert seals == (2,)
    finally:
        again.close()


def test_the_history_changes_for_nothing_else(here: Console) -> None:
    plant(here)
    db = here.store.replica.tools.db
    here.store.erase([everything(THEIRS, here.clock)])
    for change in ("by = 'Lain'", "at = at + 1", "deed = 'x'", "text = 'lain'", "fields = '{\"a\": 1}'", "was = '{}x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(f"UPDATE event SET {change} WHERE complaint = ?", (THEIRS,))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("UPDATE event SET text = '' WHERE complaint = 'uji:000002'")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), transaction(db):
        db.execute("DELETE FROM event WHERE complaint = ?", (THEIRS,))


def test_a_write_that_does_not_come_to_be_erases_nothing(here: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(here)

    def full(*_: object, **__: object) -> None:
        raise sqlite3.IntegrityError("stopped")

    monkeypatch.setattr(here.store.ledger, "add", full)
    with pytest.raises(sqlite3.IntegrityError):
        here.store.erase([everything(THEIRS, here.clock)])
    assert here.store.erasing.known == {}
    here.store.take(batch(said(1, title="judul lain", updated_at=here.clock.now() + timedelta(seconds=5))))
    assert here.store.read.complaint(THEIRS).title == "judul lain"  # type: ignore[union-attr]


def test_what_is_no_erasure_erases_nothing(here: Console) -> None:
    plant(here)
    sound = everything(THEIRS, here.clock).body()
    place = "kendali-contoh-complaints-0"
    for number, body in enumerate(
        (
            {**sound, "type": "case"},
            {**sound, "complaint": "uji:000002"},
            {**sound, "fields": "title"},
            {**sound, "at": "kemarin"},
            {**sound, "history": 1},
            {**sound, "by": None},
        )
    ):
        revision = Revised(f"erasure:{THEIRS}", (f"1-{number:032}",), body)
        here.store.replica.take(Page(place, [revision]))
    assert here.store.erasing.known == {}
    assert WORDS[0] in here.store.read.complaint(THEIRS).title  # type: ignore[union-attr]


def test_a_corrected_value_takes_the_place_of_the_old_one(here: Console, there: Console) -> None:
    own = plant(here)
    hand_over(here, there)
    right = "kendali-s1:" + "Benar" + "B" * 160
    here.store.correct(own, {"reporter_name": right}, who="Dewi", case="HAK-4")
    hand_over(here, there)
    for console in (here, there):
        extra = console.store.read.complaint(own).extra  # type: ignore[union-attr]
        assert right in extra
        assert console.store.rest(urgent=lambda: False) is None
        db = console.store.replica.tools.db
        assert db.execute("SELECT count(*) FROM rev WHERE instr(body, ?)", (WORDS[11],)).fetchone() == (0,)
        assert audit.outbox(db) == []
    here.store.correct(own, {"title": "Got mampet di depan pos"}, who="Dewi", case="HAK-5")
    assert here.store.read.span(QueueFilter(text="mampet pos")).count == 1
    assert here.store.read.span(QueueFilter(text=WORDS[8])).count == 0
    with pytest.raises(Refused, match="not_ours"):
        here.store.correct(THEIRS, {"title": "x"}, who="Dewi", case="HAK-6")


def test_the_search_is_merged_in_steps_and_goes_on_where_somebody_waited(here: Console) -> None:
    own = plant(here)
    for start in range(1000, 9000, 250):
        words = [said(n, text=f"kata{n} lain{n % 97} cerita{n * 7}") for n in range(start, start + 250)]
        here.store.take(batch(*words))
    here.store.erase([everything(each, here.clock) for each in (THEIRS, own)])
    looks = iter(range(10_000))
    steps = 0
    while here.store.erasing.due():
        here.store.rest(urgent=lambda: next(looks) % 5 == 4)
        steps += 1
        assert steps < 2000
    assert steps > 1, "it was held up, and went on"
    assert found(here.profile.folder) == {}
    assert audit.search(here.store.replica.tools.db) == []
    assert here.store.read.span(QueueFilter(text="kata1234")).count == 1
