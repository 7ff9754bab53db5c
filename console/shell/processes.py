"""The child processes of a screen, made once the first window is painted: the engine, the embedded centre, the link."""

from __future__ import annotations

import functools

from PySide6.QtCore import QObject

from console.models.desk import Desk
from console.shell.centre_link import CentreLink
from console.shell.connection import Connection
from console.shell.engine_link import EngineLink
from console.shell.options import RunOptions
from console.store.blackbox import BlackBox
from console.store.files import Profile


class Processes(QObject):
    """Engine and centre, and how this console stands to them."""

    def __init__(self, options: RunOptions, desk: Desk, profile: Profile, parent: QObject) -> None:
        super().__init__(parent)
        clock = desk.clock
        box = functools.partial(BlackBox, profile.blackbox, clock)
        self.engine = EngineLink(*_child(options, "engine"), box, clock, self)
        self.centre = CentreLink(*_child(options, "centre"), clock, self) if options.centre else None
        if self.centre is not None:
            self.centre.listening.connect(self._centre_listens)
            self.centre.trouble.connect(self.engine.trouble)
        self.connection = Connection(desk, self.engine, desk.settings["sync.cut"], self)

    def start(self) -> None:
        """Start both, and keep them running."""
        self.engine.start()
        if self.centre is not None:
            self.centre.start()

    def _centre_listens(self, address: str) -> None:
        if self.centre is not None:
            self.engine.centre(address, self.centre.hub)

    def stop(self) -> None:
        """End both, the engine first: it writes down what was asked."""
        self.engine.stop()
        if self.centre is not None:
            self.centre.stop()


def _child(options: RunOptions, part: str) -> tuple[str, list[str]]:
    """Program and arguments of a child process of ours."""
    program, *arguments = options.program
    arguments += [part, "--profile", str(options.profile)]
    if part == "engine":
        arguments.append("--notes")
    else:
        arguments += ["--pace", str(options.pace)]
        arguments += ["--replay", str(options.replay)] if options.replay is not None else []
    return program, arguments
