"""The settings in force and their file in the profile: read once at the start; a change replaces its own key there.

Others may write the file meanwhile, by hand or with `settings set`: what they changed stays, and holds from the next
start on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.core.clock import SystemClock
from console.core.errors import DiskTrouble, Fault
from console.core.settings import Settings, declared, plain_names, read_settings
from console.core.toml_text import to_toml
from console.store.files import Profile, atomic_write, read_bytes, resource
from console.store.slips import hand_in

_MOST = 200
"""Characters of a value that the ledger keeps."""


class Preferences(Settings):
    """Settings that a person changes while the console runs. What draws by them listens."""

    def __init__(
        self, profile: Profile, over: Mapping[str, Any] | None = None, *, who: Callable[[], str] | None = None
    ) -> None:
        """Never fails on what the file holds: `faults` lists it, and the sound rest is in force.

        `over` are values for this start alone, as given on the command line. `who` says who stands for a change in the
        ledger; None is the operator of these settings.
        """
        self._profile = profile
        self._who = who
        self._file = profile.settings
        raw = read_bytes(self._file)
        known = declared(resource("settings.toml"))
        kept, faults = read_settings(known, raw, self._file.name) if raw else (Settings(known), ())
        super().__init__(known, kept.changed)
        self.faults: list[Fault] = list(faults)
        self._over = dict(over or {})
        self._owed: set[str] = set()
        self._listeners: list[Callable[[str], None]] = []

    def answered_for_by(self, who: Callable[[], str]) -> None:
        """From here on this says who stands for a change in the ledger."""
        self._who = who

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self._file

    def __getitem__(self, name: str) -> Any:
        return self._over[name] if name in self._over else super().__getitem__(name)

    def change(self, name: str, value: Any) -> None:
        """Set and keep one value, tell those who listen. Unsound: `BadSetting`; in force, not kept: `DiskTrouble`."""
        unsound = {dict(fault.values).get("name") for fault in self.faults}
        if self[name] == value and name not in unsound:
            return
        before = self[name]
        self._changed = dict(self.with_value(name, value).changed)
        self._over.pop(name, None)
        self._owed.add(name)
        trouble: DiskTrouble | None = None
        try:
            self._enter(name, before)
            self._keep()
        except DiskTrouble as caught:
            trouble = caught
        for listener in tuple(self._listeners):
            listener(name)
        if trouble is not None:
            raise trouble

    def _enter(self, name: str, before: Any) -> None:
        """A row for the ledger. How windows stand is nobody's deed, nor is what has another owner."""
        if self.known[name].kind == "table":
            return
        who = str(self["operator"]) if self._who is None else self._who()
        told = {"before": str(before)[:_MOST], "after": str(self[name])[:_MOST]}
        hand_in(self._profile, SystemClock(), "settings", who=who, subject=name, told=told)

    def _keep(self) -> None:
        table = self._standing()
        for name in self._owed:
            if name in self.changed:
                table[name] = self.changed[name]
            else:
                table.pop(name, None)
        atomic_write(self._file, to_toml(table))
        self._owed.clear()

    def _standing(self) -> dict[str, Any]:
        """What the file says now. One that cannot be read is put beside: a hand may still be at work in it."""
        raw = read_bytes(self._file) or b""
        try:
            return plain_names(self.known, tomllib.loads(raw.decode("utf-8")))
        except (ValueError, RecursionError):
            atomic_write(self._file.with_name(f"{self._file.name}.bak"), raw)
            return dict(self.changed)

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the name of each setting that changed."""
        self._listeners.append(listener)
