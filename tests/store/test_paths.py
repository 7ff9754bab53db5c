"""Forty names made to lead out of a folder, given wherever a name from outside becomes a part of a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.core.errors import BadAnswer, BadPack
from console.core.file_kinds import FileKind, safe_name
from console.store import packs
from console.store.blobs import Blobs
from console.store.files import Profile
from sync import archive
from tests.cities import small_files
from tests.hostile import PAYLOADS

NAMES = (
    "..", ".", "", "/", "//", "../x", "../../etc/passwd", "..\\x", "..\\..\\windows\\win.ini", "/etc/passwd",
    "\\etc\\passwd", "C:\\x", "c:x", "\\\\192.0.2.1\\bagi", "//192.0.2.1/bagi", "file:///etc/passwd", "a/b", "a\\b",
    "a/../../b", "./a", "a/.", "~", "~root/x", "$HOME", "%2e%2e%2f", "..%2f", "..;/", "....//", "a\x00b", "a\nb",
    "CON", "nul", "aux.txt", "com1", "lpt9.txt", "a:b", "a.", "a ", "*", "\u202e/../x",
)  # fmt: skip


def test_there_are_forty() -> None:
    assert len(NAMES) == len(set(NAMES)) == 40


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """One with a pack's files where a name that climbs out would find them."""
    made = Profile.at(tmp_path / "around" / "profile")
    for folder in (made.folder, made.folder.parent, made.packs):
        folder.mkdir(exist_ok=True)
        for name, raw in small_files().items():
            (folder / name).write_bytes(raw)
    return made


def everything(folder: Path) -> list[str]:
    return sorted(str(each) for each in folder.rglob("*"))


@pytest.mark.parametrize("name", NAMES)
def test_no_pack_is_read_by_such_a_name(name: str, profile: Profile, tmp_path: Path) -> None:
    before = everything(tmp_path)
    with pytest.raises(BadPack):
        packs.load(profile, name)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("name", [each for each in NAMES if each != "a "])  # blanks at the end of a value are none
def test_no_pack_is_installed_under_such_a_name(name: str, profile: Profile, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for file, raw in small_files().items():
        told = name.encode("unicode_escape").decode("ascii").replace('"', "")
        (given / file).write_bytes(
            raw.replace(b'id = "rekaan"', f'id = "{told}"'.encode()) if file == "pack.toml" else raw
        )
    before = everything(tmp_path)
    with pytest.raises(BadPack):
        packs.add(profile, given)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_lie_under_such_a_name(name: str, profile: Profile) -> None:
    blobs = Blobs(profile.blobs)
    for does in (blobs.path, blobs.has, blobs.read, blobs.drop, blobs.begun, blobs.give_up):
        with pytest.raises(ValueError, match="no name of a blob"):
            does(name)


@pytest.mark.parametrize("name", NAMES)
def test_no_part_of_a_bundle_has_such_a_name(name: str) -> None:
    with pytest.raises(BadAnswer):
        archive.check_name(name)


@pytest.mark.parametrize("name", [*NAMES, *PAYLOADS.values()])
def test_a_copy_of_a_file_is_saved_under_a_name_of_one_folder(name: str, tmp_path: Path) -> None:
    for kind in FileKind:
        safe = safe_name(name, kind)
        assert (tmp_path / safe).resolve().parent == tmp_path.resolve()
        assert Path(safe).name == safe
        assert not set(safe) & set('/\\:*?"<>|\x00\n')
        assert safe.isprintable()
