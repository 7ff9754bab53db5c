"""A closed console: nothing personal is read by anybody, what waits stays and goes, all is there again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, is_dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.core.records import HubQuestion, HubState, LedgerFilter, QueueFilter, Refusal
from console.store import snapshot
from console.store.closed import LOST, OFFLINE
from console.store.export import export
from console.store.files import Profile
from console.store.read import Read
from console.store.shelf import Shelf
from console.store.store import Store
from tests.cities import small_pack
from tests.store.conftest import NOON, batch, roomy, said
from tests.store.test_retention import ADDRESS, TEXT, TITLE, WROTE, City, city

__all__ = ["city"]
CANARIES = (TITLE, TEXT, ADDRESS, WROTE, "Rani", "foto.jpg", "kendali-s1:", "106.02", "https://x.id")


def plain_of(value: Any) -> str:
    """All that a value holds."""
    return repr(asdict(value) if is_dataclass(value) and not isinstance(value, type) else value)


def everything(read: Read, complaint: str) -> str:
    """All that a screen may ask about complaints."""
    asked = QueueFilter()
    span = read.span(asked)
    told: list[Any] = [
        read.page(span, 0),
        read.complaint(complaint),
        read.complaint("uji:000001"),
        read.events_of(complaint),
        read.files_of(complaint),
        read.last_undoable("Rani"),
        vars(read.points(asked)) if hasattr(read.points(asked), "__dict__") else read.points(asked),
        read.conflicts(),
        read.conflict(f"case:{complaint}"),
        read.outbox_rows(),
        read.outbox_of(f"case:{complaint}"),
        read.hub(),
        read.refused("uji"),
    ]
    return "\n".join(plain_of(each) for value in told for each in (value if isinstance(value, list) else [value]))


def in_it(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


@pytest.fixture
def full(city: City) -> tuple[City, str]:
    """A city with one of everything that is personal."""
    name = city.told()
    city.photo(name)
    city.ended(name)
    bad = Refusal("requests[0]", "store.not_taken.content", {"value": TITLE}, raw=TEXT)
    city.store.take(batch(said(1, media_url="https://x.id/a.jpg"), refused=(bad,)))
    question = HubQuestion("kendali-kota-shared", "sync.question", titles=(f"{TITLE} 0",), named=1)
    city.store.hub(HubState("https://pusat.id", NOON, questions=(question,)))
    return city, name


def test_nobody_reads_anything_personal_and_all_is_there_again_afterwards(full: tuple[City, str]) -> None:
    city, name = full
    with closing(Read.open(city.store.profile)) as read:
        before = everything(read, name)
        assert in_it(before) == list(CANARIES)
        assert read.span(QueueFilter(text="zwartepiet")).count == 1
        counted = read.by_state(), read.span(QueueFilter()).count, read.outbox().waiting
        city.store.close_up(OFFLINE)
        assert in_it(everything(read, name)) == []
        for word in ("zwartepiet", "tidakadakata"):  # a search tells nothing either
            assert read.span(QueueFilter(text=word)).count == counted[1]
        assert (read.by_state(), read.span(QueueFilter()).count, read.outbox().waiting) == counted
        assert read.closed() is not None
        city.store.open_up("contact")
        assert everything(read, name) == before


def test_what_waits_stays_and_is_offered_whole(full: tuple[City, str]) -> None:
    city, name = full
    place = city.store.documents.place(f"case:{name}")
    offers = Shelf(city.store._db).offers(place, most=99, most_bytes=1 << 20)
    city.store.close_up(LOST)
    with closing(Shelf.open(city.store.profile)) as shelf:
        assert shelf.offers(place, most=99, most_bytes=1 << 20) == offers
    assert any(WROTE in repr(each.revision.body) for each in offers)


def test_deeds_of_the_black_box_are_judged_by_what_there_is(full: tuple[City, str]) -> None:
    city, _ = full
    name = city.told(7)
    city.store.close_up(OFFLINE)
    city.ended(name)
    city.store.open_up("contact")
    assert [event.deed for event in city.store.read.events_of(name)][-1] == "close"


def test_it_stays_closed_over_a_start(full: tuple[City, str]) -> None:
    city, name = full
    city.store.close_up(OFFLINE)
    city.store.close()
    city.store = Store.open(city.store.profile, city.clock, small_pack(), room=roomy(city.store.profile))
    with closing(Read.open(city.store.profile)) as read:
        assert in_it(everything(read, name)) == []


@pytest.mark.parametrize("kind", ["complaint", "event"])
def test_nothing_is_exported(full: tuple[City, str], kind: str) -> None:
    city, _ = full
    city.store.close_up(OFFLINE)
    out = StringIO()
    with pytest.raises(Refused, match=r"closed\.offline"):
        export(city.store.profile, kind, "json", out)
    assert in_it(out.getvalue()) == []


def test_no_snapshot_is_made(full: tuple[City, str], tmp_path: Path) -> None:
    city, _ = full
    city.store.close_up(LOST)
    part = tmp_path / "part.db"
    with pytest.raises(Refused, match=r"closed\.lost"):
        snapshot._gathered(city.store.profile, part, city.clock, lambda: False)
    assert not part.exists()


def test_each_closing_and_opening_stands_in_the_ledger(city: City) -> None:
    city.store.close_up(OFFLINE)
    city.store.open_up("code", who="os:dewi", overrule=True)
    rows = city.store.read.ledger(LedgerFilter()).entries[:2]
    assert [(row.deed, row.who, row.why) for row in rows] == [
        ("console.opened", "os:dewi", "closed.by.code"),
        ("console.closed", "", "closed.offline"),
    ]


class Two:
    """A console and what its documents say of others."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def lost(self) -> str:
        return self.store.read.lost(self.store.console)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    clock = TurnedClock(NOON, seed=2)
    profile = Profile.at(tmp_path)
    made = Two(Store.open(profile, clock, small_pack(), room=roomy(profile)))
    yield made
    made.store.close()


def test_a_console_is_lost_found_and_lost_again(two: Two) -> None:
    name = two.store.console
    assert not two.lost()
    two.store.tell_lost(name, who="Dewi")
    first = two.lost()
    assert first
    with pytest.raises(Refused, match="lost_already"):
        two.store.tell_lost(name, who="Dewi")
    two.store.open_up("code", overrule=True)
    assert not two.lost()  # whoever has the code has the city's data
    two.store.tell_lost(name, who="Dewi", found=True)
    with pytest.raises(Refused, match="not_lost"):
        two.store.tell_lost(name, who="Dewi", found=True)
    two.store.tell_lost(name, who="Dewi")
    assert two.lost() and two.lost() != first


@pytest.mark.parametrize(
    "body",
    [
        {"type": "console_lost", "console": "lain", "found_at": None},
        {"type": "lain", "console": "{console}", "found_at": None},
        {"type": "console_lost", "console": "{console}", "found_at": "2026-11-22T03:00:00+00:00"},
    ],
)
def test_what_is_not_of_our_form_closes_nobody(two: Two, body: dict[str, Any]) -> None:
    console = two.store.console
    named = {key: console if value == "{console}" else value for key, value in body.items()}
    two.store.replica.edit("kendali-kota-shared", f"console_lost:{console}", named, parent="", held=True)
    assert not two.lost()


def test_nor_does_one_that_lies_elsewhere(two: Two) -> None:
    console = two.store.console
    body = {"type": "console_lost", "console": console, "found_at": None}
    two.store.replica.edit("kendali-kota-complaints-0", f"console_lost:{console}", body, parent="", held=True)
    assert not two.lost()
