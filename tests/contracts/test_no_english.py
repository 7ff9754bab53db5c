"""What a system or a library says of a fault never reaches a sentence: each kind has words of its own, or its code."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import sqlite3
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.core import notes
from console.core.clock import SystemClock
from console.core.errors import Away, BadSetting, ConsoleError, DiskTrouble, Fault, Refused, code_of
from console.core.file_kinds import judge
from console.core.geojson import Shape, read_shapes
from console.core.pack_text import Faults, csv_rows, toml_table
from console.core.phrases import LANGUAGES
from console.core.settings import declared, read_settings
from console.core.shape_check import check_shapes
from console.store import audit
from console.store.check import open_again
from console.store.database import open_reader, told
from console.store.files import Profile, disk_trouble, load_phrases
from sync import replies, strict_json
from sync.addresses import Names, target_of
from sync.feeds.open311 import xml_form
from sync.given_file import read_limited
from sync.inflate import Body
from sync.relay.accounts import from_bytes
from tests.tree import ROOT

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
BERKAS = Path("/x/berkas")
PHRASES = {language: load_phrases(language) for language in LANGUAGES}
ENGLISH = frozenset(
    re.findall(
        r"\S+",
        """
        a after allowed already an and answer are argument at bad be broken by call cannot certificate character child
        closed codec column connection cross database decode delimiter denied device directory disconnected does element
        empty end entry error exceeds exist expected expecting extra failed file for found from get has hole host image
        in input insufficient interior invalid is issuer key known lies limit line link local long malformed many
        mismatched missing name network newline no node not number of on open operation or outside permission possible
        process property quick quote read refused reset resource row self-intersection self-signed server service shell
        space start statement string such supported system temporary terminated the timed to token too unable unclosed
        unexpected unreachable unterminated used value verify was with write wrong
        """,
    )
)
"""Words in which systems and libraries speak, without those that are Indonesian too."""


def english(sentence: str) -> list[str]:
    """The words of a sentence that are English."""
    return [word for word in re.findall(r"[a-z][a-z0-9_-]*", sentence.lower()) if word in ENGLISH]


def clean(error: ConsoleError | Fault) -> None:
    """It has a sentence in every language, each place of it filled, and nothing English in the Indonesian one."""
    said = {language: phrases.tell(error) for language, phrases in PHRASES.items()}
    assert not [each for each in said.values() if each.startswith("«") or "—" in each or "()" in each], said
    assert not english(said["id"]), said["id"]


def caught(job: Callable[[], object]) -> ConsoleError:
    with pytest.raises(ConsoleError) as trouble:
        job()
    return trouble.value


def test_the_list_knows_english() -> None:
    for text in (
        *(os.strerror(number) for number in (1, 2, 5, 28, 104, 111, 113)),
        "Expecting ':' delimiter",
        "mismatched tag",
    ):
        assert english(text), text


@pytest.mark.parametrize("number", errno.errorcode)
def test_every_number_of_the_system(number: int) -> None:
    error = OSError(number, os.strerror(number))
    clean(disk_trouble(error, BERKAS))
    clean(Away("sync.away.refused", source="pusat.kota", fault=code_of(error)))
    clean(Refused("centre.port", port="80", fault=code_of(error)))


@pytest.mark.parametrize("code", ["ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "EIO", "EAI_NONAME"])
def test_the_common_ones_have_words(code: str) -> None:
    for phrases in PHRASES.values():
        assert phrases.why(code) != code


@pytest.mark.parametrize(
    "error",
    [
        OSError("no number at all"),
        TimeoutError("timed out"),
        OverflowError("bind(): port must be 0-65535."),
        OSError(9999, "Unknown error 9999"),
    ],
)
def test_errors_without_a_known_number(error: Exception) -> None:
    clean(Refused("centre.port", port="80", fault=code_of(error)))
    clean(DiskTrouble("store.broken_disk", path=str(BERKAS), fault=code_of(error)))


@pytest.mark.parametrize(
    "error",
    [
        *(socket.gaierror(getattr(socket, name), "said by the resolver") for name in dir(socket) if name[:4] == "EAI_"),
        UnicodeError("label empty or too long"),
        OSError("the resolver is gone"),
    ],
)
def test_names_that_are_not_found(error: Exception) -> None:
    def resolve(_host: str, _port: int) -> list[tuple[object, ...]]:
        raise error

    names = Names(SystemClock(), resolve)
    trouble = caught(
        lambda: names.find("pusat.kota", 443, allow_private=True, timeout_s=20, stopped=threading.Event().is_set)
    )
    assert trouble.says == "sync.away.name"
    clean(trouble)


@pytest.mark.parametrize("number", [2, 7, 9, 10, 18, 19, 20, 21, 23, 62, 64, 79])
def test_certificates(number: int) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = number, "self-signed certificate"
    trouble = replies.tls_fault(error, "pusat.kota", AT)
    assert trouble is not None
    clean(trouble)


@pytest.mark.parametrize("reason", ["WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "NO_SHARED_CIPHER", None])
def test_greetings_that_fail(reason: str | None) -> None:
    error = ssl.SSLError(1, "unexpected end of the connection")
    error.reason = reason
    trouble = replies.tls_fault(error, "pusat.kota", AT)
    assert trouble is not None
    clean(trouble)


@pytest.mark.parametrize(
    "url", ["http://[::1", "https://pusat.kota:x/", "http:///x", "ftp://pusat.kota", "https://x y/"]
)
def test_addresses(url: str) -> None:
    clean(caught(lambda: target_of(url, allow_private=False)))


@pytest.mark.parametrize(
    "raw", [b'{"a" 1}', b"[1,]", b"[1", b"{'a':1}", b"01", b"[NaN]", b'["\n"]', b'{"a":1}x', b"\xff", b"", b'["\\x"]']
)
def test_json(raw: bytes) -> None:
    clean(caught(lambda: strict_json.strict(raw, source="laksa")))


@pytest.mark.parametrize(
    "raw", [b"<a></b>", b"<a", b"<a>&x;</a>", b"<a b></a>", b"<!DOCTYPE a><a/>", b"<a/>x", b"<a>" * 70, b"<html/>"]
)
def test_xml(raw: bytes) -> None:
    clean(caught(lambda: xml_form.read(raw, "", "laksa")))


def test_a_broken_gzip() -> None:
    body = Body("laksa", "gzip", most_bytes=1000, most_inflated=1000)
    clean(caught(lambda: body.take(b"no gzip at all")))


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rekaman"
    path.write_bytes(b"x")

    def denied(*_: object, **__: object) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    monkeypatch.setattr(Path, "open", denied)
    trouble = caught(lambda: read_limited(path))
    assert trouble.says == "sync.file.unreadable"
    clean(trouble)


def test_files_that_are_no_database(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(b"not a database at all" * 400)
    trouble = caught(lambda: open_reader(path))
    assert trouble.says == "store.broken"
    clean(trouble)


def test_a_database_with_a_damaged_page(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    db = sqlite3.connect(profile.records, isolation_level=None)
    for statement in ("PRAGMA page_size = 512", "CREATE TABLE t (a)", "INSERT INTO t VALUES (zeroblob(4000))"):
        db.execute(statement)
    db.close()
    raw = bytearray(profile.records.read_bytes())
    raw[512:1024] = b"\xff" * 512
    profile.records.write_bytes(bytes(raw))
    clean(caught(lambda: open_again(profile)))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Tree 4 page 4: btreeInitPage() returns error code 11", "page 4"),
        ("Page 12: never used", "page 12"),
        ("wrong # of entries in index complaint_at", "index complaint_at"),
        ("row 12 missing from index complaint_at", "index complaint_at"),
        ("non-unique entry in index complaint_id", "index complaint_id"),
        ("NULL value in complaint.id", "column complaint.id"),
        ("malformed inverted index for FTS5 table main.search_1", "table search_1"),
        ("complaint_at", "table complaint_at"),
        ("Freelist: size is 3 but should be 4", "SQLITE_CORRUPT"),
        ("database disk image is malformed", "SQLITE_CORRUPT"),
    ],
)
def test_what_sqlite_says_of_a_damaged_file(line: str, code: str) -> None:
    assert audit.spot(line) == code
    clean(Fault.at("", "store.fault.pages", fault=audit.spot(line)))
    clean(DiskTrouble("store.broken", fault=audit.spot(line)))


@pytest.mark.parametrize(
    "name", [name for name in dir(sqlite3) if re.match("SQLITE_(IOERR|CANTOPEN|CORRUPT|NOTADB)", name)]
)
def test_every_error_of_sqlite(name: str) -> None:
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode, error.sqlite_errorname = getattr(sqlite3, name), name
    trouble = told(error, BERKAS)
    assert trouble is not None
    clean(trouble)


def test_files_of_a_pack() -> None:
    faults = Faults()
    for raw in (b"a", b"a = 1\n== 2", b"a = " + b"9" * 5000):
        toml_table("pack.toml", raw, faults)
    csv_rows("opd.csv", b'a,b\n"x"y,2\n', ["a", "b"], None, faults)
    for raw in (b"{", b"[NaN]", b"[" * 50_000, b"9" * 5000):
        read_shapes("areas.geojson", raw, faults)
    assert len(faults) == 8
    for each in faults.found:
        clean(each)


BOX = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))


def small(west: float, south: float, size: float = 1.0) -> tuple[tuple[float, float], ...]:
    east, north = west + size, south + size
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


@pytest.mark.parametrize(
    "polygons",
    [
        (((((0, 0), (4, 4), (4, 0), (0, 4), (0, 0))),),),
        (((((0, 0), (4, 0), (4, 4), (2, 2), (0, 4), (2, 2), (0, 0))),),),
        ((BOX, small(5, 5)),),
        ((BOX,), (small(1, 1),)),
        ((BOX, small(1, 1, 2), small(1.5, 1.5, 0.5)),),
        ((BOX, ((0.0, 2.0), (2.0, 0.0), (4.0, 2.0), (2.0, 4.0), (0.0, 2.0))),),
    ],
)
def test_shapes_that_are_not_sound(polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]) -> None:
    faults = Faults()
    check_shapes([Shape("areas.geojson features[0]", "99.71", "", polygons)], faults)
    (fault,) = faults.found
    assert not str(dict(fault.values)["fault"]).startswith("shape "), "it has words of its own"
    clean(fault)


def test_settings() -> None:
    known = declared((ROOT / "resources" / "settings.toml").read_bytes())
    for raw in (
        b"theme = ",
        b"theme = 'pink'",
        b"'relay.port' = 'x'",
        b"'relay.port' = 99999",
        b"'sync.cut' = 1",
        b"x = 1",
    ):
        _, faults = read_settings(known, raw, "settings.toml")
        assert len(faults) == 1
        clean(faults[0])
    clean(BadSetting("settings.bad", faults))


def test_accounts_notes_and_pictures() -> None:
    trouble = caught(lambda: from_bytes(b'{"accounts": [{"name": 1}]}', "relay.json"))
    assert isinstance(trouble, BadSetting)
    clean(trouble)
    clean(trouble.faults[0])
    for raw in (b"{", b"[]"):
        clean(caught(lambda raw=raw: notes.parse(raw)))  # type: ignore[misc]
    clean(caught(lambda: notes.read_envelope({})))
    clean(caught(lambda: notes.read_receipt(json.loads("{}"))))
    clean(caught(lambda: judge(b"\xff\xd8\xff\xe0no picture")))
