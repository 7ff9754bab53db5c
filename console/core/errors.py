"""Errors, named after what one does next. Nothing here knows a screen, a disk or a wire.

ConsoleError(says, **values)
  Refused               you asked for what cannot be      say it where they asked; change nothing
  Away                  the other side is out of reach    keep working, try later, say so once
  Denied                the other side does not know us   stop this feed, offer sign-in
  BadAnswer             the other side broke its form     keep the last good; keep the answer as a sample
  BadPack, BadSetting   what we were given is unsound     list every fault; start with what is sound
  DiskTrouble           full, locked, read-only, broken   protect the data, tell, stop writing

Anything else is our own bug: it is never swallowed and never retried.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


def code_of(error: BaseException) -> str:
    """What a system or library means by an error, as a code without a language: `ECONNREFUSED`, else the number, else
    the class. Its own text is in a language nobody chose; a value named `fault` is said in words by `Phrases`."""
    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number, str(number)) if number else type(error).__name__


class ConsoleError(Exception):
    """A fault of the world, told by a phrase key and its values, never by a finished sentence.

    `says` is a key of `resources/phrases/`; `values` fill its places. The sentence is made where it is
    shown, so that it can be in the reader's language. Keys in use outside the screen work too: the
    command line says them with the same `Phrases`.
    """

    def __init__(self, says: str, /, **values: Any) -> None:
        super().__init__(says, values)
        self.says = says
        self.values = values

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.says}({told})"


class Refused(ConsoleError):
    """You asked for what cannot be. Say it where they asked; change nothing."""


class Away(ConsoleError):
    """The other side is out of reach. Keep working, try later, say so once.

    `retry_after_s` is what the other side asked for (already capped), or None.
    """

    def __init__(self, says: str, /, *, retry_after_s: float | None = None, **values: Any) -> None:
        super().__init__(says, **values)
        self.retry_after_s = retry_after_s


class Denied(ConsoleError):
    """The other side does not know us. Stop this feed, offer sign-in."""


class BadAnswer(ConsoleError):
    """The other side broke its form. Keep the last good; keep the answer as a sample."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in what we were given: where it stands, and what to do about it."""

    where: str
    """File, and the key or line in it: `areas.csv:12 kode`."""
    says: str
    """Phrase key."""
    values: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def at(cls, where: str, says: str, /, **values: Any) -> Fault:
        """A fault with its values in the order given."""
        return cls(where, says, tuple(values.items()))


class _Faults(ConsoleError):
    def __init__(self, says: str, faults: Sequence[Fault], /, **values: Any) -> None:
        super().__init__(says, count=len(faults), **values)
        self.faults = tuple(faults)


class BadPack(_Faults):
    """A city pack is unsound. Every fault is listed; nothing was installed."""


class BadSetting(_Faults):
    """Settings are unsound. Every fault is listed; the sound ones hold, the others keep their default."""


class DiskTrouble(ConsoleError):
    """Full, locked, read-only or broken. Protect the data, tell, stop writing."""
