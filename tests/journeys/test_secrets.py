"""Five hundred planted secrets over all ways an error takes: none stands in a log, a report, a temporary file or on
standard error afterwards."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from bench.crash import PATIENCE_S, EngineProcess
from console.commands import seal
from console.commands.intake import Record, new_complaint_id
from console.commands.work import Note
from console.core import notes
from console.core.clock import SystemClock
from console.core.errors import BadAnswer, ConsoleError
from console.core.records import Batch, ComplaintId
from console.shell.crash import Crashes
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.store import Store
from sync.engine_log import CODES, EngineLog
from sync.feed import Ask
from sync.hub_server import Server
from sync.wire import Wire
from tests.cities import small_pack
from tests.sync.conftest import LIMITS
from tests.sync.faults import FaultServer
from tests.town import complaint
from tests.tree import ROOT

_CHANCE = random.Random(14)
_NAMES = ("Siti", "Budi", "Rangga", "Ayu", "Made", "Putri", "Agus", "Dewi")
PROGRAM = (sys.executable, "-m", "tests.journeys.engine_program")


def _digits(count: int) -> str:
    return "".join(_CHANCE.choice("0123456789") for _ in range(count))


def _word() -> str:
    return "".join(_CHANCE.choice("bcdfghjklmnpqrstvwxz") for _ in range(9))


MAKERS: Sequence[Callable[[], str]] = (
    lambda: f"36710{_digits(11)}",
    lambda: f"08{_digits(10)}",
    lambda: f"+62 8{_digits(2)}-{_digits(4)}-{_digits(4)}",
    lambda: f"{_word()}@{_word()}.example",
    lambda: f"{_CHANCE.choice(_NAMES)} {_word().title()}",
    lambda: f"Jalan {_word().title()} No. {_digits(3)} RT {_digits(2)}",
    lambda: f"eyJhbGciOi{_word()}.{_word()}{_digits(12)}.{_word()}",
    lambda: f"sandi-{_word()}-{_digits(6)}",
    lambda: f"Rumah saya di belakang {_word()} {_digits(4)}",
    lambda: f"kendali1-{_word()}{_word()}",
)
SECRETS = [MAKERS[nth % len(MAKERS)]() for nth in range(500)]


def found_in(*places: Path, texts: Sequence[str] = ()) -> list[str]:
    """Secrets that stand in files below those folders, or in those texts; written any way."""
    held = [path.read_bytes() for place in places for path in sorted(place.rglob("*")) if path.is_file()]
    held += [text.encode("utf-8", "replace") for text in texts]
    whole = b"\n".join(held)
    return [each for each in SECRETS if each.encode() in whole or each.encode("unicode_escape") in whole]


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that is looked through afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(folder))
    return folder


def test_there_are_five_hundred_and_they_are_found() -> None:
    assert len(set(SECRETS)) == 500
    assert found_in(texts=[f"a {SECRETS[7]} b", SECRETS[400]]) == [SECRETS[7], SECRETS[400]]


class Away(Exception):
    """Of somebody else's making."""


def raised(kind: type[BaseException], secret: str) -> BaseException:
    """An error with a secret in its words, in a local, in what led to it and in a note."""

    def inner(held: str) -> None:
        try:
            raise KeyError(held)
        except KeyError as error:
            said = kind(f"about {held}")
            said.add_note(held)
            raise said from error

    try:
        inner(secret)
    except kind as error:
        return error
    raise AssertionError


def test_none_in_the_logs_and_reports_of_either_process(
    tmp_path: Path, apart: Path, qapp: QApplication, capfd: pytest.CaptureFixture[str]
) -> None:
    profile = Profile.at(tmp_path / "profile")
    echoed: list[str] = []
    log = EngineLog(profile.logs, SystemClock(), lambda what, values: echoed.append(f"{what} {values}"))
    profile.logs.mkdir()
    shown: list[str] = []
    kinds = (ValueError, RuntimeError, OSError, AssertionError, UnicodeError, LookupError, Away, ArithmeticError)
    for nth, secret in enumerate(SECRETS):
        error = raised(kinds[nth % len(kinds)], secret)
        log.bug(error, "keeper")
        log.tell("engine.lost", by=secret, text=secret, values={"why": secret}, title=secret, url=secret, secret=secret)
        crashes = Crashes(profile, SystemClock(), "1")  # a new one each time: only the first twenty of a run are kept
        crashes.happened.connect(shown.append)
        crashes.take(type(error), error, error.__traceback__)
    assert len(shown) == 500
    assert {path.name for path in profile.logs.iterdir()} >= {"engine.log", "screen-faults.log"}
    told = capfd.readouterr()
    assert "KeyError" in told.err
    assert found_in(profile.logs, apart, texts=[*shown, *echoed, told.out, told.err]) == []


def test_codes_are_the_only_texts_a_log_takes() -> None:
    """Under these names nothing stands that a person wrote; whoever adds one looks at each place that tells it."""
    known = {"source", "why", "fault", "deed", "command", "thread", "bug", "version", "sqlite", "file", "state", "note"}
    assert known == CODES


@pytest.fixture
def engine(tmp_path: Path, apart: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Profile, Any, Path]]:
    """A real engine over complaints full of secrets, and where its standard error goes."""
    monkeypatch.chdir(ROOT)
    profile = Profile.at(tmp_path / "profile")
    with closing(Store.open(profile, SystemClock(), small_pack())) as store:
        rows = [complaint(n, title=each, text=each, address=each, agency=each) for n, each in enumerate(SECRETS)]
        store.take(Batch("rekaan", rows, memo={}))
    errors = tmp_path / "stderr.txt"
    with errors.open("wb") as stream:
        before = os.dup(2)
        os.dup2(stream.fileno(), 2)
        try:
            made = EngineProcess(profile.folder, PROGRAM, ("http://127.0.0.1:9",))
        finally:
            os.dup2(before, 2)
            os.close(before)
    yield profile, made, errors
    with suppress(OSError):
        made.kill()


def test_none_is_left_by_an_engine_that_hears_nonsense(engine: tuple[Profile, Any, Path], apart: Path) -> None:
    """Broken notes, unknown deeds, wrong types, secrets to sign in with, a black box somebody wrote into."""
    profile, process, errors = engine
    clock = SystemClock()
    box = BlackBox(profile.blackbox, clock)
    process.said("hello")
    for nth, secret in enumerate(SECRETS):
        ident = ComplaintId(f"rekaan:{nth:06d}")
        lines = [
            secret.encode() + b"\n",
            notes.line("do", id=secret, kind=secret, fields={"text": secret}, by=secret, at=secret),
            notes.line(secret, value=secret),
            notes.line("sign_in", user=secret, secret=secret),
            notes.line(
                "centre", address=f"http://{secret}@127.0.0.1:9/{secret}", hub={"url": secret, "secret": secret}
            ),
            notes.line("bundle", id=str(nth), do="take", path=secret, passphrase=secret),
            notes.line("bundle", id=f"x{nth}", do=secret, key=secret),
            notes.line("fetch", source=secret) + b"{" + secret.encode() + b"\n",
        ]
        envelope = seal(Note(ident, text=f"{secret} lagi"), clock, secret[:60])
        box.keep(envelope)
        lines.append(notes.line("do", **notes.envelope_values(envelope)))
        process.send(lines[nth % len(lines)])
    last = seal(Note(ComplaintId("rekaan:000001"), text="selesai"), clock, "Rani")
    process.send(notes.line("do", **notes.envelope_values(last)))
    while process.said("receipt")["command"] != last.id:
        pass
    process.end()
    assert process.process.returncode == 0
    held = profile.logs
    assert (held / "engine.log").stat().st_size > 100
    assert found_in(held, apart, texts=[errors.read_text("utf-8", "replace")]) == []


def test_none_is_left_by_an_engine_that_falls_over(engine: tuple[Profile, Any, Path], apart: Path) -> None:
    """Its store is cut off under it."""
    profile, process, errors = engine
    process.said("hello")
    with profile.records.open("r+b") as stream:
        stream.seek(4096)
        stream.write("".join(SECRETS).encode())
    for nth, secret in enumerate(SECRETS[:60]):
        ident = ComplaintId(f"rekaan:{nth:06d}")
        made = Record(new_complaint_id(SystemClock()), title=secret, channel="telepon", text=secret, address=secret)
        envelope = seal(made if nth % 2 else Note(ident, text=secret), SystemClock(), secret[:60])
        process.send(notes.line("do", **notes.envelope_values(envelope)))
    process.process.stdin.close()
    process.process.wait(PATIENCE_S)
    assert found_in(profile.logs, apart, texts=[errors.read_text("utf-8", "replace")]) == []


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


def test_none_is_told_by_a_wire_in_trouble(faults: FaultServer, apart: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wire = Wire(SystemClock(), agent="t", limits=LIMITS)
    told: list[str] = []
    names = [
        "captive",
        "redirect_portal",
        "short_body",
        "not_gzip",
        "500html",
        "401",
        "404",
        "reset",
        "picture",
        "loop",
    ]
    for nth, secret in enumerate(SECRETS[:200]):
        address = faults.url(names[nth % len(names)])
        with suppress(ConsoleError):
            try:
                wire.fetch(Ask(address, params={"token": secret}, etag=secret), allow_private=True)
            except ConsoleError as error:
                told.append(str(error))
                raise
    assert len(told) == 200
    wire.close()
    said = capfd.readouterr()
    assert found_in(apart, texts=[*told, said.out, said.err]) == []


TYPED: Sequence[Sequence[str]] = (
    ("sync", "once", "--hub", "http://127.0.0.1:9", "--user", "posko", "--secret-stdin"),
    ("sync", "once", "--hub", "http://127.0.0.1:9", "--user", "posko", "--secret-stdin", "--json"),
    ("sync", "once", "--hub", "http://[x", "--user", "posko", "--secret-stdin"),
    ("hub", "prepare", "http://127.0.0.1:9", "--user", "admin", "--secret-stdin"),
    ("hub", "prepare", "https://192.0.2.1:x", "--user", "admin", "--secret-stdin"),
)


@pytest.mark.parametrize("typed", TYPED, ids=[" ".join(each[:3]) for each in TYPED])
def test_none_is_said_in_a_terminal(typed: Sequence[str], tmp_path: Path, apart: Path) -> None:
    secret = SECRETS[7]
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *typed, "--profile", str(tmp_path / "p")],
        input=f"{secret}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (2, 3, 4)
    assert found_in(tmp_path / "p", apart, texts=[done.stdout, done.stderr]) == []


def test_a_server_that_is_known_is_told_without_its_secret() -> None:
    assert "secret" not in set(Server.__dataclass_fields__)
    with pytest.raises(BadAnswer):
        notes.parse(b"{")
