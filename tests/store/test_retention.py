"""What has run out goes from every place of a store, and stays gone; what has not, and what is too much, stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from console import commands
from console.commands.files import Attach
from console.commands.intake import Record, Take, new_complaint_id
from console.commands.triage import Dispose, Verify
from console.commands.work import Close, Note, Start
from console.core.clock import TurnedClock
from console.core.command import Command, Outcome
from console.core.lifecycle import State
from console.core.personal import SEALED, sealed_among
from console.core.records import Changes, ComplaintId, LedgerFilter, QueueFilter
from console.core.retention import KEPT, Holding, Report
from console.store import audit, retention
from console.store.attachments import FileShelf
from console.store.blob_care import care
from console.store.bring import bring
from console.store.files import Profile
from console.store.pause import Pause
from console.store.retention_turn import turn
from console.store.sealing import public_of, seal_value
from console.store.store import Store
from sync.city_key import new_key
from tests.cities import ONE, small_pack
from tests.pictures import picture
from tests.store.conftest import NOON, batch, roomy, said

PUBLIC = public_of(b"\7" * 32)
DAY_S = 86_400.0
TITLE, TEXT, ADDRESS = "Zwartepiet wungkuk", "di dekat rumah Bu Kanarimurni", "Gang Cendrawasihbiru 17"
WROTE = "sudah ditelepon ke Pakjagungmanis"
STEMS = (b"zwartepiet", b"kanarimurni", b"cendrawasihbiru", b"pakjagungmanis")


@dataclass
class City:
    """A store with its pack and clock."""

    store: Store
    clock: TurnedClock

    def do(self, command: Command, by: str = "Rani") -> None:
        envelope = commands.seal(command, self.clock, by)
        receipt, _ = self.store.apply(envelope, commands.open_envelope(envelope, small_pack()))
        assert receipt.outcome is Outcome.TAKEN, receipt

    def told(self, number: int = 0) -> ComplaintId:
        """Somebody told of something, by name, and sent a photo."""
        name = new_complaint_id(self.clock)
        sealed = {field: seal_value(f"nilai {number}", PUBLIC, name, field) for field in SEALED}
        self.do(
            Record(
                name,
                title=f"{TITLE} {number}",
                text=TEXT,
                channel="telepon",
                address=ADDRESS,
                area=f"{ONE}.1001",
                lat=-6.01,
                lon=106.02,
                **sealed,
            )
        )
        return name

    def photo(self, name: ComplaintId, seed: int = 0) -> list[str]:
        brought = bring(
            self.store.blobs, picture(64, 48 + seed), "foto.jpg", thumb=lambda _judged: picture(8, 6 + seed)
        )
        self.do(Attach(name, **brought.fields))
        return [*brought.fields["pieces"], brought.fields["thumb"]]

    def ended(self, name: ComplaintId) -> None:
        """Its case comes to an end."""
        office = next(iter(small_pack().opds))
        begun = (Take(name), Verify(name), Dispose(name, opd=office, reason="wilayahnya"), Start(name))
        for command in (*begun, Note(name, text=WROTE), Close(name, evidence=WROTE)):
            self.do(command)

    def later(self, days: float) -> None:
        self.clock.turn(days * DAY_S)

    def turned(self, *, anyway: bool = True) -> Report:
        return self.turned_with(anyway=anyway)[0]

    def turned_with(self, *, anyway: bool = True) -> tuple[Report, Changes]:
        with closing(retention_reader(self.store)) as db:
            due = retention.look(db, self.clock.now())
        return turn(self.store, due, anyway=anyway)

    def bodies(self, kind: str) -> list[dict[str, object]]:
        rows = self.store._db.execute(
            "SELECT body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id GLOB ? AND body IS NOT NULL", (f"{kind}:*",)
        )
        return [json.loads(body) for (body,) in rows]


def retention_reader(store: Store):  # type: ignore[no-untyped-def]
    from console.store.schema import open_records

    return open_records(store.profile.records)


def in_file(store: Store) -> list[bytes]:
    """Which words stand anywhere in the store's file or its log."""
    store.rest(urgent=lambda: False)
    found = set()
    for path in store.profile.folder.rglob("*"):
        if path.is_file() and "blackbox" not in path.parts:
            raw = path.read_bytes().lower()
            found |= {stem for stem in STEMS if stem in raw}
    return sorted(found)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    clock = TurnedClock(NOON, seed=5)
    profile = Profile.at(tmp_path)
    made = City(Store.open(profile, clock, small_pack(), room=roomy(profile)), clock)
    yield made
    made.store.close()


def test_who_told_it_goes_a_year_after_the_end(city: City) -> None:
    name = city.told()
    city.ended(name)
    city.later(364)
    assert city.turned().erased == {"files": 0}
    city.later(2)
    report = city.turned()
    assert report.erased == {**dict.fromkeys(SEALED, 1), "files": 0}
    complaint = city.store.read.complaint(name)
    assert complaint is not None and sealed_among(complaint.extra) == {}
    assert complaint.title.startswith(TITLE) and json.loads(complaint.extra)["channel"] == "telepon"
    [body] = city.bodies("complaint")
    assert not SEALED.keys() & body.keys() and body["erased"] == sorted(SEALED)
    assert body["title"] == complaint.title
    assert city.turned().erased == {"files": 0}  # there is nothing more


def test_nothing_of_an_open_case_goes(city: City) -> None:
    name = city.told()
    city.photo(name)
    city.later(12 * 365)
    report = city.turned()
    assert report.due == 0 and not any(report.erased.values())
    assert report.of("reporter_nik").held == 1 and report.of("reporter_nik").next_at is None


def test_photos_go_after_two_years_and_are_not_fetched_again(city: City) -> None:
    name, other = city.told(1), city.told(2)
    names = city.photo(name)
    kept = city.photo(other, seed=9)
    city.ended(name)
    city.later(3 * 365)
    report = city.turned()
    assert report.erased["files"] == len(names)
    assert not any(city.store.blobs.has(each) for each in names) and all(city.store.blobs.has(each) for each in kept)
    with closing(FileShelf.open(city.store.profile)) as shelf:
        cared = care(city.store.blobs, shelf, (), city.clock.now())
        assert (cared.found, cared.lost) == ([], [])
        told, _ = shelf.since(0, before=city.clock.now())
        assert [row.complaint for row in told] == [other]
        assert len(shelf.since(0)[0]) == 2
    [gone], [there] = city.store.read.files_of(name), city.store.read.files_of(other)
    assert (gone.erased, gone.here, gone.thumb_here) == (True, 0, False) and there.whole and not there.erased


def test_what_ran_out_long_ago_goes_in_one_turn_with_its_files(city: City) -> None:
    name = city.told()
    names = city.photo(name)
    city.ended(name)
    city.later(6 * 365)
    report = city.turned()
    assert (report.erased["files"], report.erased["deeds"]) == (len(names), 1)
    assert not any(city.store.blobs.has(each) for each in names)
    with closing(FileShelf.open(city.store.profile)) as shelf:
        assert shelf.all_known() == []
        assert care(city.store.blobs, shelf, (), city.clock.now()).found == []


def test_deeds_wait_for_the_files_they_tell_of(city: City) -> None:
    names = [city.told(number) for number in range(6)]
    for name in names:
        city.photo(name)
    city.ended(names[0])
    for name in names[1:]:
        for number in range(5):
            city.do(Note(name, text=f"{number}"))
    city.later(6 * 365)
    city.photo(names[1], seed=20)
    with closing(retention_reader(city.store)) as db:
        due = retention.look(db, city.clock.now())
    due.holdings["files"] = Holding("files", held=2, due=1)
    report, _ = turn(city.store, due)
    assert report.held_back == ("files",) and report.erased["title"] == 1 and "deeds" not in report.erased
    assert city.turned().erased["deeds"] == 1


def test_bytes_two_complaints_have_go_with_the_last_of_them(city: City) -> None:
    one, two = city.told(1), city.told(2)
    names = city.photo(one)
    city.photo(two)
    city.ended(one)
    city.later(3 * 365)
    assert city.turned().erased["files"] == 0
    city.ended(two)
    city.later(3 * 365)
    assert city.turned().erased["files"] == len(names)


def test_after_five_years_no_word_of_it_is_left_in_any_file(city: City) -> None:
    name = city.told()
    city.ended(name)
    city.store.take(batch(said(7, title="Lampu padam")))
    assert in_file(city.store) == sorted(STEMS)
    city.later(6 * 365)
    report, changes = city.turned_with()
    assert report.erased["title"] == report.erased["deeds"] == report.erased["place"] == 1
    assert name in changes.ids
    assert in_file(city.store) == []
    complaint = city.store.read.complaint(name)
    assert complaint is not None
    assert (complaint.title, complaint.text, complaint.address, complaint.lat) == ("", "", "", None)
    assert complaint.area == f"{ONE}.1001" and complaint.state is State.DONE
    for word in ("zwartepiet", "kanarimurni", "cendra"):
        assert city.store.read.span(QueueFilter(text=word)).count == 0
    assert city.store.read.span(QueueFilter(text="lampu")).count == 1
    assert audit.search(city.store._db) == [] and audit.form(city.store._db) == []
    assert [event.deed for event in city.store.read.events_of(name)][-2:] == ["note", "close"]
    assert not any(event.text or event.fields for event in city.store.read.events_of(name))
    with pytest.raises(Exception, match="append-only"):
        city.store._db.execute("UPDATE event SET text = 'x'")


def test_what_a_source_tells_again_stays_gone(city: City) -> None:
    over = said(
        1,
        state=State.DONE,
        native_state="closed",
        title=TITLE,
        text=TEXT,
        media_url="https://x.id/a.jpg",
        extra='{"a": "b"}',
    )
    city.store.take(batch(over, said(2)))
    city.later(6 * 365)
    city.turned()
    for again in (over, over._replace(text=f"{TEXT} lagi", updated_at=city.clock.now(), native_state="closed again")):
        city.store.take(batch(again))
        found = city.store.read.complaint(over.id)
        assert found is not None and (found.title, found.text, found.media_url) == ("", "", "")
    assert found.native_state == "closed again"
    assert city.store.read.span(QueueFilter(text="zwartepiet")).count == 0
    assert city.turned().erased == {"files": 0}


def test_much_at_once_waits_for_a_person(city: City) -> None:
    names = [city.told(number) for number in range(5)]
    for name in names[:2]:
        city.ended(name)
    city.later(400)
    report = city.turned(anyway=False)
    assert report.held_back == tuple(SEALED) and not any(report.erased.values())
    page = city.store.read.ledger(LedgerFilter(deed="retention"))
    assert page.entries[0].told["held_back"] == {field: [2, 5] for field in SEALED}
    assert city.turned().erased["reporter_nik"] == 2


def test_one_in_five_is_not_much(city: City) -> None:
    names = [city.told(number) for number in range(5)]
    city.ended(names[0])
    city.later(400)
    report = city.turned(anyway=False)
    assert report.held_back == () and report.erased["reporter_name"] == 1
    assert report.told()["left"]["reporter_name"] == 4  # type: ignore[index]


def test_a_case_that_was_reopened_meanwhile_keeps_what_it_has(city: City) -> None:
    name = city.told()
    city.ended(name)
    city.later(400)
    with closing(retention_reader(city.store)) as db:
        due = retention.look(db, city.clock.now())
    city.do(commands.found()["reopen"](name, reason="belum selesai"))  # type: ignore[call-arg]
    report, _ = turn(city.store, due, anyway=True)
    assert not any(report.erased.values())
    complaint = city.store.read.complaint(name)
    assert complaint is not None and len(sealed_among(complaint.extra)) == len(SEALED)


def test_operators_are_let_in_between_two_slices(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.store.retention_turn.SLICE", 1)
    for number in range(3):
        city.ended(city.told(number))
    city.later(400)
    came: list[int] = []
    with closing(retention_reader(city.store)) as db:
        due = retention.look(db, city.clock.now())

    def let_in() -> None:
        assert not city.store._db.in_transaction
        came.append(1)

    turn(city.store, due, anyway=True, pause=Pause(lambda: True, let_in))
    assert len(came) >= 3


def test_words_are_forgotten_also_where_the_turn_was_cut_off(city: City) -> None:
    name = city.told()
    city.ended(name)
    city.later(6 * 365)
    with closing(retention_reader(city.store)) as db:
        due = retention.look(db, city.clock.now())
    numbers = sorted(due.rows["title"])
    city.store.expire(lambda eraser: eraser.erase(numbers, list(due.rows), due.at))
    # the program ended here; the next turn has nothing to erase, and forgets all the same
    city.store.close()
    city.store = Store.open(city.store.profile, city.clock, small_pack(), room=roomy(city.store.profile))
    assert city.turned().erased == {"files": 0}
    assert in_file(city.store) == []


def test_every_field_has_its_days_from_the_declaration() -> None:
    assert KEPT["reporter_nik"] == timedelta(days=365)
    assert KEPT["files"] == KEPT["media_url"] == timedelta(days=2 * 365)
    assert {KEPT[name] for name in ("title", "text", "address", "place", "extra", "deeds")} == {timedelta(days=5 * 365)}


def test_what_was_sealed_of_words_goes_with_them(city: City) -> None:
    key, _, _ = new_key(small_pack().id, "Dewi", city.clock)
    city.store.add_data_key(key)
    name = city.told()
    city.do(Note(name, "telepon 081377550124"))
    city.ended(name)
    assert "kendali-s1:" in str(city.bodies("deed")) + str(city.store.read.events_of(name))
    city.store.take(batch(said(1, text="hubungi 081377550123", state=State.DONE, area=f"{ONE}.1001")))
    (own,) = city.bodies("complaint")
    assert "sealed_text" in own
    city.later(5 * 365 + 1)
    city.turned()
    (own,) = city.bodies("complaint")
    assert "kendali-s1:" not in json.dumps(own)
    assert "kendali-s1:" not in str(city.bodies("deed")) + str(city.store.read.events_of(name)), "and those of deeds"
    rows = city.store._db.execute("SELECT extra FROM complaint").fetchall()
    assert len(rows) == 2
    assert "kendali-s1:" not in str(rows)
    assert city.turned().erased.get("extra", 0) == 0, "what is named there is nothing that is kept"
