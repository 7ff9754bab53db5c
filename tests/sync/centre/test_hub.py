"""The embedded centre serves the city's databases beside its complaints, with a secret of this run alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.core import notes
from console.core.clock import TurnedClock
from console.core.places import complaints_place, shared_place
from console.store.files import Profile
from console.store.store import Store
from sync.centre import run
from sync.centre.hub import city_places, serving_hub
from tests.cities import ONE, small_pack
from tests.sync.centre.test_server import Stdin, Stdout
from tests.sync.relay.conftest import Client, basic


def client_of(hub: Any, place: str) -> Client:
    return Client(hub["port"], place, signed=basic(hub["user"], hub["secret"]))


@pytest.mark.parametrize("folder", [True, False])
def test_all_databases_of_the_city_are_there(tmp_path: Path, clock: TurnedClock, folder: bool) -> None:
    pack = small_pack()
    with serving_hub(tmp_path if folder else None, pack, clock) as hub:
        for place in city_places(pack):
            client = client_of(hub, place)
            client.put(f"a-{place}", {"place": place})
            client.close()
        assert (tmp_path / "centre" / "records.db").exists() == folder
        kept = [path for path in tmp_path.rglob("*") if path.is_file() and hub["secret"].encode() in path.read_bytes()]
        assert not kept


def test_what_was_written_is_there_again_and_the_secret_is_another(tmp_path: Path, clock: TurnedClock) -> None:
    place = complaints_place("rekaan", ONE)
    told = []
    for _ in range(2):
        with serving_hub(tmp_path, small_pack(), clock) as hub:
            client = client_of(hub, place)
            found = [row["id"] for row in client.changes()["results"]]
            told.append((found, client.server("GET", "/").body["uuid"], hub["secret"]))
            if not found:
                client.put("case:1", {"v": 1})
            client.close()
    assert told[0][0] == []
    assert told[1][0] == ["case:1"]
    assert told[0][1] == told[1][1]
    assert told[0][2] != told[1][2]


def test_it_is_told_by_the_note_and_complaints_are_served_without_it_too(tmp_path: Path, clock: TurnedClock) -> None:
    stdin, stdout = Stdin(), Stdout()
    stdin.closing.set()
    profile = Profile.at(tmp_path / "centre")
    assert run.run_centre(pack=small_pack(), clock=clock, stdin=stdin, stdout=stdout, profile=tmp_path) == 0
    note, values = notes.parse(stdout.getvalue())
    assert note == "listening"
    assert set(values["hub"]) == {"port", "user", "secret"}
    taken = Store.open(profile, clock, small_pack())
    stdout = Stdout()
    assert run.run_centre(pack=small_pack(), clock=clock, stdin=stdin, stdout=stdout, profile=tmp_path) == 0
    taken.close()
    first, second = (notes.parse(line) for line in stdout.getvalue().splitlines())
    assert (first[0], first[1]["says"]) == ("trouble", "store.second_writer")
    assert second[0] == "listening"
    assert "hub" not in second[1]


def test_places_are_those_a_console_follows_and_one_for_files() -> None:
    places = city_places(small_pack())
    assert places[0] == shared_place("rekaan")
    assert len(places) == len(set(places)) == 5
