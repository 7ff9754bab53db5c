"""Nobody else on the machine reads a profile: folders 0700 and files 0600, whatever the umask was."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.store import backup
from console.store.blackbox import BlackBox
from console.store.blobs import Blobs
from console.store.database import open_writer, transaction
from console.store.export import export
from console.store.files import FileLock, Profile, append, append_durable, atomic_write, make_folder, writing
from console.store.packs import add
from console.store.snapshot import make as make_snapshot
from console.store.store import Store
from sync.engine_log import EngineLog
from sync.keys import Keys
from sync.relay.accounts import Account
from sync.relay.own import keep_accounts
from tests.cities import small_files
from tests.store.conftest import NOON, ask, batch, invented_pack, said

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights of another system")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """As careless as a system can be."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Rights of everything in a folder and of itself."""
    found = {str(each.relative_to(folder)): stat.S_IMODE(each.lstat().st_mode) for each in folder.rglob("*")}
    return {".": stat.S_IMODE(folder.stat().st_mode), **found}


def too_open(folder: Path) -> dict[str, str]:
    """What somebody else could look into."""
    return {name: oct(mode) for name, mode in modes(folder).items() if mode & 0o077}


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A folder that is open to all, as a home may be."""
    tmp_path.chmod(0o755)
    return tmp_path


class Memory:
    """A keyring that is not there."""

    durable = False

    def secret(self, _server: str, _user: str) -> str:
        return ""

    def keep(self, _server: str, _user: str, _secret: str, *, durably: bool = True) -> bool:
        return False

    def forget(self, _server: str, _user: str) -> None:
        return None


def test_everything_a_console_writes_into_its_profile(wide: Path) -> None:
    clock = TurnedClock(NOON)
    profile = Profile.at(wide / "data" / "kendali")
    with closing(Store.open(profile, clock, invented_pack())) as store:
        store.take(batch(said(1), said(2)))
        store.apply(*ask(clock, "uji:000001", fields={"holder": "Rina"}, text="+62 812"))
        assert too_open(profile.folder) == {}, "also the log beside the database, while it is in use"
        BlackBox(profile.blackbox, clock).keep(ask(clock, "uji:000001", fields={}, text="x")[0])
        Blobs(profile.blobs).keep(b"a photo")
        Blobs(profile.blobs).grow("0" * 64, b"half of one", start=0)
        EngineLog(make_folder(profile.logs), clock).tell("engine.bye")
        backup.make(profile, clock)
        make_snapshot(profile, profile.folder / "hand-over.kendali", "uji", clock)
        with (profile.folder / "export.json").open("w") as out:  # whose redirection that is decides its own rights
            export(profile, "complaint", "json", out)
        (profile.folder / "export.json").unlink()
        keep_accounts(profile, [Account.made("posko", "s" * 40, reads=("*",), writes=())])
        lock = FileLock(profile.screen_lock)
        assert lock.take()
        lock.drop()
    assert too_open(profile.folder) == {}
    assert set(modes(profile.folder).values()) <= {0o700, 0o600}
    assert len(modes(profile.folder)) > 15, "the walk above wrote what it says"
    assert stat.S_IMODE((wide / "data").stat().st_mode) == 0o755, "what lies above is not ours to close"


@pytest.mark.parametrize("name", ["records.db", "settings.toml", "blackbox"])
def test_a_profile_that_an_older_edition_left_open_is_closed(wide: Path, name: str) -> None:
    folder = wide / "old"
    (folder / "logs").mkdir(parents=True, mode=0o777)
    (folder / name).mkdir(mode=0o755) if name == "blackbox" else (folder / name).touch(0o644)
    (folder / "link").symlink_to(wide)
    Profile.at(folder)
    assert {found: mode for found, mode in modes(folder).items() if mode & 0o077 and found != "link"} == {}
    assert stat.S_IMODE(wide.stat().st_mode) == 0o755, "a link is not followed"


def test_a_folder_that_is_no_profile_keeps_its_rights(wide: Path) -> None:
    (wide / "letter.txt").write_text("mine")
    Profile.at(wide)
    assert stat.S_IMODE(wide.stat().st_mode) == 0o755
    (wide / "all").mkdir()
    (wide / "all").chmod(0o1777)
    Profile.at(wide / "all")
    assert stat.S_IMODE((wide / "all").stat().st_mode) == 0o1777, "one that all may write in is everybody's"


def test_what_is_for_others_is_as_open_as_its_folder(wide: Path) -> None:
    stick = wide / "stick"
    stick.mkdir(0o755)
    atomic_write(stick / "bundle", b"x")
    assert stat.S_IMODE((stick / "bundle").stat().st_mode) == 0o644
    stick.chmod(0o700)
    atomic_write(stick / "bundle", b"y")
    append(stick / "more", b"z")
    append_durable(stick / "lines", b"z\n")
    open_writer(stick / "a.db").close()
    make_folder(stick / "one" / "two")
    assert too_open(stick) == {}


def test_a_link_laid_in_the_way_of_a_file_is_not_written_through(wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = wide / "target"
    target.write_bytes(b"precious")
    monkeypatch.setattr("console.store.files.os.getpid", lambda: 7)
    monkeypatch.setattr("console.store.files.threading.get_ident", lambda: 9)
    (wide / ".note.7-9.part").symlink_to(target)
    with writing(wide / "note") as stream:
        stream.write(b"mine")
    assert target.read_bytes() == b"precious"
    assert (wide / "note").read_bytes() == b"mine"


def test_a_pack_and_a_key_file_are_closed_too(wide: Path) -> None:
    profile = Profile.at(wide / "p")
    keys = Keys(profile, Memory(), lambda: "a long enough passphrase for it")  # type: ignore[arg-type]
    keys.make()
    assert too_open(profile.folder) == {}
    given = wide / "rekaan"
    given.mkdir()
    for name, raw in small_files().items():
        (given / name).write_bytes(raw)
    add(profile, given)
    assert too_open(profile.folder) == {}


def test_what_is_deleted_is_not_left_in_the_file(wide: Path) -> None:
    canary = "3671010203040005 Budi"
    path = wide / "a.db"
    with closing(open_writer(path)) as db:
        db.execute("CREATE TABLE t (x)")
        with transaction(db):
            db.executemany("INSERT INTO t VALUES (?)", [(f"{canary} {n}",) for n in range(500)])
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert canary.encode() in path.read_bytes()
        with transaction(db):
            db.execute("DELETE FROM t")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        held = b"".join(each.read_bytes() for each in wide.glob("a.db*"))
    assert canary.encode() not in held
