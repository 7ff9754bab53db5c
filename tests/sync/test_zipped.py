"""Archives from outside: what is made to harm is refused by its name, before or while it is inflated."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from console.core.errors import BadAnswer
from sync import zipped
from sync.zipped import Zipped


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", how) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return raw.getvalue()


def refused(raw: bytes) -> str:
    """The phrase an archive is refused by, when opened or read to its end."""
    with pytest.raises(BadAnswer) as bad:
        archive = Zipped(raw, "uji")
        for name in archive.names:
            with archive.open(name) as stream:
                while stream.read(1 << 16):
                    pass
    assert bad.value.values["source"] == "uji"
    return bad.value.says


def spoilt(raw: bytes, mark: bytes, offset: int, to: bytes) -> bytes:
    """The archive with bytes changed at a place after the last `mark`."""
    place = raw.rindex(mark) + offset
    return raw[:place] + to + raw[place + len(to) :]


SOUND = packed(("a.txt", b"halo"), ("folder/", b""), ("folder/b.txt", b"dunia" * 1000))


def test_a_sound_one_is_read() -> None:
    archive = Zipped(SOUND, "uji")
    assert archive.names == ("a.txt", "folder/b.txt")
    with archive.open("folder/b.txt") as stream:
        assert stream.read() == b"dunia" * 1000


def test_a_fault_of_who_reads_is_not_the_archives() -> None:
    with pytest.raises(ValueError, match="mine"), Zipped(SOUND, "uji").open("a.txt"):
        raise ValueError("mine")


@pytest.mark.parametrize(
    "name", ["../jahat", "/etc/jahat", "a/../../b", "C:/b", "..", pytest.param("a\\b", id="backslash")]
)
def test_names_that_lead_out(name: str) -> None:
    info = zipfile.ZipInfo("x" * len(name))
    raw = packed((info, b"x")).replace(b"x" * len(name), name.encode())
    assert refused(raw) == "sync.zip.name"


def test_links_and_devices() -> None:
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO):
        info = zipfile.ZipInfo("tautan")
        info.external_attr = (kind | 0o777) << 16
        assert refused(packed((info, b"/etc/passwd"))) == "sync.zip.link"


def test_twice_the_same_also_in_other_letters() -> None:
    raw = packed(("stops.txt", b"a"), ("sTops.txt", b"b"))
    assert refused(raw) == "sync.zip.twice"
    assert refused(raw.replace(b"sTops", b"stops")) == "sync.zip.twice"


def test_encrypted() -> None:
    assert refused(spoilt(packed(("a", b"x")), b"PK\1\2", 8, b"\1\0")) == "sync.zip.secret"


def test_what_unpacks_to_far_more_than_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(packed(("nol", bytes(20 << 20)))) == "sync.zip.ratio"
    monkeypatch.setattr(zipped, "MOST_BYTES", 2 << 20)
    assert refused(packed(("a", bytes(1 << 20)), ("b", bytes(1 << 20)), ("c", b"x"))) == "sync.bad.bomb"


def test_a_size_that_lies() -> None:
    body = b"abc" * 20_000
    small = struct.pack("<L", 100)
    assert refused(spoilt(packed(("a", body)), b"PK\1\2", 24, small)) == "sync.zip.entry"
    large = struct.pack("<L", len(body) + 1)
    assert refused(spoilt(packed(("a", body)), b"PK\1\2", 24, large)) == "sync.zip.entry"


def test_entries_that_lie_over_each_other() -> None:
    raw = packed(("a", bytes(1000)), ("b", bytes(1000)), how=zipfile.ZIP_STORED)
    twice = struct.pack("<LL", 2000, 2000)
    first = raw.index(b"PK\1\2")
    assert refused(raw[: first + 20] + twice + raw[first + 28 :]) == "sync.bad.bomb"


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MOST_ENTRIES", 3)
    assert refused(packed(*((str(n), b"") for n in range(4)))) == "sync.zip.many"
    # an end that tells of fewer than there are
    raw = packed(*((str(n), b"") for n in range(4)))
    assert refused(spoilt(raw, b"PK\5\6", 8, struct.pack("<HH", 1, 1))) == "sync.zip.many"


def test_a_directory_that_would_fill_memory() -> None:
    raw = spoilt(SOUND, b"PK\5\6", 12, struct.pack("<L", 1 << 30))
    assert refused(raw) == "sync.zip.many"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("nothing", b""),
        ("text", b"halo" * 100),
        ("head alone", SOUND[:100]),
        ("cut", SOUND[:-1]),
        ("more after", SOUND + b"x"),
        ("large form", SOUND.replace(b"PK\5\6", b"PK\6\7" + bytes(16) + b"PK\5\6")),
    ],
)
def test_no_archive(name: str, raw: bytes) -> None:
    assert refused(raw) == "sync.zip.form"


def test_broken_inside() -> None:
    assert refused(spoilt(SOUND, b"PK\5\6", 16, struct.pack("<L", 5))) == "sync.zip.entry"
    place = SOUND.index(b"folder/b.txt") + 20
    assert refused(SOUND[:place] + b"\xff\xff\xff" + SOUND[place + 3 :]) == "sync.zip.entry"
    assert refused(spoilt(SOUND, b"PK\1\2", 10, struct.pack("<H", 99))) == "sync.zip.entry"


def test_any_byte_of_it_changed_is_refused_or_read() -> None:
    for place in range(len(SOUND)):
        raw = SOUND[:place] + bytes([SOUND[place] ^ 0x55]) + SOUND[place + 1 :]
        try:
            archive = Zipped(raw, "uji")
            for name in archive.names:
                with archive.open(name) as stream:
                    stream.read()
        except BadAnswer:
            pass
