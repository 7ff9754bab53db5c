"""Memory that was freed goes back to the system.

The C library of Linux keeps what a thread let go of for that thread's next wish: after a copy of the whole store, an
intake or a timetable that is tens of megabytes nobody asks for again, in a process that is to stay small for weeks.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> bool:
    """Hand freed memory back; whether the C library knew how. Some milliseconds: for the end of something large."""
    trim = _trim()
    return trim is not None and bool(trim(0) in (0, 1))


@cache
def _trim() -> Any:
    """`malloc_trim` of glibc, None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None  # another C library
