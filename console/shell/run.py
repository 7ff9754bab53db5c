"""The start of the screen, top to bottom: profile, words, windows with what the store already holds, then the rest.

Nothing here waits for the engine, the centre or a wire: the windows are on the glass before those are started.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from console.core.clock import Clock, SystemClock
from console.core.errors import Refused
from console.core.phrases import Phrases
from console.shell import virtual
from console.shell.crash import Crashes
from console.shell.ending import EndRequests
from console.shell.notices import of_error
from console.shell.options import RunOptions
from console.shell.preferences import Preferences
from console.shell.single import RaiseRequests, ask_to_raise
from console.shell.workstation import Start, Workstation
from console.store.files import FileLock, Profile, load_phrases
from widgets import theme

if TYPE_CHECKING:
    from console.shell.pictures import Session


def run(options: RunOptions) -> int:
    """Open the console; the exit code. Raises `ConsoleError` for what makes a start impossible."""
    if options.replay is not None and not options.replay.is_file():
        raise Refused("shell.replay.absent", path=str(options.replay))
    profile = Profile.at(options.profile)
    preferences = Preferences(profile, {"language": options.language} if options.language else {})
    phrases = load_phrases(preferences["language"])
    lock = FileLock(profile.screen_lock)
    if not lock.take():
        return _raise_the_first(options, profile, phrases)
    app = _application(options, profile)
    theme.apply(app, theme.load(preferences["theme"]))
    start = Start(profile, SystemClock(), preferences, phrases, options)
    with _crashes(start) as crashes:
        workstation = Workstation(start, app)
        workstation.shell.ending.connect(app.quit)
        crashes.happened.connect(workstation.report)
        crashes.told.connect(lambda error: workstation.shell.notices.add(of_error(error)))
        with _listening(app, workstation, start):
            session = _session(workstation, app, options)
            workstation.open()
            code = app.exec()
            workstation.close()
    lock.drop()
    if session is not None and session.trouble is not None:
        raise session.trouble
    return code


def _session(workstation: Workstation, app: QApplication, options: RunOptions) -> Session | None:
    """Who takes the pictures, where pictures were asked for."""
    from console.shell.pictures import Session

    return Session(workstation, options.pictures, app) if options.pictures is not None else None


@contextmanager
def _crashes(start: Start) -> Iterator[Crashes]:
    """Take every bug from here on."""
    crashes = Crashes(start.profile, start.clock, start.options.version)
    give_back = crashes.install()
    yield crashes
    give_back()


@contextmanager
def _listening(app: QApplication, workstation: Workstation, start: Start) -> Iterator[None]:
    """Listen to what comes from outside the windows: signals to end, a second start, the stall meter."""
    ends = EndRequests(app)
    raises = RaiseRequests(start.profile.folder)
    raises.asked.connect(workstation.shell.wall.raise_all)
    if start.options.stalls:
        with _metered(start.clock):
            yield
    else:
        yield
    ends.close()


@contextmanager
def _metered(clock: Clock) -> Iterator[None]:
    """Measure what holds up the screen, and print it at the end."""
    from console.shell.stalls import StallMeter

    meter = StallMeter(clock)
    meter.start()
    yield
    meter.stop()
    print(meter.report(), file=sys.stderr)


def _raise_the_first(options: RunOptions, profile: Profile, phrases: Phrases) -> int:
    if options.pictures is not None:
        raise Refused("shell.second.pictures", profile=str(profile.folder))
    ask_to_raise(profile.folder)
    print(phrases.say("shell.second.raised"))
    return 0


def _application(options: RunOptions, profile: Profile) -> QApplication:
    arguments = ["kendali"]
    if options.virtual:
        virtual.hush()
        arguments += virtual.platform_arguments(virtual.monitors(options.virtual), profile.folder / "monitors.json")
    app = QApplication(arguments)
    app.setApplicationName("Kendali")
    app.setQuitOnLastWindowClosed(False)
    return app
