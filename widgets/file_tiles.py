"""Photos and files as tiles: a small picture or the mark of their kind, the name, and how much of each is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from widgets import icons, marks, theme
from widgets.plain import one_line, tip
from widgets.theme import Role

_WIDE, _HIGH, _PICTURE = 152, 132, 84


@dataclass(frozen=True, slots=True)
class FileFace:
    """What is drawn of a file."""

    key: str
    name: str
    says: str
    """Its size and how it stands."""
    share: float = 1.0
    """How much of it is here, 0 to 1."""


class FileTile(QAbstractButton):
    """One file. Pressing it opens it."""

    def __init__(self, face: FileFace) -> None:
        super().__init__()
        self.face = face
        self.picture: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_face(face)

    def set_face(self, face: FileFace) -> None:
        """Show it as it stands now."""
        self.face = face
        self.setAccessibleName(one_line(f"{face.name}, {face.says}"))
        self.setToolTip(tip(f"{face.name}\n{face.says}"))
        self.update()

    def set_picture(self, picture: QImage | None) -> None:
        """Its small picture, None for the mark of a file."""
        self.picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        return QSize(tokens.px(_WIDE), tokens.px(_HIGH))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        pad, high = tokens.px(4), tokens.px(_PICTURE)
        place = QRect(pad, pad, self.width() - 2 * pad, high)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(place, theme.colour(tokens.raised))
            self._draw_picture(painter, place)
            if self.face.share < 1:
                painter.fillRect(place, marks.hatch(tokens))
                done = QRect(place.left(), place.bottom() - pad + 1, int(place.width() * self.face.share), pad)
                painter.fillRect(done, theme.colour(tokens.text))
            top = place.bottom() + pad
            for text, role, ink in (
                (self.face.name, Role.BODY, tokens.text),
                (self.face.says, Role.SECOND, tokens.second),
            ):
                font = theme.font(tokens, role)
                measure = QFontMetricsF(font)
                painter.setFont(font)
                painter.setPen(theme.colour(ink))
                line = QRectF(pad, top, self.width() - 2 * pad, measure.height())
                shown = measure.elidedText(one_line(text), Qt.TextElideMode.ElideMiddle, line.width())
                painter.drawText(line, Qt.AlignmentFlag.AlignLeft, shown)
                top += int(measure.height())
            if self.hasFocus():
                marks.focus_ring(painter, QRectF(self.rect()), tokens)

    def _draw_picture(self, painter: QPainter, place: QRect) -> None:
        tokens = theme.of(self)
        if self.picture is None:
            side = tokens.px(28)
            mark = icons.pixmap("attachment", side, tokens.second, self.devicePixelRatioF())
            painter.drawPixmap(place.center().x() - side // 2, place.center().y() - side // 2, mark)
            return
        size = self.picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(place.center())
        painter.drawImage(target, self.picture)


class FileTiles(QWidget):
    """Tiles beside and below each other, as many across as fit."""

    opened = Signal(str)
    """Key of a file."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles: dict[str, FileTile] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_faces(self, faces: Sequence[FileFace]) -> None:
        """Show these files; tiles of those that stay are kept, with their pictures."""
        wanted = {face.key: face for face in faces}
        for key in [key for key in self.tiles if key not in wanted]:
            gone = self.tiles.pop(key)
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for face in faces:
            if face.key in self.tiles:
                self.tiles[face.key].set_face(face)
            else:
                tile = FileTile(face)
                tile.clicked.connect(lambda _=False, key=face.key: self.opened.emit(key))
                self.tiles[face.key] = tile
        self.tiles = {face.key: self.tiles[face.key] for face in faces}
        self._place()

    def set_picture(self, key: str, picture: QImage | None) -> None:
        """The small picture of a file that may be gone meanwhile."""
        if key in self.tiles:
            self.tiles[key].set_picture(picture)

    def _place(self) -> None:
        step = theme.of(self).px(_WIDE) + self._grid.spacing()
        across = max(1, (self.width() + self._grid.spacing()) // step)
        for number, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, number // across, number % across)
            tile.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.StyleChange:
            self._place()
        return handled
