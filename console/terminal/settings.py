"""`settings list | set`: what can be set at a terminal, where it is kept, and what it is now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.core.phrases import Phrases
from console.shell.preferences import Preferences
from console.store.files import Profile

Say = Callable[[str], object]


def listed(folder: Path, phrases: Phrases, out: Say, aside: Say) -> int:
    """Name, value and meaning of every setting, a line each. What is wrong in the file is told beside."""
    preferences = Preferences(Profile(Path(folder).absolute()))
    for name, setting in preferences.known.items():
        if setting.kind != "table":
            out(f"{name}\t{shown(preferences[name])}\t{setting.says[phrases.language]}")
    aside(phrases.say("settings.file", path=str(preferences.file)))
    for fault in preferences.faults:
        aside(f"{fault.where}: {phrases.tell(fault)}")
    return 0


def put(folder: Path, name: str, text: str, phrases: Phrases, out: Say, *, who: str = "") -> int:
    """Change one setting in the file as it is now. Raises `Refused`, `BadSetting` or `DiskTrouble`."""
    preferences = Preferences(Profile.at(folder), who=lambda: who)
    value = preferences.typed(name, text)
    preferences.change(name, value)
    out(phrases.say("settings.set", name=name, value=shown(value), path=str(preferences.file)))
    return 0


def shown(value: Any) -> str:
    """A value as it is typed."""
    return str(value).lower() if isinstance(value, bool) else str(value)
