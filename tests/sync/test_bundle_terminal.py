"""Bundles and snapshots at the terminal: what a person reads, and what is kept of keys and contacts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import BadAnswer, ConsoleError, Refused
from console.store.exchange import Contact, Exchange, change, look
from console.store.files import FileLock, Profile, load_phrases
from console.store.packs import load
from console.store.store import Store
from sync import seal
from sync.bundle.make import Wanted
from sync.bundle.terminal import NOT_WHOLE, Counter
from sync.keys import KEY_FILE, Keys
from sync.seal import PublicKey
from sync.snapshot_terminal import Steps, make, take
from tests.store.conftest import NOON, batch, roomy, said
from tests.store.snapshots import work

PHRASE = "tujuh kuda menyeberang sungai"


class Ring:
    """A keyring in memory; one that keeps nothing has no room."""

    def __init__(self, *, durable: bool = True) -> None:
        self.durable = durable
        self.kept: dict[tuple[str, str], str] = {}

    def secret(self, server: str, user: str) -> str:
        return self.kept.get((server, user), "")

    def keep(self, server: str, user: str, secret: str, *, durably: bool = True) -> bool:
        self.kept[server, user] = secret
        return durably and self.durable


class Desk:
    """One console's terminal."""

    def __init__(self, folder: Path, clock: TurnedClock, ring: Ring | None = None) -> None:
        Profile.at(folder)
        self.lines: list[str] = []
        self.aside: list[str] = []
        self.ring = ring or Ring()
        self.profile = Profile(folder)
        self.clock = clock
        ask = lambda: PHRASE  # noqa: E731
        self.counter = Counter(folder, load_phrases("id"), self.lines.append, ask, self.ring, clock)

    def key(self) -> str:
        self.lines.clear()
        assert self.counter.key() == 0
        return next(line for line in self.lines if line.startswith(seal.HEAD))

    def says(self) -> str:
        said = "\n".join(self.lines)
        self.lines.clear()
        return said

    def store(self) -> Store:
        return Store.open(self.profile, self.clock, load(None, self.counter.pack.id), room=roomy(self.profile))


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a passphrase cost nothing here."""
    monkeypatch.setattr(seal, "_SCRYPT_N", 1 << 8)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON, seed=7)


@pytest.fixture
def post(tmp_path: Path, clock: TurnedClock) -> Desk:
    desk = Desk(tmp_path / "posko", clock)
    store = desk.store()
    work(store, clock, 0, 3)
    store.close()
    return desk


@pytest.fixture
def centre(tmp_path: Path, clock: TurnedClock) -> Iterator[Desk]:
    desk = Desk(tmp_path / "pusat", clock)
    store = desk.store()
    store.take(batch(*(said(number) for number in range(3))))
    store.close()
    yield desk


def test_a_whole_exchange(post: Desk, centre: Desk, tmp_path: Path) -> None:
    theirs, ours = centre.key(), post.key()
    assert " ".join(PublicKey.parse(theirs).words[:5]) in centre.says()
    stick = tmp_path / "stik"
    stick.mkdir()
    wanted = Wanted(post.counter.key_of(theirs), stick / "posko.kiriman", post.counter.pack.id, "Posko Timur")
    assert post.counter.make(wanted) == 0
    assert "posko.kiriman" in post.says()
    with pytest.raises(Refused, match="stranger") as caught:
        centre.counter.take([stick / "posko.kiriman"], None)
    told = centre.counter.phrases.tell(caught.value)
    assert ours in told and "Posko Timur" in told
    assert centre.counter.trust(ours, "Posko") == 0
    assert centre.counter.take([stick / "posko.kiriman"], None) == 0
    said = centre.says()
    assert "Posko" in said and str(stick / "posko.terima") in said
    assert centre.counter.take([stick / "posko.kiriman"], stick / "lagi.terima") == 0
    assert "sudah pernah" in centre.says()
    assert post.counter.receipt(stick / "posko.terima") == 0
    assert "sudah menerima" in post.says()
    with pytest.raises(Refused, match="nothing"):
        post.counter.make(wanted)
    with pytest.raises(Refused, match="is_receipt"):
        centre.counter.take([stick / "posko.terima"], None)
    assert centre.counter.contacts() == 0
    assert "Posko\tdipercaya" in centre.says()
    assert centre.counter.forget("posko") == 0
    assert look(centre.profile).contacts == ()


def test_missing_files_are_named(post: Desk, centre: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.bundle.make.PART_BYTES", 1)
    centre.counter.trust(post.key(), "Posko")
    wanted = Wanted(PublicKey.parse(centre.key()), tmp_path / "a.kiriman", post.counter.pack.id, split_bytes=900)
    post.counter.make(wanted)
    paths = sorted(tmp_path.glob("a-*.kiriman"))
    centre.lines.clear()
    assert centre.counter.take(paths[1:], None) == NOT_WHOLE
    assert f"berkas 1 dari {len(paths)}" in centre.says()
    assert centre.counter.take(paths[:1], None) == 0


def test_what_could_not_be_read_is_told_on_both_sides(
    post: Desk, centre: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.counter.trust(post.key(), "Posko")
    post.counter.trust(centre.key(), "Pusat")
    wanted = Wanted(PublicKey.parse(centre.key()), tmp_path / "a.kiriman", post.counter.pack.id)
    with monkeypatch.context() as patched:
        patched.setattr("sync.archive.pack", lambda data: b"rusak")
        post.counter.make(wanted)
    centre.lines.clear()
    assert centre.counter.take([tmp_path / "a.kiriman"], None) == 0
    said = centre.says()
    assert "part-0001: Bagian part-0001" in said and "a.terima" in said
    post.lines.clear()
    assert post.counter.receipt(tmp_path / "a.terima") == 0
    assert "Pusat tidak dapat membaca sebagian" in post.says()


def test_a_running_console_is_told(post: Desk, centre: Desk, tmp_path: Path) -> None:
    centre.counter.trust(post.key(), "Posko")
    wanted = Wanted(PublicKey.parse(centre.key()), tmp_path / "a.kiriman", post.counter.pack.id)
    lock = FileLock(post.profile.engine_lock)
    assert lock.take()
    post.counter.make(wanted)  # making reads only
    lock.drop()
    lock = FileLock(centre.profile.engine_lock)
    assert lock.take()
    with pytest.raises(Refused, match="running"):
        centre.counter.take([tmp_path / "a.kiriman"], None)
    lock.drop()


def test_the_secret_lies_in_the_keyring(tmp_path: Path, clock: TurnedClock) -> None:
    desk = Desk(tmp_path / "a", clock)
    text = desk.key()
    assert desk.key() == text
    [(_, secret)] = desk.ring.kept.items()
    assert len(secret) == 64
    assert not any(secret in path.read_text("utf-8", "replace") for path in desk.profile.folder.iterdir())
    assert Keys(desk.profile, desk.ring, lambda: "").identity().public.text == text
    with pytest.raises(Refused, match="key_lost"):
        Keys(desk.profile, Ring(), lambda: "").identity()
    desk.counter.key(new=True)
    assert look(desk.profile).mine != text


def test_without_a_keyring_it_is_a_file_under_a_passphrase(tmp_path: Path, clock: TurnedClock) -> None:
    desk = Desk(tmp_path / "a", clock, Ring(durable=False))
    text = desk.key()
    assert "bersandi" in desk.says()
    path = desk.profile.folder / KEY_FILE
    assert bytes.fromhex(seal.unlocked(path.read_bytes(), PHRASE).hex()) not in path.read_bytes()
    fresh = Ring(durable=False)
    assert Keys(desk.profile, fresh, lambda: PHRASE).identity().public.text == text
    with pytest.raises(Refused, match="passphrase"):
        Keys(desk.profile, fresh, lambda: "salah salah salah").identity()


def test_there_is_no_key_before_one_is_made(tmp_path: Path, clock: TurnedClock) -> None:
    desk = Desk(tmp_path / "a", clock)
    with pytest.raises(Refused, match="no_key"):
        desk.counter.keys.identity()
    with pytest.raises(Refused, match="no_profile"):
        Counter(tmp_path / "b", desk.counter.phrases, print, str, desk.ring, clock).key()


def test_contacts_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    assert look(profile) == Exchange()
    one = Contact("k", "f" * 32, "Posko", begun={})
    assert change(profile, lambda known: known.with_contact(one)) == look(profile)
    assert look(profile).named("POSKO") == one
    two = Contact("l", "e" * 32, "posko")
    change(profile, lambda known: known.with_contact(two))
    assert look(profile).named("posko") is None
    lock = FileLock(profile.folder / "exchange.lock")
    assert lock.take()
    with pytest.raises(Refused, match="busy"):
        change(profile, lambda known: known)
    lock.drop()
    for raw in (
        b"",
        b"{",
        b"[]",
        b'{"form":1}',
        b'{"form":9,"mine":"","contacts":[]}',
        b'{"form":1,"mine":"","contacts":[1]}',
    ):
        (profile.folder / "exchange.json").write_bytes(raw)
        with pytest.raises(ConsoleError):
            look(profile)


def test_a_snapshot_from_hand_to_hand(post: Desk, tmp_path: Path, clock: TurnedClock) -> None:
    new = Desk(tmp_path / "baru", clock)
    path = tmp_path / "kota.potret"
    assert make(post.counter, path, post.aside.append) == 0
    assert "tidak ditandatangani" in post.says() and post.aside[-1] == "100%"
    with pytest.raises(Refused, match="unsigned"):
        take(new.counter, str(path), new.aside.append)
    assert take(new.counter, str(path), new.aside.append, unsigned=True) == 0
    key = post.key()
    make(post.counter, path, post.aside.append)
    with pytest.raises(Refused, match="stranger"):
        take(new.counter, str(path), new.aside.append)
    new.counter.trust(key, "Posko")
    new.lines.clear()
    assert take(new.counter, str(path), new.aside.append) == 0
    assert "siap dipakai" in new.says()
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"documents":', b'"documentz":', 1))
    with pytest.raises(ConsoleError):
        take(new.counter, str(path), new.aside.append)


def test_a_file_that_is_not_there_is_named_and_no_disk_is_blamed(post: Desk, tmp_path: Path) -> None:
    post.key()
    absent = tmp_path / "tidak-ada"
    for use in (
        lambda path: take(post.counter, str(path), post.aside.append),
        lambda path: post.counter.take([path], None),
        post.counter.receipt,
    ):
        with pytest.raises(BadAnswer) as caught:
            use(absent)
        assert post.counter.phrases.tell(caught.value) == f"Berkas {absent} tidak ada. Periksa namanya."
        with pytest.raises(BadAnswer, match="folder"):
            use(tmp_path)


def test_ctrl_c_is_a_cancel(post: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.store.snapshot_file.packed", interrupted)
    with pytest.raises(Refused, match="cancelled"):
        make(post.counter, tmp_path / "kota.potret", post.aside.append)
    assert not list(tmp_path.glob("*.potret")) and not list(post.profile.folder.glob("potret*"))


def test_a_share_is_told_now_and_then() -> None:
    lines: list[str] = []
    steps = Steps(lines.append)
    for number in range(1001):
        steps(number / 1000)
    assert len(lines) <= 11 and lines[-1] == "100%"
