"""The rights of a person at a whole engine, while it runs: who may, what is told, what is done, and what is left."""

from __future__ import annotations

import json
import threading

import pytest

from console.commands.intake import Record, new_complaint_id
from console.commands.work import Note
from console.core.erasure import item_mark
from console.core.items import Item, ItemKind
from console.core.people import Role
from console.core.people_notes import Wish
from console.core.records import Batch, ComplaintId
from console.store import backup
from console.store.files import Profile
from console.store.sealing import sealed_all
from console.store.store import NOTHING, Store
from sync import city_key, rights_errands
from sync import rights as rights_file
from sync.city_key import CityKeys, new_key
from sync.credentials import Credentials
from tests.cities import ONE
from tests.sync.stand_ins import TalkWire
from tests.sync.test_credentials import MemoryRing
from tests.sync.test_engine import EMPTY, Running
from tests.sync.test_engine_people import OTHER, Desk
from tests.sync.test_rights_items import NOW

TOLD = {"reporter_name": "Zulkarnaen Wiradikusuma", "reporter_nik": "3671011203907123"}
STEMS = (b"zulkarnaen", b"wiradikusuma", b"3671011203907")
CASE = "HAK/2026-7"


class Counter(Desk):
    """A screen of an engine that knows of somebody."""

    def __init__(self, on: Running, ring: MemoryRing) -> None:
        super().__init__(on)
        key, private, self.code = new_key(on.pack.id, "Dewi", on.clock)
        on.engine.keeper.person(lambda store: (None, store.add_data_key(key))).result(20)
        self.ring, self.secrets = ring, Credentials(lambda: ring)
        CityKeys(self.secrets).keep(key, private)
        self.own, self.else_ = new_complaint_id(on.clock), new_complaint_id(on.clock)
        sealed = sealed_all(TOLD, key, self.own)
        place = {"channel": "telepon", "area": f"{ONE}.1001"}
        story = "Nama saya Zulkarnaen Wiradikusuma, lampu mati"
        for record in (
            Record(self.own, title="Lampu mati", text=story, **place, **sealed),
            Record(self.else_, title="Got mampet", **place),
        ):
            assert self.do(record, "Rani").outcome == "taken"
        assert self.do(Note(ComplaintId(self.else_), "ditanyakan Pak Zulkarnaen"), "Rani").outcome == "taken"
        post = Item("w:9", "w", ItemKind.POST, "9", "Gelap", "kata Zulkarnaen Wiradikusuma tadi", NOW)
        on.engine.keeper.take(Batch("w", items=[post], fleeting=True)).result(20)
        self.mark = item_mark("w:9")

    def begin(self, do: str, **more: object) -> str:
        self._asked += 1
        name = f"h{self._asked}"
        self.on.send("rights", **{"do": do, "case": CASE, "session": self.session, "by": "Rani", **more, "id": name})
        return name

    def ended(self, name: str):
        return self.on.until("rights", lambda values: values["id"] == name and values["state"] != "running")

    def ask(self, do: str, **more: object):
        return self.ended(self.begin(do, **more))

    def find(self, typed: str = "zulkarnaen wiradikusuma", **more: object):
        name = self.begin("find", typed=typed, **more)
        return name, self.ended(name)

    def ledger(self, like: str = "rights.%"):
        def job(store: Store, _pause):
            db = store.replica.tools.db
            rows = db.execute("SELECT deed, who, why, told FROM ledger WHERE deed LIKE ? ORDER BY n", (like,))
            return rows.fetchall(), NOTHING

        return self.on.engine.keeper.write(job).result(20)

    def left(self) -> dict[str, list[bytes]]:
        """Files in which anything of them stands, once all is ended."""
        hits = {}
        for path in self.on.profile.folder.rglob("*"):
            raw = path.read_bytes().lower() if path.is_file() else b""
            seen = [stem for stem in STEMS if stem in raw]
            if seen:
                hits[str(path.relative_to(self.on.profile.folder))] = seen
        return hits


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})
    ring = MemoryRing()
    given = {"credentials": Credentials(lambda: ring)}
    on = Running(tmp_path / "profile", TalkWire({"ids": [1]}, EMPTY), given=given)
    on.taken()
    yield Counter(on, ring)
    if on.code is None:
        on.engine.stop()
        on.ended()


def places(answer) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in answer["found"]:
        found.setdefault(row["complaint"], set()).add(row["place"])
    return found


def test_it_is_found_while_the_engine_runs_and_only_places_are_told(desk):
    _, answer = desk.find()
    assert (answer["state"], answer["opened"], answer["closed"], answer["items"]) == ("done", 4, 0, 1)
    assert "complaint.extra" in places(answer)[desk.own] and "item.text" in places(answer)[desk.mark]
    assert answer["told_by"] == [desk.own] and desk.else_ not in answer["spoken"]
    assert {row["source"] for row in answer["found"]} == {"", "w"}
    assert not any(stem in json.dumps(answer).lower().encode() for stem in STEMS)
    [(deed, who, why, _)] = desk.ledger()
    assert (deed, who, why) == ("rights.find", "Rani", f"rights:{CASE}")
    assert desk.ask("find", typed="a")["says"] == "personal.rights.too_short"
    assert desk.ask("find", typed="siapa", case="3671011203907123")["says"] == "personal.rights.case_form"
    assert desk.ask("find", complaint=desk.else_)["hits"] > 0


def test_all_of_it_from_finding_to_the_proof(desk, tmp_path):
    of, answer = desk.find()
    out = tmp_path / "salinan"
    handed = desk.ask("export", of=of, names=[desk.own], path=str(out), language="en")
    assert (handed["says"], handed["values"]["complaints"]) == ("personal.rights.handed", 1)
    held = json.loads((out / "data.json").read_text())
    assert held["complaints"][0]["reporter"] == TOLD and [each["id"] for each in held["items"]] == [desk.mark]
    assert desk.ask("export", of=of, path=str(out))["says"] == "personal.rights.folder_there"
    assert desk.ask("export", of=of, path="salinan")["says"] == "personal.rights.whole_path"
    right = desk.ask("correct", complaint=desk.own, field="title", value="Lampu padam")
    assert (right["state"], right["field"]) == ("done", "title")
    assert desk.ask("correct", complaint=desk.mark, field="title", value="x")["says"] == "personal.rights.item_theirs"
    backup.make(desk.on.profile, desk.on.clock)
    of, answer = desk.find("zulkarnaen")
    assert answer["spoken"] == [desk.else_], "a note of another's complaint that speaks of them"
    words = desk.ask("erase", of=of, names=[desk.else_], scope="words")
    gone = desk.ask("erase", of=of, names=[desk.own, desk.mark], scope="all")
    for each in (words, gone):
        assert (each["state"], each["left"], each["scrubbed"], each["backups"]) == ("done", {}, True, 1)
    assert desk.find("zulkarnaen")[1]["hits"] == 0
    path = tmp_path / "bukti.html"
    proof = desk.ask("proof", path=str(path), language="en")
    assert proof["says"] == "personal.rights.proved" and proof["title"].startswith("Proof")
    assert desk.own in json.dumps(proof["parts"]) and proof["values"]["hash"] in path.read_text()
    assert not any(stem in json.dumps(proof).lower().encode() for stem in STEMS)
    assert [row[0] for row in desk.ledger()] == [
        "rights.find", "rights.export", "rights.correct", "rights.find", "rights.delete", "rights.delete",
        "rights.delete", "rights.find", "rights.proof",
    ]  # fmt: skip
    assert desk.on.hang_up() == 0
    assert desk.left() == {}, "in the backup words of deeds are seals as well"


def test_only_who_told_it_goes_where_that_is_asked_and_backups_too(desk):
    of, _ = desk.find()
    backup.make(desk.on.profile, desk.on.clock)
    done = desk.ask("erase", of=of, names=[desk.own], scope="who", backups=True)
    assert (done["removed"], done["backups"]) == (1, 0)
    _, answer = desk.find()
    assert "complaint.extra" not in places(answer)[desk.own] and "complaint.text" in places(answer)[desk.own]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"scope": "semua"}, "unknown_wish"),
        ({"names": []}, "unknown_wish"),
        ({"names": ["lain:1"]}, "store.no_complaint"),
        ({"names": ["a"] * 51}, "many"),
        ({"of": "lain"}, "find_first"),
        ({"case": "HAK/2026-8"}, "find_first"),
        ({"scope": "words", "names": ["lain:1"]}, "nothing"),
        ({"names": "lain"}, "core.note.form"),
        ({"case": "b\0"}, "core.note.form"),
    ],
    ids=str,
)
def test_what_is_no_sound_wish_erases_nothing(desk, more, says):
    of, _ = desk.find()
    answer = desk.ask("erase", **{"of": of, "names": [desk.own], "scope": "all", **more})
    assert answer["state"] == "refused" and says in answer["says"]
    assert not desk.ledger("rights.delete")


def test_who_may_and_who_may_not(desk, tmp_path):
    desk.first()
    desk.add("rani", "Rani", Role.OPERATOR)
    desk.add("dewi", "Dewi", Role.SUPERVISOR)
    of, answer = desk.find()
    assert (answer["state"], answer["opened"], answer["closed"]) == ("done", 0, 4), "who runs the system reads nobody"
    assert desk.ask("export", of=of, path=str(tmp_path / "x"))["says"] == "personal.rights.no_reveal"
    assert desk.ask("correct", complaint=desk.own, field="title", value="x")["says"] == "personal.rights.no_reveal"
    desk.sign_in("rani", OTHER)
    assert desk.find()[1]["says"] == "people.not_allowed"
    desk.sign_in("dewi", OTHER)
    assert desk.ask("erase", of=of, names=[desk.own], scope="all")["says"] == "personal.rights.find_first"
    assert desk.find()[1]["opened"] == 4
    assert [row[1] for row in desk.ledger()] == ["Ibu Kepala", "Dewi"], "the name is the session's"
    desk.wish(Wish.LOCK)
    assert desk.find()[1]["says"] == "people.locked"
    assert desk.find(session="")[1]["says"] == "people.no_session"


def test_without_the_key_the_code_opens_it(desk):
    desk.ring.kept.clear()
    assert desk.find()[1]["closed"] == 4
    assert desk.ask("unlock", code="salah")["state"] == "refused"
    assert desk.ask("unlock", code=desk.code)["state"] == "done"
    assert desk.find()[1]["closed"] == 0


def test_a_second_demand_is_refused_in_words_and_the_first_can_be_called_off(desk, monkeypatch):
    of, _ = desk.find()
    begun, go_on = threading.Event(), threading.Event()
    traces = rights_file.evidence.traces

    def slow(*given):
        begun.set()
        assert go_on.wait(60)
        return traces(*given)

    monkeypatch.setattr(rights_file.evidence, "traces", slow)
    name = desk.begin("erase", of=of, names=[desk.own], scope="all")
    assert begun.wait(60)
    assert desk.ask("find", typed="zulkarnaen")["says"] == "personal.rights.busy"
    desk.on.send("rights", id="lain", do="cancel")
    desk.on.send("rights", id=name, do="cancel")
    assert desk.ask("find", typed="zulkarnaen")["says"] == "personal.rights.busy", "the notes before it were heard"
    go_on.set()
    answer = desk.ended(name)
    assert (answer["state"], answer["says"]) == ("off", "personal.rights.called_off")
    assert not desk.ledger("rights.delete"), "not half: nothing"
    assert desk.find()[1]["hits"] > 0


def test_a_long_search_tells_how_far_it_is(desk, monkeypatch):
    monkeypatch.setattr(rights_file.holdings._Rows, "EVERY", 1)
    name = desk.begin("find", typed="zulkarnaen")
    told = desk.on.until("rights", lambda values: values["id"] == name and (values.get("part") or 0) > 0)
    assert 0 < told["part"] <= 1
    assert desk.ended(name)["state"] == "done"


def test_a_bug_of_ours_is_told_and_the_engine_lives_on(desk, monkeypatch):
    def wrong(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rights_errands, "write_proof", wrong)
    desk.find()
    assert desk.ask("proof", path="/tmp/x")["says"] == "engine.bug_command"
    assert desk.find()[1]["state"] == "done"


def test_a_profile_for_who_only_looks_finds_nobody(tmp_path):
    profile = Profile.at(tmp_path / "profile")
    profile.settings.write_text('"profile.audience" = "dinding"\n', "utf-8")
    on = Running(tmp_path / "profile", TalkWire({"ids": [1]}, EMPTY))
    on.taken()
    try:
        on.send("rights", id="1", do="find", case=CASE, typed="zulkarnaen", by="Rani")
        answer = on.until("rights", lambda values: values["state"] != "running")
        assert (answer["state"], answer["says"]) == ("refused", "store.walled")
    finally:
        on.engine.stop()
        on.ended()


@pytest.mark.parametrize("wish", [{}, {"id": 7, "do": "find"}, {"id": "1", "do": "lain"}, {"do": "cancel"}], ids=str)
def test_a_wish_that_is_none_moves_nothing(desk, wish):
    desk.on.send("rights", **wish)
    assert desk.find()[1]["state"] == "done"


def test_what_was_typed_stands_in_no_file(desk):
    desk.find("Kertapati Soemarno")
    desk.ask("correct", complaint=desk.own, field="reporter_phone", value="0877 1234 5678")
    folder = desk.on.profile.folder
    assert desk.on.hang_up() == 0
    for path in folder.rglob("*"):
        raw = path.read_bytes().lower() if path.is_file() else b""
        assert b"soemarno" not in raw and b"12345678" not in raw and b"1234 5678" not in raw, path.name
