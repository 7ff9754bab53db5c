"""The engine's log: structured lines in a rotating file, bounded, with nothing of what citizens or operators wrote.

A line is one JSON object: when, what (a phrase key) and some values. Only values under known names go in, and text
only under names that hold ids, keys and codes: no names of persons, no addresses, no free text. A log that cannot be
written is no trouble of its own: the line is dropped and counted, and the work goes on.
"""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.safe_text import json_safe
from console.store.files import append, drop_file, move

MOST_BYTES = 5_000_000
"""Of one file."""
FILES = 8
"""Files kept, the one being written among them: 40 MB in all."""
LONGEST_VALUE = 200
CODES = frozenset(
    {"source", "why", "fault", "deed", "command", "thread", "bug", "version", "sqlite", "file", "state", "note"}
)
"""Names under which text is an id, a key or a code."""

NOTE = "note"
_NOTE = re.compile(r"[a-z_]{1,40}")

Echo = Callable[[str, dict[str, Any]], object]


class EngineLog:
    """One log. Any thread may write."""

    def __init__(self, folder: Path, clock: Clock, echo: Echo | None = None) -> None:
        """`echo` hears every line too, for a terminal."""
        self.path = folder / "engine.log"
        self.dropped = 0
        self._clock = clock
        self._echo = echo
        self._lock = threading.Lock()

    def tell(self, what: str, **values: Any) -> None:
        """One line. Values that have no business in a log are left out."""
        fit = {name: _fit(name, value) for name, value in values.items()}
        kept = {name: value for name, value in fit.items() if value is not None}
        if self._echo is not None:
            self._echo(what, kept)
        self._write({"at": self._clock.now().isoformat(timespec="milliseconds"), "what": what, **kept})

    def bug(self, error: BaseException, thread: str) -> None:
        """An error of our own: its kind and where, without its message, which may hold what people wrote."""
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        line = {"at": self._clock.now().isoformat(timespec="milliseconds"), "what": "engine.bug"}
        self._write({**line, "bug": type(error).__name__, "thread": thread, "where": where})
        if self._echo is not None:
            self._echo("engine.bug", {"bug": type(error).__name__, "thread": thread})

    def _write(self, line: dict[str, Any]) -> None:
        said = json_safe(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        raw = said.encode("utf-8", "replace") + b"\n"
        with self._lock:
            try:
                if append(self.path, raw) >= MOST_BYTES:
                    self._turn()
            except (DiskTrouble, OSError):
                self.dropped += 1

    def _turn(self) -> None:
        """Every file moves one further, the oldest goes."""
        older = [self.path.with_name(f"engine.log.{number}") for number in range(1, FILES)]
        drop_file(older[-1])
        for source, place in reversed(list(zip([self.path, *older[:-1]], older, strict=True))):
            if source.exists():
                move(source, place)


def _fit(name: str, value: Any) -> Any:
    """The value as it may stand in a log, None where it may not."""
    if isinstance(value, bool | int | float):
        return value
    if name == NOTE and not _NOTE.fullmatch(str(value)):
        return None  # a note of a name nobody has is anybody's text
    if isinstance(value, str) and name in CODES:
        return value[:LONGEST_VALUE]
    return None
