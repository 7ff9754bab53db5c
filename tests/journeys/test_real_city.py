"""Real boundaries and real recordings, all the way: pack installed, recording served, engine pulled, rows counted.

The recordings are of other places than the city on purpose: what has no place in it is kept, and said so.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bench.crash import EngineProcess
from console.core import notes
from console.core.records import QueueFilter
from console.store.files import Profile
from console.store.read import Read

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, str(ROOT / "main.py"))
CITIES = {"tangerang": ("36-71", "36.71", 13, 104), "semarang": ("33-74", "33.74", 16, 177)}
RECORDINGS = {
    "open311/sf-requests-500.json": (500, 0),
    "petabencana/reports_2017-02-21.geojson": (1057, 5),
}
"""How many each holds, and how many of them at least lie in Kota Tangerang."""


def run(*arguments: str) -> str:
    """A subcommand of the program, as typed; what it said."""
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


def answered_at(read: Read) -> datetime | None:
    """When a source last answered well, None where that is not known yet: it is written after the rows."""
    return max((each.last_good_at for each in read.sources() if each.last_good_at is not None), default=None)


@contextmanager
def served(profile: Profile, *more: str) -> Iterator[str]:
    """A centre of that profile's city; its address."""
    command = [*PROGRAM, "centre", "--profile", str(profile.folder), *more]
    centre = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert centre.stdin is not None and centre.stdout is not None
    values = notes.parse(centre.stdout.readline())[1]
    yield f"http://127.0.0.1:{values['port']}/{values['serves']}"
    centre.stdin.close()
    centre.wait(20)
    centre.stdout.close()


def pulled(profile: Profile, address: str, count: int) -> None:
    """Let an engine pull until that many rows are on disk, and a source is known to have answered."""
    engine = EngineProcess(profile.folder, (*PROGRAM, "engine", "--notes", "--profile"))
    engine.said("hello")
    engine.send(notes.line("centre", address=address))
    read = Read.open(profile)
    while read.span(QueueFilter()).count < count or answered_at(read) is None:
        engine.said("changes")
        engine.send(notes.line("now"))
    read.close()
    engine.end()


@pytest.fixture
def city(shared_data: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Profile:
    """A profile with that real city installed and chosen by the program's own subcommands."""
    pack, _, kecamatan, kelurahan = CITIES[request.param]
    profile = Profile.at(tmp_path / "profile")
    folder = str(profile.folder)
    said = run("pack", "add", str(shared_data / "geo" / f"{request.param}-kode.csv"), "--profile", folder)
    assert f"{kecamatan} kecamatan, {kelurahan} kelurahan" in said
    run("pack", "use", pack, "--profile", folder)
    return profile


@pytest.mark.parametrize("recording", RECORDINGS)
@pytest.mark.parametrize("city", CITIES, indirect=True)
def test_a_recording_is_pulled_whole_into_a_real_city(city: Profile, recording: str, shared_data: Path) -> None:
    count, inside = RECORDINGS[recording]
    with served(city, "--replay", str(shared_data / recording), "--pace", "0") as address:
        pulled(city, address, count)
    read = Read.open(city)
    assert read.span(QueueFilter()).count == count
    read_at = answered_at(read)
    assert read_at is not None
    placed = sum(each.open for each in read.area_counts("36.71", read_at))
    assert placed >= inside if "36-71" in city.settings.read_text() else placed == 0
    assert all(source.licence for source in read.sources())
    read.close()


@pytest.mark.parametrize("city", ["semarang"], indirect=True)
def test_another_city_has_a_town_of_its_own(city: Profile) -> None:
    with served(city) as address:
        pulled(city, address, 1000)
    read = Read.open(city)
    read_at = answered_at(read)
    assert read_at is not None
    areas = {each.area for each in read.area_counts("33.74", read_at)}
    assert len(areas) == 16
    assert read.total("33.74", read_at).open == read.total("", read_at).open
    read.close()


@pytest.mark.parametrize("city", ["tangerang"], indirect=True)
def test_another_recording_behind_the_same_source_is_read_from_its_beginning(city: Profile, shared_data: Path) -> None:
    done = 0
    for recording, (count, _) in RECORDINGS.items():
        done += count
        with served(city, "--replay", str(shared_data / recording), "--pace", "0") as address:
            pulled(city, address, done)
    read = Read.open(city)
    assert read.span(QueueFilter()).count == done
    read.close()
