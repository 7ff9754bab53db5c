"""Who listens: read from the kernel's own tables, for a process and all it started."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import psutil

_TCP_LISTENS = "0A"
_UNIX_LISTENS = 0x10000


def listening(pid: int) -> set[str]:
    """Addresses a process and its children accept connections at: `127.0.0.1:80`, or the path of a local socket."""
    inodes = set().union(*(_sockets(each) for each in (pid, *_children(pid))))
    return {place for inode, place in _listening().items() if inode in inodes}


def _children(pid: int) -> list[int]:
    return [each.pid for each in psutil.Process(pid).children(recursive=True)]


def _sockets(pid: int) -> set[str]:
    found = set()
    for handle in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            target = str(handle.readlink())
        except OSError:
            continue  # closed meanwhile
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def _listening() -> dict[str, str]:
    """Inode to place, of every socket of this machine that accepts connections."""
    found: dict[str, str] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _TCP_LISTENS:
                found[fields[9]] = _place(fields[1])
    for line in Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()[1:]:
        fields = line.split()
        if int(fields[3], 16) & _UNIX_LISTENS:
            found[fields[6]] = fields[7] if len(fields) > 7 else "unnamed"
    return found


def _place(told: str) -> str:
    address, _, port = told.partition(":")
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return f"{socket.inet_ntop(family, struct.pack(f'={len(words)}I', *words))}:{int(port, 16)}"
