"""The screen's side of the engine: keeps it running, hands it commands, passes on what it says.

A command becomes one durable line of the black box before it is sent; the writing is done on a worker thread, in
order. What has no receipt yet is sent again whenever an engine says hello: the command's id makes the repeat
harmless, and an engine that died between its write and its word still owes us the receipt.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from console.core import notes
from console.core.clock import Clock
from console.core.command import Envelope, Outcome, Receipt
from console.core.errors import BadAnswer, ConsoleError, DiskTrouble
from console.shell.child import Child, ChildState


class Keeping(Protocol):
    """The black box, as far as it is needed here."""

    def keep(self, envelope: Envelope) -> None:
        """One durable line. Raises `DiskTrouble`."""
        ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """A plain sentence of the engine: phrase key and values; `gone` where it is over."""

    says: str
    values: dict[str, object]
    gone: bool = False


class EngineLink(QObject):
    """One engine process and the commands on their way to it. All signals come on the screen thread."""

    hello = Signal(object)
    """An engine is up: the values of its hello note."""
    changed = Signal(object)
    """`Changes`: something was written."""
    receipt = Signal(object)
    """`Receipt`: what became of a command; a refusal with `says` where it could not even be kept."""
    trouble = Signal(object)
    """`Trouble`: what the engine has to tell."""
    told = Signal(str, object)
    """Any other note: its name and its values."""
    state_changed = Signal(object)
    """`ChildState` of the engine process."""
    _kept = Signal(object)
    _lost = Signal(object, object)

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        black_box: Callable[[], Keeping],
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        """`black_box` makes the box on the worker thread, which alone uses it."""
        super().__init__(parent)
        useless = frozenset({notes.EXIT_SECOND, notes.EXIT_USELESS})
        self._child = Child(program, arguments, clock, useless=useless, parent=self)
        self._child.line.connect(self._heard)
        self._child.state_changed.connect(self._turned)
        self._child.ended.connect(self._ended)
        self._kept.connect(self._send)
        self._lost.connect(self._not_kept)
        self._owed: dict[str, Envelope] = {}
        """Kept in the black box, no receipt yet, in the order they were asked."""
        self._up = False
        self._cut: bool | None = None
        self._centre: dict[str, object] = {}
        self._box = _BoxThread(black_box, self._kept.emit, self._lost.emit)

    @property
    def state(self) -> ChildState:
        """How the engine process stands."""
        return self._child.state

    @property
    def pid(self) -> int:
        """Process number of the engine, 0 while none runs."""
        return self._child.pid

    @property
    def owed(self) -> int:
        """How many commands wait for their receipt."""
        return len(self._owed)

    def start(self) -> None:
        """Start the engine, and keep it running."""
        self._child.start()

    def stop(self, within_s: float = 5.0) -> None:
        """Write what was asked to the black box, then let the engine end in its own order. Waits, bounded."""
        self._box.end(within_s)
        self._up = False
        self._child.stop(notes.line("bye"), within_s)

    def do(self, envelope: Envelope) -> None:
        """Keep a command durably, then send it. The answer comes as `receipt`."""
        self._owed[envelope.id] = envelope
        self._box.put(envelope)

    def cut(self, cut: bool) -> None:
        """Cut the connection to the centre and the sources, or join it again. Holds for later engines too."""
        self._cut = cut
        self._say("cut", cut=cut)

    def centre(self, address: str, hub: Mapping[str, object] | None = None) -> None:
        """Where the embedded centre listens now, and where it serves the city's databases. Holds for later engines
        too."""
        self._centre = {"address": address, **({"hub": dict(hub)} if hub else {})}
        self._say("centre", **self._centre)

    def ask_now(self, source: str = "") -> None:
        """Try a source at once; "" tries all."""
        self._say("now", source=source)

    def fetch_file(self, sha256: str) -> None:
        """Fetch a file before others, and anew where its bytes here are damaged."""
        self._say("file", sha256=sha256)

    def tell(self, note: str, values: Mapping[str, object]) -> bool:
        """Hand the engine a note; false while none is up to take it. It is not kept and not sent again."""
        return self._up and self._child.write(notes.line(note, **values))

    def _say(self, note: str, **values: object) -> None:
        if self._up:
            self._child.write(notes.line(note, **values))

    def _send(self, envelope: Envelope) -> None:
        """Kept. Where no engine is up it goes with the next hello; the engine also reads the black box itself."""
        if envelope.id in self._owed:
            self._say("do", **notes.envelope_values(envelope))

    def _not_kept(self, envelope: Envelope, trouble: ConsoleError) -> None:
        self._owed.pop(envelope.id, None)
        complaint = str(envelope.fields.get("complaint", ""))
        self.receipt.emit(Receipt(envelope.id, Outcome.REFUSED, complaint, trouble.says, trouble.values))

    def _turned(self, state: ChildState) -> None:
        if state is not ChildState.RUNNING:
            self._up = False
        self.state_changed.emit(state)

    def _ended(self, code: int) -> None:
        if code == notes.EXIT_SECOND:
            self.trouble.emit(Trouble("engine.second", {}))

    def _heard(self, raw: bytes) -> None:
        try:
            note, values = notes.parse(raw)
            self._take(note, dict(values))
        except BadAnswer as fault:
            self.trouble.emit(Trouble(fault.says, fault.values))

    def _take(self, note: str, values: dict[str, object]) -> None:
        if note == "changes":
            self.changed.emit(notes.read_changes(values))
        elif note == "receipt":
            receipt = notes.read_receipt(values)
            self._owed.pop(receipt.command, None)
            self.receipt.emit(receipt)
        elif note == "hello":
            self._greet(values)
            self.told.emit(note, values)  # who waits for one before it waits in vain
        elif note == "trouble":
            told = values.get("values")
            gone = bool(values.get("gone", False))
            self.trouble.emit(Trouble(str(values.get("says", "")), told if isinstance(told, dict) else {}, gone))
        elif note != "bye":
            self.told.emit(note, values)

    def _greet(self, values: dict[str, object]) -> None:
        self._up = True
        if self._cut is not None:
            self._say("cut", cut=self._cut)
        if self._centre:
            self._say("centre", **self._centre)
        waiting = self._box.waiting
        for envelope in tuple(self._owed.values()):
            if envelope.id not in waiting:
                self._send(envelope)
        self.hello.emit(values)


class _BoxThread:
    """The worker that writes the black box: one line after the other, away from the screen thread."""

    def __init__(
        self,
        black_box: Callable[[], Keeping],
        kept: Callable[[Envelope], None],
        lost: Callable[[Envelope, ConsoleError], None],
    ) -> None:
        self._black_box = black_box
        self._kept = kept
        self._lost = lost
        self._queue: queue.SimpleQueue[Envelope | None] = queue.SimpleQueue()
        self.waiting: set[str] = set()
        """Ids not yet on the disk."""
        self._thread: threading.Thread | None = None

    def put(self, envelope: Envelope) -> None:
        """Ask for a line."""
        self.waiting.add(envelope.id)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="blackbox", daemon=True)
            self._thread.start()
        self._queue.put(envelope)

    def end(self, within_s: float) -> None:
        """Write what waits, then end."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(within_s)

    def _run(self) -> None:
        box: Keeping | None = None
        while (envelope := self._queue.get()) is not None:
            try:
                box = box or self._black_box()
                box.keep(envelope)
            except DiskTrouble as trouble:
                self.waiting.discard(envelope.id)
                self._lost(envelope, trouble)
            else:
                self.waiting.discard(envelope.id)
                self._kept(envelope)
