"""Opening something personal at a whole engine: who may, and that nothing of it stands in its files."""

from __future__ import annotations

import json

import pytest

from console.commands.intake import Record, new_complaint_id
from console.core.people import Role
from console.core.people_notes import Wish
from console.store.files import Profile
from console.store.sealing import sealed_all
from console.store.store import NOTHING, Store
from sync import city_key
from sync.city_key import new_key
from tests.cities import ONE
from tests.sync.stand_ins import TalkWire
from tests.sync.test_engine import EMPTY, Running
from tests.sync.test_engine_people import OTHER, Desk

TOLD = {"reporter_name": "Zulkarnaen Wiradikusuma", "reporter_nik": "3671011203900001"}
WHY = "menelepon pelapor"


class Counter(Desk):
    """A screen of an engine that has a complaint whose reporter is known; the console lost its key."""

    def __init__(self, on: Running) -> None:
        super().__init__(on)
        self.key, _, self.code = new_key(on.pack.id, "Dewi", on.clock)
        on.engine.keeper.person(lambda store: (None, store.add_data_key(self.key))).result(20)
        self.complaint = new_complaint_id(on.clock)
        sealed = sealed_all(TOLD, self.key, self.complaint)
        record = Record(self.complaint, title="Jalan rusak", channel="telepon", area=f"{ONE}.1001", **sealed)
        assert self.do(record, "Rani").outcome == "taken"

    def reveal(self, field="reporter_nik", **more):
        self._asked += 1
        wish = {"complaint": self.complaint, "field": field, "reason": WHY, "session": self.session, "by": "Rani"}
        self.on.send("reveal", **{**wish, "ask": f"r{self._asked}", **more})
        return self.on.until("reveal", lambda values: values["ask"] == f"r{self._asked}")

    def ledger(self):
        def job(store: Store, _pause):
            db = store.replica.tools.db
            rows = db.execute("SELECT deed, who, session, why, told FROM ledger WHERE deed LIKE 'reveal%' ORDER BY n")
            return rows.fetchall(), NOTHING

        return self.on.engine.keeper.write(job).result(20)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})
    on = Running(tmp_path / "profile", TalkWire({"ids": [1]}, EMPTY))
    on.taken()
    yield Counter(on)
    if on.code is None:
        on.engine.stop()
        on.ended()


def test_where_nobody_signs_in_the_name_of_the_settings_answers_for_it(desk):
    assert desk.reveal()["says"] == "personal.key_lost"
    assert desk.reveal(code=desk.code)["value"] == TOLD["reporter_nik"]
    assert desk.reveal("reporter_name")["value"] == TOLD["reporter_name"], "held until the engine ends"
    assert desk.reveal(by=" ")["says"] == "commands.nobody"
    assert [row[:2] for row in desk.ledger()] == [("reveal", "Rani"), ("reveal", "Rani"), ("reveal_refused", " ")]


def test_where_people_sign_in_only_who_may_opens(desk):
    desk.first()
    answer = desk.reveal(code=desk.code)
    assert (answer["outcome"], answer["says"]) == ("refused", "people.not_allowed"), "who runs the system reads nobody"
    desk.add("rani", "Rani", Role.OPERATOR)
    desk.sign_in("rani", OTHER)
    assert desk.reveal(code=desk.code, by="Orang lain")["value"] == TOLD["reporter_nik"]
    assert desk.reveal(session="")["says"] == "people.no_session"
    refused, opened, strange = desk.ledger()
    assert refused[0] == "reveal_refused"
    assert opened[:3] == ("reveal", "Rani", desk.session), "the name is the session's, whatever the wish says"
    assert (opened[3], json.loads(opened[4])) == (WHY, {"field": "reporter_nik"})
    assert strange[0] == "reveal_refused"


def test_a_locked_screen_opens_nothing(desk):
    desk.first()
    desk.add("rani", "Rani", Role.OPERATOR)
    desk.sign_in("rani", OTHER)
    desk.wish(Wish.LOCK)
    assert desk.reveal(code=desk.code)["says"] == "people.locked"


def test_a_profile_for_who_only_looks_opens_nothing(tmp_path):
    profile = Profile.at(tmp_path / "profile")
    profile.settings.write_text('"profile.audience" = "dinding"\n', "utf-8")
    on = Running(tmp_path / "profile", TalkWire({"ids": [1]}, EMPTY))
    on.taken()
    counter = Counter(on)
    try:
        answer = counter.reveal(code=counter.code)
        assert (answer["outcome"], answer["says"]) == ("refused", "store.walled")
        assert [row[0] for row in counter.ledger()] == ["reveal_refused"]
    finally:
        on.engine.stop()
        on.ended()


def test_no_file_has_value_or_code_after_it(desk):
    assert desk.reveal(code=desk.code)["value"] == TOLD["reporter_nik"]
    folder = desk.on.profile.folder
    assert desk.on.hang_up() == 0
    for path in folder.rglob("*"):
        raw = path.read_bytes() if path.is_file() else b""
        assert not any(value.encode() in raw for value in (*TOLD.values(), desk.code)), path.name


@pytest.mark.parametrize("wish", [{}, {"ask": 7}, {"ask": "1", "complaint": None}, {"field": "verifier"}], ids=str)
def test_a_wish_that_is_none_is_refused_and_the_engine_lives_on(desk, wish):
    desk.on.send("reveal", **wish)
    assert desk.on.until("reveal")["says"] == "personal.unknown_wish"
    assert desk.reveal(code=desk.code)["outcome"] == "taken"


def test_a_closed_console_opens_nothing_with_the_code_either(desk):
    assert desk.reveal("title")["value"] == "Jalan rusak"
    keeper = desk.on.engine.keeper
    keeper.person(lambda store: (None, store.close_up("offline"))).result(20)
    for field in ("title", "reporter_nik"):
        answer = desk.reveal(field, code=desk.code)
        assert (answer["outcome"], answer["says"], answer.get("value")) == ("refused", "closed.offline", None)
    keeper.person(lambda store: (None, store.open_up("contact"))).result(20)
    assert desk.reveal(code=desk.code)["value"] == TOLD["reporter_nik"]


def test_what_says_that_this_console_is_lost_closes_it_while_it_works(desk):
    engine = desk.on.engine
    console = engine.store.console
    engine.keeper.person(lambda store: (None, store.tell_lost(console, who="Dewi"))).result(20)
    desk.on.until("changes", lambda values: len(values["kinds"]) > 8)  # everything is read anew
    assert desk.reveal("title")["says"] == "closed.lost"
