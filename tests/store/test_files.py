"""Files: the whole or nothing, found wherever the program runs from, locked by one process."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from console.core.errors import DiskTrouble
from console.core.phrases import LANGUAGES
from console.store import files
from console.store.files import (
    FileLock,
    Profile,
    append_durable,
    atomic_write,
    default_profile,
    load_phrases,
    read_bytes,
    resource,
    resources,
    writing,
)


def test_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    atomic_write(path, b"one")
    atomic_write(path, b"two")
    assert read_bytes(path) == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["a.toml"]
    assert read_bytes(tmp_path / "absent") is None
    assert read_bytes(path / "below") is None


def test_an_error_inside_leaves_the_old_one_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    atomic_write(path, b"old")
    with pytest.raises(ZeroDivisionError), writing(path) as stream:
        stream.write(b"half")
        _ = 1 / 0
    assert read_bytes(path) == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.toml"]


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "store.full"), (errno.EROFS, "store.read_only"), (errno.EIO, "store.broken_disk")],
)
def test_what_the_disk_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str) -> None:
    path = tmp_path / "a.toml"
    atomic_write(path, b"old")

    def fail(handle: int) -> None:
        raise OSError(number, "as the system says it")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(DiskTrouble) as told:
        atomic_write(path, b"new")
    assert told.value.says == says
    with pytest.raises(DiskTrouble):
        append_durable(tmp_path / "b.jsonl", b"line\n")
    monkeypatch.undo()
    assert read_bytes(path) == b"old"


def test_no_folder_to_write_in(tmp_path: Path) -> None:
    with pytest.raises(DiskTrouble):
        atomic_write(tmp_path / "absent" / "a.toml", b"x")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskTrouble):
        Profile.at(tmp_path / "file" / "profil")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DiskTrouble, match="read_only"):
        Profile.at(tmp_path)
    tmp_path.chmod(0o700)


def test_a_busy_file_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.toml"
    refusals = [32, 5, 33]
    replace = Path.replace

    def busy(self: Path, place: Path) -> Path:
        if refusals:
            error = PermissionError(errno.EACCES, "busy")
            error.winerror = refusals.pop()  # type: ignore[attr-defined]
            raise error
        return replace(self, place)

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(files, "_REPLACE_PAUSE_S", 0)
    atomic_write(path, b"new")
    assert read_bytes(path) == b"new"
    refusals = [32] * 100
    with pytest.raises(DiskTrouble, match="read_only"):
        atomic_write(path, b"newer")
    assert read_bytes(path) == b"new"


def test_lines_are_added_after_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    append_durable(path, b"one\n")
    with path.open("ab") as stream:
        stream.write(b"tor")
    append_durable(path, b"two\n")
    assert path.read_bytes() == b"one\ntor\ntwo\n"


def test_one_lock_at_a_time(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take()
    assert first.take()
    assert not second.take()
    assert not second.held
    first.drop()
    first.drop()
    assert second.take()
    second.drop()
    with pytest.raises(DiskTrouble):
        FileLock(tmp_path / "absent" / "lock").take()


def test_shipped_files_are_found() -> None:
    assert b"[store]" in resource("phrases/id/store.toml")
    names = [name for name, _ in resources("phrases/*/*.toml")]
    assert "phrases/en/core.toml" in names
    assert names == sorted(names)
    assert [name for name, _ in resources("settings.toml")] == ["settings.toml"]
    assert all(name.startswith("phrases/id/") for name, _ in resources("phrases/id/**"))
    with pytest.raises(FileNotFoundError):
        resource("absent.toml")


def test_shipped_files_are_found_in_a_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resources" / "phrases" / "id").mkdir(parents=True)
    (tmp_path / "resources" / "phrases" / "id" / "x.toml").write_bytes(b"[x]\nhello = 'halo'\n")
    monkeypatch.setattr(files.sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resources("phrases/*/*.toml") == [("phrases/id/x.toml", b"[x]\nhello = 'halo'\n")]
    assert load_phrases().say("x.hello") == "halo"


def test_every_sentence_of_the_store_is_in_both_languages() -> None:
    phrases = load_phrases()
    ours = {language: {key for key in phrases.keys(language) if key.startswith("store.")} for language in LANGUAGES}
    assert ours["id"] == ours["en"]
    assert ours["id"]


@pytest.mark.parametrize(
    ("environ", "platform", "wanted"),
    [
        ({"HOME": "/home/siti"}, "linux", "/home/siti/.local/share/kendali"),
        ({"HOME": "/home/siti", "XDG_DATA_HOME": "/data"}, "linux", "/data/kendali"),
        ({"HOME": "/home/siti", "XDG_DATA_HOME": "relative"}, "linux", "/home/siti/.local/share/kendali"),
        ({"HOME": "/Users/siti"}, "darwin", "/Users/siti/Library/Application Support/Kendali"),
        ({"LOCALAPPDATA": "C:/L", "APPDATA": "C:/Roaming"}, "win32", "C:/L/Kendali"),
        ({}, "linux", ".local/share/kendali"),
    ],
)
def test_the_profile_is_local_never_roaming(environ: dict[str, str], platform: str, wanted: str) -> None:
    assert default_profile(environ, platform).as_posix() == wanted
