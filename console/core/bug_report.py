"""A bug of ours as it may be written down: what kind, where, what led to it; never what anybody wrote.

Python's own report ends in the error's message, and that quotes whatever was in hand: a citizen's words, a telephone
number, a secret. A log outlives the data it quotes, and a report is copied and sent. So messages stay out, but for
those kinds whose words are the names in our own code; locals are never captured.
"""

from __future__ import annotations

import re
import traceback

from console.core.errors import ConsoleError, code_of

LONGEST = 200
_OF_CODE = frozenset(
    {AttributeError, NameError, UnboundLocalError, ImportError, ModuleNotFoundError}
    | {IndexError, ZeroDivisionError, RecursionError}
)
_QUOTED = re.compile(r"(['\"]).*(?:\1|\Z)", re.DOTALL)
_GONE = "Internal C++ object"
"""What Qt's binding says of an object that was deleted: a class of ours or Qt's."""


def words_of(error: BaseException) -> str:
    """What may be said of an error besides its kind, "" for nothing."""
    kind = type(error)
    if isinstance(error, ConsoleError):
        return error.says
    if isinstance(error, OSError):
        return code_of(error) if error.errno else ""
    if hasattr(error, "sqlite_errorname"):
        return str(error.sqlite_errorname)
    if kind in _OF_CODE:
        return str(error)[:LONGEST]
    if kind is TypeError:  # may quote the name of an argument, which may have come with a note from outside
        return _QUOTED.sub("'…'", str(error))[:LONGEST]
    if kind is RuntimeError and str(error).startswith(_GONE):
        return str(error)[:LONGEST]
    return ""


def bug_report(error: BaseException) -> str:
    """The whole report: each error that led to this one, the first first, with its frames and lines of code."""
    told: list[str] = []
    seen: set[int] = set()

    def tell(each: BaseException | None, link: str) -> None:
        if each is None or id(each) in seen:
            return
        seen.add(id(each))
        tell(each.__cause__ if each.__cause__ is not None else _context(each), "")
        told.append(f"{link}Traceback (most recent call last):\n")
        told.extend(traceback.format_list(traceback.extract_tb(each.__traceback__)))
        words = words_of(each)
        told.append(f"{type(each).__module__}.{type(each).__qualname__}{f': {words}' if words else ''}\n\n")
        for inner in each.exceptions if isinstance(each, BaseExceptionGroup) else ():
            tell(inner, "  | ")

    tell(error, "")
    return "".join(told)


def _context(error: BaseException) -> BaseException | None:
    return None if error.__suppress_context__ else error.__context__
