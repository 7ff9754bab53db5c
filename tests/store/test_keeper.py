"""The keeper: one thread writes, operators first, and who listens never stops it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from console.core.clock import TurnedClock
from console.core.command import Outcome
from console.core.errors import DiskTrouble, Refused
from console.core.lifecycle import State
from console.core.records import Changes, Kind, QueueFilter
from console.store import store as store_module
from console.store.database import BULK_CACHE_KB, CALM_CACHE_KB
from console.store.keeper import Keeper
from console.store.store import Store
from tests.store.conftest import ask, batch, said

WAIT_S = 20


@pytest.fixture
def keeper(store: Store) -> Iterator[Keeper]:
    keeper = Keeper(store)
    yield keeper
    keeper.close()


def test_everything_is_done_and_said(keeper: Keeper, store: Store, clock: TurnedClock) -> None:
    heard: list[Changes] = []
    keeper.on_changes = heard.append
    taken = keeper.take(batch(*(said(number) for number in range(600)), memo={"cursor": 1}))
    assert taken.result(WAIT_S).kinds == {Kind.COMPLAINT}
    envelope, command = ask(clock, "uji:000001", fields={"state": State.VERIFIED})
    assert keeper.do(envelope, command).result(WAIT_S).outcome is Outcome.TAKEN
    assert keeper.do(envelope, command).result(WAIT_S).again
    keeper.close()
    assert [changes.kinds for changes in heard] == [
        {Kind.COMPLAINT},
        {Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.LEDGER},
    ]


def test_an_operator_is_let_in_between_two_slices(keeper: Keeper, store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(0)))
    order: list[str] = []
    begun, go = threading.Event(), threading.Event()
    take_slice = store._intake.take_slice

    def slow(*given: Any) -> Any:
        begun.set()
        assert go.wait(WAIT_S)
        order.append("slice")
        return take_slice(*given)

    store._intake.take_slice = slow  # type: ignore[method-assign]
    taken = keeper.take(batch(*(said(number) for number in range(1, 1001)), memo={"cursor": "new"}))
    assert begun.wait(WAIT_S)
    envelope, command = ask(clock, "uji:000000", fields={"state": State.VERIFIED})
    done = keeper.do(envelope, command)
    done.add_done_callback(lambda _: order.append(f"deed, memo {store.read.memo('uji')['cursor']}"))
    go.set()
    assert done.result(WAIT_S).outcome is Outcome.TAKEN
    taken.result(WAIT_S)
    assert order == ["slice", "deed, memo 1", "slice", "slice", "slice"]
    assert store.read.memo("uji") == {"cursor": "new"}


def test_operators_first(keeper: Keeper, store: Store, clock: TurnedClock) -> None:
    order: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def hold(_: Store) -> None:
        begun.set()
        assert go.wait(WAIT_S)

    holding = keeper.idle(hold)
    assert begun.wait(WAIT_S)
    last = keeper.idle(lambda _: order.append("idle"))
    taken = keeper.take(batch(said(1)))
    taken.add_done_callback(lambda _: order.append("source"))
    done = keeper.do(*ask(clock, "uji:absent"))
    done.add_done_callback(lambda _: order.append("operator"))
    go.set()
    for future in (holding, last, taken, done):
        future.result(WAIT_S)
    assert order == ["operator", "source", "idle"]


def test_faults_and_bugs_go_to_who_asked(keeper: Keeper, store: Store, clock: TurnedClock) -> None:
    def trouble(_: Store) -> None:
        raise DiskTrouble("store.full")

    with pytest.raises(DiskTrouble, match=r"store\.full"):
        keeper.idle(trouble).result(WAIT_S)
    with pytest.raises(ZeroDivisionError):
        keeper.idle(lambda _: 1 // 0 and None).result(WAIT_S)
    assert keeper.take(batch(said(1))).result(WAIT_S).kinds


def test_a_listener_that_fails_takes_nobody_along(
    keeper: Keeper, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def fail(changes: Changes) -> None:
        raise ValueError("deaf")

    keeper.on_changes = fail
    keeper.take(batch(said(1))).result(WAIT_S)
    keeper.take(batch(said(2))).result(WAIT_S)
    keeper.close()
    assert [str(each.exc_value) for each in told] == ["deaf", "deaf"]
    assert store.read.span(QueueFilter()).count == 2


def test_ending_does_the_commands_and_drops_the_rest(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    keeper = Keeper(store)
    begun, go = threading.Event(), threading.Event()

    def hold(_: Store) -> None:
        begun.set()
        assert go.wait(WAIT_S)

    keeper.idle(hold)
    assert begun.wait(WAIT_S)
    done = keeper.do(*ask(clock, "uji:000001", fields={"state": State.VERIFIED}))
    taken = keeper.take(batch(said(2)))
    ending = threading.Thread(target=keeper.close)
    with keeper._wake:
        ending.start()
    go.set()
    ending.join(WAIT_S)
    assert done.result(WAIT_S).outcome is Outcome.TAKEN
    # Whether the batch came before the end or not, it is whole or it is cancelled.
    assert taken.done()
    assert keeper.take(batch(said(3))).cancelled()
    assert keeper.waiting == 0


def test_a_refused_envelope_and_a_bad_answer(keeper: Keeper, store: Store, clock: TurnedClock) -> None:
    envelope, _ = ask(clock, "uji:000001")
    receipt = keeper.refuse(envelope, Refused("commands.unknown", kind="x")).result(WAIT_S)
    assert (receipt.outcome, receipt.says) == (Outcome.REFUSED, "commands.unknown")
    assert keeper.refuse(envelope, Refused("commands.unknown")).result(WAIT_S).again
    keeper.keep_bad_answer("uji", b"<html>", "feeds.not_json").result(WAIT_S)
    assert store._readings.execute("SELECT source, why, raw FROM bad_answer").fetchall() == [
        ("uji", "feeds.not_json", b"<html>")
    ]


def test_when_nobody_waits_the_log_is_brought_home(keeper: Keeper, store: Store) -> None:
    keeper.take(batch(*(said(number) for number in range(300)))).result(WAIT_S)
    rested = threading.Event()
    rest = store.rest

    def watched(**given: Any) -> None:
        rest(**given)
        if given:
            rested.set()

    store.rest = watched  # type: ignore[method-assign]
    keeper.take(batch(said(1000))).result(WAIT_S)
    assert rested.wait(WAIT_S)
    assert store.path.with_name(f"{store.path.name}-wal").stat().st_size == 0


def test_a_long_intake_does_not_let_the_log_grow(store: Store) -> None:
    log = store.path.with_name(f"{store.path.name}-wal")
    with patch.object(store_module, "CHECKPOINT_RECORDS", 1):
        sizes = []
        for turn in range(12):
            store.take(batch(*(said(number) for number in range(turn * 100, turn * 100 + 100))))
            store.rest()
            sizes.append(log.stat().st_size)
    assert sizes[-1] < 3 * sizes[0]


def test_more_of_the_file_is_kept_while_very_much_comes_in_and_let_go_of_once_nobody_waits(store: Store) -> None:
    def kept_kb() -> int:
        return -int(store._db.execute("PRAGMA cache_size").fetchone()[0])

    with patch.object(store_module, "CHECKPOINT_RECORDS", 2 * store_module.SLICE):
        store.take(batch(said(1)))
        store.rest()
        assert kept_kb() == CALM_CACHE_KB
        for turn in range(1, 4):
            store.take(batch(*(said(turn * 1000 + number) for number in range(2 * store_module.SLICE))))
            store.rest()
            assert kept_kb() == BULK_CACHE_KB
        store.rest(urgent=lambda: False)
        assert kept_kb() == CALM_CACHE_KB
        store.rest(urgent=lambda: False)
    assert store.read.complaint(said(3001).id) is not None


def test_who_signs_in_waits_for_one_slice_at_most(keeper: Keeper, store: Store) -> None:
    order: list[str] = []
    begun, go = threading.Event(), threading.Event()
    take_slice = store._intake.take_slice

    def slow(*given: Any) -> Any:
        begun.set()
        assert go.wait(WAIT_S)
        order.append("slice")
        return take_slice(*given)

    store._intake.take_slice = slow  # type: ignore[method-assign]
    taken = keeper.take(batch(*(said(number) for number in range(1, 1001)), memo={"cursor": "new"}))
    assert begun.wait(WAIT_S)

    def job(of: Store) -> tuple[int, Changes]:
        order.append("person")
        of.person(lambda people: people.wrong("k" * 32, 1))
        return 7, Changes(frozenset({Kind.PERSON}))

    done = keeper.person(job)
    go.set()
    assert done.result(WAIT_S) == 7
    taken.result(WAIT_S)
    assert order == ["slice", "person", "slice", "slice", "slice"]
    refused = keeper.person(lambda of: (of.person(_no), Changes(frozenset())))
    with pytest.raises(Refused):
        refused.result(WAIT_S)
    assert keeper.person(job).result(WAIT_S) == 7, "and goes on"


def _no(_people: Any) -> None:
    raise Refused("people.last_admin")
