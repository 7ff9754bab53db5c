"""One file, looked at inside the console: a picture that fits, or plain words. Nothing in it is run or followed."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from widgets import theme
from widgets.plain import Label, lines, one_line
from widgets.plate import Above, give_back
from widgets.theme import Role


class Picture(QWidget):
    """A picture, as large as there is room for, never larger than it is."""

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage | None) -> None:
        """Another picture, None for none."""
        self.image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.image is None:
            return
        size = self.image.size()
        if size.width() > self.width() or size.height() > self.height():
            size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self.image)


class FileView(QWidget):
    """Lies over its parent while it is open; Esc closes it. What is not here yet, or cannot be drawn, is said."""

    closed = Signal()
    save_asked = Signal(str)
    """Key of the file a copy of which is wanted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.key = ""
        self._over = parent
        self._before: QWidget | None = None
        self.title = Label("", Role.STRONG)
        self.says = Label("", Role.SECOND, wrap=True)
        self.picture = Picture()
        self.words = QPlainTextEdit()
        self.words.setReadOnly(True)
        self.save, self.shut = QPushButton(), QPushButton()
        self.save.clicked.connect(lambda: self.save_asked.emit(self.key))
        self.shut.clicked.connect(self.close_it)
        self._lay_out()
        Above(self, parent, self._cover)
        self.hide()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.save)
        head.addWidget(self.shut)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.says)
        column.addWidget(self.picture, 1)
        column.addWidget(self.words, 1)

    def name_buttons(self, save: str, shut: str) -> None:
        """What the buttons say."""
        self.save.setText(save)
        self.shut.setText(shut)

    def open_file(self, key: str, title: str, says: str) -> None:
        """Begin to show a file; its content follows by `show_image` or `show_words`."""
        if self.isHidden():
            self._before = self.window().focusWidget()
        self.key = key
        self.title.setText(title)
        self.say(says)
        self.picture.show_image(None)
        self.picture.setAccessibleName(one_line(title))
        self.picture.show()
        self.words.hide()
        self.save.setEnabled(False)
        self._cover()
        self.show()
        self.raise_()
        self.shut.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, says: str) -> None:
        """One sentence under the title."""
        self.says.setText(says)
        self.says.setVisible(bool(says))

    def show_image(self, image: QImage | None) -> None:
        """The file's picture."""
        self.picture.show_image(image)

    def show_words(self, text: str) -> None:
        """The file's words, as they are."""
        self.words.setPlainText(lines(text))
        self.picture.hide()
        self.words.show()

    def close_it(self) -> None:
        """Put it away; the keyboard goes back where it was."""
        if self.isHidden():
            return
        self.hide()
        self.key = ""
        self.picture.show_image(None)
        self.words.clear()
        give_back(self._before, self._over)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
        event.accept()

    def _cover(self) -> None:
        self.setGeometry(self._over.rect())

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.colour(theme.of(self).panel))
