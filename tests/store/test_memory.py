"""Freed memory goes back to the system where the C library can, and nothing happens where it cannot."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from typing import Any

import pytest

from console.store import memory
from tests.tree import ROOT

_CODE = """
import sqlite3, threading
from console.store.memory import give_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def fill():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (x)")
    db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
               "INSERT INTO t SELECT randomblob(1000) FROM n")
    db.close()

end = threading.Event()
work = threading.Thread(target=lambda: (fill(), full.set(), end.wait(20)), daemon=True)
full = threading.Event()
before = resident()
work.start()
full.wait(20)
held = resident()
gave = give_back()
print(gave, held - before, resident() - before)
end.set()
"""


def fresh() -> None:
    memory._trim.cache_clear()


@pytest.fixture(autouse=True)
def _asked_anew() -> Any:
    fresh()
    yield
    fresh()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only this C library keeps it and knows how")
def test_what_a_thread_let_go_of_is_not_kept_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    gave, _held, left = done.stdout.split()
    assert gave == "True"
    assert int(left) < 16 << 20  # of some 40 MB


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_elsewhere_nothing_is_asked(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", None)
    assert memory.give_back() is False


@pytest.mark.parametrize("library", [object(), OSError("no such library")])
def test_another_c_library_does_not_know_how(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    def load(_name: object) -> object:
        if isinstance(library, OSError):
            raise library
        return library

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", load)
    assert memory.give_back() is False
