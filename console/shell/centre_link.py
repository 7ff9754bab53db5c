"""The embedded centre of a demo or an exercise: a child process on loopback, kept running while the console runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from console.core import notes
from console.core.clock import Clock
from console.core.errors import BadAnswer
from console.shell.child import Child, ChildState
from console.shell.engine_link import Trouble

USELESS = frozenset({2})
"""It was given what it cannot serve, and has said so: another start would say the same."""


class CentreLink(QObject):
    """One centre process."""

    listening = Signal(str)
    """It serves at this address: `http://127.0.0.1:PORT/WHAT`."""
    trouble = Signal(object)
    """`Trouble`: why it cannot serve what it was given."""
    state_changed = Signal(object)
    """`ChildState` of the centre process."""

    def __init__(self, program: str, arguments: Sequence[str], clock: Clock, parent: QObject | None = None) -> None:
        """`arguments` may ask for a free port: each start tells its own in `listening`."""
        super().__init__(parent)
        self._child = Child(program, arguments, clock, useless=USELESS, parent=self)
        self._child.line.connect(self._heard)
        self._child.state_changed.connect(self._turned)
        self._address = ""
        self._hub: Mapping[str, object] = {}

    @property
    def hub(self) -> Mapping[str, object]:
        """Where it serves the city's databases, with the account of this run; {} where it does not. Set before
        `listening` is told. To be handed to the engine and to nobody else, and never written down."""
        return self._hub

    @property
    def address(self) -> str:
        """Where it serves, "" while it does not."""
        return self._address

    @property
    def pid(self) -> int:
        """Its process number, 0 while none runs."""
        return self._child.pid

    def start(self) -> None:
        """Start it, and keep it running."""
        self._child.start()

    def stop(self, within_s: float = 3.0) -> None:
        """End it: it serves until its input closes."""
        self._child.stop(within_s=within_s)

    def _heard(self, raw: bytes) -> None:
        try:
            note, values = notes.parse(raw)
        except BadAnswer:
            return  # what a library prints is no note
        if note == "trouble":
            told = values.get("values")
            self.trouble.emit(Trouble(str(values.get("says", "")), told if isinstance(told, dict) else {}))
        port = values.get("port")
        if note == "listening" and isinstance(port, int) and 0 < port < 65536:
            hub = values.get("hub")
            self._hub = hub if isinstance(hub, dict) else {}
            self._address = f"http://127.0.0.1:{port}/{values.get('serves', '')}".rstrip("/")
            self.listening.emit(self._address)

    def _turned(self, state: ChildState) -> None:
        if state is not ChildState.RUNNING:
            self._address, self._hub = "", {}
        self.state_changed.emit(state)
