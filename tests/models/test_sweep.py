"""Cyclic garbage is swept on the screen thread alone, and Python gets its broom back."""

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject

from console.models.sweep import Sweeper


class Ring(QObject):
    def __init__(self):
        super().__init__()
        self.me = self


@pytest.fixture
def sweeper(qtbot):
    made = Sweeper()
    yield made
    made.close()


def test_no_other_thread_sweeps_while_it_lives(sweeper):
    gone = weakref.ref(Ring())

    def litter():
        for _ in range(20_000):
            ring = []
            ring.append(ring)

    thread = threading.Thread(target=litter)
    thread.start()
    thread.join()
    assert gone() is not None
    while gc.get_count()[0] > gc.get_threshold()[0]:
        sweeper.sweep()
    assert gone() is None


def test_it_sweeps_by_itself(sweeper, qtbot):
    gone = weakref.ref(Ring())
    kept = [[] for _ in range(2000)]
    qtbot.waitUntil(lambda: gone() is None)
    assert kept


def test_the_last_one_gives_the_broom_back(qtbot):
    was = gc.isenabled()
    one, two = Sweeper(), Sweeper()
    one.close()
    assert not gc.isenabled()
    two.close()
    two.close()
    assert gc.isenabled() is was
