"""What a person reads on the terminal: plain sentences with the remedy, and exit codes a script can use."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import ConsoleError, DiskTrouble
from console.core.pack import CityPack
from console.core.phrases import LANGUAGES
from console.core.records import QueueFilter
from console.store import backup, terminal
from console.store.files import Profile, load_phrases
from console.store.store import Store
from tests.store import damage
from tests.store.conftest import roomy

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def filled(profile: Profile, clock: TurnedClock, pack: CityPack) -> Profile:
    damage.filled(profile, clock, pack, 300, 10)
    return profile


def said(language: str, what: str, folder: Path, *given: object, **named: object) -> tuple[int, str]:
    """The exit code of a subcommand and what it printed; no place of a sentence stays empty."""
    out = io.StringIO()
    code = getattr(terminal, what)(folder, *given, load_phrases(language), out, **named)
    text = out.getvalue()
    assert "«" not in text and "{" not in text
    return code, text


def test_a_sound_store_is_said_to_be_sound(language: str, filled: Profile) -> None:
    code, text = said(language, "check", filled.folder)
    assert code == 0
    assert len(text.splitlines()) == 15
    assert "300" in text and not list(filled.backups.glob("*.part*"))


def test_a_check_beside_a_running_engine_is_the_same(
    language: str, filled: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    store = Store.open(filled, clock, pack, room=roomy(filled))
    assert said(language, "check", filled.folder)[0] == 0
    store.close()


@pytest.mark.parametrize("each", damage.DAMAGES, ids=lambda each: each.name)
def test_every_damage_is_told_and_mended_at_the_next_start(
    each: damage.Damage, filled: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    each.do(filled.records)
    code, text = said("id", "check", filled.folder)
    assert code in (1, 2)
    assert "Mulai konsol kembali" in text
    Store.open(filled, clock, pack, room=roomy(filled)).close()
    assert said("id", "check", filled.folder)[0] == 0


def test_a_backup_and_the_way_back(language: str, filled: Profile, clock: TurnedClock) -> None:
    code, text = said(language, "backup", filled.folder, clock=clock)
    (path,) = backup.backups(filled)
    assert code == 0 and str(path) in text
    code, text = said(language, "restore", filled.folder, None, clock=clock)
    assert code == 0 and path.name in text and "diganti-" in text
    code, text = said(language, "restore", filled.folder, path, clock=clock)
    assert code == 0
    damage.page(path, 2)
    code, text = said(language, "restore", filled.folder, None, clock=clock)
    assert code == 2


def test_an_empty_start_is_typed_out(language: str, filled: Profile, clock: TurnedClock, pack: CityPack) -> None:
    filled.records.write_bytes(b"\xa5" * 100_000)
    with pytest.raises(DiskTrouble) as caught:
        Store.open(filled, clock, pack, room=roomy(filled))
    assert caught.value.says == "store.nothing_readable"
    assert said(language, "restore", filled.folder, None, empty="ya", clock=clock)[0] == 2
    assert filled.records.exists()
    code, text = said(language, "restore", filled.folder, None, empty=terminal.EMPTY_WORD, clock=clock)
    assert code == 0 and "rusak-" in text
    store = Store.open(filled, clock, pack, room=roomy(filled))
    assert store.notices == []
    store.close()


@pytest.mark.parametrize("spoilt", [False, True])
def test_an_empty_start_is_empty_also_beside_backups(
    spoilt: bool, filled: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    kept = backup.make(filled, clock)
    if spoilt:
        kept.write_bytes(b"\xa5" * 100_000)
    filled.records.write_bytes(b"\xa5" * 100_000)
    assert said("id", "restore", filled.folder, None, empty=terminal.EMPTY_WORD, clock=clock)[0] == 0
    store = Store.open(filled, clock, pack, room=roomy(filled))
    assert store.notices == []
    assert store.read.span(QueueFilter()).count == 0
    store.close()
    assert kept.exists()


@pytest.mark.parametrize("what", ["check", "backup", "restore"])
def test_what_is_not_there_is_said_and_not_made(language: str, what: str, tmp_path: Path) -> None:
    given = (None,) if what == "restore" else ()
    nowhere = tmp_path / "salah" / "ketik"
    code, text = said(language, what, nowhere, *given)
    assert code == 2 and str(nowhere) in text and not nowhere.exists()
    (tmp_path / "kosong").mkdir()
    code, text = said(language, what, tmp_path / "kosong", *given)
    assert code == 2 and text.strip()
    (tmp_path / "berkas").write_text("x")
    assert said(language, what, tmp_path / "berkas", *given)[0] == 2


def test_a_file_that_is_not_there_cannot_be_restored(language: str, filled: Profile) -> None:
    code, text = said(language, "restore", filled.folder, Path("/tidak/ada.db"))
    assert code == 2 and "ada.db" in text


@pytest.mark.parametrize("what", ["text", "empty", "other", "cut"])
def test_a_given_file_that_is_no_backup_is_told_and_the_store_is_not_blamed(
    language: str, what: str, filled: Profile, tmp_path: Path
) -> None:
    given, whole = tmp_path / "foto.jpg", filled.records.read_bytes()
    if what == "other":
        with closing(sqlite3.connect(given)) as other:
            other.execute("CREATE TABLE t (a)")
    else:
        given.write_bytes({"text": b"\xff\xd8 foto " * 100, "empty": b"", "cut": whole[: len(whole) // 2]}[what])
    code, text = said(language, "restore", filled.folder, given)
    say = load_phrases(language).say
    assert code == 2
    assert str(given) in text
    assert say("store.remedy.broken") not in text
    assert say("store.broken", fault="").partition(":")[0] not in text
    assert filled.records.read_bytes() == whole
    assert said(language, "check", filled.folder)[0] == 0


def test_a_newer_form_is_left_alone(language: str, filled: Profile, clock: TurnedClock, pack: CityPack) -> None:
    damage.write(filled.records, 60, (9).to_bytes(4, "big"))
    before = filled.records.read_bytes()
    code, text = said(language, "check", filled.folder)
    assert code == 2 and "9" in text
    with pytest.raises(DiskTrouble) as caught:
        Store.open(filled, clock, pack, room=roomy(filled))
    assert caught.value.says == "store.newer"
    assert filled.records.read_bytes() == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can make a small disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", place], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_said_and_nothing_is_lost(
    small_disk: Path, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Profile.at(small_disk / "profil")
    damage.filled(profile, clock, pack, 1000, 10)
    code, text = said("id", "backup", profile.folder, clock=clock)
    assert code == 2 and "Kosongkan ruang" in text
    monkeypatch.setattr(backup, "SPARE_BYTES", 0)
    (small_disk / "isi").write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - 200_000)))
    monkeypatch.setattr(backup, "_ask_room", lambda *_: None)
    code, text = said("id", "backup", profile.folder, clock=clock)
    assert code == 2 and "Kosongkan ruang" in text
    assert backup.backups(profile) == []
    whole = damage.complaints(profile.records)
    damage.page(profile.records, damage.pages_of(profile.records, "complaint")[3])
    profile.suspect.write_bytes(b"")
    harmed = profile.records.read_bytes()
    with pytest.raises(DiskTrouble) as caught:
        Store.open(profile, clock, pack, room=roomy(profile))
    assert caught.value.says == "store.full"
    assert profile.records.read_bytes() == harmed
    (small_disk / "isi").unlink()
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    assert len(damage.complaints(profile.records)) > len(whole) - damage.A_LEAF


@pytest.fixture
def read_only(filled: Profile, tmp_path: Path) -> Iterator[Path]:
    """The profile seen through a disk that cannot be written."""
    place = tmp_path / "ro"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount")
    if subprocess.run(["mount", "--bind", filled.folder, place], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("what", ["check", "backup", "restore"])
def test_a_read_only_disk_is_said_with_the_remedy(language: str, what: str, read_only: Path) -> None:
    code, text = said(language, what, read_only, *((None,) if what == "restore" else ()))
    assert code == 2
    assert load_phrases(language).say("store.remedy.read_only") in text


def main(*given: object) -> subprocess.CompletedProcess[str]:
    """The program itself."""
    command = [sys.executable, "main.py", "store", *map(str, given)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_program_says_the_same(filled: Profile) -> None:
    at = ("--profile", filled.folder)
    assert main("check", *at).returncode == 0
    assert main("backup", *at).returncode == 0
    done = main("export", "complaint", "--format", "json", *at)
    assert done.returncode == 0 and len(json.loads(done.stdout)) == 300
    wrong = main("export", "gempa", *at)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "complaint, event, outbox, source" in wrong.stderr
    assert main("restore", *at).returncode == 0
    assert main("restore", "--start-empty", "ya", *at).returncode == 2


def test_a_reader_that_has_enough_is_no_error(filled: Profile) -> None:
    command = f"{sys.executable} main.py store export complaint --profile '{filled.folder}' | head -c 100"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_export_of_a_damaged_store_is_an_error_of_the_world(filled: Profile) -> None:
    for number in damage.pages_of(filled.records, "complaint"):
        damage.page(filled.records, number)
    with pytest.raises(ConsoleError):
        terminal.export(filled.folder, "complaint", "json", io.StringIO())
