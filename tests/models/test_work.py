"""Reads on workers: newest of a key, nothing to the dead, faults where they belong, the store appearing late."""

import sys
import threading

import pytest
from PySide6.QtCore import QObject, QThread
from shiboken6 import delete

from console.core.audience import Audience
from console.core.errors import Away, DiskTrouble
from console.models.work import TURN_S, Work


class Paper:
    """Stands for a `Read`: the pool only opens and closes it."""

    def __init__(self):
        self.thread = QThread.currentThread()
        self.closed = False
        self.replaced = False

    def close(self):
        self.closed = True


class Reader(QObject):
    def __init__(self):
        super().__init__()
        self.got = []
        self.troubles = []

    def take(self, value):
        self.got.append((value, QThread.currentThread()))

    def fail(self, error):
        self.troubles.append(error)

    @property
    def values(self):
        return [value for value, _ in self.got]


@pytest.fixture
def pool(qtbot):
    made = []

    def make(open_read=Paper, workers=1):
        made.append(Work(open_read, workers=workers))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def gate():
    """A job that holds its worker until the gate is opened."""
    opened = threading.Event()
    yield opened
    opened.set()


def hold(work, gate, then):
    """Keep the worker busy till the gate opens; it has begun when this returns."""
    begun = threading.Event()
    work.run(lambda read: begun.set() or gate.wait(5), then)
    assert begun.wait(5)


def test_a_job_runs_off_the_screen_thread_and_its_value_comes_back_to_it(pool, qtbot):
    reader = Reader()
    pool().run(lambda read: read.thread, reader.take)
    qtbot.waitUntil(lambda: bool(reader.got))
    (worker, receiver), *_ = reader.got
    assert receiver is QThread.currentThread()
    assert worker is not receiver


def test_a_worker_keeps_its_connection(pool, qtbot):
    opened = []
    work = pool(lambda: opened.append(1) or Paper())
    reader = Reader()
    for number in range(5):
        work.run(lambda read, number=number: number, reader.take)
    qtbot.waitUntil(lambda: len(reader.got) == 5)
    assert reader.values == [0, 1, 2, 3, 4]
    assert opened == [1]


def test_a_worker_reads_the_file_that_stands_there_now(pool, qtbot):
    papers = []
    work = pool(lambda: papers.append(Paper()) or papers[-1])
    reader = Reader()
    work.run(lambda read: papers.index(read), reader.take)
    qtbot.waitUntil(lambda: len(reader.got) == 1)
    papers[0].replaced = True
    work.run(lambda read: papers.index(read), reader.take)
    qtbot.waitUntil(lambda: len(reader.got) == 2)
    assert reader.values == [0, 1]
    assert papers[0].closed


def test_of_one_key_only_the_newest_that_waits_is_run(pool, qtbot, gate):
    work, reader, ran = pool(), Reader(), []
    hold(work, gate, reader.take)
    for word in ("j", "ja", "jal"):
        work.run(lambda read, word=word: ran.append(word) or word, reader.take, key="search")
    gate.set()
    qtbot.waitUntil(lambda: len(reader.got) == 2)
    assert ran == ["jal"]
    assert reader.values == [True, "jal"]


def test_an_answer_overtaken_while_it_was_made_is_not_delivered(pool, qtbot, gate):
    work, reader = pool(), Reader()
    begun = threading.Event()
    work.run(lambda read: begun.set() or (gate.wait(5) and "old"), reader.take, key="search")
    assert begun.wait(5)
    work.run(lambda read: "new", reader.take, key="search")
    gate.set()
    qtbot.waitUntil(lambda: bool(reader.got))
    assert reader.values == ["new"]


def test_the_same_key_of_another_owner_is_another_key(pool, qtbot, gate):
    work, one, two = pool(), Reader(), Reader()
    hold(work, gate, lambda value: None)
    work.run(lambda read: 1, one.take, key="page")
    work.run(lambda read: 2, two.take, key="page")
    gate.set()
    qtbot.waitUntil(lambda: bool(one.got and two.got))


def test_nothing_is_delivered_to_the_dead(pool, qtbot, gate):
    work, gone, alive = pool(), Reader(), Reader()
    hold(work, gate, alive.take)
    work.run(lambda read: "late", gone.take)
    got = gone.got
    delete(gone)
    gate.set()
    work.run(lambda read: "end", alive.take)
    qtbot.waitUntil(lambda: len(alive.got) == 2)
    assert got == []


def test_what_is_taken_back_is_not_run(pool, qtbot, gate):
    work, reader, ran = pool(), Reader(), []
    hold(work, gate, reader.take)
    work.run(lambda read: ran.append(1), reader.take, key="page1")
    work.run(lambda read: ran.append(2), reader.take, key="page2")
    work.forget(reader, "page1")
    gate.set()
    qtbot.waitUntil(lambda: len(reader.got) == 2)
    assert ran == [2]


def test_urgent_ones_go_first_and_the_newest_of_them_first(pool, qtbot, gate):
    work, reader = pool(), Reader()
    hold(work, gate, reader.take)
    work.run(lambda read: "plain", reader.take)
    work.run(lambda read: "urgent", reader.take, urgent=True)
    work.run(lambda read: "more urgent", reader.take, urgent=True)
    gate.set()
    qtbot.waitUntil(lambda: len(reader.got) == 4)
    assert reader.values[1:] == ["more urgent", "urgent", "plain"]


def test_a_fault_of_the_world_goes_to_its_panel(pool, qtbot):
    def job(read):
        raise Away("sync.cut")

    reader = Reader()
    pool().run(job, reader.take, fail=reader.fail)
    qtbot.waitUntil(lambda: bool(reader.troubles))
    assert reader.troubles[0].says == "sync.cut"
    assert reader.got == []


def test_our_own_bug_is_raised_on_the_screen_thread(pool, qtbot):
    def job(read):
        return {}["nothing"]

    reader = Reader()
    with qtbot.captureExceptions() as raised:
        pool().run(job, reader.take, fail=reader.fail)
        qtbot.waitUntil(lambda: bool(raised))
    assert raised[0][0] is KeyError
    assert reader.troubles == []


def test_a_store_that_appears_later_is_opened_then(pool, qtbot):
    there = []

    def open_read():
        if not there:
            raise DiskTrouble("store.absent")
        return Paper()

    work, reader = pool(open_read), Reader()
    work.run(lambda read: 1, reader.take, fail=reader.fail)
    qtbot.waitUntil(lambda: bool(reader.troubles))
    there.append(True)
    work.run(lambda read: 2, reader.take, fail=reader.fail)
    qtbot.waitUntil(lambda: bool(reader.got))
    assert reader.values == [2]


def test_trouble_with_the_disk_closes_the_connection_and_opens_another(pool, qtbot):
    papers = []

    def open_read():
        papers.append(Paper())
        return papers[-1]

    def job(read):
        if read is papers[0]:
            raise DiskTrouble("store.broken")
        return "second"

    work, reader = pool(open_read), Reader()
    work.run(job, reader.take, fail=reader.fail)
    work.run(job, reader.take, fail=reader.fail)
    qtbot.waitUntil(lambda: bool(reader.got))
    assert papers[0].closed
    assert reader.values == ["second"]


def test_close_ends_the_threads_and_their_connections(qtbot):
    papers = []
    work = Work(lambda: papers.append(Paper()) or papers[-1])
    reader = Reader()
    work.run(lambda read: 1, reader.take)
    qtbot.waitUntil(lambda: bool(reader.got))
    work.close()
    assert all(paper.closed for paper in papers)
    assert work.waiting == 0


class Wall(Paper):
    """One that can be narrowed."""

    audience = Audience.WORK

    def narrow(self, audience):
        self.audience = audience


def test_who_comes_next_is_read_for_by_a_reader_of_their_own(pool, qtbot):
    made, reader = [], Reader()

    def open_read():
        made.append(Wall())
        return made[-1]

    work = pool(open_read)
    work.run(lambda read: read.audience, reader.take)
    qtbot.waitUntil(lambda: reader.values == [Audience.WORK])
    work.look_as(Audience.GUEST)
    work.run(lambda read: read.audience, reader.take)
    qtbot.waitUntil(lambda: reader.values[1:] == [Audience.GUEST])
    assert made[0].closed
    work.look_as(Audience.WORK)
    work.run(lambda read: read.audience, reader.take)
    qtbot.waitUntil(lambda: reader.values[2:] == [Audience.WORK])
    assert made[1].closed and not made[2].closed


def test_what_was_read_for_others_is_never_delivered(pool, qtbot, gate):
    reader, begun, asked = Reader(), threading.Event(), []
    work = pool(Wall)

    def job(read):
        asked.append(read.audience)
        begun.set()
        assert gate.wait(20)
        return read.audience

    work.run(job, reader.take)
    assert begun.wait(20)
    work.look_as(Audience.GUEST)
    gate.set()
    qtbot.waitUntil(lambda: bool(reader.values))
    assert reader.values == [Audience.GUEST]
    assert asked == [Audience.WORK, Audience.GUEST]


def test_a_reader_gives_the_interpreter_back_soon(pool):
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        pool()
        assert sys.getswitchinterval() == pytest.approx(TURN_S)
    finally:
        sys.setswitchinterval(before)
