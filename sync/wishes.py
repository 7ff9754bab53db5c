"""A long thing at the wish of the screen: one at a time in a thread of its own, followed by notes, called off by one.

    begin ─► {"id", "state": "running", "part"} … ─► {"id", "state": "done" | "refused" | "off", "says", "values", …}

What is done and for whom is the caller's; here stand the thread, how far it is, and its end whatever happens.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from console.core.errors import BadAnswer, ConsoleError, Refused

_STEP = 0.01
"""A share of the whole that is worth a note."""
_END_WITHIN_S = 5.0
_MOST_TEXT = 4000

Told = Mapping[str, Any]
Tell = Callable[[dict[str, Any]], None]
Work = Callable[[], Mapping[str, Any]]
"""Does it. What it gives is told beside its end."""


class CalledOff(Refused):
    """Whoever asked let it be, before anything was done."""


class OneAtATime:
    """Runs them. Every method from any thread."""

    def __init__(self, tell: Tell, thread: str, busy: str) -> None:
        """`thread` is its thread's name, by which a bug of ours in it ends no engine; `busy` the phrase key for who
        asks for a second."""
        self._tell = tell
        self._thread_name = thread
        self._busy = busy
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._id = ""
        """Of the one under way, "" where there is none."""

    def begin(self, name: str, work: Work) -> None:
        """Begin it, or refuse it where another is under way."""
        with self._lock:
            if self._id:
                self._tell({"id": name, **_refusal(Refused(self._busy))})
                return
            self._cancel.clear()
            self._id = name
            self._thread = threading.Thread(target=self.run, args=(name, work), name=self._thread_name, daemon=True)
            self._thread.start()

    def run(self, name: str, work: Work) -> None:
        """Do it here and now, whatever else is under way: for what nobody has to wait for."""
        self._tell({"id": name, "state": "running", "part": None})
        try:
            last = {"state": "done", "says": "", "values": {}, **work()}
        except ConsoleError as error:
            last = _refusal(error)
        except BaseException:
            # An error of our own: whoever waits for it is told, and the log has it.
            self._end(name, _refusal(Refused("engine.bug_command")))
            raise
        self._end(name, last)

    def _end(self, name: str, last: Mapping[str, Any]) -> None:
        if self._id == name:
            self._id = ""  # before it is told: who hears of the end may ask for the next at once
        self._tell({"id": name, **last})

    def call_off(self, name: str) -> None:
        """Let that one be, where it is under way and can be."""
        if name and name == self._id:
            self._cancel.set()

    def called_off(self) -> bool:
        """Whether the one under way is to be let be."""
        return self._cancel.is_set()

    def progress(self) -> Callable[[float], None]:
        """Takes the share that is done of the one under way, from 0 to 1; tells of it now and then."""
        name, said = self._id, [0.0]

        def heard(part: float) -> None:
            if part - said[0] >= _STEP or part >= 1.0:
                said[0] = part
                self._tell({"id": name, "state": "running", "part": round(part, 3)})

        return heard

    def stop(self) -> None:
        """The engine ends: what is under way stops where it can, and is waited for a little."""
        self._cancel.set()
        thread = self._thread
        if thread is not None:
            thread.join(_END_WITHIN_S)


def _refusal(error: ConsoleError) -> dict[str, Any]:
    values = {key: value for key, value in error.values.items() if isinstance(value, str | int | float)}
    return {"state": "off" if isinstance(error, CalledOff) else "refused", "says": error.says, "values": values}


def name_in(told: Told, name: str) -> str:
    """A name in a note, "" where it is none."""
    value = told.get(name)
    return value if isinstance(value, str) and len(value) <= _MOST_TEXT else ""


def text_in(told: Told, name: str) -> str:
    """A text in a note, "" where there is none. Raises `BadAnswer` where it is something else."""
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > _MOST_TEXT or "\0" in value:
        raise BadAnswer("core.note.form")
    return value
