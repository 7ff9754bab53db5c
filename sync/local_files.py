"""Files of this machine as sources: `file:///path` is read as an address is asked, with an ETag and an end.

Only plain files: a link is not followed, a pipe does not hold anybody. A folder is answered by the list of its plain
files. What changes while it is read is not taken: whoever writes it is not done.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from console.core.clock import Clock
from console.core.errors import Away, BadAnswer, Denied, code_of
from sync.feed import Answer, Ask
from sync.given_file import MOST_BYTES
from sync.pull import Fetching

SCHEME = "file"
FOLDER = "inode/directory"
"""Content type of the list of a folder: {"files": [{"name", "size", "changed"}], "links": number}."""
MOST_LISTED = 2_000
_SETTLED_S = 2.0
"""A file whose time lies further back than this was not written within one tick of the disk's clock."""
_TYPES = {".csv": "text/csv", ".json": "application/json", ".geojson": "application/json"}


@dataclass(frozen=True, slots=True)
class WithFiles:
    """The wire, and beside it the files of this machine, which are there with the cable out too."""

    wire: Fetching
    clock: Clock

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        """The answer of an address or of a file. Raises `Away`, `Denied` or `BadAnswer`."""
        if not is_local(ask.url):
            return self.wire.fetch(ask, allow_private=allow_private, deadline_s=deadline_s)
        return read_local(ask, self.clock)


def is_local(url: str) -> bool:
    """Whether it names a file of this machine."""
    return url[: len(SCHEME) + 1].lower() == f"{SCHEME}:"


def path_of(url: str) -> Path:
    """The path an address names. One of another machine raises `BadAnswer`."""
    try:
        parts = urlsplit(url)
        path = unquote(parts.path, errors="strict")
    except ValueError:
        raise BadAnswer("sync.url.form", url=url[:80]) from None
    if parts.netloc not in ("", "localhost") or "\0" in path or not path.startswith("/"):
        raise BadAnswer("sync.url.form", url=url[:80])
    drive = os.name == "nt" and len(path) > 2 and path[2] == ":"
    return Path(path[1:] if drive else path)


def read_local(ask: Ask, clock: Clock) -> Answer:
    """The answer of a file or a folder. Raises `Away` where it is not there (a stick that is pulled out) or still being
    written, `Denied` where we may not read it, `BadAnswer` where it is nothing to be read."""
    path = path_of(ask.url)
    try:
        kind = os.lstat(path).st_mode
        if stat.S_ISLNK(kind):
            raise BadAnswer("sync.local.link", path=str(path))
        body, etag, folder = (*_listed(path), True) if stat.S_ISDIR(kind) else (*_read(path, ask.etag, clock), False)
    except PermissionError as trouble:
        raise Denied("sync.file.unreadable", path=str(path), fault=code_of(trouble)) from trouble
    except FileNotFoundError as trouble:
        raise Away("sync.file.missing", path=str(path)) from trouble
    except OSError as trouble:
        raise Away("sync.file.unreadable", path=str(path), fault=code_of(trouble)) from trouble
    told = FOLDER if folder else _TYPES.get(path.suffix.lower(), "")
    same = bool(ask.etag) and _digest_of(etag) == _digest_of(ask.etag)
    return Answer(b"" if same else body, told, "", clock.now(), ask.url, etag, same, ask.tag, ask.params)


def _read(path: Path, known: str, clock: Clock) -> tuple[bytes, str]:
    """The bytes of a plain file with its ETag; none where size and time are those of `known` and long past."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise BadAnswer("sync.local.kind", path=str(path))
        if before.st_size > MOST_BYTES:
            raise BadAnswer("sync.file.big", path=str(path), size_mb=before.st_size >> 20, limit_mb=MOST_BYTES >> 20)
        head = f'"{before.st_size}-{before.st_mtime_ns}-'
        if known.startswith(head) and clock.now().timestamp() - before.st_mtime > _SETTLED_S:
            return b"", known
        body = stream.read(MOST_BYTES + 1)
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(body) != before.st_size:
        raise Away("sync.local.changing", path=str(path))
    return body, f'{head}{hashlib.sha256(body).hexdigest()[:32]}"'


def _listed(folder: Path) -> tuple[bytes, str]:
    """The plain files of a folder by name, and how many links are not followed. Hidden ones, and those that an office
    program keeps beside an open one, are not looked at."""
    files, links = [], 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            if entry.is_symlink():
                links += 1
            elif entry.is_file(follow_symlinks=False):
                told = entry.stat(follow_symlinks=False)
                files.append({"name": entry.name, "size": told.st_size, "changed": told.st_mtime_ns})
            if len(files) > MOST_LISTED:
                raise BadAnswer("sync.local.many", path=str(folder), most=MOST_LISTED)
    files.sort(key=lambda each: str(each["name"]))
    body = json.dumps({"files": files, "links": links}, ensure_ascii=True).encode()
    return body, f'"{len(files)}-0-{hashlib.sha256(body).hexdigest()[:32]}"'


def _digest_of(etag: str) -> str:
    """What stays the same where a file was only touched."""
    return etag.rpartition("-")[2]
