"""The ledger while an engine runs: rows of what the screen asks, slips, heads that reach the centre and come back."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import Away, BadAnswer, DiskTrouble, Refused
from console.core.places import shared_place
from console.core.records import Changes
from console.store import ledger_heads, slips
from console.store.files import Profile, atomic_write, load_phrases
from console.store.keeper import Keeper
from console.store.ledger_check import check
from console.store.ledger_terminal import Auditor
from console.store.pause import Pause
from console.store.replica import Edit
from console.store.store import NOTHING, Store
from sync import anchor, hub_terminal, once
from sync.bookkeeping import HEADS_EVERY_S, SLIPS_EVERY_S, Bookkeeping
from sync.couch import Call, Reply
from sync.credentials import Credentials
from sync.engine_log import EngineLog
from tests.cities import small_pack
from tests.sync.posts import SECRET, USER, Post, recorded, serving
from tests.sync.test_credentials import MemoryRing
from tests.sync.test_engine_hub import Engine
from tests.sync.test_errands import Console
from tests.sync.test_once import exchanged

WITHIN_S = 20.0
CITY = small_pack().id


@pytest.fixture(autouse=True)
def in_the_invented_city(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (hub_terminal, once, anchor):
        monkeypatch.setattr(module, "pack_of", lambda folder: small_pack())


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path / "centre")
    yield post
    post.close()


def rows(store: Store) -> list[tuple[str, str, str]]:
    """Deed, person and subject of every row but the first."""
    db = store.replica.tools.db
    return db.execute("SELECT deed, who, subject FROM ledger WHERE n > 1 ORDER BY n").fetchall()


class Kept:
    """A store with its keeper and its books."""

    def __init__(self, folder: Path, *, sends: bool = True) -> None:
        self.profile = Profile.at(folder)
        self.clock = TurnedClock(datetime(2026, 11, 22, 3, 0, tzinfo=UTC))
        self.store = Store.open(self.profile, self.clock, small_pack())
        self.heard: list[str] = []
        self.keeper = Keeper(self.store, lambda changes: self.heard.extend(changes.kinds))
        log = EngineLog(folder, self.clock)
        self.books = Bookkeeping(self.profile, self.keeper, CITY, self.clock, log, sends=lambda: sends)

    def looked(self, seconds: float) -> None:
        """So much later, and all of it done."""
        self.clock.turn(seconds)
        self.books.look()
        self.keeper.write(lambda _store, _pause: (None, NOTHING)).result(WITHIN_S)

    def close(self) -> None:
        self.keeper.close()
        self.store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    found = Kept(tmp_path / "satu")
    yield found
    found.close()


def test_slips_are_taken_in_while_the_engine_runs(kept: Kept) -> None:
    kept.looked(0)
    slips.hand_in(kept.profile, kept.clock, "export", who="os:dina", subject="complaint")
    kept.looked(SLIPS_EVERY_S / 2)
    assert rows(kept.store) == []
    kept.looked(SLIPS_EVERY_S)
    assert rows(kept.store) == [("export", "os:dina", "complaint")] and "ledger" in kept.heard


def test_heads_are_told_now_and_then(kept: Kept) -> None:
    kept.looked(HEADS_EVERY_S)
    (head,) = ledger_heads.known(kept.store.replica.tools.db)
    assert head.n == 1 and "outbox" in kept.heard
    for _ in range(20):
        kept.looked(HEADS_EVERY_S)
    assert len(ledger_heads.known(kept.store.replica.tools.db)) == 1


def test_heads_of_others_are_written_down_also_where_we_are_the_centre(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "pusat", sends=False)
    head = ledger_heads.Head("b", 4, "d" * 64, 1, ledger_heads.doc_of("b", 4, "d" * 64))
    kept.keeper.write(
        lambda store, _pause: store.replica.edit_all(shared_place(CITY), [Edit(head.doc, head.body)], by="ledger")
    ).result(WITHIN_S)
    kept.looked(HEADS_EVERY_S)
    assert rows(kept.store) == [("console.witnessed", "", "1")] and "ledger" in kept.heard
    kept.close()


def test_without_a_centre_none_is_told(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "sendiri", sends=False)
    kept.looked(2 * HEADS_EVERY_S)
    assert ledger_heads.known(kept.store.replica.tools.db) == []
    kept.close()


def test_a_row_that_the_disk_does_not_take_is_told_in_the_log(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskTrouble("store.full", path="x")

    monkeypatch.setattr(kept.store, "enter", full)
    with pytest.raises(DiskTrouble):
        kept.books.enter("hub.choice", who="Sari").result(WITHIN_S)
    kept.looked(0)  # who waits is told before the log is
    assert "engine.ledger_not" in (kept.profile.folder / "engine.log").read_text("utf-8")


def test_what_the_screen_asks_of_the_engine_is_a_row(tmp_path: Path) -> None:
    on = Engine(tmp_path / "p", MemoryRing())
    on.send("hub", choice="wait", place="", by="Sari", session="s1")
    on.send("sign_in", user="konsol", secret="rahasia", by="Sari")
    slips.hand_in(on.profile, on.clock, "settings", who="Sari", subject="theme")
    on.record()
    assert on.hang_up() == 0
    again = Store.open(on.profile, SystemClock(), on.pack)
    found = rows(again)
    again.close()
    assert ("hub.choice", "Sari", "") in found and ("hub.account", "Sari", "konsol") in found
    assert [deed for deed, _, _ in found].count("record") == 1


def test_a_row_asked_for_while_the_engine_ends_is_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "akhir")
    busy, held = threading.Event(), threading.Event()

    def long(_store: Store, _pause: Pause) -> tuple[None, Changes]:
        busy.set()
        held.wait(WITHIN_S)
        return None, NOTHING

    kept.keeper.write(long)
    assert busy.wait(WITHIN_S)
    row = kept.books.enter("hub.account", who="Sari", subject="konsol")
    ending = threading.Thread(target=kept.keeper.close)
    ending.start()
    held.set()
    row.result(WITHIN_S)
    ending.join(WITHIN_S)
    assert ("hub.account", "Sari", "konsol") in rows(kept.store)
    kept.close()


def test_slips_that_waited_are_taken_in_at_the_start(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "p")
    slips.hand_in(profile, SystemClock(), "export", who="os:dina")
    on = Engine(tmp_path / "p")
    on.record()
    assert on.hang_up() == 0
    again = Store.open(profile, SystemClock(), on.pack)
    try:
        assert sorted(deed for deed, _, _ in rows(again)) == ["export", "record"], "in which order ever"
    finally:
        again.close()


def test_bundles_of_the_screen_are_rows(tmp_path: Path) -> None:
    clock = TurnedClock(datetime(2026, 11, 21, 3, 42, tzinfo=UTC))
    here, there = Console(tmp_path / "a", clock), Console(tmp_path / "b", clock)
    try:
        theirs = there.ask(do="key")
        ours = here.ask(do="key")
        here.ask(do="trust", key=theirs["key"], name="Posko", by="Sari", session="s1")
        there.ask(do="trust", key=ours["key"], name="Ruang", by="Budi")
        here.verify(0)
        made = here.ask(do="make", to=theirs["fingerprint"], path=str(tmp_path / "stik.kiriman"), by="Sari")
        taken = there.ask(do="take", path=made["paths"][0], by="Budi")
        here.ask(do="receipt", path=taken["receipt"], by="Sari")
        here.ask(do="make", to="tidak-ada", path=str(tmp_path / "x.kiriman"), by="Sari")
        assert [row[:2] for row in rows(here.store)] == [
            ("bundle.trust", "Sari"),
            ("verify", "Rani"),
            ("bundle.make", "Sari"),
            ("bundle.receipt", "Sari"),
        ]
        assert [row[:2] for row in rows(there.store)] == [("bundle.trust", "Budi"), ("bundle.take", "Budi")]
    finally:
        here.close()
        there.close()


def test_the_centre_holds_the_heads_of_two_consoles_and_each_sees_the_others(tmp_path: Path, centre: Post) -> None:
    for name in ("one", "two"):
        post = Post(tmp_path / name)
        recorded(post)
        post.close()
    with serving(centre) as url:
        for name in ("one", "two", "one", "one"):
            assert exchanged(tmp_path / name, url)[0] == 0
        ring = MemoryRing()
        assert Credentials(lambda: ring).keep(url, USER, SECRET)
        atomic_write(tmp_path / "one" / "settings.toml", f'"hub.url" = "{url}"\n"hub.user" = "{USER}"\n'.encode())
        there = anchor.anchored(tmp_path / "one", credentials=Credentials(lambda: ring))
    assert len({head.console for head in there}) == 2 and all(head.sound for head in there)
    store = Store.open(Profile.at(tmp_path / "one"), SystemClock(), small_pack())
    db = store.replica.tools.db
    verdict = check(db, [*ledger_heads.known(db), *there], console=store.console)
    assert verdict.sound and verdict.others == 1 and verdict.anchored == 2
    assert rows(store)[-1] == ("console.witnessed", "", "1")  # brought by one exchange, written down by the next
    # Rows, and the heads this machine knows of, can be cut off here; what the centre holds cannot.
    for name in ("ledger_kept", "ledger_stays"):
        db.execute(f"DROP TRIGGER {name}")
    db.execute("DELETE FROM ledger WHERE n > 1")
    cut = check(db, [], console=store.console)
    assert cut.sound
    found = check(db, there, console=store.console)
    assert [(each.n, each.says) for each in found.breaks] == [(2, "store.ledger.cut")]
    store.close()


def test_a_look_with_heads_of_another_console_by_a_file(tmp_path: Path, centre: Post) -> None:
    for name in ("one", "two"):
        post = Post(tmp_path / name)
        recorded(post)
        post.close()
    with serving(centre) as url:
        for name in ("one", "two"):
            exchanged(tmp_path / name, url)
    out = io.StringIO()
    assert Auditor(tmp_path / "two", load_phrases(), out, print).heads(as_json=True) == 0
    carried = tmp_path / "kepala.json"
    carried.write_text(out.getvalue(), "utf-8")
    store = Store.open(Profile.at(tmp_path / "one"), SystemClock(), small_pack())
    db = store.replica.tools.db
    for name in ("ledger_kept", "ledger_stays"):
        db.execute(f"DROP TRIGGER {name}")
    db.execute("DELETE FROM ledger WHERE n > 1")
    db.execute("DELETE FROM outbox")
    db.execute("UPDATE rev SET parent = NULL")
    heads = "SELECT n FROM doc WHERE id GLOB 'ledger:*'"
    db.execute(f"UPDATE doc SET winner = NULL WHERE n IN ({heads})")
    db.execute(f"DELETE FROM rev WHERE doc IN ({heads})")
    db.execute("DELETE FROM doc WHERE id GLOB 'ledger:*'")
    store.close()
    said = io.StringIO()
    auditor = Auditor(tmp_path / "one", load_phrases(), said, print)
    assert auditor.verify(as_json=True) == 0
    assert auditor.verify(as_json=True, heads=carried) == 1
    verdict = json.loads(said.getvalue().splitlines()[-1])
    assert [each["says"] for each in verdict["breaks"]] == ["store.ledger.cut"]


def test_where_no_centre_is_set_up_none_is_asked(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        anchor.anchored(tmp_path)


def test_heads_come_page_by_page_and_what_is_no_answer_is_none() -> None:
    def named(number: int) -> dict[str, object]:
        head = ledger_heads.Head("a" * 32, number, f"{number:064x}", 5)
        return {"id": ledger_heads.doc_of(head.console, head.n, head.hash), "doc": head.body}

    pages = [[named(number) for number in range(1, anchor.MANY + 1)], [named(anchor.MANY + 1)]]
    starts: list[str] = []

    def call(asked: Call) -> Reply:
        starts.append(json.loads(asked.query["startkey"]))
        return Reply(200, {"rows": pages[len(starts) - 1]}, 0)

    assert len(anchor.read_all(call, shared_place(CITY))) == anchor.MANY + 1
    assert starts[0] == "ledger:" and starts[1].endswith("\x00")
    for reply, error in ((Reply(404, {}, 0), Away), (Reply(500, {}, 0), Away), (Reply(200, [], 0), BadAnswer)):
        with pytest.raises(error):
            anchor.read_all(lambda _, reply=reply: reply, "x")  # type: ignore[misc]
