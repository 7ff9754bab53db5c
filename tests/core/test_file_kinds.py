"""Files are what their bytes say; of pictures only what draws them is kept; everything strange is refused."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from console.core.errors import Refused
from console.core.file_kinds import MOST_BYTES, FileKind, judge, kind_of, safe_name
from console.core.jpeg import exif as read_exif
from tests.pictures import ZIP, chunk, exif, hostile, picture, png_of, segment, with_segments

HOSTILE = hostile()


def pixels(data: bytes) -> tuple[int, int, bytes]:
    image = QImage.fromData(data).convertToFormat(QImage.Format.Format_RGB32)
    return image.width(), image.height(), bytes(image.constBits())


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_looks_the_same_afterwards(form: str) -> None:
    data = picture(form=form)
    judged = judge(data)
    assert (judged.width, judged.height) == (64, 48)
    assert pixels(judged.data) == pixels(data)
    assert judge(judged.data).data == judged.data


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_place_of_a_photo_is_left_out_and_its_turn_is_kept(order: str) -> None:
    plain = picture()
    judged = judge(with_segments(plain, exif(turn=6, order=order)))
    assert judged.placed
    assert b"RUMAH-PELAPOR" not in judged.data and b"Cam" not in judged.data
    at = judged.data.index(b"Exif\0\0") + 6
    assert read_exif(judged.data[at:]) == (6, False)
    assert pixels(judged.data) == pixels(plain)


def test_the_place_is_kept_only_on_purpose() -> None:
    data = with_segments(picture(), exif())
    assert b"RUMAH-PELAPOR" not in judge(data).data
    assert b"RUMAH-PELAPOR" in judge(data, keep_position=True).data


def test_an_exif_that_cannot_be_read_is_left_out_and_counts_as_telling() -> None:
    judged = judge(with_segments(picture(), segment(0xE1, b"Exif\0\0MM\0\x2a\0\0\0\x08\xff\xff")))
    assert judged.placed
    assert b"Exif" not in judged.data


def test_what_hangs_on_a_photo_is_cut_off() -> None:
    plain = judge(picture()).data
    hung = with_segments(
        picture() + ZIP,
        segment(0xFE, b"<?php system($_GET[0]);"),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>place</x:xmpmeta>"),
        segment(0xED, b"Photoshop 3.0\0place"),
        segment(0xE2, b"MPF\0more pictures"),
    )
    assert judge(hung).data == plain


def test_texts_and_packed_bombs_of_a_png_are_cut_off_unopened() -> None:
    bomb = chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(5_000_000)))
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(5_000_000)))
    rows = b"\0" + bytes(24)
    judged = judge(png_of(8, 8, bomb, profile, chunk(b"tEXt", b"GPS\0here"), rows=rows * 8) + ZIP)
    assert judged.data == png_of(8, 8, rows=rows * 8)
    assert judged.placed


def test_an_unknown_chunk_that_must_be_understood_is_refused() -> None:
    with pytest.raises(Refused, match=r"files\.damaged"):
        judge(png_of(8, 8, chunk(b"EVIL", b"x")))


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    inner = b"WEBP"
    for name, body in chunks:
        inner += name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


LOSSY = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 20, 10) + b"coded"


def test_a_webp_loses_what_does_not_draw_it() -> None:
    extended = b"\x0c\0\0\0" + (19).to_bytes(3, "little") + (9).to_bytes(3, "little")
    told = webp((b"VP8X", extended), (b"VP8 ", LOSSY), (b"EXIF", b"GPS"), (b"XMP ", b"place"))
    judged = judge(told + ZIP)
    assert judged.kind is FileKind.WEBP and (judged.width, judged.height) == (20, 10)
    assert judged.placed
    assert judged.data == webp((b"VP8X", b"\0" + extended[1:]), (b"VP8 ", LOSSY))


@pytest.mark.parametrize(
    "data",
    [
        webp((b"VP8X", b"\0\0\0\0" + bytes(6)), (b"VP8 ", LOSSY)),
        webp((b"ANMF", b"x" * 30)),
        webp((b"VP8 ", LOSSY[:8])),
        webp((b"VP8 ", b"\0" * 20)),
        webp((b"VP8L", b"\0" * 8)),
    ],
    ids=["two sizes", "animation", "short", "no key frame", "no lossless"],
)
def test_a_webp_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"files\.(damaged|pixels)"):
        judge(data)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str) -> None:
    with pytest.raises(Refused, match=r"files\."):
        judge(HOSTILE[name])


def test_what_is_too_big_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(Refused, match=r"files\.big"):
        judge(b"\xff\xd8\xff" + bytes(MOST_BYTES))


def test_pdf_and_text_are_taken_as_they_are() -> None:
    pdf, text = b"%PDF-1.7\n...\n%%EOF\n", "Jalan rusak · café\r\n\tbaris kedua\n".encode()
    assert (judge(pdf).kind, judge(pdf).data) == (FileKind.PDF, pdf)
    assert (judge(text).kind, judge(text).data) == (FileKind.TEXT, text)


@given(st.binary(max_size=400))
@example(b"\xff\xd8\xff\xff")
@example(b"\xff\xd8\xff\xda\x00\x02")
@example(b"RIFF\x10\0\0\0WEBPVP8X\0\0\0\0")
@example(b"\x89PNG\r\n\x1a\n")
def test_any_bytes_are_judged_or_refused(data: bytes) -> None:
    for head in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP"):
        try:
            judged = judge(head + data)
        except Refused:
            continue
        assert judged.kind is kind_of(judged.data)


@given(st.data())
def test_a_photo_with_any_byte_changed_or_cut_is_judged_or_refused(data: st.DataObject) -> None:
    raw = bytearray(_PHOTO)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(3, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        judged = judge(bytes(raw[: data.draw(st.integers(4, len(raw)))]))
    except Refused:
        return
    assert judged.data.startswith(b"\xff\xd8") and judged.data.endswith(b"\xff\xd9")
    assert judge(judged.data).data == judged.data


_PHOTO = with_segments(picture(24, 16), exif(turn=3))


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("lubang.jpeg", FileKind.JPEG, "lubang.jpg"),
        ("C:\\Users\\budi\\foto 1.JPG", FileKind.JPEG, "foto 1.jpg"),
        ("../../etc/passwd", FileKind.TEXT, "passwd.txt"),
        ("bukti.jpg.exe", FileKind.PNG, "bukti.jpg.exe.png"),
        ("surat\u202egpj.exe", FileKind.PDF, "suratgpj.exe.pdf"),
        ("a.png.jpg", FileKind.PNG, "a.png"),
        ("con.jpg", FileKind.JPEG, "berkas-con.jpg"),
        ("...", FileKind.PDF, "berkas.pdf"),
        ("", FileKind.JPEG, "berkas.jpg"),
        ('a<b>:"|?*.pdf', FileKind.PDF, "a_b_.pdf"),
        ("x" * 300, FileKind.JPEG, "x" * 96 + ".jpg"),
        ("tab\tdan\nbaris\0.txt", FileKind.TEXT, "tabdanbaris.txt"),
    ],
)
def test_names_are_safe_to_show_and_to_save(name: str, kind: FileKind, shown: str) -> None:
    assert safe_name(name, kind) == shown


@given(st.text(max_size=200), st.sampled_from(FileKind))
def test_any_name_becomes_a_safe_one_and_stays_it(name: str, kind: FileKind) -> None:
    safe = safe_name(name, kind)
    assert safe_name(safe, kind) == safe
    assert not set(safe) & set('/\\<>:"|?*\0')
    assert 4 < len(safe) <= 100
    safe.encode("utf-8")
