"""Whether the disk a profile lies on is encrypted: what a thief of the machine would have to break first (GOALS T1).

Asked of Linux as it says itself, without a privilege: the device of the folder, and those it stands on, by the device
mapper's own names (`CRYPT-...`: LUKS, plain dm-crypt). What is no answer is said as none: another system, a folder of
the network, a disk that encrypts itself. The program never encrypts a disk; it says that nothing does.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path

_CIPHERED = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"})
"""Filesystems that keep nothing in the clear."""
_DEEP = 8
"""Layers of devices upon each other that are looked through."""
_SYS, _MOUNTS = Path("/sys/dev/block"), Path("/proc/self/mountinfo")


class Guard(StrEnum):
    """What stands between the files and who carries the disk away."""

    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    UNKNOWN = "unknown"


def guard_of(folder: Path, *, devices: Path = _SYS, mounts: Path = _MOUNTS) -> Guard:
    """How the disk of a folder is guarded. Reads some small files of the system; never raises."""
    if not sys.platform.startswith("linux"):
        return Guard.UNKNOWN
    try:
        number = folder.stat().st_dev
        if os.major(number):
            return _of_device(devices / f"{os.major(number)}:{os.minor(number)}")
        return _of_mount(number, devices, mounts)
    except (OSError, ValueError):
        return Guard.UNKNOWN


def _of_mount(number: int, devices: Path, mounts: Path) -> Guard:
    """Of a filesystem without a device number of its own (btrfs, those of the network or of memory): the device its
    mount names."""
    wanted = f"{os.major(number)}:{os.minor(number)}"
    for line in reversed(mounts.read_text("utf-8", "replace").splitlines()):
        first, _, last = line.partition(" - ")
        fields, told = first.split(), last.split()
        if len(fields) < 3 or len(told) < 2 or fields[2] != wanted:
            continue
        kind, source = told[:2]
        if kind in _CIPHERED:
            return Guard.ENCRYPTED
        if not source.startswith("/dev/"):
            break
        device = Path(source).stat().st_rdev
        return _of_device(devices / f"{os.major(device)}:{os.minor(device)}")
    return Guard.UNKNOWN


def _of_device(device: Path, deep: int = _DEEP) -> Guard:
    """Of a block device as `/sys/dev/block` shows it: encrypted where it, or each that it stands on, is."""
    if not device.is_dir() or deep == 0:
        return Guard.UNKNOWN
    name = device / "dm" / "uuid"
    if name.is_file() and name.read_text("ascii", "replace").startswith("CRYPT-"):
        return Guard.ENCRYPTED
    below = device / "slaves"
    found = {_of_device(each, deep - 1) for each in below.iterdir()} if below.is_dir() else set()
    if not found:
        return Guard.PLAIN
    return found.pop() if len(found) == 1 else Guard.PLAIN if Guard.PLAIN in found else Guard.UNKNOWN
