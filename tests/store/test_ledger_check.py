"""The look through a ledger: whatever is done to one row is found at that row; what is done to all only by a head."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.store import schema
from console.store.ledger import COLUMNS, FIRST, Ledger, LedgerRow, digest
from console.store.ledger_check import MOST_BREAKS, RESTORED, SALVAGED, Verdict, check, told
from console.store.ledger_heads import Head, doc_of

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ME = "c" * 32
DEEDS = ("take", "note", "reveal", "sign_in")
Rows = list[LedgerRow]


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        schema.climb(db, schema.RECORDS, Path("memory"))
        yield db
    finally:
        db.close()


def chain(count: int, *, marks: Sequence[int] = (), deed: str = RESTORED) -> Rows:
    """So many rows, the first of them the name; at `marks` the store was restored."""
    clock = TurnedClock(AT)
    with opened() as db:
        ledger = Ledger(db, clock)
        ledger.name(ME)
        for number in range(2, count + 1):
            clock.turn(60)
            done = deed if number in marks else DEEDS[number % 4]
            ledger.add(done, who=f"Orang {number % 3}", subject=f"spgt:{number}", told={"n": number})
        return [LedgerRow._make(row) for row in db.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY n")]


def head(rows: Rows, n: int, *, held: bool = True, console: str = ME) -> Head:
    """The head as it was told when row `n` was the last."""
    row = rows[n - 1]
    return Head(console, n, row.hash, row.at, doc_of(console, n, row.hash), held)


def looked(rows: Rows, heads: Sequence[Head] = (), *, start: int = 1, console: str = ME) -> Verdict:
    """The verdict on these rows, written past every trigger."""
    with opened() as db:
        for name in ("ledger_stays", "ledger_kept", "ledger_ends"):
            db.execute(f"DROP TRIGGER {name}")
        db.executemany(f"INSERT INTO ledger VALUES ({','.join('?' * 11)})", rows)
        return check(db, heads, console=console, start=start)


def first(verdict: Verdict) -> tuple[int, str]:
    """Where it is broken first, and how."""
    assert not verdict.sound and verdict.count >= len(verdict.breaks) > 0
    return verdict.breaks[0].n, verdict.breaks[0].says.rpartition(".")[2]


def resealed(row: LedgerRow) -> LedgerRow:
    """The row with the hash it must have."""
    return row._replace(hash=digest(row))


def forged(rows: Rows, start: int) -> Rows:
    """The chain written anew from that row on, so that every row fits."""
    done = rows[: start - 1]
    for row in rows[start - 1 :]:
        done.append(resealed(row._replace(n=len(done) + 1, prev=done[-1].hash if done else FIRST)))
    return done


WHOLE = chain(40)
ROWS = st.integers(1, len(WHOLE))


def test_a_sound_chain_is_sound() -> None:
    verdict = looked(WHOLE, [head(WHOLE, 10), head(WHOLE, 40), head(WHOLE, 25, held=False)])
    assert verdict.sound and told(verdict)["sound"]
    assert (verdict.rows, verdict.first, verdict.last, verdict.hash) == (40, 1, 40, WHOLE[-1].hash)
    assert (verdict.heads, verdict.fit, verdict.anchored, verdict.anchored_at) == (3, 3, 40, WHOLE[-1].at)


def test_an_empty_one_too() -> None:
    verdict = looked([])
    assert verdict.sound and (verdict.rows, verdict.first, verdict.last, verdict.hash) == (0, 0, 0, "")


CHANGES: dict[str, Callable[[LedgerRow], LedgerRow]] = {
    "at": lambda row: row._replace(at=row.at + 1),
    "who": lambda row: row._replace(who=row.who + " "),
    "session": lambda row: row._replace(session="s"),
    "deed": lambda row: row._replace(deed="undo"),
    "subject": lambda row: row._replace(subject=""),
    "why": lambda row: row._replace(why="lain"),
    "told": lambda row: row._replace(told="{}"),
    "told, no JSON": lambda row: row._replace(told="{"),
    "hub_at": lambda row: row._replace(hub_at=0),
    "hash": lambda row: row._replace(hash="0" * 64),
    "no hash": lambda row: row._replace(hash=""),
    "another type": lambda row: row._replace(who=b"\xff\xfe"),  # type: ignore[arg-type]
}


@given(n=ROWS, change=st.sampled_from(sorted(CHANGES)))
@settings(max_examples=150, deadline=None)
def test_an_edit_is_found_at_its_row(n: int, change: str) -> None:
    rows = list(WHOLE)
    rows[n - 1] = CHANGES[change](rows[n - 1])
    assert first(looked(rows)) == (n, "altered")


@given(n=st.integers(1, len(WHOLE) - 1), change=st.sampled_from(["at", "who", "deed", "subject", "told", "hub_at"]))
@settings(max_examples=60, deadline=None)
def test_an_edit_with_its_hash_made_anew_is_found_at_the_row_that_hangs_on_it(n: int, change: str) -> None:
    rows = list(WHOLE)
    rows[n - 1] = resealed(CHANGES[change](rows[n - 1]))
    verdict = looked(rows)
    assert first(verdict) == (n + 1, "unbound") and verdict.breaks[0].values["before"] == n
    assert verdict.count == 1


@given(low=st.integers(1, len(WHOLE) - 1), count=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_a_deletion_is_found_where_the_rows_were(low: int, count: int) -> None:
    high = min(low + count - 1, len(WHOLE) - 1)
    verdict = looked([row for row in WHOLE if not low <= row.n <= high])
    assert first(verdict) == (low, "missing")
    assert verdict.breaks[0].values == {"n": low, "last": high, "count": high - low + 1}
    assert verdict.count == 1


@given(low=st.integers(1, len(WHOLE) - 1), count=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_a_deletion_with_the_numbers_closed_up_is_found_too(low: int, count: int) -> None:
    high = min(low + count - 1, len(WHOLE) - 1)
    kept = [row for row in WHOLE if not low <= row.n <= high]
    assert first(looked([row._replace(n=at) for at, row in enumerate(kept, 1)])) == (low, "altered")


@given(pair=st.lists(ROWS, min_size=2, max_size=2, unique=True))
@settings(max_examples=80, deadline=None)
def test_a_swap_is_found_at_the_first_of_the_two(pair: list[int]) -> None:
    rows = list(WHOLE)
    one, two = sorted(pair)
    rows[one - 1], rows[two - 1] = rows[two - 1]._replace(n=one), rows[one - 1]._replace(n=two)
    assert first(looked(rows)) == (one, "altered")


@given(pair=st.lists(ROWS, min_size=2, max_size=2, unique=True))
@settings(max_examples=60, deadline=None)
def test_a_swap_with_hashes_made_anew_is_found_at_the_row_after_or_by_the_first(pair: list[int]) -> None:
    rows = list(WHOLE)
    one, two = sorted(pair)
    rows[one - 1], rows[two - 1] = (
        resealed(rows[two - 1]._replace(n=one, prev=rows[one - 1].prev)),
        resealed(rows[one - 1]._replace(n=two, prev=rows[two - 1].prev)),
    )
    assert first(looked(rows)) == (one + 1, "unbound")


@given(at=ROWS, sealed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_an_insertion_is_found_where_the_rows_were_moved_for_it(at: int, sealed: bool) -> None:
    prev = WHOLE[at - 2].hash if at > 1 else FIRST
    new = WHOLE[at - 1]._replace(n=at, who="Penyusup", prev=prev)
    rows = [*WHOLE[: at - 1], resealed(new) if sealed else new]
    rows += [row._replace(n=row.n + 1) for row in WHOLE[at - 1 :]]
    assert first(looked(rows)) == (at + 1 if sealed else at, "altered")


def test_a_row_before_the_first_is_found() -> None:
    rows = [resealed(WHOLE[0]._replace(n=0)), *WHOLE]
    assert first(looked(rows)) == (0, "number")


@given(last=st.integers(0, len(WHOLE) - 1), heads=st.lists(ROWS, max_size=4, unique=True))
@settings(max_examples=100, deadline=None)
def test_a_tail_that_was_cut_is_found_by_a_head_beyond_it_and_by_nothing_else(last: int, heads: list[int]) -> None:
    known = [head(WHOLE, n) for n in heads]
    verdict = looked(WHOLE[:last], known)
    most = max(heads, default=0)
    if most <= last:
        assert verdict.sound
        assert (verdict.anchored, verdict.fit) == (most, len(heads))
        return
    assert first(verdict) == (last + 1, "cut") and verdict.count == 1
    values = verdict.breaks[0].values
    assert (values["last"], values["head"], values["count"]) == (last, most, most - last)
    assert values["since"] == WHOLE[most - 1].at


@given(
    start=ROWS,
    heads=st.lists(ROWS, max_size=4, unique=True),
    change=st.sampled_from(["at", "who", "subject", "told"]),
)
@settings(max_examples=100, deadline=None)
def test_a_chain_written_anew_is_found_by_the_first_head_after_that_and_by_nothing_else(
    start: int, heads: list[int], change: str
) -> None:
    rows = list(WHOLE)
    rows[start - 1] = CHANGES[change](rows[start - 1])
    verdict = looked(forged(rows, start), [head(WHOLE, n) for n in heads])
    after = sorted(n for n in heads if n >= start)
    if not after:
        assert verdict.sound
        return
    assert first(verdict) == (after[0], "anchored") and verdict.count == len(after)
    assert verdict.breaks[0].values["after"] == max((n for n in heads if n < start), default=0)


def test_a_cut_tail_that_grew_again_is_found_by_the_head() -> None:
    rows = forged([*WHOLE[:20], *[row._replace(who="Lain") for row in WHOLE[20:]]], 21)
    verdict = looked(rows, [head(WHOLE, 15), head(WHOLE, 30)])
    assert first(verdict) == (30, "anchored") and verdict.breaks[0].values["after"] == 15


def test_every_tampering_is_told_each_at_its_row() -> None:
    rows = list(WHOLE)
    rows[4] = CHANGES["who"](rows[4])
    rows[19] = resealed(CHANGES["who"](rows[19]))
    del rows[29]
    verdict = looked(rows)
    assert [(each.n, each.says) for each in verdict.breaks] == [
        (5, "store.ledger.altered"),
        (21, "store.ledger.unbound"),
        (30, "store.ledger.missing"),
    ]


def test_more_than_can_be_told_are_counted() -> None:
    rows = [row._replace(why="x") for row in chain(MOST_BREAKS + 10)]
    verdict = looked(rows)
    assert (verdict.count, len(verdict.breaks)) == (MOST_BREAKS + 10, MOST_BREAKS)


@pytest.mark.parametrize(("deed", "says"), [(RESTORED, "restored"), (SALVAGED, "salvaged")])
def test_what_a_restore_lost_is_told_as_exactly_that(deed: str, says: str) -> None:
    """The old chain had 40 rows and heads; the store was brought back to row 20, which is told by row 21."""
    back = chain(30, marks=[21], deed=deed)
    back = forged([*WHOLE[:20], *[row._replace(at=row.at + 86_400_000) for row in back[20:]]], 21)
    verdict = looked(back, [head(WHOLE, 15), head(WHOLE, 25), head(WHOLE, 40), head(back, 30)])
    assert first(verdict) == (21, says) and verdict.count == 1
    values = verdict.breaks[0].values
    assert (values["after"], values["head"], values["count"]) == (20, 40, 20)
    assert verdict.marks == [(21, back[20].at, deed)]
    assert (verdict.fit, verdict.anchored) == (2, 30)


def test_a_restore_excuses_no_head_that_was_told_after_it() -> None:
    back = chain(30, marks=[21])
    verdict = looked(back[:25], [head(back, 28)])
    assert first(verdict) == (26, "cut")


def test_a_copy_goes_on_under_its_own_name_and_heads_of_the_first_are_not_its_rows() -> None:
    other = "d" * 32
    with opened() as db:
        ledger = Ledger(db, TurnedClock(AT))
        ledger.name(ME)
        for _ in range(9):
            ledger.add("take", who="Sari")
        ledger.name(other)
        for _ in range(9):
            ledger.add("take", who="Budi")
        copy = [LedgerRow._make(row) for row in db.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY n")]
    sound = looked(copy, [head(copy, 10), head(copy, 20, console=other)], console=other)
    assert sound.sound and sound.fit == 2
    # The file it was copied from went on.
    beyond = looked(copy, [head(copy, 10), Head(ME, 15, "0" * 64, 1), Head(ME, 99, "1" * 64, 2)], console=other)
    assert first(beyond) == (11, "left") and beyond.count == 1 and beyond.breaks[0].values["head"] == 99


def test_heads_of_other_consoles_are_looked_at() -> None:
    other = "e" * 32
    good = [Head(other, 5, "1" * 64, 1), Head(other, 9, "2" * 64, 2)]
    verdict = looked(WHOLE, [head(WHOLE, 40), *good])
    assert verdict.sound and (verdict.others, verdict.other_heads) == (1, 2)
    verdict = looked(WHOLE, [*good, Head(other, 9, "3" * 64, 3), Head(other, 4, "4" * 16, 0, "ledger:x", sound=False)])
    assert [(each.n, each.says.rpartition(".")[2]) for each in verdict.breaks] == [
        (4, "other_altered"),
        (9, "other_forked"),
    ]


def test_a_head_that_was_written_over_is_told() -> None:
    bad = Head(ME, 7, WHOLE[6].hash[:16], 0, "ledger:x", sound=False)
    assert first(looked(WHOLE, [bad])) == (7, "head_altered")


def test_an_emptied_ledger_is_known_by_the_heads_of_its_console() -> None:
    assert first(looked([], [head(WHOLE, 12)])) == (1, "cut")
    assert looked([], [head(WHOLE, 12)], console="f" * 32).sound


def test_it_can_begin_at_a_row_that_was_judged_before() -> None:
    rows = list(WHOLE)
    rows[4] = CHANGES["who"](rows[4])
    assert not looked(rows).sound
    verdict = looked(rows, [head(WHOLE, 3), head(WHOLE, 30)], start=6)
    assert verdict.sound and (verdict.first, verdict.rows, verdict.fit) == (6, 35, 1)
    assert first(looked(WHOLE[:10], start=20, heads=[head(WHOLE, 30)])) == (1, "cut")
