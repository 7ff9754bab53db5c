"""Every file the console writes goes through here, and every file it ships is found through here.

A file is written beside its place, flushed to the disk, and only then moved into place: after a power cut there
stands the old one or the new one, never an empty one. What lies in a database is not written here.

A profile is closed to everybody else on the machine, and so is every file and folder made in it: whatever the umask, a
new one is open to nobody to whom its folder is closed. A file for others (a bundle, a copy saved on a stick) lies in a
folder that is open to them.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from console.core.errors import DiskTrouble, code_of
from console.core.phrases import LANGUAGES, Phrases

_REPLACE_TRIES = 25
_REPLACE_PAUSE_S = 0.1
_OTHERS = 0o077
_OURS = frozenset({"records.db", "readings.db", "settings.toml", "engine.lock", "screen.lock", "blackbox"})
"""A folder with one of these is a profile."""
_BUSY_ON_WINDOWS = frozenset({5, 32, 33})
"""Access denied, sharing violation, lock violation: a scanner or an indexer holds the old file for a moment."""


def disk_trouble(error: OSError, path: Path) -> DiskTrouble:
    """What the system said of a file, as a fault with a sentence."""
    says = {
        errno.ENOSPC: "store.full",
        errno.EDQUOT: "store.full",
        errno.EROFS: "store.read_only",
        errno.EACCES: "store.read_only",
        errno.EPERM: "store.read_only",
    }.get(error.errno or 0, "store.broken_disk")
    return DiskTrouble(says, path=str(path), fault=code_of(error))


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable, where the system can (Windows cannot and need not)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opener(path: str, flags: int) -> int:
    """As `os.open`, with the rights a new file has in its folder."""
    return os.open(path, flags, 0o666 & stat.S_IMODE(Path(path).parent.stat().st_mode))


def _made(path: Path) -> BinaryIO:
    """A new file, in any case one of our own: a link that somebody laid in its place is not followed."""
    path.unlink(missing_ok=True)
    return open(path, "xb", opener=_opener)


def _appending(path: Path) -> BinaryIO:
    """A file to add to, made where it was not."""
    return open(path, "ab+", opener=_opener)


def make_file(path: Path) -> None:
    """An empty file where there is none, for who opens it by other means (SQLite takes its rights for all files beside
    it). Where it cannot be made, who opens it will say so."""
    with suppress(OSError), _appending(path):
        pass


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A stream that becomes the file `path` when the block ends well, and nothing at all when it does not.

    Raises `DiskTrouble`; an error raised inside the block passes through.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        stream = _made(beside)
    except OSError as error:
        raise disk_trouble(error, path) from error
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        move(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise disk_trouble(error, path) from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def changing(path: Path) -> Iterator[BinaryIO]:
    """A stream to read and write within a file: only for a working copy, for it is torn where the block is cut off.
    Raises `DiskTrouble`."""
    try:
        with path.open("r+b") as stream:
            yield stream
    except OSError as error:
        raise disk_trouble(error, path) from error


def overwrite(path: Path, start: int, data: bytes) -> None:
    """Put bytes in the place of others of a file, on the disk on return; who adds to its end meanwhile loses nothing.
    Only where what is torn by a kill may be written again. Raises `DiskTrouble`."""
    with changing(path) as stream:
        stream.seek(start)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def atomic_write(path: Path, data: bytes) -> None:
    """The whole file or nothing, durable on return. The old one stands until then. Raises `DiskTrouble`."""
    with writing(path) as stream:
        stream.write(data)


def move(source: Path, place: Path) -> None:
    """Move a file over another in the same folder, durable on return. Raises `OSError`."""
    pause = threading.Event()
    for left in range(_REPLACE_TRIES, 0, -1):
        try:
            source.replace(place)
            break
        except PermissionError as error:
            if left == 1 or getattr(error, "winerror", None) not in _BUSY_ON_WINDOWS:
                raise
            pause.wait(_REPLACE_PAUSE_S)
    sync_folder(place.parent)


def append_durable(path: Path, data: bytes) -> None:
    """Add bytes at the end of a file, on the disk on return. A torn last line is closed off first."""
    try:
        fresh = not path.exists()
        with _appending(path) as stream:
            size = stream.seek(0, os.SEEK_END)
            if size:
                stream.seek(size - 1)
                if stream.read(1) != b"\n":
                    data = b"\n" + data
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if fresh:
            sync_folder(path.parent)
    except OSError as error:
        raise disk_trouble(error, path) from error


def append(path: Path, data: bytes) -> int:
    """Add bytes at the end of a file that need not outlive a power cut; its size now. Raises `DiskTrouble`."""
    try:
        with _appending(path) as stream:
            stream.write(data)
            return stream.tell()
    except OSError as error:
        raise disk_trouble(error, path) from error


def read_bytes(path: Path) -> bytes | None:
    """The file's bytes, None where there is no such file. Raises `DiskTrouble` where it cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise disk_trouble(error, path) from error


def make_folder(folder: Path) -> Path:
    """The folder, made where it was not, with those above it. Raises `DiskTrouble`."""
    try:
        _make_folder(folder)
    except OSError as error:
        raise disk_trouble(error, folder) from error
    return folder


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        if folder.parent != folder:
            _make_folder(folder.parent)
        folder.mkdir(stat.S_IMODE(folder.parent.stat().st_mode) & 0o777, exist_ok=True)


def _closed(folder: Path) -> None:
    """Close a profile to everybody else, also one that an older edition left open. A folder that is no profile yet and
    holds something, that is somebody else's, or that all may write in, is not ours to close."""
    found = folder.stat()
    if os.name == "nt" or found.st_uid != os.geteuid() or found.st_mode & stat.S_ISVTX:
        return
    inside = list(folder.iterdir())
    if inside and not _OURS & {each.name for each in inside}:
        return
    for each in (folder, *inside):
        mode = each.lstat().st_mode
        if mode & _OTHERS and (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            each.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def touch(path: Path) -> bool:
    """Make a file one that was just written. False where there is none. Raises `DiskTrouble`."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise disk_trouble(error, path) from error
    return True


def drop_file(path: Path) -> None:
    """Remove a file that may be absent. Raises `DiskTrouble`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise disk_trouble(error, path) from error


def resource_root() -> Traversable:
    """The folder `resources`, in the sources, an installed package or a frozen bundle."""
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None and (Path(bundle) / "resources").is_dir():
        return Path(bundle) / "resources"
    return package_files("resources")


def resource(name: str) -> bytes:
    """Bytes of a shipped file, `name` with slashes, below `resources/`. An absent one is our bug."""
    place = resource_root()
    for part in PurePosixPath(name).parts:
        place = place / part
    return place.read_bytes()


def resources(pattern: str) -> list[tuple[str, bytes]]:
    """All shipped files whose name matches the glob (`phrases/id/*.toml`, `packs/x/**`), by name."""
    place, above = resource_root(), ""
    for part in PurePosixPath(pattern).parts[:-1]:
        if set(part) & set("*?[") or part == "..":
            break
        place, above = place / part, f"{above}{part}/"
    if not place.is_dir():
        return []
    return [(name, each.read_bytes()) for name, each in sorted(_walk(place, above)) if _matches(name, pattern)]


def _matches(name: str, pattern: str) -> bool:
    if pattern.endswith("/**"):
        return name.startswith(pattern[:-2])
    wanted, parts = PurePosixPath(pattern).parts, PurePosixPath(name).parts
    return len(wanted) == len(parts) and PurePosixPath(name).match(pattern)


def _walk(place: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for each in place.iterdir():
        name = f"{above}{each.name}"
        if each.name in {"__pycache__", "__init__.py"}:
            continue
        if each.is_dir():
            yield from _walk(each, f"{name}/")
        else:
            yield name, each


def load_phrases(language: str = LANGUAGES[0]) -> Phrases:
    """All shipped sentences, speaking `language`."""
    return Phrases.from_toml(((name.split("/")[1], raw) for name, raw in resources("phrases/*/*.toml")), language)


def default_profile(environ: Mapping[str, str], platform: str) -> Path:
    """The platform's local data folder for this program: never a roaming or redirected one (a WAL file on a share
    is a damaged file). `platform` is `sys.platform`. Without any home it is below the temporary folder's name."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or (f"{home}\\AppData\\Local" if home else "")
        return Path(base or ".") / "Kendali"
    if platform == "darwin":
        return Path(home or ".") / "Library" / "Application Support" / "Kendali"
    base = environ.get("XDG_DATA_HOME", "")
    if not base.startswith("/"):
        base = f"{home or '.'}/.local/share"
    return Path(base) / "kendali"


@dataclass(frozen=True, slots=True)
class Profile:
    """Where everything of one workstation lies."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Profile:
        """The profile in a folder, made where it was not. Raises `DiskTrouble` where it cannot be written."""
        profile = cls(Path(folder).absolute())
        make_folder(profile.folder)
        with suppress(OSError):  # a stick without rights has none to take away
            _closed(profile.folder)
        probe = profile.folder / f".tulis-{os.getpid()}-{threading.get_ident()}"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise disk_trouble(error, profile.folder) from error
        return profile

    @property
    def records(self) -> Path:
        """What is synced, the outbox, the history: durable."""
        return self.folder / "records.db"

    @property
    def readings(self) -> Path:
        """What can be fetched again: health of sources, bad answers."""
        return self.folder / "readings.db"

    @property
    def settings(self) -> Path:
        """What a person changed of the settings."""
        return self.folder / "settings.toml"

    @property
    def sources(self) -> Path:
        """Sources a person added to those of the city pack."""
        return self.folder / "sources.toml"

    @property
    def blackbox(self) -> Path:
        """One line per deed, before it is done."""
        return self.folder / "blackbox"

    @property
    def backups(self) -> Path:
        """Copies of `records.db` whose restore was tried."""
        return self.folder / "backups"

    @property
    def logs(self) -> Path:
        """Logs of engine and screen."""
        return self.folder / "logs"

    @property
    def packs(self) -> Path:
        """City packs a person installed."""
        return self.folder / "packs"

    @property
    def samples(self) -> Path:
        """Bad answers of sources, kept whole for who mends the feed."""
        return self.folder / "samples"

    @property
    def blobs(self) -> Path:
        """Bytes of photos and files, one file per content."""
        return self.folder / "blobs"

    @property
    def slips(self) -> Path:
        """Rows for the ledger that nobody has taken in yet, one file each."""
        return self.folder / "slips"

    @property
    def engine_lock(self) -> Path:
        """Held by the one process that writes."""
        return self.folder / "engine.lock"

    @property
    def screen_lock(self) -> Path:
        """Held by the one process that draws."""
        return self.folder / "screen.lock"

    @property
    def suspect(self) -> Path:
        """Stands there while the store is in doubt: the next start looks through it."""
        return self.folder / "records.suspect"

    @property
    def reserve(self) -> Path:
        """Room kept for what operators do when the disk is full."""
        return self.folder / "reserve.bin"


class FileLock:
    """A lock of the operating system on a file: it ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None

    @property
    def held(self) -> bool:
        """True while this object holds it."""
        return self._stream is not None

    def take(self) -> bool:
        """True where it is ours now; false where another holds it. Raises `DiskTrouble`."""
        if self._stream is not None:
            return True
        try:
            stream = _appending(self._path)
        except OSError as error:
            raise disk_trouble(error, self._path) from error
        try:
            _lock(stream.fileno())
        except OSError:
            stream.close()
            return False
        self._stream = stream
        return True

    def drop(self) -> None:
        """Let go. Harmless where it is not held."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
