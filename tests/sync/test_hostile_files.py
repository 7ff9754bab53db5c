"""Files made to harm, given as a bundle, as a receipt and as a snapshot: each is refused, and nothing of it is left.

The shapes are those that were seen to fool libraries: names that climb out of a folder, links, bombs with and without
a lying head, the same name twice, tars with devices, databases with something in them that runs.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from console.core.clock import TurnedClock, from_millis, millis
from console.core.errors import BadAnswer, ConsoleError
from console.store.adopt import adopt
from console.store.exchange import Contact, change, look
from console.store.files import Profile
from sync import archive, seal
from sync.bundle import form
from sync.bundle.form import Manifest, Part
from sync.bundle.take import Desk, identifier
from sync.seal import Identity
from tests.store.conftest import NOON, invented_pack

SENDER, MINE = Identity(b"s" * 32), Identity(b"m" * 32)
CITY = invented_pack().id


def _zip(build: Callable[[zipfile.ZipFile], object], **how: int) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(stream, "w", **how) as made:  # type: ignore[call-overload]
            build(made)
    return stream.getvalue()


def _slip(made: zipfile.ZipFile) -> None:
    for name in ("../../evil.txt", "/abs.txt", "C:\\win.txt", "ok/NUL", "a" * 300 + ".json"):
        made.writestr(name, "x")


def _link(made: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    made.writestr(info, "/etc")
    made.writestr("link/passwd2", "x")


def _twice(made: zipfile.ZipFile) -> None:
    made.writestr("manifest.json", '{"signed":true}')
    made.writestr("manifest.json", '{"signed":false}')


def _bomb() -> bytes:
    return _zip(lambda made: made.writestr("big.json", bytes(8 << 20)), compression=zipfile.ZIP_DEFLATED)


def _lying_bomb() -> bytes:
    raw = bytearray(_bomb())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(raw)


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        info = tarfile.TarInfo("../evil")
        info.size = 1
        made.addfile(info, io.BytesIO(b"x"))
        info = tarfile.TarInfo("device")
        info.type = tarfile.CHRTYPE
        made.addfile(info)
    return stream.getvalue()


def _database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(
            "CREATE TABLE kejadian (id, judul); CREATE TABLE t2 (x); INSERT INTO kejadian VALUES (1, 'a');"
            " CREATE TRIGGER ev AFTER INSERT ON kejadian BEGIN INSERT INTO t2 VALUES ('ran'); END;"
            " CREATE VIEW w AS SELECT load_extension('x');"
        )
        return db.serialize()


def _container(*lines: bytes) -> bytes:
    return archive.MAGIC + b"".join(lines)


FOREIGN: dict[str, Callable[[], bytes]] = {
    "slip.zip": lambda: _zip(_slip),
    "link.zip": lambda: _zip(_link),
    "twice.zip": lambda: _zip(_twice),
    "bomb.zip": _bomb,
    "lying bomb.zip": _lying_bomb,
    "device.tar": _tar,
    "database": _database,
    "gzip": lambda: zlib.compress(bytes(1 << 20)),
    "deep json": lambda: b"[" * 100_000,
    "empty": lambda: b"",
    "zeros": lambda: bytes(1 << 16),
    "climbing name": lambda: _container(b"../../evil 1\nx\nend 1\n"),
    "absolute name": lambda: _container(b"/etc/passwd 1\nx\nend 1\n"),
    "drive": lambda: _container(b"C:\\win.txt 1\nx\nend 1\n"),
    "device": lambda: _container(b"nul 1\nx\nend 1\n"),
    "twice": lambda: _container(b"manifest.json 2\n{}\nmanifest.json 2\n{}\nend 2\n"),
    "too many": lambda: _container(*(b"p-%d 0\n\n" % n for n in range(2001)), b"end 2001\n"),
    "too big": lambda: _container(b"manifest.json 600000000\n"),
    "lying length": lambda: _container(b"manifest.json 2\n{}{}\nend 1\n"),
    "no manifest": lambda: _container(b"part-0001 1\nx\nend 1\n"),
    "huge manifest": lambda: _container(b"manifest.json 2000000\n", bytes(2_000_000), b"\nend 1\n"),
    "deep manifest": lambda: _container(b"manifest.json 200000\n", b"[" * 200_000, b"\nmanifest.minisig 1\nx\nend 2\n"),
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    profile = Profile.at(tmp_path / "profil")
    contact = Contact(SENDER.public.text, SENDER.public.fingerprint, "Posko", trusted=True)
    change(profile, lambda exchange: exchange.with_contact(contact))
    return Desk(profile, MINE, CITY, TurnedClock(NOON))


def never(_: object) -> object:
    raise AssertionError("something of a hostile file was believed")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_refused_by_every_door(name: str, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "berkas"
    path.write_bytes(FOREIGN[name]())
    before = sorted(each for each in tmp_path.rglob("*"))
    with pytest.raises(BadAnswer):
        desk.take(path, never, note=never)  # type: ignore[arg-type]
    with pytest.raises(BadAnswer):
        desk.settle(path, None, never)  # type: ignore[arg-type]
    with pytest.raises(BadAnswer), path.open("rb") as stream:
        adopt(Profile(tmp_path / "lain"), invented_pack(), TurnedClock(NOON), stream, trusted=lambda _: True)
    after = sorted(each for each in tmp_path.rglob("*") if "lain" not in each.parts)
    assert after == before, "nothing is unpacked anywhere"


def sealed(raw: bytes, *, pack: bool = True) -> tuple[bytes, Manifest]:
    """A bundle of a trusted sender that holds any bytes in its only part."""
    key = seal.new_key()
    box = b"".join(seal.sealed(key, "part-0001", [archive.pack(raw) if pack else raw]))
    manifest = Manifest(
        kind=form.BUNDLE,
        channel=CITY,
        number=millis(NOON),
        expires_at=from_millis(millis(NOON) + 86_400_000),
        sender=SENDER.public,
        audience=(MINE.public.fingerprint,),
        slots=(seal.slot_for(key, MINE.public),),
        parts=(Part("part-0001", len(box), hashlib.sha256(box).hexdigest(), 1),),
    )
    stream = io.BytesIO()
    told, signature = form.written(manifest, SENDER)
    archive.write(stream, [(form.MANIFEST, told), (form.SIGNATURE, signature), ("part-0001", box)])
    return stream.getvalue(), manifest


PLACE = "kendali-contoh-complaints-99-71-01"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[" * 50_000,
        b"\xff\xfe",
        json.dumps({"place": "../../etc", "revisions": []}).encode(),
        json.dumps({"place": "_users", "revisions": []}).encode(),
        json.dumps({"place": PLACE, "revisions": [[1, [], False, {}]]}).encode(),
        json.dumps({"place": PLACE, "revisions": [["a", ["1-x"], False, []]]}).encode(),
        json.dumps({"place": PLACE, "revisions": {"a": 1}}).encode(),
        json.dumps({"place": PLACE, "revisions": [["a"]]}).encode(),
    ],
)
def test_what_a_trusted_sender_sealed_is_still_looked_at(raw: bytes, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "berkas"
    path.write_bytes(sealed(raw)[0])
    unread(desk, path)


def unread(desk: Desk, path: Path) -> None:
    """Nothing of its only part is believed; a receipt says so, and it does not count as taken."""
    came = desk.take(path, never, note=never)  # type: ignore[arg-type]
    assert [(each.doc, each.rev) for each in came.refused] == [("part-0001", "")]
    assert (came.fresh, came.missing) == (0, ())
    with io.BytesIO(came.receipt) as stream:
        raw, signature = (entry.whole(1 << 20) for entry in archive.read(stream))
    assert form.read(raw, signature).answers["unread"] == ["part-0001"]
    contact = look(desk.profile).contact(SENDER.public.fingerprint)
    assert contact is not None and contact.taken == 0


@pytest.mark.parametrize("raw", [b"x", b"\0\0\0\0", b"\0\0\0\2a", b"\xff\xff\xff\xff" + bytes(100), bytes(4)])
def test_pieces_that_are_none_are_refused(raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        form.read_pieces(raw, "file-0001")
    assert form.read_pieces(form.pieces_part([b"a", b"bc"]), "file-0001") == [b"a", b"bc"]


def test_a_place_of_another_city_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "berkas"
    for place in ("kendali-lain-shared", "x", "kendali-contohlain-shared"):
        path.write_bytes(sealed(json.dumps({"place": place, "revisions": []}).encode())[0])
        unread(desk, path)


def test_a_bomb_below_a_sound_seal_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "berkas"
    for raw, pack in ((bytes(40 << 20), True), (zlib.compress(bytes(60 << 20), 9), False), (b"no zlib", False)):
        path.write_bytes(sealed(raw, pack=pack)[0])
        unread(desk, path)


@pytest.mark.parametrize(
    "change_to",
    [
        {"form": "x"},
        {"version": 2},
        {"kind": "x"},
        {"number": -1},
        {"number": 1 << 60},
        {"number": True},
        {"expires_at": "x"},
        {"expires_at": "2026-03-03T05:00:00"},
        {"expires_at": "9999-01-01T00:00:00+00:00"},
        {"from": "kendali1-AAAA"},
        {"to": "x"},
        {"to": ["x"]},
        {"to": ["0" * 32] * 21},
        {"name": "a\x1b[2J"},
        {"slots": ["x" * 300]},
        {"upto": {PLACE: [1]}},
        {"upto": {"../x": [1, "a", "1-a"]}},
        {"counts": {"a": -1}},
        {"files": 0},
        {"parts": [{"name": "../x", "size": 1, "sha256": "0" * 64, "file": 1}]},
        {"parts": [{"name": "a", "size": 1 << 40, "sha256": "0" * 64, "file": 1}]},
        {"parts": [{"name": "a", "size": 1, "sha256": "x", "file": 1}]},
        {"parts": [{"name": "a", "size": 1, "sha256": "0" * 64, "file": 2}]},
        {"parts": [{"name": "a", "size": 1, "sha256": "0" * 64, "file": 1}] * 2},
        {"parts": [{"name": f"a{n}", "size": 32 << 20, "sha256": "0" * 64, "file": 1} for n in range(20)]},
    ],
)
def test_a_manifest_that_cannot_be_is_refused_though_it_is_signed(change_to: dict[str, object]) -> None:
    _, manifest = sealed(b"{}")
    told = {**json.loads(form.written(manifest, SENDER)[0]), **change_to}
    raw = json.dumps(told).encode()
    with pytest.raises(BadAnswer):
        form.read(raw, SENDER.sign(raw, manifest.comment).encode())


WRONG: tuple[object, ...] = (None, True, 0, 1, -1, 1.5, "", "x", [], [1], [[]], [{}], {}, {"a": 1}, {"a": None})
FIELDS = tuple(json.loads(form.written(sealed(b"{}")[1], SENDER)[0]))
MAY: dict[str, tuple[object, ...]] = {
    "answers": ({}, {"a": 1}, {"a": None}),
    "counts": ({}, {"a": 1}),
    "files": (1,),
    "name": ("", "x"),
    "parts": ([],),
    "slots": ([],),
    "to": ([],),
    "upto": ({},),
    "version": (1,),
    "whole": (True,),
}
"""What of it a field may be; none of it a JSON of another type."""


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_another_type_is_refused(field: str, desk: Desk, tmp_path: Path) -> None:
    """It is read before the signature, so that anybody's file gets so far."""
    _, manifest = sealed(b"{}")
    told = json.loads(form.written(manifest, SENDER)[0])
    path = tmp_path / "berkas"
    for wrong in WRONG:
        if any(type(wrong) is type(each) and wrong == each for each in MAY.get(field, ())):
            continue
        raw = json.dumps({**told, field: wrong}).encode()
        with path.open("wb") as stream:
            archive.write(stream, [(form.MANIFEST, raw), (form.SIGNATURE, b"x")])
        with pytest.raises(BadAnswer):
            desk.take(path, never, note=never)  # type: ignore[arg-type]
        with pytest.raises(BadAnswer):
            desk.settle(path, None, never)  # type: ignore[arg-type]
        with pytest.raises(BadAnswer):
            form.read(raw, SENDER.sign(raw, manifest.comment).encode())


@pytest.mark.parametrize("field", ["name", "size", "sha256", "file"])
def test_a_field_of_a_part_of_another_type_is_refused(field: str) -> None:
    _, manifest = sealed(b"{}")
    told = json.loads(form.written(manifest, SENDER)[0])
    for wrong in (None, True, 0, -1, 1.5, "", [], {}, [1]):
        raw = json.dumps({**told, "parts": [{**told["parts"][0], field: wrong}]}).encode()
        with pytest.raises(BadAnswer):
            form.read(raw, SENDER.sign(raw, manifest.comment).encode())
    for wrong in WRONG:
        raw = json.dumps({**told, "parts": [wrong]}).encode()
        with pytest.raises(BadAnswer):
            form.read(raw, SENDER.sign(raw, manifest.comment).encode())
        raw = json.dumps({**told, "upto": {PLACE: wrong}}).encode()
        with pytest.raises(BadAnswer):
            form.read(raw, SENDER.sign(raw, manifest.comment).encode())


def test_a_comment_that_says_something_else_is_refused() -> None:
    _, manifest = sealed(b"{}")
    raw, _ = form.written(manifest, SENDER)
    assert form.read(raw, SENDER.sign(raw, manifest.comment).encode()) == manifest
    with pytest.raises(BadAnswer, match="signature"):
        form.read(raw, SENDER.sign(raw, manifest.comment.replace("version=", "version=9")).encode())
    assert len(identifier(raw)) == 32


def test_a_duplicate_key_in_a_manifest_is_refused() -> None:
    """Signed once and read twice in two ways: that by-passes a signature elsewhere."""
    _, manifest = sealed(b"{}")
    raw, _ = form.written(manifest, SENDER)
    doubled = raw.replace(b'"channel":', b'"channel":"lain","channel":', 1)
    with pytest.raises(BadAnswer):
        form.read(doubled, SENDER.sign(doubled, manifest.comment).encode())


def test_a_file_that_is_a_folder_or_is_not_there(desk: Desk, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "tidak-ada"):
        with pytest.raises(ConsoleError):
            desk.take(path, never, note=never)  # type: ignore[arg-type]
        with pytest.raises(ConsoleError):
            desk.settle(path, None, never)  # type: ignore[arg-type]
