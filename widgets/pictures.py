"""Pictures of files, decoded carefully: by the one decoder of their kind, in steps, within a bound of memory.

Any thread may do it. What cannot be drawn is None or empty, never an error: its file is then shown without a picture.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QImageWriter, QPainter

MOST_MB = 256
"""Memory a picture may take while it is decoded."""
SMALL_PX = 320
_QUALITY = 78
_FORMS: Mapping[str, bytes] = {"image/jpeg": b"jpeg", "image/png": b"png", "image/webp": b"webp"}
"""The only decoders that are ever asked, each for its own kind."""


def drawn(data: bytes, kind: str, most: QSize) -> QImage | None:
    """The picture as it stands upright, no larger than `most`; None where it cannot be drawn."""
    form = _FORMS.get(kind)
    if form is None:
        return None
    QImageReader.setAllocationLimit(MOST_MB)
    held = QByteArray(data)
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(form))
    reader.setDecideFormatFromContent(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and (size.width() > most.width() or size.height() > most.height()):
        # Turned pictures change sides after this: the longer side decides for both.
        side = max(most.width(), most.height())
        reader.setScaledSize(size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        return None
    if image.width() > most.width() or image.height() > most.height():
        mode = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(most, Qt.AspectRatioMode.KeepAspectRatio, mode)
    return image


def small_jpeg(data: bytes, kind: str) -> bytes:
    """A small JPEG of a picture, b"" where it cannot be drawn."""
    image = drawn(data, kind, QSize(SMALL_PX, SMALL_PX))
    if image is None:
        return b""
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(QColor(255, 255, 255))
    with QPainter(flat) as painter:
        painter.drawImage(0, 0, image)
    return encoded(flat, b"JPEG")


def encoded(image: QImage, form: bytes = b"PNG") -> bytes:
    """An image as a file's bytes, b"" where that cannot be."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(form))
    writer.setQuality(_QUALITY if form == b"JPEG" else -1)
    return bytes(held.data()) if writer.write(image) else b""
