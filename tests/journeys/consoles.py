"""Consoles as processes that are killed and started again, each with a black box, as a screen would run them."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.commands import seal
from console.core import notes
from console.core.clock import Clock, SystemClock
from console.core.command import Command, Envelope, Outcome
from console.core.errors import BadAnswer, DiskTrouble, Refused
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.read import Read
from console.store.shelf import Shelf
from sync.inlet import lines_of

ROOT = Path(__file__).parents[2]
_NEVER = threading.Event()


@dataclass(eq=False)
class Console:
    """One console: its profile, its engine process, what was asked of it and what became of that."""

    folder: Path
    hub: dict[str, object]
    """As the note `centre` tells of it."""
    clock: Clock = field(default_factory=SystemClock)
    kept: dict[str, Envelope] = field(default_factory=dict)
    """Commands on the disk of the black box."""
    taken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    kills: int = 0
    up: bool = False

    def __post_init__(self) -> None:
        self.profile = Profile.at(self.folder)
        self._box = BlackBox(self.profile.blackbox, self.clock)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None

    def start(self) -> None:
        """Start its engine."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.post_program", str(self.folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def kill(self) -> None:
        """End it as a power cut would, and start it again."""
        self.end(signal.SIGKILL)
        self.kills += 1
        self.start()

    def end(self, number: int = 0) -> None:
        """End it, by a signal or by letting go of it."""
        process, self._process = self._process, None
        if process is None:
            return
        self.up = False
        if number:
            process.send_signal(number)
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._listener is not None:
            self._listener.join(5)
        if process.stdout is not None:
            process.stdout.close()

    def do(self, command: Command, by: str) -> str:
        """Ask for a command: durable first, then sent, if anybody listens."""
        envelope = seal(command, self.clock, by)
        self._box.keep(envelope)
        with self._lock:
            self.kept[envelope.id] = envelope
        self._say("do", **notes.envelope_values(envelope))
        return envelope.id

    def known(self) -> Sequence[str]:
        """Documents of complaints that are here."""
        return [doc for doc in self.leaves() if doc.startswith("complaint:")]

    def leaves(self) -> dict[str, tuple[str, ...]]:
        """All documents with their leaves, {} while there is no store."""
        return leaves_of(self.profile)

    def waits(self) -> int:
        """Changes not sent."""
        with contextlib.suppress(DiskTrouble):
            read = Read.open(self.profile)
            try:
                return read.outbox().waiting
            finally:
                read.close()
        return -1

    def _say(self, note: str, **values: object) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(notes.line(note, **values))

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with contextlib.suppress(OSError, ValueError):
            for line in lines_of(process.stdout):
                with contextlib.suppress(BadAnswer, Refused):
                    self._heard(*notes.parse(line))

    def _heard(self, note: str, values: object) -> None:
        assert isinstance(values, dict)
        if note == "hello":
            self.up = True
            self._say("centre", address="", hub=self.hub)
        elif note == "receipt":
            receipt = notes.read_receipt(values)
            with self._lock:
                (self.refused if receipt.outcome is Outcome.REFUSED else self.taken).add(receipt.command)


def leaves_of(profile: Profile) -> dict[str, tuple[str, ...]]:
    """All documents of a profile with their leaves, without the canaries, which go on by themselves."""
    try:
        shelf = Shelf.open(profile)
    except DiskTrouble:
        return {}
    try:
        return {
            change.doc: change.leaves
            for place in shelf.places()
            for change in shelf.changes(place, 0, 1_000_000).rows
            if not change.doc.startswith("canary:")
        }
    finally:
        shelf.close()


def pause(chance: random.Random, least_s: float, most_s: float) -> None:
    """Let some time pass."""
    SystemClock().wait(_NEVER, chance.uniform(least_s, most_s))
