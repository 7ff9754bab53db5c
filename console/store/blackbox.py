"""The black box: each deed is one fsynced line here before anything else happens to it.

The store can be lost and what operators did is still there. Files are by day; a torn last line, a line that is
no envelope and an unreadable file are passed over. It knows no database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from console.core.clock import Clock
from console.core.command import Envelope
from console.core.errors import BadAnswer, DiskTrouble
from console.core.notes import envelope_values, read_envelope
from console.store.files import append_durable, drop_file, make_folder, read_bytes

KEPT_DAYS = 14
"""Days with deeds that are kept; the least that is promised is seven."""


class BlackBox:
    """The lines of one workstation. `keep` from one thread at a time; `lines` from any."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._ready = ""

    def keep(self, envelope: Envelope) -> None:
        """Add the envelope; it is on the disk on return. Raises `DiskTrouble`: then nothing may be acknowledged."""
        day = self._clock.now().strftime("%Y-%m-%d")
        if day != self._ready:
            make_folder(self._folder)
        raw = json.dumps(envelope_values(envelope), ensure_ascii=True, separators=(",", ":"), default=str)
        append_durable(self._folder / f"{day}.jsonl", raw.encode("ascii") + b"\n")
        if day != self._ready:
            self._ready = day
            self._forget(day)

    def lines(self) -> Iterator[Envelope]:
        """All sound envelopes kept, oldest first; one kept twice comes twice."""
        for path in self._files():
            raw = b""
            with suppress(DiskTrouble):
                raw = read_bytes(path) or b""
            for each in raw.split(b"\n"):
                envelope = _sound(each)
                if envelope is not None:
                    yield envelope

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted(self._folder.glob("????-??-??.jsonl"))

    def _forget(self, day: str) -> None:
        # By number of files, not by age: a clock that jumps ten years ahead must not empty the box. Nor one that is
        # set back: then the newest deeds have the oldest names, and days that are still to come wait for theirs.
        for path in [each for each in self._files() if each.stem <= day][:-KEPT_DAYS]:
            with suppress(DiskTrouble):  # the deed is on the disk: nothing after that may say it is not
                drop_file(path)


def _sound(raw: bytes) -> Envelope | None:
    """The envelope of a line, None for a torn or foreign one."""
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError):  # also a number of 5,000 digits
        return None
    if not isinstance(values, dict):
        return None
    try:
        return read_envelope(values)
    except BadAnswer:
        return None
