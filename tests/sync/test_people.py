"""Who works here, on a real store: signing in, being wrong, what each may do, what ends it, and what stays secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.commands import found
from console.core.clock import TurnedClock
from console.core.command import Envelope
from console.core.errors import BadAnswer, DiskTrouble, Refused
from console.core.people import RIGHTS, Right, Role
from console.core.people_notes import PersonAnswer, PersonOutcome, PersonWish, Wish
from console.core.places import shared_place
from console.core.records import Changes
from console.core.replica import Page, Revised
from console.store.blackbox import BlackBox
from console.store.documents import name_rev
from console.store.files import Profile, make_folder
from console.store.keeper import Keeper
from console.store.room import Room
from console.store.store import Store
from sync import people as people_file
from sync import seal
from sync.engine_log import EngineLog
from sync.orders import Orders
from sync.people import MOST_WAITING, People, blocklist
from tests.cities import small_pack

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECRET = "hujan turun di genteng merah"
OTHER = "sepeda tua lewat jembatan bambu"
WRONG = "kucing tidur di atas kulkas"


class Hall:
    """A store with its keeper and its hand for persons; `again` starts the engine's part anew."""

    def __init__(self, folder: Path, clock: TurnedClock) -> None:
        self.profile = Profile.at(folder / "profile")
        self.clock = clock
        self.pack = small_pack()
        self.ended: list[tuple[str, str]] = []
        self.told: list[PersonAnswer] = []
        self.heard = threading.Event()
        self.session = ""
        self._start()

    def _start(self) -> None:
        room = Room(self.profile.reserve, intake_bytes=0, reserve_bytes=0)
        self.store = Store.open(self.profile, self.clock, self.pack, room=room)
        self.log = EngineLog(make_folder(self.profile.logs), self.clock)
        self.keeper = Keeper(self.store)
        self.people = People.of(
            self.keeper,
            self.clock,
            self.log,
            self.store,
            self.pack,
            tell=self._tell,
            ended=lambda *told: self.ended.append(told),
        )

    def _tell(self, answer: PersonAnswer) -> None:
        self.told.append(answer)
        self.heard.set()

    def again(self) -> None:
        self.close()
        self._start()

    def close(self) -> None:
        self.people.stop()
        self.keeper.close()
        self.store.close()

    def wish(self, do: Wish, **told: str) -> PersonAnswer:
        return self.people.answer(PersonWish("a", do, **{"session": self.session, **told}))

    def first(self) -> PersonAnswer:
        answer = self.wish(Wish.FIRST, login="kepala", name="Ibu Kepala", secret=SECRET)
        self.session = answer.session
        return answer

    def sign_in(self, login: str = "kepala", secret: str = SECRET) -> PersonAnswer:
        answer = self.wish(Wish.IN, login=login, secret=secret)
        self.session = answer.session or self.session
        return answer

    def add(self, login: str, name: str, role: Role = Role.OPERATOR) -> str:
        answer = self.wish(Wish.ADD, login=login, name=name, role=str(role), secret=OTHER)
        assert answer.outcome is PersonOutcome.TAKEN, answer
        return answer.person.id

    def envelope(self, by: str, session: str | None = None, at: datetime | None = None) -> Envelope:
        fields = {"complaint": "laksa:1", "text": "x"}
        own = self.session if session is None else session
        return Envelope(self.clock.new_id(), "note", fields, by, at or self.clock.now(), session=own)

    def may(self, by: str, right: Right = Right.WORK, **told: Any) -> str:
        replayed = told.pop("replayed", False)
        why = self.people.asked(self.envelope(by, **told), right, replayed=replayed)
        return why.says if why else ""

    def on_store(self, job: Any) -> Any:
        """What a job on the store comes to, on the thread that owns it."""
        return self.keeper.person(lambda store: (job(store), Changes(frozenset()))).result(20)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the store's file."""
        return self.on_store(lambda store: store.replica.tools.db.execute(query).fetchall())

    def told_by_sync(self, person: str, **changed: Any) -> None:
        """Another console changed that person, and the centre told us."""
        doc = f"person:{person}"

        def take(store: Store, _pause: Any) -> Any:
            winner = store.documents.winner(doc)
            body = {**winner.body, "at": self.clock.now().isoformat(), "by": "Pak Lain", **changed}
            rev = name_rev(winner.rev, body)
            path = (rev, *store.documents.ancestry(doc, winner.rev))
            told, changes = store.replica.take(Page(shared_place(self.pack.id), [Revised(doc, path, body)]))
            self.people.refresh(store)
            return told, changes

        self.keeper.write(take).result(20)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Proofs that cost nothing; what was proved against what."""
    asked: list[tuple[str, str]] = []

    def proves(secret: str, verifier: str) -> bool:
        asked.append((secret, verifier))
        return verifier == f"cheap:{secret}"

    monkeypatch.setattr(people_file, "_proves", proves)
    monkeypatch.setattr(people_file, "_verifier_of", lambda secret: f"cheap:{secret}")
    return asked


@pytest.fixture
def hall(tmp_path: Path, cheap: list[tuple[str, str]]) -> Iterator[Hall]:
    made = Hall(tmp_path, TurnedClock(AT, seed=3))
    yield made
    made.close()


def says(answer: PersonAnswer) -> str:
    return answer.says or str(answer.outcome)


# while nobody is known


def test_while_nobody_is_known_everybody_may_everything(hall: Hall) -> None:
    for right in Right:
        assert hall.may("Siapa saja", right, session="") == ""
    assert hall.people.who("", Right.PEOPLE) is None
    assert says(hall.sign_in()) == "people.wrong"
    for do in (Wish.ADD, Wish.CHANGE, Wish.END, Wish.SECRET, Wish.LOCK, Wish.UNLOCK):
        assert says(hall.wish(do, login="x1", name="X", role="admin", secret=SECRET)) == "people.no_session"
    assert hall.wish(Wish.OUT, session="x").outcome is PersonOutcome.TAKEN, "who is out is out"


def test_the_first_is_an_administrator_and_there_is_one_first(hall: Hall) -> None:
    answer = hall.first()
    assert (answer.outcome, answer.person.role, answer.person.name) == (PersonOutcome.TAKEN, Role.ADMIN, "Ibu Kepala")
    assert says(hall.wish(Wish.FIRST, login="lain", name="Lain", secret=OTHER)) == "people.first_known"
    with pytest.raises(Refused, match="first_known"):
        another = replace(hall.people.standing.people[0], id="1" * 32)
        hall.on_store(lambda store: store.person(lambda people: people.first(another, "v")))
    hall.again()
    assert says(hall.wish(Wish.FIRST, login="lain", name="Lain", secret=OTHER)) == "people.first_known"


def test_what_was_asked_before_anybody_was_known_is_done(hall: Hall) -> None:
    before = hall.clock.now()
    hall.clock.turn(1)
    hall.first()
    assert hall.may("Rani", session="", at=before) == ""
    assert hall.may("Rani", session="") == "people.no_session"
    hall.clock.turn(3600)
    assert hall.may("Rani", session="", at=before, replayed=True) == "", "it stood in the black box"
    assert hall.may("Rani", session="", at=before) == "people.no_session", "nobody dates a deed back to before"


# being wrong


def test_ten_wrong_ones_take_half_a_minute_and_the_right_one_then_signs_in(hall: Hall) -> None:
    hall.first()
    began, waits = hall.clock.now(), []
    for _ in range(10):
        answer = hall.sign_in(secret=WRONG)
        while answer.outcome is PersonOutcome.WAIT:
            assert answer.says == "people.wait" and answer.values["seconds"] >= answer.wait_s > 0
            waits.append(answer.wait_s)
            hall.clock.turn(answer.wait_s)
            answer = hall.sign_in(secret=WRONG)
        assert says(answer) == "people.wrong"
    assert waits == [1, 2, 4, 8, 16, 32, 60]
    assert (hall.clock.now() - began).total_seconds() >= 30
    early = hall.sign_in()
    assert (early.outcome, early.session) == (PersonOutcome.WAIT, ""), "also the right one waits"
    hall.clock.turn(early.wait_s)
    assert hall.sign_in().outcome is PersonOutcome.TAKEN
    assert says(hall.sign_in(secret=WRONG)) == "people.wrong", "and what was wrong before is forgotten"
    assert hall.sign_in().outcome is PersonOutcome.TAKEN


def test_a_restart_keeps_the_delay(hall: Hall) -> None:
    hall.first()
    for _ in range(5):
        hall.clock.turn(60)
        hall.sign_in(secret=WRONG)
    hall.again()
    answer = hall.sign_in()
    assert (answer.outcome, answer.wait_s) == (PersonOutcome.WAIT, 4.0)
    hall.clock.turn(4)
    assert says(hall.sign_in(secret=WRONG)) == "people.wrong"
    assert hall.sign_in().wait_s == 8.0, "the sixth in a row"
    hall.clock.turn(8)
    assert hall.sign_in().outcome is PersonOutcome.TAKEN
    hall.again()
    assert hall.people.standing.attempts == {}


def test_an_unknown_login_costs_as_much_and_says_the_same(hall: Hall, cheap: list[tuple[str, str]]) -> None:
    hall.first()
    cheap.clear()
    known = [says(hall.sign_in("kepala", WRONG)) for _ in range(5)]
    asked = len(cheap)
    unknown = [says(hall.sign_in("tak-ada", WRONG)) for _ in range(5)]
    assert known == unknown == ["people.wrong"] * 3 + ["people.wait"] * 2
    assert len(cheap) == 2 * asked, "each try is proved against something"


def test_one_login_waits_alone(hall: Hall) -> None:
    hall.first()
    hall.add("rani", "Rani")
    for _ in range(4):
        hall.sign_in("kepala", WRONG)
    assert hall.sign_in("kepala", SECRET).outcome is PersonOutcome.WAIT
    assert hall.sign_in("rani", OTHER).outcome is PersonOutcome.TAKEN


def test_nobodys_names_without_end_leave_a_table_with_an_end(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.store.people.MOST_ATTEMPTS", 5)
    for number in range(12):
        hall.clock.turn(1)
        hall.sign_in(f"nama-{number}", WRONG)
    assert len(hall.people.standing.attempts) == 5


def test_with_real_proofs_the_wrong_one_is_wrong(tmp_path: Path) -> None:
    hall = Hall(tmp_path, TurnedClock(AT))
    try:
        assert hall.first().outcome is PersonOutcome.TAKEN
        assert says(hall.sign_in(secret=WRONG)) == "people.wrong"
        assert says(hall.sign_in("siapa", WRONG)) == "people.wrong"
        assert hall.sign_in().outcome is PersonOutcome.TAKEN
        [verifier] = hall.people.standing.verifiers.values()
        assert seal.proves(SECRET, verifier)
    finally:
        hall.close()


# deeds


def test_each_role_does_what_it_may_and_nothing_else(hall: Hall) -> None:
    hall.first()
    admin = hall.session
    for role in Role:
        hall.session = hall.sign_in().session
        hall.add(f"p-{role}", f"Orang {role}", role)
        hall.sign_in(f"p-{role}", OTHER)
        for right in Right:
            assert (hall.may(f"Orang {role}", right) == "") == (right in RIGHTS[role])
        for kind in found().values():
            assert (hall.may(f"Orang {role}", kind.face.right) == "") == (kind.face.right in RIGHTS[role])
    assert admin not in [each.id for each in hall.people.standing.sessions.values() if each.ended_at is None]


def test_a_deed_needs_a_session_of_whose_name_it_bears(hall: Hall) -> None:
    hall.first()
    hall.add("rani", "Rani")
    session = hall.sign_in("rani", OTHER).session
    assert hall.may("Rani") == ""
    assert hall.may("Ibu Kepala") == hall.may("rani") == hall.may("") == "people.no_session"
    assert hall.may("Rani", session="") == hall.may("Rani", session="0" * 32) == "people.no_session"
    assert hall.may("Rani", session=session.upper()) == "people.no_session"


def test_what_was_asked_while_a_session_was_open_is_done_when_it_has_ended_since(hall: Hall) -> None:
    hall.first()
    hall.add("rani", "Rani")
    hall.sign_in("rani", OTHER)
    asked = hall.envelope("Rani")
    box = BlackBox(hall.profile.blackbox, hall.clock)
    box.keep(asked)
    hall.clock.turn(5)
    assert hall.wish(Wish.OUT).outcome is PersonOutcome.TAKEN
    late = hall.envelope("Rani")
    box.keep(late)
    hall.again()
    left = list(box.lines())
    assert [each.session for each in left] == [hall.session, hall.session]
    for replayed in (True, False):
        assert hall.people.asked(left[0], Right.WORK, replayed=replayed) is None
        assert hall.people.asked(left[1], Right.WORK, replayed=replayed).says == "people.no_session"
    hall.clock.turn(3600)
    assert hall.people.asked(left[0], Right.WORK, replayed=True) is None
    assert hall.people.asked(left[0], Right.WORK).says == "people.no_session", "nobody dates a deed back to a session"


def test_the_box_outlives_a_store_that_was_lost(hall: Hall) -> None:
    hall.first()
    hall.add("rani", "Rani")
    assert hall.may("Rani", session="f" * 32, replayed=True) == "", "a backup was restored that is older than its line"
    assert hall.may("Rani", session="f" * 32) == "people.no_session"
    assert hall.may("Bukan Siapa", session="f" * 32, replayed=True) == "people.no_session"
    assert hall.may("Rani", session="", replayed=True) == "people.no_session"


def test_a_clock_that_is_set_back_stops_nobody(hall: Hall) -> None:
    hall.first()
    hall.add("rani", "Rani")
    hall.sign_in("rani", OTHER)
    hall.clock.jump(AT - timedelta(days=300))
    assert hall.may("Rani") == ""


def test_orders_refuse_for_good_what_may_not_be(hall: Hall) -> None:
    receipts: list[Any] = []
    done = threading.Event()

    def tell(receipt: Any) -> None:
        receipts.append(receipt)
        done.set()

    orders = Orders(
        hall.keeper, hall.pack, hall.log, tell, lambda _trouble: None, taken=lambda: None, people=hall.people
    )
    hall.first()
    envelope = hall.envelope("Ibu Kepala")
    for _ in range(2):
        done.clear()
        orders.do(envelope)
        assert done.wait(20)
    assert [each.says for each in receipts] == ["people.not_allowed"] * 2
    assert [each.again for each in receipts] == [False, True]
    assert hall.on_store(lambda store: store.read.done(envelope.id)), "it is not tried again at the next start"


# sessions


def test_one_desk_has_one_person(hall: Hall) -> None:
    first = hall.first().session
    hall.add("rani", "Rani")
    asked = hall.envelope("Ibu Kepala", at=hall.clock.now() - timedelta(seconds=1))
    hall.sign_in("rani", OTHER)
    assert hall.people.standing.sessions[first].why == "people.ended.after"
    assert hall.ended == [], "its own console ended it"
    assert hall.people.asked(asked, Right.PEOPLE) is None, "what was asked before is done"


def test_a_locked_screen_opens_to_its_person_alone(hall: Hall) -> None:
    hall.first()
    assert hall.wish(Wish.LOCK).outcome is PersonOutcome.TAKEN
    assert hall.people.standing.sessions[hall.session].locked
    with pytest.raises(Refused, match=r"people\.locked"):
        hall.people.who(hall.session, Right.PEOPLE)
    assert says(hall.wish(Wish.UNLOCK, secret=WRONG)) == "people.wrong"
    hall.again()
    assert hall.people.standing.sessions[hall.session].locked, "a restart opens nothing"
    answer = hall.wish(Wish.UNLOCK, secret=SECRET)
    assert (answer.outcome, answer.person.name, answer.session) == (PersonOutcome.TAKEN, "Ibu Kepala", hall.session)
    assert hall.people.who(hall.session, Right.PEOPLE).name == "Ibu Kepala"
    for _ in range(3):
        assert says(hall.wish(Wish.UNLOCK, secret=WRONG)) == "people.wrong"
    assert hall.wish(Wish.UNLOCK, secret=SECRET).outcome is PersonOutcome.WAIT
    hall.wish(Wish.OUT)
    assert says(hall.wish(Wish.UNLOCK, secret=SECRET)) == says(hall.wish(Wish.LOCK)) == "people.no_session"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ended_at": "2026-11-22T03:00:00+00:00"}, "people.ended.person"),
        ({"ended_at": "entah kapan"}, "people.ended.person"),
        ({"role": "tamu"}, "people.ended.role"),
        ({"role": "wali_kota_baru"}, "people.ended.role"),
        ({"name": "Rani W"}, "people.ended.name"),
        ({"verifier": "cheap:x", "secret_at": "2026-11-22T09:00:00+00:00"}, "people.ended.secret"),
        ({"verifier": 3}, "people.ended.person"),
    ],
)
def test_what_another_console_changed_ends_the_session_here(hall: Hall, changed: dict[str, Any], why: str) -> None:
    hall.first()
    rani = hall.add("rani", "Rani")
    session = hall.sign_in("rani", OTHER).session
    hall.clock.turn(1)
    asked = hall.envelope("Rani")
    hall.clock.turn(1)
    hall.told_by_sync(rani, **changed)
    assert hall.ended == [(session, why)]
    assert hall.may("Rani") == "people.no_session"
    assert hall.people.asked(asked, Right.WORK) is None, "work that was done is not lost with a session"
    with pytest.raises(Refused, match="no_session"):
        hall.people.who(session, Right.LOOK)


def test_another_login_alone_ends_nothing(hall: Hall) -> None:
    hall.first()
    rani = hall.add("rani", "Rani")
    hall.sign_in("rani", OTHER)
    hall.told_by_sync(rani, login="rani.w")
    assert hall.ended == [] and hall.may("Rani") == ""
    assert says(hall.sign_in("rani", OTHER)) == "people.wrong"
    assert hall.sign_in("rani.w", OTHER).outcome is PersonOutcome.TAKEN


# persons


def test_only_who_may_changes_persons(hall: Hall) -> None:
    hall.first()
    rani = hall.add("rani", "Rani", Role.SUPERVISOR)
    hall.sign_in("rani", OTHER)
    wishes = [
        (Wish.ADD, {"login": "budi", "name": "Budi", "role": "admin", "secret": SECRET}),
        (Wish.CHANGE, {"person": rani, "role": "admin"}),
        (Wish.END, {"person": hall.people.standing.people[0].id}),
        (Wish.SECRET, {"person": next(each.id for each in hall.people.standing.people if each.id != rani)}),
    ]
    for do, told in wishes:
        assert says(hall.wish(do, **{"secret": WRONG, **told})) == "people.not_allowed"
    assert len(hall.people.standing.people) == 2


def test_a_person_is_changed_and_ended_and_signs_in_accordingly(hall: Hall) -> None:
    hall.first()
    rani = hall.add("rani", "Rani")
    assert says(hall.wish(Wish.CHANGE, person=rani)) == "people.same"
    answer = hall.wish(Wish.CHANGE, person=rani, role="supervisor", login="rani.w")
    assert (answer.person.role, answer.person.login) == (Role.SUPERVISOR, "rani.w")
    assert says(hall.wish(Wish.CHANGE, person=rani, role="raja")) == "people.role_unknown"
    assert says(hall.wish(Wish.CHANGE, person="9" * 32, role="admin")) == "people.unknown"
    assert hall.wish(Wish.END, person=rani).outcome is PersonOutcome.TAKEN
    assert says(hall.wish(Wish.END, person=rani)) == "people.ended_already"
    admin = hall.session
    assert says(hall.sign_in("rani.w", OTHER)) == "people.wrong", "the words tell nobody that the account was there"
    hall.session = admin
    hall.add("rani.w", "Rani")
    assert hall.sign_in("rani.w", OTHER).outcome is PersonOutcome.TAKEN, "who ended leaves login and name free"


def test_logins_and_names_are_one_persons(hall: Hall) -> None:
    hall.first()
    hall.add("rani", "Rani")
    told = {"role": "tamu", "secret": OTHER}
    assert says(hall.wish(Wish.ADD, login="RANI", name="Lain", **told)) == "people.login_taken"
    assert says(hall.wish(Wish.ADD, login="lain", name=" rANI", **told)) == "people.name_taken"
    budi = hall.add("budi", "Budi")
    assert says(hall.wish(Wish.CHANGE, person=budi, name="Rani")) == "people.name_taken"
    assert says(hall.wish(Wish.CHANGE, person=budi, login="Kepala")) == "people.login_taken"
    assert hall.wish(Wish.CHANGE, person=budi, name="BUDI").outcome is PersonOutcome.TAKEN


def test_there_is_always_an_administrator_who_can_sign_in(hall: Hall) -> None:
    me = hall.first().person.id
    assert says(hall.wish(Wish.END, person=me)) == says(hall.wish(Wish.CHANGE, person=me, role="operator"))
    assert says(hall.wish(Wish.END, person=me)) == "people.last_admin"
    other = hall.add("wakil", "Pak Wakil", Role.ADMIN)
    assert hall.wish(Wish.CHANGE, person=me, role="operator").outcome is PersonOutcome.TAKEN
    assert says(hall.wish(Wish.END, person=other)) == "people.no_session", "whose role changed signs in again"
    assert hall.sign_in("wakil", OTHER).outcome is PersonOutcome.TAKEN
    assert says(hall.wish(Wish.END, person=other)) == "people.last_admin"


def test_everybody_changes_their_own_secret_with_the_old_one(hall: Hall) -> None:
    hall.first()
    rani = hall.add("rani", "Rani")
    hall.sign_in("rani", OTHER)
    new = "layang layang putus di sawah"
    assert says(hall.wish(Wish.SECRET, secret=new, old=WRONG)) == "people.wrong"
    assert says(hall.wish(Wish.SECRET, secret=new)) == "people.wrong", "an open desk is no proof"
    assert says(hall.wish(Wish.SECRET, secret="pendek", old=OTHER)) == "people.secret_length"
    assert hall.wish(Wish.SECRET, secret=new, old=OTHER).outcome is PersonOutcome.TAKEN
    assert hall.may("Rani") == "" and hall.ended == [], "the session in which it was changed goes on"
    assert says(hall.sign_in("rani", OTHER)) == "people.wrong"
    assert hall.sign_in("rani", new).outcome is PersonOutcome.TAKEN
    hall.sign_in()
    assert hall.wish(Wish.SECRET, person=rani, secret=OTHER).outcome is PersonOutcome.TAKEN, "an administrator may"
    assert hall.sign_in("rani", OTHER).outcome is PersonOutcome.TAKEN


def test_what_everybody_tries_first_is_no_secret(hall: Hall) -> None:
    city = hall.pack.name
    for typed in ("kepalakepalakepala", "Password1234567890", f"{city} {city} {city} 2026", "ruang kendali kota 1"):
        answer = hall.wish(Wish.FIRST, login="kepala", name="Ibu Kepala", secret=typed)
        assert says(answer) in ("people.secret_common", "people.secret_length"), typed
    assert says(hall.wish(Wish.FIRST, login="kepala", name="Ibu Kepala", secret="x" * 14)) == "people.secret_length"
    assert not hall.people.standing.people


def test_the_words_everybody_tries_first_are_bare_and_each_once() -> None:
    words = blocklist()
    assert len(words) > 200 and {"password", "katasandi", "qwerty"} <= words
    assert all(word.isalnum() and word == word.casefold() for word in words)


# notes


def test_a_wish_is_answered_from_a_thread_of_its_own(hall: Hall) -> None:
    hall.people.hear({"ask": "7", "do": "first", "login": "kepala", "name": "Ibu Kepala", "secret": SECRET})
    assert hall.heard.wait(20)
    assert (hall.told[0].ask, hall.told[0].outcome) == ("7", PersonOutcome.TAKEN)


def test_more_wishes_than_anybody_has_are_turned_away(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    held, begun = threading.Event(), threading.Event()

    def slow(_secret: str, _verifier: str) -> bool:
        begun.set()
        held.wait(20)
        return False

    monkeypatch.setattr(people_file, "_proves", slow)
    hall.people.hear({"ask": "0", "do": "in", "login": "x1", "secret": "y"})
    assert begun.wait(20)
    for number in range(MOST_WAITING + 1):
        hall.people.hear({"ask": f"w{number}", "do": "in", "login": "x1", "secret": "y"})
    assert [(each.ask, each.says) for each in hall.told] == [(f"w{MOST_WAITING}", "people.busy")]
    held.set()


def test_a_bug_of_ours_is_logged_without_its_words_and_the_next_is_answered(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(secret: str, _verifier: str) -> bool:
        raise ZeroDivisionError(secret)

    monkeypatch.setattr(people_file, "_proves", broken)
    hall.people.hear({"ask": "1", "do": "in", "login": "x1", "secret": SECRET})
    assert hall.heard.wait(20)
    hall.heard.clear()
    hall.people.hear({"ask": "2", "do": "out", "session": "x"})
    assert hall.heard.wait(20)
    assert [says(each) for each in hall.told] == ["engine.bug_command", "taken"]
    log = hall.log.path.read_text("utf-8")
    assert "ZeroDivisionError" in log and "hujan" not in log


def test_a_disk_that_takes_nothing_is_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.first()

    def full(_job: Any) -> Any:
        raise DiskTrouble("store.full")

    monkeypatch.setattr(hall.store, "person", full)
    answer = hall.sign_in()
    assert (answer.outcome, answer.says, answer.session) == (PersonOutcome.REFUSED, "store.full", "")


TEXT = st.text(max_size=30)
HOSTILE = st.dictionaries(
    st.sampled_from(["ask", "do", "session", "person", "login", "name", "role", "secret", "old"]),
    st.one_of(TEXT, st.none(), st.integers(), st.lists(TEXT, max_size=2), st.sampled_from([*map(str, Wish), "admin"])),
    max_size=9,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(HOSTILE)
def test_hostile_notes_make_nobody_and_break_nothing(hall: Hall, note: dict[str, Any]) -> None:
    if not hall.people.standing.people:
        hall.first()
    told = {"ask": "x", **note}
    try:
        wish = people_file.read_wish(told)
    except BadAnswer:
        return
    answer = hall.people.answer(wish)
    assert answer.outcome in (PersonOutcome.REFUSED, PersonOutcome.WAIT) or wish.do is Wish.OUT
    assert [each.login for each in hall.people.standing.people] == ["kepala"]


# secrets


def test_a_secret_stands_in_no_file_and_what_proves_it_in_its_own_document_alone(tmp_path: Path) -> None:
    hall = Hall(tmp_path, TurnedClock(AT))
    planted = [SECRET, OTHER, WRONG, "layang layang putus di sawah", "ini sandi diketik sebagai nama masuk"]
    try:
        hall.first()
        rani = hall.add("rani", "Rani")
        hall.wish(Wish.SECRET, person=rani, secret=planted[3])
        hall.sign_in("rani", WRONG)
        hall.sign_in(planted[4], planted[4])
        hall.wish(Wish.UNLOCK, secret=WRONG)
        hall.people.hear({"ask": "1", "do": "in", "login": planted[4], "secret": planted[0]})
        assert hall.heard.wait(20)
        BlackBox(hall.profile.blackbox, hall.clock).keep(hall.envelope("Rani"))
        bodies = [row[0] for row in hall.ask("SELECT body FROM rev WHERE body IS NOT NULL")]
        assert all(json.loads(body)["type"] == "person" for body in bodies if "argon2id" in body)
        rows = [str(row) for name in ("ledger", "outcome", "event", "attempt", "session", "meta", "outbox")
                for row in hall.ask(f"SELECT * FROM {name}")]  # fmt: skip
        assert rows and not [row for row in rows if "argon2id" in row or any(each in row for each in planted)]
    finally:
        hall.close()
    read = 0
    for path in (each for each in tmp_path.rglob("*") if each.is_file()):
        raw = path.read_bytes()
        read += 1
        for each in planted:
            assert each.encode() not in raw and each.encode("utf-16-le") not in raw, path
    assert read > 3
    assert "argon2id" not in repr(hall.people.standing), "nor where somebody shows what the engine knows"


def test_every_try_and_every_change_stands_in_the_ledger(hall: Hall) -> None:
    hall.first()
    rani = hall.add("rani", "Rani")
    for _ in range(5):
        hall.sign_in("rani", WRONG)
    hall.clock.turn(1)
    hall.wish(Wish.LOCK)
    hall.wish(Wish.UNLOCK, secret=SECRET)
    hall.wish(Wish.CHANGE, person=rani, role="supervisor")
    hall.wish(Wish.END, person=rani)
    hall.wish(Wish.OUT)
    rows = hall.ask(_LEDGER)
    admin, wrong = "Ibu Kepala", ("session.wrong", "", 1)
    assert rows == [
        ("people.first", admin, 1),
        ("session.in", admin, 1),
        ("people.add", admin, 1),
        wrong,
        wrong,
        wrong,
        ("session.early", "", 1),
        ("session.lock", admin, 1),
        ("session.unlock", admin, 1),
        ("people.change", admin, 1),
        ("people.end", admin, 1),
        ("session.out", admin, 1),
    ]


_LEDGER = "SELECT deed, who, subject <> '' FROM ledger WHERE deed NOT GLOB 'console.*' ORDER BY n"


def test_what_is_written_here_is_what_a_fold_reads(hall: Hall) -> None:
    hall.first()
    rani = hall.add("rani", "Rani")
    hall.wish(Wish.CHANGE, person=rani, role="tamu")
    assert hall.on_store(lambda store: store.person(lambda people: people.agree())) == set()
