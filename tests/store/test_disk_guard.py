"""Whether a disk is encrypted, by what the system says of its devices: built here as folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from console.store import disk_guard
from console.store.disk_guard import Guard, guard_of

LUKS, LVM = "CRYPT-LUKS2-0123-luks", "LVM-abc-root"


@pytest.fixture(autouse=True)
def on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")


def device(folder: Path, name: str, uuid: str = "", below: Sequence[str] = ()) -> Path:
    """One device as the system shows it; those below it are links, as there."""
    made = folder / name
    (made / "slaves").mkdir(parents=True)
    if uuid:
        (made / "dm").mkdir()
        (made / "dm" / "uuid").write_text(uuid + "\n", "ascii")
    for each in below:
        (made / "slaves" / each.replace(":", "-")).symlink_to(folder / each)
    return made


@pytest.mark.parametrize(
    ("devices", "found"),
    [
        ({"8:1": ("", ())}, Guard.PLAIN),
        ({"253:0": (LUKS, ("8:1",)), "8:1": ("", ())}, Guard.ENCRYPTED),
        ({"253:1": (LVM, ("253:0",)), "253:0": (LUKS, ("8:1",)), "8:1": ("", ())}, Guard.ENCRYPTED),  # LVM on LUKS
        ({"253:1": (LVM, ("8:1", "8:2")), "8:1": ("", ()), "8:2": ("", ())}, Guard.PLAIN),
        # a volume over two disks of which one is in the clear
        ({"253:1": (LVM, ("253:0", "8:2")), "253:0": (LUKS, ("8:1",)), "8:1": ("", ()), "8:2": ("", ())}, Guard.PLAIN),
        ({"9:0": ("", ("253:0",)), "253:0": (LUKS, ("8:1",)), "8:1": ("", ())}, Guard.ENCRYPTED),  # md upon LUKS
        ({"253:1": (LVM, ("253:1",))}, Guard.UNKNOWN),  # a ring
        ({"253:1": (LVM, ("8:9",))}, Guard.UNKNOWN),  # a device that is not shown
    ],
)
def test_a_device_and_those_it_stands_on(
    tmp_path: Path, devices: Mapping[str, tuple[str, Sequence[str]]], found: Guard
) -> None:
    for name, (uuid, below) in devices.items():
        device(tmp_path, name, uuid, below)
    assert disk_guard._of_device(tmp_path / next(iter(devices))) is found


def test_the_folder_s_own_device_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "major", lambda _number: 253)
    monkeypatch.setattr(os, "minor", lambda _number: 7)
    device(tmp_path / "sys", "253:7", LUKS)
    assert guard_of(tmp_path, devices=tmp_path / "sys") is Guard.ENCRYPTED
    assert guard_of(tmp_path, devices=tmp_path / "none") is Guard.UNKNOWN
    assert guard_of(tmp_path / "gone", devices=tmp_path / "sys") is Guard.UNKNOWN


@pytest.mark.parametrize(
    ("mount", "found"),
    [
        ("29 1 0:27 / /home rw - ecryptfs /home/.x rw", Guard.ENCRYPTED),
        ("29 1 0:27 /@home /home rw,relatime shared:1 - btrfs {device} rw", Guard.ENCRYPTED),
        ("29 1 0:27 / /home rw - nfs4 server:/home rw", Guard.UNKNOWN),
        ("29 1 0:27 / /tmp rw - tmpfs tmpfs rw", Guard.UNKNOWN),
        ("29 1 0:28 / /tmp rw - ecryptfs /x rw", Guard.UNKNOWN),
        ("29 1 0:27", Guard.UNKNOWN),
        ("29 1 0:27 / /home rw - btrfs /dev/gone rw", Guard.UNKNOWN),
        ("", Guard.UNKNOWN),
    ],
)
def test_a_filesystem_without_a_device_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mount: str, found: Guard
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + mount.format(device="/dev/null") + "\n", "utf-8")
    ours = tmp_path.stat().st_dev
    monkeypatch.setattr(os, "major", lambda number: 0 if number == ours else 253)
    monkeypatch.setattr(os, "minor", lambda number: 27 if number == ours else 3)
    device(tmp_path / "sys", "253:3", LUKS)
    assert guard_of(tmp_path, devices=tmp_path / "sys", mounts=mounts) is found


def test_what_cannot_be_read_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "major", lambda _number: 0)
    assert guard_of(tmp_path, mounts=tmp_path / "none") is Guard.UNKNOWN
    monkeypatch.setattr(sys, "platform", "win32")
    assert guard_of(tmp_path) is Guard.UNKNOWN


def test_this_machine_gives_one_of_the_three(tmp_path: Path) -> None:
    assert guard_of(tmp_path) in Guard
