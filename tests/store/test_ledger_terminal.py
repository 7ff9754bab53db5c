"""`audit` at a terminal: sentences and JSON, exit codes, beside a store in use; and the questions behind it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.core.lifecycle import State
from console.core.phrases import LANGUAGES
from console.core.records import LedgerFilter
from console.store import ledger_read, slips
from console.store.files import Profile, load_phrases
from console.store.ledger_terminal import Auditor, heads_of, instant
from console.store.store import Store
from main import main
from tests.store.conftest import NOON, ask, batch, said
from tests.store.snapshots import opened

ALL = LedgerFilter()


@pytest.fixture
def full(profile: Profile, clock: TurnedClock) -> Iterator[Store]:
    """A store in use: twenty commands by two persons, some refused, and three reveals."""
    with opened(profile, clock) as store:
        store.take(batch(said(1), said(2), said(3)))
        for number in range(20):
            clock.turn(3600)
            store.apply(*ask(clock, "uji:000001", by="Sari" if number % 4 else "Budi", text=f"rahasia warga {number}"))
        store.apply(*ask(clock, "uji:999999", by="Budi", fields={"state": State.DONE}))
        for who, complaint in (("Sari", "uji:000001"), ("Budi", "uji:000002"), ("Tono", "uji:000003")):
            store.enter("reveal", who=who, subject=complaint, why="keluarga mencari", told={"field": "nik"})
        yield store


class At:
    """A terminal on a profile."""

    def __init__(self, folder: Path, language: str = "id", clock: TurnedClock | None = None) -> None:
        self.out, self.said = io.StringIO(), []
        self.auditor = Auditor(folder, load_phrases(language), self.out, self.said.append, who="os:dina")
        if clock is not None:
            self.auditor.clock = clock

    @property
    def text(self) -> str:
        text = self.out.getvalue()
        assert "«" not in text
        return text

    @property
    def json(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines()]


def tamper(profile: Profile, sql: str) -> None:
    with closing(sqlite3.connect(profile.records, isolation_level=None)) as db:
        for name in ("ledger_stays", "ledger_kept", "ledger_ends"):
            db.execute(f"DROP TRIGGER IF EXISTS {name}")
        db.execute(sql)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sound_ledger_is_said_to_be_sound(full: Store, profile: Profile, language: str) -> None:
    at = At(profile.folder, language)
    assert at.auditor.verify() == 0
    assert "{" not in at.text and at.text.splitlines()[-1] == {"id": "Utuh.", "en": "Sound."}[language]
    assert "25" in at.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE ledger SET who = 'Orang lain' WHERE n = 7", "altered"),
        ("DELETE FROM ledger WHERE n BETWEEN 7 AND 9", "missing"),
        ("UPDATE ledger SET told = CAST(x'ff' AS TEXT) WHERE n = 7", "altered"),
    ],
)
def test_a_broken_one_is_told_by_its_first_row(
    full: Store, profile: Profile, language: str, sql: str, says: str
) -> None:
    tamper(profile, sql)
    at = At(profile.folder, language)
    assert at.auditor.verify() == 1
    broken = next(line for line in at.text.splitlines() if line.startswith(("RUSAK", "BROKEN")))
    assert " 7 " in broken and "{" not in broken
    told = At(profile.folder)
    assert told.auditor.verify(as_json=True) == 1
    (verdict,) = told.json
    assert (verdict["breaks"][0]["n"], verdict["breaks"][0]["says"]) == (7, f"store.ledger.{says}")
    assert not verdict["sound"] and verdict["rows"] >= 22


def test_a_cut_tail_is_told_by_the_head_and_what_waits_is_counted(full: Store, profile: Profile) -> None:
    full.tell_head("kendali_contoh")
    slips.hand_in(profile, TurnedClock(NOON), "export", who="os:dina")
    tamper(profile, "DELETE FROM ledger WHERE n > 20")
    at = At(profile.folder)
    assert at.auditor.verify() == 1
    assert "berakhir di baris 20" in at.text and "paling sedikit 5 baris" in at.text and "1 catatan menunggu" in at.text
    later = At(profile.folder)
    assert later.auditor.verify(as_json=True, start=3) == 1 and later.json[0]["rows"] == 18


def test_more_breaks_than_can_be_told_are_counted_and_a_long_look_says_how_far_it_is(
    full: Store, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.store import ledger_check

    monkeypatch.setattr(ledger_check, "MOST_BREAKS", 3)
    monkeypatch.setattr(ledger_check, "_PAGE", 4)
    tamper(profile, "UPDATE ledger SET why = 'x'")
    at = At(profile.folder)
    assert at.auditor.verify() == 1
    assert "Dan 22 lagi." in at.text and "16%" in at.said


def test_rows_are_listed_by_person_deed_and_time(full: Store, profile: Profile, clock: TurnedClock) -> None:
    def listed(asked: LedgerFilter, **more: Any) -> list[dict[str, Any]]:
        at = At(profile.folder)
        assert at.auditor.list(asked, limit=1000, as_json=True, **more) == 0
        return at.json

    everything = listed(ALL)
    assert [row["n"] for row in everything] == list(range(25, 0, -1)) and all(row["fits"] for row in everything)
    assert {row["who"] for row in listed(LedgerFilter(who="Budi"))} == {"Budi"}
    assert [row["subject"] for row in listed(LedgerFilter(who="", deed="console.named"))] == [full.console]
    assert len(listed(LedgerFilter(deed="reveal"))) == 3 and len(listed(LedgerFilter(who="Budi", deed="reveal"))) == 1
    since = listed(LedgerFilter(since=clock.now() - timedelta(hours=5)))
    assert [row["n"] for row in since] == list(range(25, 15, -1)) or len(since) == 10
    assert listed(LedgerFilter(until=NOON)) == []
    assert [row["n"] for row in listed(ALL, before=4)] == [3, 2, 1]
    assert not any("rahasia" in json.dumps(row) for row in everything)
    refused = next(row for row in everything if row["told"].get("outcome") == "refused")
    assert (refused["why"], refused["who"]) == ("store.no_complaint", "Budi")


def test_a_list_is_lines_of_cells(full: Store, profile: Profile) -> None:
    full.enter("export", who="=HYPERLINK()\n\tx", subject="complaint")
    tamper(profile, "UPDATE ledger SET why = 'x' WHERE n = 25")
    at = At(profile.folder)
    at.auditor.list(ALL, limit=2)
    first, second = (line.split("\t") for line in at.text.splitlines())
    assert first[0] == "26" and first[2] == "=HYPERLINK() x" and second[0] == "!25"


def test_pages_never_read_more_than_they_show(full: Store, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(profile.records)) as db:
        for asked in (ALL, LedgerFilter(who="Sari"), LedgerFilter(deed="note"), LedgerFilter(who="Sari", deed="note")):
            found, before = [], None
            while True:
                page = ledger_read.page(db, asked, before, 4)
                assert len(page.entries) <= 4
                found += [entry.n for entry in page.entries]
                if not page.more:
                    break
                before = found[-1]
            assert found == [entry.n for entry in ledger_read.page(db, asked, None, 1000).entries]
        plans = [
            " ".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))
            for sql in (
                "SELECT n FROM ledger INDEXED BY ledger_who WHERE who = 'x' AND n < 9 ORDER BY n DESC LIMIT 4",
                "SELECT n FROM ledger INDEXED BY ledger_deed WHERE deed = 'x' AND n < 9 ORDER BY n DESC LIMIT 4",
            )
        ]
        assert all("COVERING INDEX" in plan and "TEMP B-TREE" not in plan for plan in plans)
        assert ledger_read.names(db, "who") == ["", "Budi", "Sari", "Tono"]
        assert "reveal" in ledger_read.names(db, "deed")


def test_an_export_can_be_hashed_again_by_anybody(full: Store, profile: Profile) -> None:
    at = At(profile.folder)
    assert at.auditor.export("json", ALL) == 0
    rows = json.loads(at.text)
    prev = ""
    for row in rows:
        digest = row.pop("hash")
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert row["prev"] == prev and hashlib.sha256(text.encode()).hexdigest() == digest
        prev = digest
    assert len(rows) == 25 and at.said[-1] == "25 baris ditulis."
    full.take_slips()
    at = At(profile.folder)
    at.auditor.export("csv", LedgerFilter(deed="audit.export"))
    (head, row) = list(csv.reader(io.StringIO(at.text)))
    assert dict(zip(head, row, strict=True))["who"] == "os:dina"


def test_an_export_begins_no_formula(full: Store, profile: Profile) -> None:
    full.enter("=cmd|x", who="+Sari", subject="@x", why="-1")
    at = At(profile.folder)
    at.auditor.export("csv", LedgerFilter(since=NOON))
    last = list(csv.reader(io.StringIO(at.text)))[-1]
    assert [cell for cell in last if cell.startswith(("=", "+", "-", "@"))] == []


def test_what_cannot_be_entered_is_told_and_the_export_made(
    full: Store, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise DiskTrouble("store.full", path="x")

    monkeypatch.setattr(slips, "hand_in", full_disk)
    at = At(profile.folder)
    assert at.auditor.export("json", ALL) == 0
    assert at.said[0].startswith("Tidak dapat dicatat") and len(json.loads(at.text)) == 25


def test_reveals_without_a_case_stand_apart(full: Store, profile: Profile, clock: TurnedClock) -> None:
    """Sari and Budi worked on the first complaint; Budi opened another's, Tono is nobody there."""
    at = At(profile.folder, clock=clock)
    assert at.auditor.reveals(None) == 1
    lines = at.text.splitlines()
    assert "3" in lines[0] and lines[-3].startswith("Tanpa urusan") and "2" in lines[-3]
    assert [line.split("\t")[2] for line in lines[-2:]] == ["Budi", "Tono"]
    told = At(profile.folder, clock=clock)
    assert told.auditor.reveals(None, as_json=True) == 1
    (report,) = told.json
    assert (report["total"], report["without_case"]) == (3, 2)
    full.apply(*ask(clock, "uji:000002", by="Budi", text="ditangani"))
    full.apply(*ask(clock, "uji:000003", by="Rina", fields={"holder": "Tono"}))
    assert At(profile.folder, clock=clock).auditor.reveals(None) == 0
    clock.turn(8 * 86_400)
    later = At(profile.folder, clock=clock)
    assert later.auditor.reveals(None, as_json=True) == 0 and later.json[0]["total"] == 0


def test_heads_are_listed_and_carried(full: Store, profile: Profile, tmp_path: Path) -> None:
    full.tell_head("kendali_contoh")
    at = At(profile.folder)
    assert at.auditor.heads() == 0 and "belum di pusat" in at.text
    carried = At(profile.folder)
    carried.auditor.heads(as_json=True)
    file = tmp_path / "kepala.json"
    file.write_text(carried.text, "utf-8")
    assert At(profile.folder).auditor.verify(heads=file) == 0
    file.write_text("{", "utf-8")
    with pytest.raises(Refused, match="no_heads_there"):
        heads_of(file)


def test_times_are_read_as_they_are_typed() -> None:
    assert instant("2026-11-22") == datetime(2026, 11, 22, tzinfo=UTC)
    assert instant("2026-11-22T08:00+07:00") == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert instant("2026-11-22T01:00:00Z") == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="no_time"):
        instant("kemarin")


def test_the_whole_way_from_what_is_typed(full: Store, profile: Profile, capsys: pytest.CaptureFixture[str]) -> None:
    def typed(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--profile", str(profile.folder)], {"USER": "dina"}, "linux")
        return (code, *capsys.readouterr())

    assert typed("audit", "verify")[0] == 0
    code, out, _ = typed("audit", "list", "--who", "Sari", "--deed", "reveal", "--limit", "5", "--json")
    assert code == 0 and [json.loads(line)["deed"] for line in out.splitlines()] == ["reveal"]
    assert typed("audit", "list", "--since", "2026-03-02", "--until", "2026-03-03")[0] == 0
    assert typed("audit", "heads")[0] == 0
    assert typed("audit", "reveals", "--since", "2026-01-01", "--json")[0] == 1
    assert json.loads(typed("audit", "export", "--format", "json")[1])
    assert typed("audit", "list", "--since", "besok")[0] == 2
    assert typed("audit", "verify", "--hub")[0] == 2
    assert typed("store", "export", "complaint")[0] == 0
    assert typed("settings", "set", "theme", "light")[0] == 0
    full.take_slips()
    (page,) = [full.read.ledger(ALL, None, 3)]
    assert [(entry.deed, entry.who, entry.subject) for entry in page.entries] == [
        ("settings", "os:dina", "theme"),
        ("export", "os:dina", "complaint"),
        ("audit.export", "os:dina", ""),
    ]
    assert page.entries[0].told["after"] == "light"


def test_a_profile_without_a_store_is_a_clear_reason(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no_profile"):
        At(tmp_path / "tidak-ada").auditor.verify()
    with pytest.raises(DiskTrouble, match="absent"):
        At(tmp_path).auditor.verify()


def test_a_row_no_text_can_be_read_of_is_shown_all_the_same(full: Store, profile: Profile) -> None:
    tamper(profile, "UPDATE ledger SET who = CAST(x'ff41' AS TEXT), at = 1 << 60, hub_at = 'x' WHERE n = 24")
    entry = full.read.ledger(ALL, 25, 1).entries[0]
    assert (entry.n, entry.who, entry.hub_at, entry.fits) == (24, "\ufffdA", None, False)
    state = full.read.ledger_state()
    assert [fault.says for fault in state.breaks] == ["store.ledger.altered"] and state.last == 25
