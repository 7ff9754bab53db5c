"""Intake: batches in any order, cut anywhere and repeated give one table, and the counts are those of the rows."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.lifecycle import State
from console.core.records import QueueFilter, SourceComplaint
from console.store.read import Read
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, Hands, ask, batch, hands, recounted, said, tallied

WORDS = ("jalan", "banjir", "lampu")


@st.composite
def versions(draw: st.DrawFn) -> list[SourceComplaint]:
    """What a source said over time: several versions of a few complaints, each with a time of its own."""
    return [
        said(
            number,
            title=draw(st.sampled_from(WORDS)),
            state=draw(st.sampled_from(State)),
            area=draw(st.sampled_from(("", *KELURAHAN))),
            requested_at=NOON - timedelta(hours=draw(st.integers(-3, 200))),
            updated_at=NOON + timedelta(minutes=version),
            expected_at=draw(st.sampled_from((None, NOON))),
        )
        for number in range(draw(st.integers(1, 6)))
        for version in range(draw(st.integers(1, 4)))
    ]


def table(given_hands: Hands) -> list[Any]:
    """All rows without their number, and the words of the numbers in them."""
    rows = given_hands.db.execute(
        "SELECT id, native_state, their_state, state, title, requested_at, updated_at, expected_at, due_at,"
        " (SELECT text FROM word WHERE word.id = area) FROM complaint ORDER BY id"
    )
    return rows.fetchall()


def hits(given_hands: Hands, word: str) -> set[str]:
    """Ids the index gives for a word."""
    rows = given_hands.db.execute(
        "SELECT id FROM complaint WHERE n IN (SELECT rowid FROM search_64 WHERE search_64 MATCH ?)", (word,)
    )
    return {row[0] for row in rows}


def take_all(records: Sequence[SourceComplaint], cut: int) -> Hands:
    """Fresh hands that took the records in slices of `cut`."""
    fresh = hands()
    for start in range(0, len(records), cut):
        fresh.intake.take(records[start : start + cut])
    return fresh


@settings(max_examples=30, deadline=None)
@given(versions(), st.data())
def test_order_cuts_and_repeats_change_nothing(records: list[SourceComplaint], data: st.DataObject) -> None:
    straight = take_all(records, 1000)
    mixed = data.draw(st.permutations([*records, *data.draw(st.lists(st.sampled_from(records), max_size=5))]))
    other = take_all(mixed, data.draw(st.integers(1, 5)))
    assert table(straight) == table(other)
    for each in (straight, other):
        assert tallied(each.db) == recounted(each.db)
        each.db.execute("INSERT INTO search_64 (search_64) VALUES ('integrity-check')")
        for word in WORDS:
            assert hits(each, word) == {row[0] for row in table(each) if row[4] == word}
        each.db.close()


def test_the_same_again_is_dropped() -> None:
    fresh = hands()
    records = [said(number) for number in range(120)]
    assert len(fresh.intake.take(records).ids) == 120
    before = fresh.db.total_changes
    again = fresh.intake.take(records)
    assert (again.ids, again.events) == ([], 0)
    assert fresh.db.total_changes == before


def test_without_a_time_the_later_to_come_holds() -> None:
    fresh = hands()
    fresh.intake.take([said(1, title="satu")])
    fresh.intake.take([said(1, title="dua")])
    assert hits(fresh, "dua") == {"uji:000001"}
    assert hits(fresh, "satu") == set()


def test_within_one_slice_the_newest_version_holds() -> None:
    fresh = hands()
    late, early = NOON + timedelta(hours=2), NOON + timedelta(hours=1)
    fresh.intake.take([said(1, title="baru", updated_at=late), said(1, title="lama", updated_at=early)])
    assert hits(fresh, "baru") == {"uji:000001"}
    assert fresh.db.execute("SELECT count(*) FROM complaint").fetchone() == (1,)


def test_a_year_that_cannot_be_shuts_out_nothing(store: Store) -> None:
    far, near = NOON + timedelta(days=36 * 365), NOON - timedelta(minutes=5)
    store.take(batch(said(1, title="salah", native_state="salah", updated_at=far)))
    store.take(batch(said(1, title="benar", native_state="benar", updated_at=near)))
    now = store.read.complaint("uji:000001")
    assert now is not None and (now.title, now.updated_at) == ("benar", near)
    # Of two of which one has no time that can be the later to come holds, in one batch as well.
    store.take(batch(said(1, title="lagi", native_state="lagi", updated_at=far)))
    store.take(batch(said(2, title="salah", updated_at=far), said(2, title="benar", updated_at=near)))
    assert [each.title for each in map(store.read.complaint, ("uji:000001", "uji:000002")) if each] == ["lagi", "benar"]
    assert [event.at for event in store.read.events_of("uji:000001")] == [near, NOON]
    # A day ahead is a clock that goes wrong a little.
    store.take(batch(said(3, title="besok", updated_at=NOON + timedelta(days=1))))
    store.take(batch(said(3, title="tadi", updated_at=near)))
    last = store.read.complaint("uji:000003")
    assert last is not None and last.title == "besok"


def test_a_change_of_state_at_the_source_is_an_event(store: Store) -> None:
    store.take(batch(said(1)))
    changes = store.take(batch(said(1, native_state="closed", state=State.DONE, updated_at=NOON)))
    assert changes.ids == {"uji:000001"}
    (event,) = store.read.events_of("uji:000001")
    assert (event.deed, event.by, event.text) == ("source", "uji", "closed")
    assert (event.before, event.after, event.at) == (State.NEW, State.DONE, NOON)


def test_text_that_cannot_be_stored_is_mended_not_lost(store: Store) -> None:
    store.take(batch(said(1), said(2, title="patah \ud800 tengah", category="\udfff"), said(3)))
    assert store.read.span(QueueFilter()).count == 3
    mended = store.read.complaint("uji:000002")
    assert mended is not None
    assert (mended.title, mended.category) == ("patah ? tengah", "?")
    assert store.read.span(QueueFilter(text="tengah")).count == 1


def test_hostile_text_is_only_text(store: Store) -> None:
    title = "'); DROP TABLE complaint; -- \0 \" <script> %s {0}"
    store.take(batch(said(1, title=title, native_id="x" * 100_000)))
    found = store.read.complaint("uji:000001")
    assert found is not None
    assert found.title == title


@pytest.mark.parametrize("name", ["uji:a\0b", "uji:\0", "uji:\ufffe\uffff", "uji:\"'\\", "uji:" + "é" * 5000])
def test_any_id_is_found_again(name: str) -> None:
    fresh = hands()
    for version in range(2):
        assert fresh.intake.take([said(1, id=name, title=f"judul{version}")]).ids == [name]
    assert fresh.db.execute("SELECT id, title FROM complaint").fetchall() == [(name, "judul1")]


def test_a_batch_may_be_empty_and_still_moves_the_memo(store: Store) -> None:
    changes = store.take(batch(memo={"cursor": "c1"}))
    assert changes.kinds == frozenset()
    assert store.read.memo("uji") == {"cursor": "c1"}
    assert store.read.memo("absent") == {}


def test_the_memo_never_passes_a_record_that_is_not_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.take(batch(said(0), memo={"cursor": "old"}))
    seen = []

    def look() -> None:
        reader = Read.open(store.profile)
        seen.append((reader.span(QueueFilter()).count, reader.memo("uji")))
        reader.close()

    records = [said(number) for number in range(1000)]
    store.take(batch(*records, memo={"cursor": "new"}), urgent=lambda: True, let_in=look)
    assert seen == [(251, {"cursor": "old"}), (501, {"cursor": "old"}), (751, {"cursor": "old"})]
    assert store.read.memo("uji") == {"cursor": "new"}

    def stumble(*given: Any) -> None:
        raise OSError("pulled")

    with pytest.raises(OSError, match="pulled"):
        store.take(
            batch(*(said(number) for number in range(1000, 2000)), memo={"cursor": "newest"}),
            urgent=lambda: True,
            let_in=lambda: stumble(),
        )
    assert store.read.memo("uji") == {"cursor": "new"}
    # The part that was committed stays; asking again gives the rest, once.
    store.take(batch(*(said(number) for number in range(1000, 2000)), memo={"cursor": "newest"}))
    assert store.read.span(QueueFilter()).count == 2000


def test_a_write_that_fails_leaves_nothing_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store._intake, "remember", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.take(batch(said(1, category="baru-sekali")))
    monkeypatch.undo()
    assert store.read.span(QueueFilter()).count == 0
    store.take(batch(said(2, category="lain"), said(3, category="baru-sekali")))
    categories = {number: store.read.complaint(f"uji:00000{number}") for number in (2, 3)}
    assert [each and each.category for each in categories.values()] == ["lain", "baru-sekali"]
    assert tallied(store._db) == recounted(store._db)


def _counted(path: Path) -> tuple[int, bool]:
    """How many rows a file has, and whether its counts are those of them: of a copy, as if all had died now."""
    copy = path.parent / "copy"
    copy.mkdir()
    for each in path.parent.glob(f"{path.name}*"):
        shutil.copy(each, copy)
    db = sqlite3.connect(copy / path.name)
    rows = db.execute("SELECT count(*) FROM complaint").fetchone()[0]
    same = tallied(db) == recounted(db)
    db.close()
    shutil.rmtree(copy)
    return rows, same


def test_whenever_it_is_looked_at_or_dies_the_counts_are_those_of_the_rows(store: Store) -> None:
    take_slice = store._intake.take_slice
    within: list[tuple[int, bool]] = []
    between: list[tuple[int, bool]] = []

    def look(*given: Any) -> Any:
        taken = take_slice(*given)
        within.append(_counted(store.path))
        return taken

    store._intake.take_slice = look  # type: ignore[method-assign]
    asked = iter((False, True, False))
    records = [said(number, state=State.DONE if number % 3 else State.NEW) for number in range(1000)]
    changed = [each._replace(state=State.CLOSED_BY_SYSTEM, updated_at=NOON) for each in records[::7]]
    store.take(
        batch(*records, *changed), urgent=lambda: next(asked, True), let_in=lambda: between.append(_counted(store.path))
    )
    here = between[0][0]
    assert 400 < here <= 500
    assert [count for count, _ in within[:4]] == [0, 0, here, here], "of what is not committed nothing is there"
    assert all(same for _, same in (*within, *between))
    assert tallied(store._db) == recounted(store._db)


def test_a_deed_between_two_slices_meets_the_counts_of_what_is_there(store: Store, clock: TurnedClock) -> None:
    """The rows of the slices before it are counted when it counts them out of their state."""

    def deed() -> None:
        store.apply(*ask(clock, "uji:000900", fields={"state": State.VERIFIED}))
        seen.append(tallied(store._db))

    seen: list[Any] = []
    once = iter((True,))
    # The oldest are taken first: 000900 is one of them.
    store.take(batch(*(said(number) for number in range(1000))), urgent=lambda: next(once, False), let_in=deed)
    assert [sum(row[-1] for row in areas) for areas, _ in seen] == [250]
    assert tallied(store._db) == recounted(store._db)


def test_a_slice_that_fails_takes_back_the_counts_of_those_before_it(store: Store) -> None:
    take_slice = store._intake.take_slice
    slices = iter(range(4))

    def fails(*given: Any) -> Any:
        taken = take_slice(*given)
        if next(slices) == 2:
            raise OSError("pulled")
        return taken

    store._intake.take_slice = fails  # type: ignore[method-assign]
    once = iter((True,))
    with pytest.raises(OSError, match="pulled"):
        store.take(batch(*(said(number) for number in range(1000))), urgent=lambda: next(once, False))
    assert store.read.span(QueueFilter()).count == 250
    assert tallied(store._db) == recounted(store._db)
    del store._intake.take_slice  # type: ignore[attr-defined]
    store.take(batch(*(said(number) for number in range(1000))))
    assert store.read.span(QueueFilter()).count == 1000
    assert tallied(store._db) == recounted(store._db)
