"""What holds for every process of the program before anything is opened: no core dump, and no bug told with its words.

A core dump is the whole memory on a disk, with every secret and every name that was in hand. Python's own report of an
error nobody caught quotes what was in hand too (console/core/bug_report.py).
"""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from console.core.bug_report import bug_report


def guard() -> None:
    """Do both, for the rest of this process and the children it starts."""
    _no_core_dump()
    sys.excepthook = _caught_nowhere
    threading.excepthook = _caught_in_no_thread
    sys.unraisablehook = _caught_in_no_end


def _no_core_dump() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _caught_nowhere(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _tell(error)


def _caught_in_no_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
        _tell(told.exc_value)


def _caught_in_no_end(told: sys.UnraisableHookArgs) -> None:
    if told.exc_value is not None:
        _tell(told.exc_value)


def _tell(error: BaseException) -> None:
    if sys.stderr is not None:  # a program without a terminal has none
        sys.stderr.write(bug_report(error))
