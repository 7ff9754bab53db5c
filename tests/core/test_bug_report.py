"""A report says what kind, where and what led to it, and nothing of what was in hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from console.core.bug_report import bug_report, words_of
from console.core.errors import Refused
from console.core.lifecycle import State

SECRET = "Budi 3671010203040005 08123456789"


def _sqlite() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        db.execute("SELECT * FROM t WHERE t MATCH ?", (f'"{SECRET}',)).fetchall()


def _group() -> None:
    raise ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])


def _noted() -> None:
    error = ValueError("x")
    error.add_note(SECRET)
    raise error


class OurOwn(AttributeError):
    """A kind whose words are not Python's own."""


def _nothing() -> None:
    return None


def _keyword() -> None:
    _nothing(**{SECRET: 1})  # type: ignore[call-arg]


RAISED: dict[str, Callable[[], object]] = {
    "value": lambda: int(SECRET),
    "key": lambda: {}[SECRET],
    "enum": lambda: State[SECRET],
    "decode": lambda: SECRET.encode("utf-16").decode("utf-8"),
    "file": lambda: open(f"/nowhere/{SECRET}"),  # noqa: PTH123, SIM115
    "keyword": _keyword,
    "assert": lambda: pytest.fail(SECRET),
    "sqlite": _sqlite,
    "group": _group,
    "noted": _noted,
    "world": lambda: (_ for _ in ()).throw(Refused("store.full", path=SECRET)),
}


def caught(does: Callable[[], object]) -> BaseException:
    try:
        does()
    except BaseException as error:  # noqa: BLE001 - it is what is looked at
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("name", RAISED)
@pytest.mark.parametrize("led_to", ["alone", "cause", "context"])
def test_no_message_and_no_local_stands_in_a_report(name: str, led_to: str) -> None:
    def job() -> None:
        held = SECRET
        try:
            RAISED[name]()
        except BaseException as error:
            if led_to == "alone":
                raise
            if led_to == "cause":
                raise RuntimeError(held) from error
            raise RuntimeError(held)  # noqa: B904 - the context is what is looked at

    error = caught(job)
    report = bug_report(error)
    assert not [part for part in SECRET.split() if part in report]
    assert "test_bug_report.py" in report
    assert type(error).__name__ in report
    assert report.count("Traceback (most recent call last)") >= (1 if led_to == "alone" else 2)


def test_what_led_to_it_stands_first() -> None:
    def job() -> None:
        try:
            _ = 1 / 0
        except ZeroDivisionError as error:
            raise KeyError("x") from error

    report = bug_report(caught(job))
    assert report.index("ZeroDivisionError: division by zero") < report.index("KeyError")


def test_a_ring_of_causes_ends() -> None:
    one, two = ValueError("a"), KeyError("b")
    one.__cause__, two.__cause__ = two, one
    assert bug_report(one).count("ValueError") == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AttributeError("'NoneType' object has no attribute 'x'"), "'NoneType' object has no attribute 'x'"),
        (ModuleNotFoundError("No module named 'x'"), "No module named 'x'"),
        (TypeError("f() got an unexpected keyword argument 'Budi'"), "f() got an unexpected keyword argument '…'"),
        (TypeError("unsupported operand type(s) for +"), "unsupported operand type(s) for +"),
        (RuntimeError("Internal C++ object (Label) already deleted."), "Internal C++ object (Label) already deleted."),
        (RuntimeError("Budi"), ""),
        (OurOwn("Budi"), ""),
        (IndexError("x" * 900), "x" * 200),
        (OSError(28, "No space"), "ENOSPC"),
        (Refused("store.full", path="Budi"), "store.full"),
    ],
)
def test_words_of_code_are_kept(error: BaseException, words: str) -> None:
    assert words_of(error) == words
