"""Answers read in another process: the same batches, and what an answer costs it costs there."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.covering import covered_batch
from console.core.errors import BadAnswer
from console.core.records import Batch
from sync import reading_child
from sync.feed import Answer
from sync.feeds import found
from sync.feeds.open311 import Open311
from sync.reading import SMALL_BYTES, Reader, ReadingBug, got, put
from sync.reading_child import serve
from tests.cities import small_pack
from tests.sync import reading_stand_in
from tests.sync.reading_stand_in import Saying
from tests.sync.stand_ins import AT, an_entry
from tests.tree import ROOT

PAD = b" " * SMALL_BYTES
COMMAND = (sys.executable, "-m", reading_stand_in.__name__)


def answer(body: bytes) -> Answer:
    return Answer(body + PAD, "application/json", "utf-8", AT, "http://centre.invalid/x")


def saying(source: str = "laksa") -> Saying:
    return Saying(an_entry(source, kind="reading"), small_pack())


class Alone:
    def __init__(self) -> None:
        self.told = 0

    def __call__(self) -> None:
        self.told += 1


@pytest.fixture
def alone() -> Alone:
    return Alone()


@pytest.fixture
def reader(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Reader(COMMAND, limit_s=60, alone=alone)
    yield made
    made.close()


def test_it_is_read_elsewhere_and_what_is_small_here(reader: Reader) -> None:
    first = reader.read(saying(), answer(b"read"), {"page": 1})
    assert (first.source, first.more, first.memo["page"]) == ("laksa", True, 1)
    assert first.memo["pid"] != os.getpid()
    assert [(each.where, each.values) for each in first.refused] == [("requests[1]", {"value": "odd"})]
    assert reader.read(saying(), answer(b"read"), {}).memo["pid"] == first.memo["pid"]
    small = replace(answer(b"read"), body=b"read")
    assert reader.read(saying(), small, {}).memo["pid"] == os.getpid()
    assert Reader().read(saying(), answer(b"read"), {}).memo["pid"] == os.getpid()


@pytest.mark.parametrize("body", [b"die", b"eat"])
def test_what_ends_the_process_or_takes_all_memory_costs_its_own_reading(reader: Reader, body: bytes) -> None:
    with pytest.raises(BadAnswer) as heavy:
        reader.read(saying(), answer(body), {})
    assert (heavy.value.says, heavy.value.values) == ("sync.bad.heavy", {"source": "laksa"})
    assert reader.read(saying("lain"), answer(b"read"), {}).source == "lain"


def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    reader = Reader(COMMAND, limit_s=60)
    assert reader.read(saying(), answer(b"read"), {}).more
    reader._limit_s = 0.05
    with pytest.raises(BadAnswer, match=r"sync\.bad\.heavy"):
        reader.read(saying(), answer(b"hang"), {})
    reader.close()


def test_what_is_wrong_with_the_answer_or_with_us_is_told_as_here(reader: Reader) -> None:
    with pytest.raises(BadAnswer) as bad:
        reader.read(saying(), answer(b"bad"), {})
    assert (bad.value.says, bad.value.values) == ("sync.bad.shape", {"source": "laksa", "tried": ["a", 1]})
    with pytest.raises(ReadingBug, match="ZeroDivisionError: here"):
        reader.read(saying(), answer(b"bug"), {})
    assert reader.read(saying(), answer(b"read"), {}).more


def test_a_source_that_moved_is_told_anew(reader: Reader) -> None:
    assert reader.read(saying(), answer(b"read"), {}).source == "laksa"
    moved = Saying(replace(an_entry("laksa", kind="reading"), address="http://lain.invalid"), small_pack())
    assert reader.read(moved, answer(b"read"), {}).source == "laksa"
    assert reader._knows == {"laksa": moved}


def test_the_city_is_told_once_to_a_process(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    real = pickle.dumps
    monkeypatch.setattr("sync.reading.pickle.dumps", lambda ask, form: told.append(ask[1]) or real(ask, form))
    pack = small_pack()
    one, two = (Saying(an_entry(name, kind="reading"), pack) for name in ("laksa", "lain"))
    for feed in (one, two, two):
        assert reader.read(feed, answer(b"read"), {}).more
    with pytest.raises(BadAnswer):
        reader.read(one, answer(b"die"), {})
    assert reader.read(two, answer(b"read"), {}).more
    assert told == [(one.entry, pack), (two.entry, None), None, None, (two.entry, pack)]


def test_closing_ends_who_waits(reader: Reader) -> None:
    assert reader.read(saying(), answer(b"read"), {}).more
    ended = []

    def wait() -> None:
        try:
            reader.read(saying(), answer(b"hang"), {})
        except CancelledError:
            ended.append(True)

    waits = threading.Thread(target=wait)
    waits.start()
    child = reader._child
    reader.close()
    waits.join(60)
    assert ended == [True]
    assert child is not None
    assert child.poll() is not None
    with pytest.raises(CancelledError):
        reader.read(saying(), answer(b"read"), {})


@pytest.mark.parametrize("command", [("/there/is/no/such/program",), (*COMMAND, "mute")])
def test_where_no_process_can_be_had_it_is_read_here_and_said_once(
    command: Sequence[str], alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    reader = Reader(command, limit_s=60, alone=alone)
    for _ in range(2):
        assert reader.read(saying(), answer(b"read"), {}).memo["pid"] == os.getpid()
    assert alone.told == 1
    reader.close()


def test_the_programs_own_process_reads_as_the_feed_does(tmp_path: Path) -> None:
    feed = Open311(an_entry("laksa", kind="open311"), small_pack())
    told = ("", ", hp 081234567890")
    rows = [
        f'{{"service_request_id": {number}, "status": "open",'
        f' "requested_datetime": "2026-01-0{number % 9 + 1}T01:02:03Z",'
        f' "description": "Lampu padam {number}{told[number % 7 == 3]}",'
        f' "lat": -6.17, "long": 106.6{number}, "lain": [1, "é"]}}'
        for number in range(300)
    ]
    page = Answer(f"[{','.join(rows)}]".encode(), "application/json", "utf-8", AT, "")
    with ExitStack() as ending:
        reader = Reader((sys.executable, str(ROOT / "main.py"), "read"), limit_s=60)
        ending.callback(reader.close)
        read = reader.read(feed, page, {})
        assert reader._child is not None
    here = covered_batch(feed.decode(page, {}))
    assert read == replace(here, complaints=[each._replace(whole=each.whole or {}) for each in here.complaints])
    assert len(read.complaints) == 300
    assert read.complaints[3].text == "Lampu padam 3, hp ••••90"
    assert Reader().read(feed, page, {}) == here, "where no such process is to be had it is covered alike"


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(0, 60))
def test_messages_come_whole_or_not_at_all(said: list[bytes], cut: int) -> None:
    stream = io.BytesIO()
    for each in said:
        put(stream, each)
    raw = stream.getvalue()
    read = io.BytesIO(raw[: max(0, len(raw) - cut)])
    heard = []
    while (one := got(read)) is not None:
        heard.append(one)
    assert heard == said[: len(heard)]
    assert cut > 0 or heard == said


def test_rings_are_looked_for_seldom_while_records_are_made() -> None:
    code = "import gc; from sync.reading_child import look_seldom as l; l(); print(gc.get_threshold(), gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["(100000,", "20,", "20)", "True"]


def test_it_ends_with_its_input() -> None:
    asks, replies = io.BytesIO(), io.BytesIO()
    entry = an_entry(kind="open311")
    put(asks, pickle.dumps(("laksa", (entry, small_pack()), answer(b"[]"), {})))
    asks.seek(0)
    serve(asks, replies, found())
    replies.seek(0)
    assert got(replies) == b"ready"
    assert got(replies)
    assert got(replies) is None


def test_after_a_large_answer_nothing_of_it_is_held_until_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    gave: list[int] = []
    monkeypatch.setattr(reading_child, "give_back", lambda: gave.append(1))
    asks, replies = io.BytesIO(), io.BytesIO()
    entry, city = an_entry(kind="open311"), small_pack()
    put(asks, pickle.dumps(("laksa", (entry, city), answer(b"[]"), {})))
    put(asks, pickle.dumps(("laksa", None, answer(b"[]" + b" " * reading_child.LARGE_BYTES), {})))
    asks.seek(0)
    serve(asks, replies, found())
    assert gave == [1]


def test_a_batch_survives_with_nothing_in_it() -> None:
    feed = Open311(an_entry(kind="open311"), small_pack())
    assert isinstance(Reader().read(feed, answer(b"[]"), {}), Batch)
