"""The keyring is a real one, gnome-keyring on a bus of the test: locked, killed, exchanged; and one that is silent."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backends.SecretService import Keyring

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.store.sealing import open_value, seal_value
from sync import city_key
from sync.city_key import CityKeys, new_key
from sync.credentials import Credentials
from tests.store.conftest import NOON
from tests.sync.secret_service import MISSING, PATIENCE_S, Bus

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}"),
    # the library leaves a connection open where a service fails it
    pytest.mark.filterwarnings("ignore:.*unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HUB, SECRET = "https://hub.invalid:6984", "rahasia posko, dengan ü dan 統"
ID = "konsol:" + "0" * 32
MAIN = Path(__file__).parents[2] / "main.py"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    made = Bus(tmp_path / "bus")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    yield made
    made.end()
    gc.collect()  # here, where what the library left open is expected


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "rumah"
    made.mkdir()
    return made


@pytest.fixture
def served(bus: Bus, home: Path) -> Bus:
    bus.serve(home)
    return bus


def known(patience_s: float = PATIENCE_S) -> Credentials:
    """As after a new start of the program."""
    return Credentials(Keyring, patience_s=patience_s)


def test_what_is_kept_is_there_after_new_starts_of_program_and_service(served: Bus, home: Path) -> None:
    first = known()
    assert first.durable
    assert first.keep(HUB, "posko", SECRET)
    assert known().secret(HUB, "posko") == SECRET
    assert known().secret(HUB, "lain") == ""
    served.kill_service()
    served.serve(home)
    assert known().secret(HUB, "posko") == SECRET
    known().forget(HUB, "posko")
    assert known().secret(HUB, "posko") == ""


def test_no_file_of_the_keyring_has_it_in_the_clear(served: Bus, home: Path) -> None:
    key, private, _ = new_key("rekaan", "Dewi", TurnedClock(NOON, seed=1))
    assert CityKeys(known()).keep(key, private)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    for path in files:
        raw = path.read_bytes()
        assert private not in raw and private.hex().encode() not in raw, path.name


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a code cost nothing here."""
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("trouble", ["locked", "other password", "other keyring", "killed"])
def test_one_that_changed_loses_the_key_and_the_code_opens(
    served: Bus, home: Path, tmp_path: Path, trouble: str
) -> None:
    key, private, code = new_key("rekaan", "Dewi", TurnedClock(NOON, seed=1))
    sealed = seal_value("Siti Aminah", key.public, ID, "reporter_name")
    assert CityKeys(known()).keep(key, private)
    assert CityKeys(known()).ready([key], sealed) == private
    if trouble == "locked":
        served.lock()
    else:
        served.kill_service()
    if trouble == "other password":
        served.serve(home, "bukan sandinya")
    elif trouble == "other keyring":
        (tmp_path / "lain").mkdir()
        served.serve(tmp_path / "lain")
    keys = CityKeys(known())
    with pytest.raises(Refused, match="key_lost"):
        keys.ready([key], sealed)
    assert open_value(sealed, keys.ready([key], sealed, code), ID, "reporter_name") == "Siti Aminah"
    if trouble == "other keyring":
        assert CityKeys(known()).private(key) == private, "it is a good one, and keeps it from now on"
    elif trouble == "killed":
        assert CityKeys(known()).private(key) == b""
        served.serve(home)
        assert CityKeys(known()).private(key) == private, "the older one is back with all it had"


def test_killed_while_it_is_used_what_was_asked_before_stays_known(served: Bus, home: Path) -> None:
    running = known()
    running.keep(HUB, "posko", SECRET)
    running.keep(HUB, "lain", "x")
    served.kill_service()
    assert running.secret(HUB, "posko") == SECRET
    assert running.secret(HUB, "asing") == ""
    assert not running.keep(HUB, "baru", "y"), "nothing keeps it"
    assert running.secret(HUB, "baru") == "y"
    served.serve(home)
    assert known().secret(HUB, "baru") == ""
    assert known().secret(HUB, "posko") == SECRET


def test_a_silent_one_counts_as_none_when_patience_ends(bus: Bus) -> None:
    bus.serve_silence()
    silent = known(patience_s=0.2)
    assert silent.secret(HUB, "posko") == ""
    assert not silent.durable
    assert not silent.keep(HUB, "posko", SECRET)
    assert silent.secret(HUB, "posko") == SECRET


def kendali(bus: Bus, home: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The whole program, with the keyring it finds by itself."""
    return subprocess.run(
        [sys.executable, str(MAIN), *arguments, "--profile", str(home / "profil")],
        env=dict(bus.environment(home)),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 4,
        check=False,
    )


def test_the_program_finds_it_by_itself_and_holds_its_key_over_starts(served: Bus, home: Path) -> None:
    made = kendali(served, home, "key", "make", "--by", "Dewi")
    assert made.returncode == 0, made.stderr
    assert "tersimpan di keyring mesin ini" in made.stdout
    assert kendali(served, home, "key", "rotate", "--by", "Dewi").returncode == 0
    status = kendali(served, home, "key", "status")
    assert status.returncode == 0
    assert "Terbuka" in status.stdout and "konsol ini dapat membuka segelnya" in status.stdout
    served.kill_service()
    lost = kendali(served, home, "key", "status")
    assert lost.returncode == 1
    assert "Kunci hilang" in lost.stdout


def test_with_a_silent_one_the_engine_starts_and_the_key_is_lost(bus: Bus, home: Path) -> None:
    """10 s for a start, whatever the keyring does."""
    bus.serve_silence()
    start = time.monotonic()
    engine = subprocess.Popen(
        [sys.executable, str(MAIN), "engine", "--notes", "--profile", str(home / "profil")],
        env=dict(bus.environment(home)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert engine.stdin is not None and engine.stdout is not None
    assert '"note":"hello"' in engine.stdout.readline()
    assert time.monotonic() - start < 10
    engine.stdin.close()
    engine.stdout.read()
    engine.stdout.close()
    assert engine.wait(PATIENCE_S) == 0


@pytest.mark.nightly
def test_with_a_silent_one_a_key_is_made_and_not_kept(bus: Bus, home: Path) -> None:
    """It costs its patience, once."""
    bus.serve_silence()
    made = kendali(bus, home, "key", "make", "--by", "Dewi")
    assert (made.returncode, made.stderr) == (0, "")
    assert "tidak punya keyring yang dapat dipercaya" in made.stdout
