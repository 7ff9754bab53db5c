"""What a start was asked to do, as typed on the command line; nothing here reads arguments or environment itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything `run` may be told."""

    profile: Path
    program: tuple[str, ...]
    """How this program is called, for the processes it starts: `(python, main.py)`, or the frozen one alone."""
    version: str = ""
    language: str | None = None
    """None takes the one of the settings."""
    shots: Path | None = None
    """Write pictures there and end."""
    replay: Path | None = None
    pace: float = 1.0
    screens: str | None = None
    """Virtual monitors instead of the machine's own: see `virtual.monitors`."""
    centre: bool = True
    """Start the embedded centre."""
    stalls: bool = False
    display: bool = True
    """Whether the machine has a screen to open windows on."""

    @property
    def virtual(self) -> str:
        """Which virtual monitors to make, "" for none: asked for, or because there is nothing else."""
        return self.screens or ("" if self.display else "4")

    @property
    def pictures(self) -> Path | None:
        """Where pictures go. Without a display, and nothing else asked, pictures are all there can be."""
        return self.shots or (None if self.display or self.screens else Path("shots"))
