"""The rights of a person, at a terminal: found, handed out, set right, erased, proved. Real stores, real seals."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from console import commands
from console.commands.files import Attach
from console.commands.intake import Record, new_complaint_id
from console.commands.work import Note
from console.core.clock import SystemClock
from console.core.command import Command
from console.core.covering import covered_words
from console.core.errors import Refused
from console.core.personal import sealed_among, sound_told
from console.core.records import ComplaintId
from console.store import backup, ledger_read
from console.store.blackbox import BlackBox
from console.store.bring import bring, no_thumb
from console.store.deed_words import sealed_deed
from console.store.files import Profile, load_phrases
from console.store.ledger_check import check
from console.store.read import Read
from console.store.sealing import seal_whole, sealed_all
from console.store.store import Store
from sync import city_key
from sync import people as people_file
from sync.chosen import pack_of
from sync.city_key import CityKeys, new_key
from sync.credentials import Credentials
from sync.people_terminal import Counter as PeopleCounter
from sync.rights_terminal import Counter
from tests.sync.test_credentials import MemoryRing

SECRET, OTHER = "hujan turun di genteng merah", "sepeda tua lewat jembatan bambu"
STORY = "Nama saya Zulkarnaen Wiradikusuma, HP 0813 7755 0192, lampu mati"
WHO = {
    "reporter_name": "Zulkarnaen Wiradikusuma",
    "reporter_nik": "3671011203907123",
    "reporter_phone": "0813-7755-0192",
    "reporter_home": "Gang Kecapi Buntu 12",
}
STEMS = (b"zulkarnaen", b"wiradikusuma", b"3671011203907", b"77550192", b"kecapi buntu", b"=hyperlink(")


def found_in(folder: Path) -> dict[str, list[bytes]]:
    hits = {}
    for path in folder.rglob("*"):
        raw = path.read_bytes().lower() if path.is_file() else b""
        seen = [stem for stem in STEMS if stem in raw or stem in raw.replace(b"\0", b"")]
        if seen:
            hits[str(path.relative_to(folder))] = seen
    return hits


class City:
    """A profile in which a citizen told of something, others speak of them, and people may or may not sign in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.profile = Profile.at(folder)
        self.pack = pack_of(self.profile)
        self.ring = MemoryRing()
        self.secrets = Credentials(lambda: self.ring)
        self.said: list[str] = []
        self.box = BlackBox(self.profile.blackbox, self.clock)
        store = Store.open(self.profile, self.clock, self.pack)
        try:
            key, private, self.code = new_key(self.pack.id, "Dewi", self.clock)
            store.add_data_key(key)
            CityKeys(self.secrets).keep(key, private)
            self.own, self.else_ = new_complaint_id(self.clock), new_complaint_id(self.clock)
            sealed = sealed_all(sound_told(WHO), key, self.own)
            covered, whole = covered_words({"text": STORY})
            told = {**covered, **seal_whole(whole, key.public, self.own)}
            self.do(
                store,
                Record(self.own, title="Lampu mati", channel="telepon", address="Jl. Kali 1", **told, **sealed),  # type: ignore[arg-type]
            )
            self.do(
                store,
                Record(self.else_, title="Got mampet", text="dekat pasar", channel="telepon", address="Jl. Kali 2"),
            )
            self.do(store, Note(ComplaintId(self.else_), "juga ditanyakan Pak Wiradikusuma (Zulkarnaen)"))
            self.do(store, Note(ComplaintId(self.own), '=HYPERLINK("http://x","a") <b>tebal</b>'))
            brought = bring(store.blobs, b"surat Zulkarnaen Wiradikusuma", "surat.txt", thumb=no_thumb)
            self.do(store, Attach(ComplaintId(self.own), **brought.fields))
            self.deeds = [each.id for each in store.read.events_of(self.else_)]
        finally:
            store.close()

    def do(self, store: Store, command: Command) -> None:
        envelope = sealed_deed(commands.seal(command, self.clock, "Rani"), store._intake.key)
        self.box.keep(envelope)
        receipt, _ = store.apply(envelope, commands.open_envelope(envelope, self.pack))
        assert receipt.outcome == "taken", receipt

    def at(self, *typed: str, case: str = "HAK/2026-7", login: str = "", language: str = "id") -> Counter:
        left = list(typed)

        def ask(_phrase: str) -> str:
            return left.pop(0)

        return Counter(
            self.folder,
            load_phrases(language),
            self.said.append,
            ask,
            ask,
            case,
            login=login,
            account="os:dewi",
            secrets=self.secrets,
            clock=self.clock,
        )

    def people(self) -> None:
        """From now on everybody signs in."""

        def at(*secrets: str) -> PeopleCounter:
            left = list(secrets)
            return PeopleCounter(self.folder, load_phrases("id"), self.said.append, lambda _: left.pop(0))

        at(SECRET, SECRET).first("kepala", "Ibu Kepala")
        for login, role in (("dewi", "supervisor"), ("rani", "operator")):
            at(SECRET, OTHER, OTHER).add(login, login.title(), role, "kepala")

    def read(self) -> Read:
        return Read.open(self.profile)

    def told(self, deed: str) -> list[str]:
        with closing(self.read()) as read:
            return [row[0] for row in read._db.execute("SELECT told FROM ledger WHERE deed = ? ORDER BY n", (deed,))]

    def rows(self, *deeds: str) -> Sequence[tuple[str, str, str, str]]:
        with closing(self.read()) as read:
            found = read._db.execute("SELECT deed, who, subject, why, told FROM ledger ORDER BY n").fetchall()
            assert check(read._db, []).sound
        for row in found:
            for stem in STEMS:
                assert stem.decode() not in " ".join(row).lower(), row
        return [(deed, who, subject, why) for deed, who, subject, why, _ in found if deed in deeds]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})
    monkeypatch.setattr(people_file, "_proves", lambda secret, verifier: verifier == f"cheap:{secret}")
    monkeypatch.setattr(people_file, "_verifier_of", lambda secret: f"cheap:{secret}")
    return City(tmp_path / "profil")


def told(city: City, *typed: str, login: str = "", complaint: str = "") -> dict[str, set[str]]:
    """Places by complaint, as `find --json` says."""
    city.said.clear()
    city.at(*typed, login=login).find(complaint, as_json=True)
    places: dict[str, set[str]] = {}
    for row in json.loads(city.said[-1])["found"]:
        places.setdefault(row["complaint"], set()).add(row["place"])
    return places


@pytest.mark.parametrize(
    ("typed", "sealed"),
    [
        ("wiradikusuma ZULKARNAEN", True),
        ("0813 7755 0192", True),
        ("+62 813-7755-0192", True),
        ("3671011203907123", True),
        ("kecapi buntu", True),
    ],
)
def test_a_person_is_found_however_they_are_called(city: City, typed: str, sealed: bool) -> None:
    places = told(city, typed)
    assert ("complaint.extra" in places[city.own]) is sealed
    city.at(typed).find("", as_json=False)
    assert not [line for line in city.said if any(stem.decode() in line.lower() for stem in STEMS)]
    reveals = city.rows("reveal")
    spoken = {city.else_} if city.else_ in places and "event.text" in places[city.else_] else set()
    assert {row[2:] for row in reveals} == {(each, "rights:HAK/2026-7") for each in {city.own, *spoken}}
    with closing(city.read()) as read:
        assert all(each.cased for each in ledger_read.reveals(read._db)), "a case stands behind each"


def test_free_text_of_others_and_files_are_found_too(city: City) -> None:
    places = told(city, "zulkarnaen")
    assert {"event.text", "event.fields", "document.deed", "blackbox"} <= places[city.else_]
    assert {"complaint.text", "complaint.extra"} <= places[city.own]
    assert places[""] == {"files"}
    assert told(city, "Zulkifli") == {}
    assert told(city, complaint=city.else_)[city.else_] >= {"complaint.title", "event.fields", "ledger.told"}
    for short in ("", "a", "12"):
        with pytest.raises(Refused, match="too_short"):
            city.at(short).find("", as_json=False)


def test_without_the_key_it_is_said_what_stays_closed(city: City) -> None:
    city.secrets = Credentials(MemoryRing)
    assert "complaint.extra" not in told(city, "zulkarnaen").get(city.own, set())
    assert json.loads(city.said[-1])["closed"] == 6, "what four fields say of who told it, a text and a note"
    at = city.at("zulkarnaen")
    with_code = replace(at, recovery=lambda _phrase: city.code)
    city.said.clear()
    with_code.find("", as_json=True)
    assert json.loads(city.said[-1])["opened"] == 6
    with pytest.raises(Refused, match="code"):
        replace(at, recovery=lambda _phrase: "salah").find("", as_json=True)


def test_who_may_and_who_may_not(city: City) -> None:
    city.people()
    with pytest.raises(Refused, match="no_account"):
        city.at("zulkarnaen").find("", as_json=False)
    with pytest.raises(Refused, match="wrong"):
        city.at(SECRET, "zulkarnaen", login="dewi").find("", as_json=False)
    with pytest.raises(Refused, match="not_allowed"):
        city.at(OTHER, "zulkarnaen", login="rani").find("", as_json=False)
    assert "complaint.extra" in told(city, OTHER, "zulkarnaen", login="dewi")[city.own]
    # who runs the system finds what is not sealed, and hands out nothing
    assert "complaint.extra" not in told(city, SECRET, "zulkarnaen", login="kepala").get(city.own, set())
    for do in (
        lambda at: at.export([city.own], city.folder.parent / "salinan"),
        lambda at: at.correct(city.own, "reporter_phone"),
    ):
        with pytest.raises(Refused, match="no_reveal"):
            do(city.at(SECRET, "0812", login="kepala"))
    assert not (city.folder.parent / "salinan").exists()
    assert city.at(SECRET, login="kepala").delete([city.own], sure=True) == 0
    assert [row[1] for row in city.rows("rights.delete")] == ["Ibu Kepala"]
    with closing(city.read()) as read:
        assert read._db.execute("SELECT count(*) FROM session WHERE ended_at IS NULL").fetchone() == (0,)


def test_where_nobody_signs_in_it_is_done_under_a_name(city: City) -> None:
    told(city, "zulkarnaen")
    told(city, "zulkarnaen", login="Bu Dewi")
    assert [row[1] for row in city.rows("rights.find")] == ["os:dewi", "Bu Dewi"]
    with pytest.raises(Refused, match="nobody"):
        replace(city.at("zulkarnaen"), account="").find("", as_json=True)


def test_a_case_has_a_number_that_is_nobodys(city: City) -> None:
    for case in ("", "3671011203907123", "081377550192", "a b", "x" * 41, "HAK\n1"):
        with pytest.raises(Refused, match="case_form"):
            city.at("zulkarnaen", case=case).find("", as_json=False)


def test_while_a_console_runs_it_is_refused(city: City) -> None:
    store = Store.open(city.profile, city.clock, city.pack)
    try:
        with pytest.raises(Refused, match="running"):
            city.at("zulkarnaen").find("", as_json=False)
    finally:
        store.close()


def test_all_of_it_is_handed_out_and_nothing_of_it_runs(city: City) -> None:
    out = city.folder.parent / "salinan"
    assert city.at("zulkarnaen").export([], out) == 0
    held = json.loads((out / "data.json").read_text())
    [own] = held["complaints"]
    assert own["id"] == city.own
    assert {**own["reporter"], "reporter_phone": WHO["reporter_phone"]} == WHO
    assert own["text"] == STORY
    assert [each["text"] for each in own["history"] if each["deed"] == "note"] == [
        '=HYPERLINK("http://x","a") <b>tebal</b>'
    ]
    assert (out / own["files"][0]["file"]).read_bytes() == b"surat Zulkarnaen Wiradikusuma"
    assert {each["complaint"] for each in held["spoken_of"]} == {city.else_, ""}
    page = (out / "data.html").read_text()
    assert "Wiradikusuma" in page and "<b>tebal" not in page and "<td>=" not in page and "&#x27;=HYPERLINK" in page
    for path in (out, *out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    rows = city.rows("reveal", "rights.export")
    assert {row[0] for row in rows} == {"reveal", "rights.export"}
    with pytest.raises(Refused, match="folder_there"):
        city.at("zulkarnaen").export([], out)
    with pytest.raises(Refused, match="nothing"):
        city.at("Zulkifli Tidak Ada").export([], city.folder.parent / "lain")
    assert sorted(path.name for path in city.folder.parent.iterdir()) == ["profil", "salinan"]


def test_in_words_of_deeds_a_person_is_found_and_handed_out_whole(city: City) -> None:
    words = "ditelepon Ibu Kanarimurni di 0819 5544 3322, tidak diangkat"
    store = Store.open(city.profile, city.clock, city.pack)
    try:
        city.do(store, Note(ComplaintId(city.own), words))
        deed = store.read.events_of(city.own)[-1]
    finally:
        store.close()
    assert "5544" not in deed.text
    assert told(city, "0819-5544-3322")[city.own] == {"event.text"}
    (hit,) = city.rows("reveal")[-1:]
    assert (hit[2], json.loads(city.told("reveal")[-1])) == (city.own, {"field": "text", "deed": deed.id})
    out = city.folder.parent / "salinan"
    assert city.at("zulkarnaen").export([city.own], out) == 0
    (own,) = json.loads((out / "data.json").read_text())["complaints"]
    (note,) = (each for each in own["history"] if "Kanarimurni" in each["text"])
    assert (note["text"], note["fields"]) == (words, {"text": words})
    assert "kendali-s1:" not in (out / "data.json").read_text() + (out / "data.html").read_text()
    city.secrets = Credentials(MemoryRing)
    assert city.own not in told(city, "0819-5544-3322"), "without the key it stays closed"


def test_a_copy_that_does_not_come_to_be_leaves_nothing(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no room")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(Exception, match="full"):
        city.at("zulkarnaen").export([], city.folder.parent / "salinan")
    assert [path.name for path in city.folder.parent.iterdir()] == ["profil"]


def test_a_wrong_value_is_set_right(city: City) -> None:
    city.at(" 0811-0000-222 ").correct(city.own, "reporter_phone")
    assert "complaint.extra" in told(city, "08110000222")[city.own]
    assert "complaint.extra" not in told(city, "0813 7755 0192").get(city.own, set())
    city.at("Lampu padam").correct(city.own, "title")
    with closing(city.read()) as read:
        found = read.complaint(city.own)
        assert found is not None and found.title == "Lampu padam" and len(sealed_among(found.extra)) == 4
    assert [row[2:] for row in city.rows("rights.correct")] == [(city.own, "rights:HAK/2026-7")] * 2
    city.at("Lampu padam, kata Ibu Kartini").correct(city.own, "title")
    assert told(city, "kartini")[city.own] == {"complaint.title"}
    with closing(city.read()) as read:
        found = read.complaint(city.own)
        assert found is not None
        assert found.title == "Lampu padam, kata Ibu ••••"
    for name, value, says in (
        ("reporter_phone", "bukan nomor", "phone_form"),
        ("state", "1", "field_unknown"),
        ("title", " ", "no_value"),
    ):
        with pytest.raises(Refused, match=says):
            city.at(value).correct(city.own, name)


def test_it_is_erased_and_proved(city: City) -> None:
    backup.make(city.profile, city.clock)
    with pytest.raises(Refused, match="sure"):
        city.at().delete([city.own])
    with pytest.raises(Refused, match="no_complaint"):
        city.at().delete([city.own, "lain:1"], sure=True)
    assert city.at().delete([city.own], sure=True) == 0
    note = next(each for each in told(city, "zulkarnaen"))
    assert note == city.else_, "another's complaint that speaks of them is named by itself"
    assert city.at().delete([city.else_], deeds=[city.deeds[-1]], sure=True) == 0
    with closing(city.read()) as read:
        assert read.complaint(city.else_).text == "dekat pasar"  # type: ignore[union-attr]
    left = found_in(city.folder)
    assert {name.partition("/")[0] for name in left} == {"backups"}
    assert told(city, "zulkarnaen") == {}
    page, text = city.folder.parent / "bukti.html", city.folder.parent / "bukti.txt"
    assert city.at().proof(page) == city.at(language="en").proof(text) == 0
    assert found_in(city.folder.parent) == {f"profil/{name}": hits for name, hits in left.items()}
    said = text.read_text()
    assert city.own in said and "0 fields, 0 notes or documents" in said and "1 backups from before" in said
    with closing(city.read()) as read:
        hashes = read._db.execute("SELECT hash FROM ledger WHERE why = 'rights:HAK/2026-7'").fetchall()
    assert all(each in said for (each,) in hashes[:-1]) and hashes[-1][0] in said
    for name in ("records.db.diganti-20260101T000000Z", "readings.db.rusak-20260101T000000Z-wal", "records.db.rusak-2"):
        (city.folder / name).write_bytes(b"Zulkarnaen")
    assert city.at().delete([city.own], backups_now=True, sure=True) == 0
    assert found_in(city.folder) == {}
    assert not [line for line in city.said[-1:] if "masih memuatnya" in line]
    assert len(backup.backups(city.profile)) == 1
    assert city.at(language="en").proof(text) == 0
    assert "no backup from before" in text.read_text()
    with pytest.raises(Refused, match="no_case"):
        city.at(case="HAK-9").proof(text)


def test_what_is_left_is_not_called_clean(city: City) -> None:
    (city.profile.folder / "logs").mkdir(exist_ok=True)
    (city.profile.folder / "logs" / "lama.log").write_bytes(
        b"Nama saya Zulkarnaen Wiradikusuma, HP 0813 7755 0192, lampu mati"
    )
    assert city.at().delete([city.own], sure=True) == 1
    assert [line for line in city.said if "lama.log" in line]
