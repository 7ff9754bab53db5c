"""The container of a bundle: what was written is read, everything hostile is refused while it is read."""

from __future__ import annotations

import io
import os
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer
from sync import archive
from sync.archive import MAGIC

NAMES = st.from_regex(r"part-[0-9]{4}", fullmatch=True)


def written(*parts: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    assert archive.write(stream, parts) == stream.tell()
    return stream.getvalue()


def taken(raw: bytes, **limits: int) -> list[tuple[str, bytes]]:
    return [(each.name, b"".join(each.pieces(1000))) for each in archive.read(io.BytesIO(raw), **limits)]


@given(st.dictionaries(NAMES, st.binary(max_size=5000), max_size=8))
def test_what_was_written_is_read(parts: dict[str, bytes]) -> None:
    assert taken(written(*parts.items())) == list(parts.items())


@given(st.dictionaries(NAMES, st.binary(max_size=50), min_size=1, max_size=4), st.data())
def test_a_cut_is_always_noticed(parts: dict[str, bytes], data: st.DataObject) -> None:
    raw = written(*parts.items())
    with pytest.raises(BadAnswer):
        taken(raw[: data.draw(st.integers(0, len(raw) - 1))])


@given(st.binary(max_size=400))
def test_garbage_is_refused(raw: bytes) -> None:
    for each in (raw, MAGIC + raw):
        with pytest.raises(BadAnswer):
            taken(each)


@pytest.mark.parametrize(
    "name",
    [
        *("../../evil", "/abs", "C:\\win", "c:win", "a/b", "a\\b", "..", ".", "", " ", "nul", "con.txt", "com1", "end"),
        *("A", "a" * 65, "a..b", "-a", "a-", ".hidden", "a.b.c", "a b", "a\tb", "ä", "a\x00b", "~", "link->x"),
    ],
)
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(BadAnswer):
        archive.check_name(name)
    with pytest.raises(BadAnswer):
        taken(MAGIC + f"{name} 1\nx\nend 1\n".encode())


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(BadAnswer, match="twice"):
        taken(MAGIC + b'manifest.json 2\n{}\nmanifest.json 2\n{"\nend 2\n')


def test_lengths_are_no_more_than_promises() -> None:
    for size in (b"99", b"0", b"-1", b"007", b"1e3", b"1", b"99999999999999"):
        with pytest.raises(BadAnswer):
            taken(MAGIC + b"part " + size + b"\nab\nend 1\n")


def test_too_many_and_too_much_are_refused_before_they_are_read() -> None:
    many = MAGIC + b"".join(b"p-%d 0\n\n" % n for n in range(2001)) + b"end 2001\n"
    with pytest.raises(BadAnswer, match="many"):
        taken(many)
    with pytest.raises(BadAnswer, match="big"):
        taken(MAGIC + b"part %d\n" % (archive.MOST_BYTES + 1))
    with pytest.raises(BadAnswer, match="big"):
        taken(MAGIC + b"a 60\n" + bytes(60) + b"\nb 60\n" + bytes(60) + b"\nend 2\n", most_bytes=100)
    entry = next(archive.read(io.BytesIO(written(("manifest.json", bytes(100))))))
    with pytest.raises(BadAnswer, match="big"):
        entry.whole(99)


def test_an_end_that_does_not_fit_is_refused() -> None:
    sound = written(("part", b"x"))
    for raw in (sound + b"\n", sound + sound, sound.replace(b"end 1", b"end 2"), sound.replace(b"end 1\n", b"")):
        with pytest.raises(BadAnswer):
            taken(raw)


def test_what_came_before_a_cut_is_sound() -> None:
    raw = written(("part-0001", b"utuh"), ("part-0002", b"terpotong"))[:-12]
    found: list[bytes] = []
    with pytest.raises(BadAnswer, match="cut"):
        found.extend(entry.whole(100) for entry in archive.read(io.BytesIO(raw)))
    assert found == [b"utuh"]


def test_an_endless_line_costs_nothing() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, into: memoryview) -> int:  # type: ignore[override]
            self.given += len(into)
            into[:] = b"a" * len(into)
            return len(into)

    endless = Endless()
    stream = io.BufferedReader(endless)
    with pytest.raises(BadAnswer):
        archive._head(stream)
    assert endless.given <= io.DEFAULT_BUFFER_SIZE


@given(st.binary(max_size=10_000))
def test_packed_comes_out_again(data: bytes) -> None:
    assert archive.unpack(archive.pack(data), 10_000) == data


@pytest.mark.parametrize("data", [bytes(4 << 20), b"jalan rusak, " * 250_000, b"x" * (32 << 20)])
def test_what_repeats_itself_is_no_bomb(data: bytes) -> None:
    packed = archive.pack(data)
    assert archive.unpack(packed, 32 << 20) == data
    assert len(packed) < len(data) // 2


def test_a_bomb_is_refused_while_it_grows() -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    assert len(bomb) * archive.MOST_RATIO < 64 << 20
    tracemalloc.start()
    with pytest.raises(BadAnswer, match="bomb"):
        archive.unpack(bomb, 500 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


def test_packed_garbage_is_refused() -> None:
    sound = archive.pack(os.urandom(100))
    for raw in (b"", b"x", sound[:-1], sound + b"x", sound[:20] + b"\0" + sound[21:]):
        with pytest.raises(BadAnswer):
            archive.unpack(raw, 10_000)
    with pytest.raises(BadAnswer, match="bomb"):
        archive.unpack(archive.pack(bytes(200)), 100)
