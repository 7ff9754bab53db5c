"""Opening a field: who may, with which reason, the ledger first, and nothing of it anywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.commands.intake import Record, new_complaint_id
from console.commands.work import Note
from console.core.errors import DiskTrouble, Refused
from console.core.records import ComplaintId
from console.store.histories import EventRow, add_event
from console.store.read import Read
from console.store.sealing import sealed_all
from console.store.store import NOTHING, Store
from sync import city_key
from sync.city_key import CityKeys, new_key
from sync.credentials import Credentials
from sync.reveals import SHOWN_S, Reveals, Wish
from tests.cities import ONE
from tests.sync.posts import Post
from tests.sync.test_credentials import MemoryRing

TOLD = {
    "reporter_name": "Siti Aminah",
    "reporter_nik": "3671011203900001",
    "reporter_phone": "081234567890",
    "reporter_home": "Jl. Melati 12",
}
WHY = "menelepon pelapor untuk alamat"


class Room:
    """A post with one complaint whose reporter is known, and the engine's hand that opens."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.ring = MemoryRing()
        self.answers: list[dict[str, Any]] = []
        self.refuses = ""
        self.key, self.private, self.code = new_key(post.pack.id, "Dewi", post.clock)
        post.keeper.person(lambda store: (None, store.add_data_key(self.key))).result(20)
        self.complaint = str(new_complaint_id(post.clock))
        sealed = sealed_all(TOLD, self.key, self.complaint)
        title = "Jalan rusak, hubungi 0812-3456-7890"
        post.do(Record(self.complaint, title=title, channel="telepon", area=f"{ONE}.1001", **sealed))  # type: ignore[arg-type]
        self.start()

    def start(self) -> None:
        """A new start of the engine: what it held in memory is gone."""
        self.keys = CityKeys(Credentials(lambda: self.ring))
        self.reveals = Reveals(
            self.post.keeper,
            lambda: Read.open(self.post.profile),
            self.post.pack.id,
            self.keys,
            self._who,
            lambda note, **values: self.answers.append({"note": note, **values}),
        )

    def _who(self, session: str, by: str) -> str:
        if self.refuses:
            raise Refused(self.refuses)
        return by or session

    def ask(self, field: str = "reporter_name", **more: Any) -> dict[str, Any]:
        wish = {"ask": "7", "complaint": self.complaint, "field": field, "reason": WHY, "by": "Rani", **more}
        self.reveals.do(wish)
        answer = self.answers.pop()
        assert (answer["note"], answer["ask"]) == ("reveal", "7")
        return answer

    def ledger(self) -> list[tuple[Any, ...]]:
        read = Store.read.fget(self.post.store)._db  # type: ignore[attr-defined]
        query = "SELECT deed, who, session, subject, why, told FROM ledger WHERE deed LIKE 'reveal%' ORDER BY n"
        return [(*row[:5], json.loads(row[5])) for row in read.execute(query)]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a code cost nothing here."""
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    post = Post(tmp_path / "post")
    yield Room(post)
    post.close()


@pytest.fixture
def held(room: Room) -> Room:
    """Its console holds the key."""
    room.keys.keep(room.key, room.private)
    room.start()
    return room


@pytest.mark.parametrize("field", TOLD)
def test_each_field_is_opened_for_a_minute_and_stands_in_the_ledger(held: Room, field: str) -> None:
    answer = held.ask(field, session="s1")
    assert (answer["outcome"], answer["value"], answer["shown_s"]) == ("taken", TOLD[field], SHOWN_S)
    assert held.ledger() == [("reveal", "Rani", "s1", held.complaint, WHY, {"field": field})]


def test_a_hundred_openings_are_a_hundred_rows_with_their_reasons(held: Room) -> None:
    for number in range(100):
        assert held.ask(reason=f"{WHY} {number}")["outcome"] == "taken"
    assert [row[4] for row in held.ledger()] == [f"{WHY} {number}" for number in range(100)]
    assert not any(value in str(row) for row in held.ledger() for value in TOLD.values())


def test_what_a_person_writes_of_somebody_as_the_reason_is_covered_in_the_ledger(held: Room) -> None:
    assert held.ask(reason="menelepon Ibu Siti Aminah di 0812-3456-7890")["outcome"] == "taken"
    assert held.ledger()[0][4] == "menelepon Ibu •••• di ••••90"


def test_covered_words_are_opened_like_what_is_sealed(held: Room) -> None:
    assert held.ask("title")["value"] == "Jalan rusak, hubungi 0812-3456-7890"
    assert held.ledger()[0][5] == {"field": "title"}


def test_covered_words_need_the_key_as_well(room: Room) -> None:
    assert room.ask("title")["says"] == "personal.key_lost"
    assert room.ask("title", code=room.code)["value"] == "Jalan rusak, hubungi 0812-3456-7890"


def test_words_that_came_before_there_was_a_key_are_opened_without_one(room: Room) -> None:
    """Until they are sealed as well."""
    clear = ("hubungi 0812-3456-7890", room.complaint)
    room.post.keeper.write(
        lambda store, _: (store._db.execute("UPDATE complaint SET text = ? WHERE id = ?", clear), NOTHING)
    ).result(20)
    assert room.ask("text")["value"] == "hubungi 0812-3456-7890"


def note(room: Room, words: str) -> str:
    """A note with these words; its document."""
    return f"deed:{room.post.do(Note(ComplaintId(room.complaint), words)).command}"


def test_words_of_a_deed_are_opened_alike_and_the_ledger_says_of_which(held: Room) -> None:
    deed = note(held, "telepon Ibu Siti Aminah di 0812-3456-7890")
    answer = held.ask("text", deed=deed)
    assert (answer["outcome"], answer["value"]) == ("taken", "telepon Ibu Siti Aminah di 0812-3456-7890")
    assert held.ledger() == [("reveal", "Rani", "", held.complaint, WHY, {"field": "text", "deed": deed})]
    for more in ({"field": "title", "deed": deed}, {"field": "reporter_nik", "deed": deed}):
        assert held.ask(**more)["says"] == "personal.unknown_wish"
    assert held.ask("text", deed="deed:lain")["says"] == "personal.no_value"
    assert held.ask("text", deed=deed, complaint="konsol:" + "0" * 32)["says"] == "personal.no_value"
    held.refuses = "people.not_allowed"
    held.ask("text", deed=deed)
    assert held.ledger()[-1][5] == {"field": "text", "deed": deed, "says": "people.not_allowed"}
    assert len(held.ledger()) == 2


def test_words_of_a_deed_need_the_key_as_well(room: Room) -> None:
    deed = note(room, "hp 0812-3456-7890")
    assert room.ask("text", deed=deed)["says"] == "personal.key_lost"
    assert room.ledger() == []
    assert room.ask("text", deed=deed, code=room.code)["value"] == "hp 0812-3456-7890"


def test_words_of_a_deed_from_before_there_was_a_key_are_told_as_they_stand(held: Room) -> None:
    """Its document cannot be written anew."""
    row = EventRow("deed:lama", held.complaint, "note", 1, "Rani", "hp 0812-3456-7890", None, None, command="lama")
    held.post.keeper.write(lambda store, _: (add_event(store._db, row), NOTHING)).result(20)
    assert held.ask("text", deed="deed:lama")["value"] == "hp 0812-3456-7890"


def test_an_older_key_opens_what_it_sealed_of_a_deed(held: Room) -> None:
    deed = note(held, "hp 0812-3456-7890")
    key, private, _ = new_key(held.post.pack.id, "Dewi", held.post.clock, [(held.key, held.private)])
    held.post.keeper.person(lambda store: (None, store.change_data_key(key))).result(20)
    held.keys.keep(key, private)
    newer = note(held, "hp 0812-3456-7891")
    assert held.ask("text", deed=deed)["value"] == "hp 0812-3456-7890"
    assert held.ask("text", deed=newer)["value"] == "hp 0812-3456-7891"


def test_who_may_not_gets_nothing_and_it_stands_in_the_ledger(held: Room) -> None:
    held.refuses = "people.not_allowed"
    answer = held.ask()
    assert (answer["outcome"], answer["says"]) == ("refused", "people.not_allowed")
    assert "value" not in answer
    (row,) = held.ledger()
    assert (row[0], row[5]) == ("reveal_refused", {"field": "reporter_name", "says": "people.not_allowed"})


def test_without_its_key_nothing_is_opened_and_no_row_says_it_was(room: Room) -> None:
    assert room.ask()["says"] == "personal.key_lost"
    assert room.ask(code="kata " * 20)["says"] == "personal.code_word"
    assert room.ledger() == []


def test_the_recovery_code_opens_and_a_good_keyring_keeps_the_key(room: Room) -> None:
    assert room.ask(code=room.code)["value"] == TOLD["reporter_name"]
    room.start()
    assert room.ask()["value"] == TOLD["reporter_name"]
    assert room.code not in str(room.ledger())


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"reason": "  ya "}, "personal.no_reason"),
        ({"reason": "x" * 401}, "personal.reason_long"),
        ({"field": "holder"}, "personal.unknown_wish"),
        ({"field": ["reporter_name"]}, "personal.unknown_wish"),
        ({"complaint": 7}, "personal.unknown_wish"),
        ({"complaint": "konsol:" + "9" * 32}, "personal.no_value"),
        ({"field": "text"}, "personal.no_value"),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_is_refused_with_a_sentence(held: Room, wish: dict[str, Any], says: str) -> None:
    answer = held.ask(**{"field": "reporter_name", **wish})
    assert (answer["outcome"], answer["says"]) == ("refused", says)
    assert held.ledger() == []


def test_a_ledger_that_cannot_be_written_opens_nothing(held: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskTrouble("store.full", path="x")

    monkeypatch.setattr(held.post.store.ledger, "add", full)
    answer = held.ask()
    assert (answer["outcome"], answer["says"]) == ("refused", "store.full")
    assert "value" not in answer


def test_the_row_stands_before_the_value_is_told(held: Room) -> None:
    seen: list[int] = []
    object.__setattr__(held.reveals, "say", lambda _note, **_values: seen.append(len(held.ledger())))
    held.reveals.do({"ask": "7", "complaint": held.complaint, "field": "reporter_nik", "reason": WHY, "by": "Rani"})
    assert seen == [1]


def test_a_wish_shows_nothing_of_reason_and_code() -> None:
    wish = Wish.of({"ask": "1", "complaint": "x", "field": "text", "reason": WHY, "code": "rahasia"})
    assert WHY not in repr(wish) and "rahasia" not in repr(wish)


def changed(room: Room, change: Callable[[dict[str, Any]], None]) -> None:
    """Somebody with the file in their hands changes a row."""
    db = room.post.store.replica.tools.db
    told = json.loads(db.execute("SELECT extra FROM complaint WHERE id = ?", (room.complaint,)).fetchone()[0])
    change(told)
    db.execute("UPDATE complaint SET extra = ? WHERE id = ?", (json.dumps(told), room.complaint))


def test_a_value_moved_to_another_field_does_not_open(held: Room) -> None:
    changed(held, lambda told: told.update(reporter_home=told["reporter_nik"]))
    assert held.ask("reporter_home")["says"] == "personal.does_not_open"
    assert held.ask("reporter_nik")["value"] == TOLD["reporter_nik"]


def test_a_value_moved_to_another_complaint_does_not_open(held: Room) -> None:
    name = str(new_complaint_id(held.post.clock))
    sealed = sealed_all({"reporter_name": "Joko"}, held.key, held.complaint)  # sealed for the first
    held.post.do(Record(name, title="Lain", channel="telepon", area=f"{ONE}.1001", **sealed))  # type: ignore[arg-type]
    assert held.ask(complaint=name)["says"] == "personal.does_not_open"


def test_what_was_sealed_before_another_key_is_opened_after_it(held: Room) -> None:
    """Without any link: the halves are here."""
    key, _, code = new_key(held.post.pack.id, "Dewi", held.post.clock, [(held.key, held.private)])
    held.post.keeper.person(lambda store: (None, store.change_data_key(key))).result(20)
    later = str(new_complaint_id(held.post.clock))
    sealed = sealed_all({"reporter_name": "Joko"}, key, later)
    held.post.do(Record(later, title="Lain", channel="telepon", area=f"{ONE}.1001", **sealed))  # type: ignore[arg-type]
    held.start()
    assert held.ask()["value"] == TOLD["reporter_name"]
    assert held.ask(complaint=later)["says"] == "personal.key_lost"
    assert held.ask(complaint=later, code=held.code)["says"] == "personal.code_wrong", "that of the older key"
    held.ring.kept.clear()
    held.start()
    assert held.ask("reporter_nik", code=code)["value"] == TOLD["reporter_nik"], "the newest code opens all"
    assert held.ask(complaint=later)["value"] == "Joko"
