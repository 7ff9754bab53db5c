"""Which facts people should know of, in the log and as notes; the same at many places is one note."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.core.records import HubNote
from console.core.replica import NotTaken
from sync.happened import KEPT, MOST, TOGETHER, lately, log, note_of, with_note
from sync.peering import Fact, HeldUp, Met, Mismatch, Quarantined, Restored, Sent, WentBack

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BAD = NotTaken("x:1", "1-a", "sync.exchange.no_body")


def logged(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    lines: list[tuple[str, dict[str, Any]]] = []
    log(fact, lambda what, **values: lines.append((what, values)))
    return lines


@pytest.mark.parametrize(
    ("fact", "line", "note"),
    [
        (Restored("p", 12, "7-a"), ("engine.hub_restored", {"given": 12}), ("restored", {"given": 12})),
        (WentBack("p"), ("engine.hub_went_back", {}), ("went_back", {})),
        (
            Mismatch("p", 60, 60, 1, 2),
            ("engine.hub_mismatch", {"here": 60, "there": 60, "fetched": 1, "given": 2}),
            ("mismatch", {"here": 60, "there": 60, "fetched": 1, "given": 2}),
        ),
        (
            Quarantined("p", [BAD, BAD]),
            ("engine.hub_untaken", {"count": 2, "why": "sync.exchange.no_body"}),
            ("quarantined", {"count": 2}),
        ),
        (
            Mismatch("p", 61, 60, 0, 0),
            ("engine.hub_mismatch", {"here": 61, "there": 60, "fetched": 0, "given": 0}),
            None,
        ),
        (HeldUp("p", "sync.exchange.wiped"), ("engine.hub_asks", {"why": "sync.exchange.wiped"}), None),
        (Mismatch("p", 60, 60, 0, 0), None, None),
        (Met("p", "u", "0", "3.3.3", True), None, None),
        (Sent("p", []), None, None),
    ],
)
def test_what_is_told(fact: Fact, line: tuple[str, dict[str, Any]] | None, note: tuple[str, Any] | None) -> None:
    assert logged(fact) == ([(line[0], {"source": "p", **line[1]})] if line else [])
    made = note_of(fact, NOW)
    assert made == (HubNote(NOW, f"sync.happened.{note[0]}", note[1], ("p",)) if note else None)


def restored(place: str, at: datetime, given: int = 1) -> HubNote:
    found = note_of(Restored(place, given, "0"), at)
    assert found is not None
    return found


def test_the_same_at_many_places_is_one_note_with_its_sums() -> None:
    notes = (restored("a", NOW),)
    for number in range(3):
        notes = with_note(notes, restored("b", NOW + number * TOGETHER / 3, 10))
    assert notes == (HubNote(NOW, "sync.happened.restored", {"given": 31}, ("a", "b")),)


def test_another_time_or_another_fact_is_another_note() -> None:
    notes = with_note((restored("a", NOW),), restored("a", NOW + TOGETHER + timedelta(seconds=1)))
    other = note_of(WentBack("a"), NOW)
    assert other is not None
    notes = with_note(notes, other)
    assert [(each.says, each.at > NOW) for each in notes] == [
        ("sync.happened.went_back", False),
        ("sync.happened.restored", True),
        ("sync.happened.restored", False),
    ]


def test_only_so_many_and_so_old_ones_are_kept() -> None:
    notes: tuple[HubNote, ...] = ()
    for number in range(MOST + 5):
        notes = with_note(notes, restored("a", NOW + number * timedelta(hours=2)))
    assert len(notes) == MOST
    assert notes[0].at > notes[-1].at
    last = notes[0].at
    assert [each.at for each in lately(notes, last)] == [each.at for each in notes if last - each.at <= KEPT]
    assert lately(notes, NOW - timedelta(days=365)) == notes, "a clock set back ends none"
