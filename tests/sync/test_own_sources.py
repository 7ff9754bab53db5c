"""Sources a person asks about, while an engine runs: tried without storing, added, paused, gone on with, dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away
from console.store.own_feeds import own_feeds
from console.store.read import Read
from console.store.store import Store
from sync.feed import Answer, Ask
from tests.cities import small_pack
from tests.sync.stand_ins import AT, TalkWire
from tests.sync.test_bookkeeping import rows
from tests.sync.test_engine import EMPTY, Running

ENTRY = {
    "id": "lain",
    "kind": "counting",
    "title": {"id": "Lain"},
    "address": "https://lain.invalid/x",
    "cadence_s": 3600.0,
    "stale_after_s": 7200.0,
}


class TwoHosts(TalkWire):
    """Says what it was told to say to a trial; the pack's own source has no news."""

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        if "lain.invalid" in ask.url:
            return super().fetch(ask, allow_private=allow_private, deadline_s=deadline_s)
        return Answer(b'{"ids": []}', "application/json", "utf-8", AT, ask.url)


@pytest.fixture
def on(tmp_path: Path) -> Any:
    made = Running(tmp_path / "p", TwoHosts(EMPTY))
    yield made
    if made.code is None:
        made.hang_up()


def asked(on: Running, do: str, **values: Any) -> dict[str, Any]:
    on.send("feed", id=f"tanya-{do}", do=do, by="Sari", **values)
    return on.until("feed", lambda told: told["id"] == f"tanya-{do}")


def test_a_trial_reads_and_stores_nothing(on: Running) -> None:
    on.wire.said = [{"ids": [1, 2], "refused": 1, "more": True}, {"ids": [3]}]
    told = asked(on, "try", entry={**ENTRY, "cadence_s": 60.0, "stale_after_s": 60.0})
    assert (told["state"], told["records"], told["refused"]) == ("done", 3, 1)
    assert told["samples"][0] == "Lampu mati 1" and told["why"][0][0] == "[0]"
    assert own_feeds(on.profile) == ((), ())


def test_a_trial_that_fails_says_why(on: Running) -> None:
    on.wire.said = [Away("sync.away.slow", source="lain.invalid")]
    told = asked(on, "try", entry=ENTRY)
    assert (told["state"], told["says"], told["values"]["source"]) == ("refused", "sync.away.slow", "lain.invalid")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "tidak-ada"}, "sync.try.kind"),
        ({"address": "ftp://x"}, "pack.bad"),
        ({"id": "laksa"}, "sync.own.taken"),
    ],
)
def test_what_cannot_be_added_is_refused(on: Running, wrong: dict[str, str], says: str) -> None:
    told = asked(on, "add", entry={**ENTRY, **wrong})
    assert (told["state"], told["says"]) == ("refused", says)
    assert own_feeds(on.profile) == ((), ())


def test_nobody_allows_an_inner_address_by_typing_it(on: Running) -> None:
    assert asked(on, "add", entry={**ENTRY, "allow_private": True})["state"] == "done"
    assert [each.allow_private for each in own_feeds(on.profile)[0]] == [False]


def test_one_that_is_added_is_asked_at_once_and_no_more_once_it_is_dropped(on: Running, tmp_path: Path) -> None:
    assert asked(on, "add", entry=ENTRY)["state"] == "done"
    on.stands(lambda health: health.last_good_at is not None, source="lain")
    assert asked(on, "drop", source="laksa")["says"] == "sync.own.absent"
    assert asked(on, "drop", source="lain")["state"] == "done"
    assert [health.id for health in on.engine.sources.health()] == ["laksa"]
    read = Read.open(on.profile)
    while len(read.sources()) > 1:
        on.until("changes")
    read.close()
    assert on.hang_up() == 0
    store = Store.open(on.profile, SystemClock(), small_pack())
    assert [health.id for health in store.read.sources()] == ["laksa"]
    assert [row for row in rows(store) if row[0].startswith("feed.")] == [
        ("feed.add", "Sari", "lain"),
        ("feed.drop", "Sari", "lain"),
    ]
    store.close()


def test_a_paused_one_is_not_asked_and_stays_so_over_a_restart(on: Running, tmp_path: Path) -> None:
    on.stands(lambda health: health.last_good_at is not None)
    assert asked(on, "pause", source="laksa")["state"] == "done"
    on.stands(lambda health: health.paused and health.next_at is None)
    assert asked(on, "pause", source="tidak-ada")["says"] == "sync.own.absent"
    assert on.hang_up() == 0
    wire = TalkWire(EMPTY)
    again = Running(tmp_path / "p", wire)
    again.stands(lambda health: health.paused)
    assert asked(again, "resume", source="laksa")["state"] == "done"
    again.stands(lambda health: not health.paused and len(wire.asked) == 1)
    assert again.hang_up() == 0


def test_a_wish_of_another_version_is_told(on: Running) -> None:
    assert asked(on, "terbang")["says"] == "sync.own.unknown"


def test_a_file_of_this_machine_is_tried_and_added(on: Running, tmp_path: Path) -> None:
    place = tmp_path / "masuk.json"
    place.write_text('{"ids": [7, 8]}')
    entry = {**ENTRY, "address": place.as_uri()}
    told = asked(on, "try", entry=entry)
    assert (told["state"], told["records"]) == ("done", 2)
    assert asked(on, "add", entry=entry)["state"] == "done"
    on.stands(lambda health: health.records_total == 2, source="lain")
    assert not [ask for ask in on.wire.asked if ask.url.startswith("file:")]
    place.unlink()
    assert asked(on, "try", entry=entry)["says"] == "sync.file.missing"


def test_the_consoles_own_folder_is_no_source(on: Running) -> None:
    inside = (on.profile.folder / "records.db").as_uri()
    told = asked(on, "add", entry={**ENTRY, "address": inside})
    assert (told["state"], told["says"]) == ("refused", "sync.own.inside")
