"""Tiles of files, looking at one, and pictures that are decoded carefully."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from tests.pictures import SCRIPT, exif, picture, png_of, with_segments
from widgets.file_tiles import FileFace, FileTiles
from widgets.file_view import FileView
from widgets.pictures import SMALL_PX, drawn, small_jpeg

BIG = QSize(4000, 4000)


def test_a_picture_stands_upright() -> None:
    turned = drawn(with_segments(picture(60, 40), exif(turn=6)), "image/jpeg", BIG)
    assert turned is not None and (turned.width(), turned.height()) == (40, 60)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize(("wide", "high"), [(1000, 400), (400, 1000)])
def test_a_large_picture_is_drawn_no_larger_than_asked(form: str, wide: int, high: int) -> None:
    image = drawn(picture(wide, high, form), f"image/{form.lower()}", QSize(200, 150))
    assert image is not None and image.width() <= 200 and image.height() <= 150
    assert abs(image.width() / image.height() - wide / high) < 0.05


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (SCRIPT, "image/svg+xml"),
        (SCRIPT, "image/png"),
        (picture(form="PNG"), "image/jpeg"),
        (picture()[:200], "image/png"),
        (b"", "image/jpeg"),
        (picture(), "text/html"),
        (png_of(20_000, 20_000), "image/png"),
    ],
    ids=["svg", "svg as png", "png as jpeg", "jpeg as png", "nothing", "page", "bomb"],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_picture_of_its_kind_is_none(data: bytes, kind: str, qtlog) -> None:
    with qtlog.disabled():
        assert drawn(data, kind, BIG) is None
        assert small_jpeg(data, kind) == b""


def test_the_small_picture_is_a_small_jpeg_without_secrets() -> None:
    small = small_jpeg(with_segments(picture(900, 600), exif()), "image/jpeg")
    image = QImage.fromData(small)
    assert max(image.width(), image.height()) == SMALL_PX
    assert len(small) < 64 << 10 and b"RUMAH-PELAPOR" not in small


def faces(count: int) -> list[FileFace]:
    return [FileFace(str(number), f"foto-{number}.jpg", "1,2 MB", 1.0) for number in range(count)]


def test_tiles_stay_when_others_come_and_go(qtbot) -> None:
    tiles = FileTiles()
    qtbot.addWidget(tiles)
    tiles.resize(700, 400)
    tiles.set_faces(faces(3))
    tiles.show()
    kept = tiles.tiles["1"]
    tiles.set_picture("1", QImage.fromData(picture()))
    tiles.set_faces([FileFace("1", "foto-1.jpg", "1,2 MB · terunduh 40 %", 0.4), *faces(1)])
    assert list(tiles.tiles) == ["1", "0"]
    assert tiles.tiles["1"] is kept and kept.picture is not None
    assert kept.accessibleName() == "foto-1.jpg, 1,2 MB · terunduh 40 %"
    tiles.set_picture("gone", None)
    tiles.grab()


def test_a_tile_opens_by_hand_and_by_key(qtbot) -> None:
    tiles = FileTiles()
    qtbot.addWidget(tiles)
    tiles.set_faces(faces(2))
    tiles.show()
    opened: list[str] = []
    tiles.opened.connect(opened.append)
    QTest.mouseClick(tiles.tiles["0"], Qt.MouseButton.LeftButton)
    tiles.tiles["1"].setFocus()
    QTest.keyClick(tiles.tiles["1"], Qt.Key.Key_Space)
    assert opened == ["0", "1"]


def test_names_are_no_markup(qtbot) -> None:
    tiles = FileTiles()
    qtbot.addWidget(tiles)
    tiles.set_faces([FileFace("x", "<img src=x>.jpg", "1 kB")])
    assert "&lt;img" in tiles.tiles["x"].toolTip()


def test_the_view_covers_what_it_lies_over_and_gives_the_keyboard_back(qtbot) -> None:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(600, 400)
    button = QPushButton("x", over)
    over.show()
    over.activateWindow()
    button.setFocus()
    view = FileView(over)
    view.name_buttons("Simpan", "Tutup")
    view.open_file("k", "foto.jpg", "")
    assert view.geometry() == over.rect() and view.says.isHidden()
    over.resize(500, 300)
    assert view.geometry() == over.rect()
    view.show_image(QImage.fromData(picture(900, 700)))
    view.grab()
    view.show_words("baris\nkedua")
    assert not view.picture.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.isHidden() and view.key == "" and view.picture.image is None and view.words.toPlainText() == ""
    view.close_it()
