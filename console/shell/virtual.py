"""Virtual monitors, for a machine without a screen: Qt's own offscreen platform with a wall of our making.

Must run before QApplication: the platform reads its file while that is built. The primary monitor is the first
by name there, whatever the order of the file; the names keep that in mind.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from console.core.errors import Refused
from console.store.files import atomic_write, read_bytes

_ONE = re.compile(r"(?P<w>\d{3,5})x(?P<h>\d{3,5})(?:\+(?P<x>\d{1,5})\+(?P<y>\d{1,5}))?(?:@(?P<dpr>\d(?:\.\d{1,2})?))?")
_WIDTH, _HEIGHT = 1920, 1080
_MOST = 6


@dataclass(frozen=True, slots=True)
class VirtualMonitor:
    """One made-up monitor, in device independent pixels."""

    name: str
    x: int
    y: int
    width: int = _WIDTH
    height: int = _HEIGHT
    dpr: float = 1.0

    def plain(self) -> dict[str, Any]:
        """As the offscreen platform wants it."""
        return {
            "name": self.name,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": self.dpr,
        }


def wall(count: int) -> list[VirtualMonitor]:
    """So many full-HD monitors: a row of up to three, two rows from four on. The first is the operator's desk."""
    across = count if count <= 3 else (count + 1) // 2
    return [
        VirtualMonitor(_name(nth, count), _WIDTH * (nth % across), _HEIGHT * (nth // across)) for nth in range(count)
    ]


def _name(nth: int, count: int) -> str:
    # One or two monitors are a desk; from three on, all but the first hang on the wall.
    return f"DESK-{nth + 1}" if nth == 0 or count < 3 or nth == 4 else f"WALL-{nth + 1}"


def monitors(spec: str) -> list[VirtualMonitor]:
    """ "4", or "1920x1080+0+0,2560x1440+1920+0@2": raises `Refused` where it is neither."""
    if spec.isascii() and spec.isdigit():
        if not 1 <= int(spec) <= _MOST:
            raise Refused("shell.screens.count", most=_MOST)
        return wall(int(spec))
    found: list[VirtualMonitor] = []
    right = 0
    for nth, one in enumerate(spec.split(",")):
        match = _ONE.fullmatch(one.strip())
        if match is None or nth >= _MOST:
            raise Refused("shell.screens.form", spec=one, most=_MOST)
        width, height = int(match["w"]), int(match["h"])
        x, y = (int(match["x"]), int(match["y"])) if match["x"] else (right, 0)
        found.append(VirtualMonitor(f"DESK-{nth + 1}", x, y, width, height, float(match["dpr"] or 1)))
        right = max(right, x + width)
    return found


def platform_file(screens: list[VirtualMonitor]) -> bytes:
    """The offscreen platform's configuration."""
    whole = {
        "synchronousWindowSystemEvents": False,
        "windowFrameMargins": True,
        "screens": [screen.plain() for screen in screens],
    }
    return json.dumps(whole).encode()


def hush() -> None:
    """Leave out what the offscreen platform says it lacks (it has no window manager); the rest goes to stderr."""

    def handler(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if not message.startswith("This plugin does not support"):
            sys.stderr.write(f"{message}\n")

    qInstallMessageHandler(handler)


def platform_arguments(screens: list[VirtualMonitor], file: Path) -> list[str]:
    """Write the configuration to `file`; what QApplication must be told to use it."""
    told = platform_file(screens)
    if read_bytes(file) != told:  # a full disk is no reason not to open
        atomic_write(file, told)
    return ["-platform", f"offscreen:configfile={file}"]
