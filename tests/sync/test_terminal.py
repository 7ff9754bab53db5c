"""`feed try` and `feed list`: one JSON object or one sentence, never a traceback."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import Away
from console.core.items import Item, ItemKind, Sample, Series, Table, Timetable
from console.core.records import Batch
from console.store.files import load_phrases
from sync import given_file, terminal
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.cap import Cap
from sync.terminal import feed_list, feed_try
from sync.wire import Wire
from tests.cities import small_pack
from tests.feeds.cap.cases import alert
from tests.feeds.cases import AT, ROW, as_json, as_xml, row
from tests.sync.faults import FaultServer

PHRASES = load_phrases("id")


def tried(source: str, kind: str = "open311", **more: Any) -> tuple[int, Any, str]:
    out, err = io.StringIO(), io.StringIO()
    code = feed_try(kind, source, PHRASES, out, err, clock=TurnedClock(AT), **more)
    return code, json.loads(out.getvalue()) if out.getvalue() else None, err.getvalue()


def test_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    sound = [row(service_request_id=str(number)) for number in range(5)]
    path.write_bytes(as_json(*sound, row(lat=999), row(service_request_id=None)))
    code, told, err = tried(str(path), pack=small_pack())
    assert (code, err) == (0, "")
    assert list(told) == ["kind", "source", "records", "refused", "sample"]
    assert (told["kind"], told["source"], told["records"]) == ("open311", str(path), 5)
    assert told["refused"] == [
        {"where": "requests[5].lat", "why": "bukan tempat di bumi: lintang 999.0, bujur 106.01"},
        {"where": "requests[6].service_request_id", "why": "tidak diisi"},
    ]
    assert len(told["sample"]) == 3
    assert told["sample"][0]["area"] == "99.71.01.1001"
    assert told["sample"][0]["state"] == "IN_PROGRESS"
    assert told["sample"][0]["extra"]["service_code"] == "001"


def test_xml_and_no_city(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(as_xml(ROW))
    code, told, _ = tried(str(path))
    assert (code, told["records"], told["sample"][0]["area"]) == (0, 1, "")


def test_many_refusals_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(as_json(*(row(lat=999) for _ in range(130))))
    code, told, _ = tried(str(path))
    assert (code, told["records"], len(told["refused"]), told["refused_more"]) == (0, 0, 100, 30)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "kosong"),
        (b"<html><body>masuk</body></html>", "bukan daftar pengaduan"),
        (b"<html>masuk</html>", "bukan daftar pengaduan"),
        (b"<error>down</error>", "bukan daftar pengaduan"),
        (b'[{"service_code":001}]', "angka diawali nol di baris 1"),
        (as_json(ROW)[:-1], "berhenti di tengah jalan"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "bukan teks"),
        (b"PK\x03\x04\x00\x00", "bukan teks"),
        ("[]".encode("utf-16"), "bukan utf-8"),
        (b"[" * 100_000, "bersarang"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DTD atau entitas"),
    ],
)
def test_an_unsound_file(tmp_path: Path, body: bytes, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(body)
    code, told, err = tried(str(path))
    assert (code, told) == (2, None)
    assert words in err
    assert err.count("\n") == 1
    assert "a.json" in err


def test_files_that_are_none(tmp_path: Path) -> None:
    for source, words in ((tmp_path / "absent", "tidak ada"), (tmp_path, "kosong")):
        code, told, err = tried(str(source))
        assert (code, told) == (2, None)
        assert words in err


def test_a_file_of_a_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    code, _, err = tried(str(path))
    assert code == 2
    assert "1.024 MB" in err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable to this user")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[]")
    path.chmod(0)
    code, _, err = tried(str(path))
    assert code == 2
    assert "tidak dapat dibaca" in err


def test_a_file_the_disk_does_not_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[]")

    def broken(_: Path, _how: str) -> BinaryIO:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(given_file.Path, "open", broken)
    code, _, err = tried(str(path))
    assert code == 2
    assert "disk gagal membaca" in err


def test_an_unknown_kind_names_the_known_ones(tmp_path: Path) -> None:
    code, _, err = tried(str(tmp_path), kind="rss")
    assert code == 2
    assert "open311" in err


def test_a_name_no_file_can_have() -> None:
    code, told, err = tried("a\0b")
    assert (code, told) == (2, None)
    assert err.count("\n") == 1


def test_an_address(faults: FaultServer, wire: Wire) -> None:
    code, told, err = tried(faults.url("good"), wire=wire)
    assert (code, err) == (0, "")
    # all of them lack a date, and each says so
    assert (told["records"], told["refused_more"]) == (0, 400)
    assert told["refused"][0] == {"where": "requests[0].requested_datetime", "why": "tidak diisi"}


MISBEHAVIOURS = ("captive", "short_body", "bomb", "429", "403", "redirect_portal", "deep", "badcharset", "dupkeys")


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_an_address_that_misbehaves(faults: FaultServer, wire: Wire, name: str) -> None:
    code, told, err = tried(faults.url(name), wire=wire)
    if name in ("nan", "dupkeys"):  # the form is sound, the record is not
        assert (code, told["records"], len(told["refused"])) == (0, 0, 1)
        return
    assert (code, told) == (2, None)
    assert "127.0.0.1" in err
    assert err.count("\n") == 1
    assert "«" not in err


def test_an_address_with_a_wire_of_its_own(faults: FaultServer) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert feed_try("open311", faults.url("404"), PHRASES, out, err, clock=SystemClock()) == 2
    assert "404" in err.getvalue()


@given(st.binary(max_size=200))
def test_any_bytes_end_in_words(raw: bytes) -> None:
    given_raw = raw

    def read(_: object) -> bytes:
        return given_raw

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.terminal.read_limited", read)
        code, told, err = tried("a.json")
    assert (code == 0) == (told is not None)
    assert (code == 2) == bool(err)


def test_the_list() -> None:
    out = io.StringIO()
    assert feed_list(PHRASES, out) == 0
    assert "open311\tPengaduan warga (Open311 GeoReport v2)\n" in out.getvalue()


def test_a_folder_of_answers(tmp_path: Path) -> None:
    folder = tmp_path / "rekaman"
    folder.mkdir()
    (folder / "a.json").write_bytes(as_json(row(service_request_id="1"), row(lat=999)))
    (folder / "b.json").write_bytes(as_json(row(service_request_id="2")))
    (folder / "c.json").write_bytes(b"<html>login</html>")
    (folder / ".d").write_bytes(b"{")
    code, told, err = tried(str(folder))
    assert (code, err, told["records"]) == (0, "", 2)
    assert [each["where"] for each in told["refused"]] == ["a.json: requests[1].lat", "c.json"]


def test_a_folder_in_which_nothing_is_in_its_form(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{")
    code, told, err = tried(str(tmp_path))
    assert (code, told) == (2, None) and err.count("\n") == 1


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    code, told, err = tried(str(tmp_path))
    assert (code, told) == (2, None) and str(tmp_path) in err


class Everything(Feed):
    """Reads anything as one record of each kind."""

    face = FeedFace("segala", "sync.open311.title", binary=True, folder_is_one=True)

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        name = answer.body[:2].decode()
        item = Item(f"x:{name}", "x", ItemKind.QUAKE, name, "Gempa", "", AT, body={"depth_km": 10})
        series = Series("x:1", "x", "1", "Bendung", "Tinggi muka air", "cm", "Pintu Air 10")
        table = Table("stops", ["stop_id", "stop_lat"], [("a", 1.0)])
        return Batch(
            "x",
            items=[item],
            series=[series],
            samples=[Sample("x:1", AT, 2.5)],
            timetable=Timetable("x", "1", [table]),
        )


def test_every_kind_of_record_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "found", lambda: {"segala": Everything})
    (tmp_path / "stops.txt").write_bytes(b"\0\0")
    code, told, _ = tried(str(tmp_path), kind="segala")
    assert (code, told["records"]) == (0, 3)
    item, sample, stop = told["sample"]
    assert (item["kind"], item["native_id"], item["body"]) == ("quake", "PK", {"depth_km": 10})
    assert (sample["value"], sample["unit"], sample["at"]) == (2.5, "cm", AT.isoformat())
    assert stop == {"table": "stops", "stop_id": "a", "stop_lat": 1.0}


INDEX = (
    "<rss version='2.0'><channel>"
    + "".join(f"<item><link>https://hub.invalid/{number}.cap</link></item>" for number in range(25))
    + "</channel></rss>"
)


class Shelf:
    """A wire on which an index and its warnings lie; some are gone."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, ask: Ask, **_: Any) -> Answer:
        self.asked.append(ask.url)
        name = ask.url.rpartition("/")[2]
        if name in ("3.cap", "4.cap"):
            raise Away("sync.away.gone", source="hub.invalid", status="404")
        body = INDEX.encode() if name == "index.rss" else alert(identifier=name)
        return Answer(body, "", "", AT, ask.url, tag=ask.tag)


def test_an_index_at_an_address_is_followed_a_little(tmp_path: Path) -> None:
    shelf = Shelf()
    code, told, _ = tried("https://hub.invalid/index.rss", kind="cap", wire=shelf)
    assert (code, told["records"], told["further"], len(shelf.asked)) == (0, 18, 5, 21)
    assert [each["why"] for each in told["refused"]] == [
        f"peringatannya tidak dapat diambil: https://hub.invalid/{number}.cap" for number in (3, 4)
    ]
    path = tmp_path / "index.rss"
    path.write_text(INDEX)
    code, told, _ = tried(str(path), kind="cap")
    assert (code, told["records"], told["further"], told["refused"]) == (0, 0, 25, [])


def test_an_index_whose_host_stops_answering_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    monkeypatch.setattr(Cap, "missed", lambda *_: None)
    code, told, err = tried("https://hub.invalid/index.rss", kind="cap", wire=shelf)
    assert (code, told) == (2, None) and "404" in err
