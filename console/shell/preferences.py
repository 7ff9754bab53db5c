"""The settings in force and their file in the profile: read once at the start, written whole at each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.core.errors import DiskTrouble, Fault
from console.core.settings import Settings, declared, read_settings
from console.core.toml_text import to_toml
from console.store.files import Profile, atomic_write, read_bytes, resource


class Preferences(Settings):
    """Settings that a person changes while the console runs. What draws by them listens."""

    def __init__(self, profile: Profile, over: Mapping[str, Any] | None = None) -> None:
        """Never fails on what the file holds: `faults` lists it, and the sound rest is in force.

        `over` are values for this start alone, as given on the command line.
        """
        self._file = profile.settings
        raw = read_bytes(self._file)
        known = declared(resource("settings.toml"))
        kept, faults = read_settings(known, raw, self._file.name) if raw else (Settings(known), ())
        super().__init__(known, kept.changed)
        self.faults: list[Fault] = list(faults)
        self._over = dict(over or {})
        self._listeners: list[Callable[[str], None]] = []

    def __getitem__(self, name: str) -> Any:
        return self._over[name] if name in self._over else super().__getitem__(name)

    def change(self, name: str, value: Any) -> None:
        """Set and keep one value, tell those who listen. Unsound: `BadSetting`; in force, not kept: `DiskTrouble`."""
        if self[name] == value:
            return
        self._changed = dict(self.with_value(name, value).changed)
        self._over.pop(name, None)
        trouble: DiskTrouble | None = None
        try:
            atomic_write(self._file, to_toml(self.changed))
        except DiskTrouble as caught:
            trouble = caught
        for listener in tuple(self._listeners):
            listener(name)
        if trouble is not None:
            raise trouble

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the name of each setting that changed."""
        self._listeners.append(listener)
