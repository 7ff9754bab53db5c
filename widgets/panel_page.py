"""The pages a panel shows instead of content: loading, empty, lost without a last known, fault. None is a blank."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets import icons, theme
from widgets.plain import Label, one_line
from widgets.scaled import Scaled
from widgets.skeleton import Skeleton
from widgets.speech import follow
from widgets.theme import Role, Tokens

_WIDEST = 460
"""A sentence is not drawn wider than this, px of a desk: about 70 letters."""


class LoadingPage(QWidget):
    """Nothing for 100 ms, then a skeleton; after one second also words, progress and a way out."""

    cancel_asked = Signal()
    SKELETON_MS = 100
    WORDS_MS = 1000

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self._waiting = False
        self.skeleton = Skeleton()
        self.words = Label("", Role.SECOND)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.cancel = QPushButton()
        self.cancel.clicked.connect(self.cancel_asked)
        self._foot = QWidget()
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.words)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.skeleton, 1)
        column.addWidget(self._foot)
        self._soon = QTimer(self, singleShot=True, interval=self.SKELETON_MS)
        self._soon.timeout.connect(self.skeleton.show)
        self._late = QTimer(self, singleShot=True, interval=self.WORDS_MS)
        self._late.timeout.connect(self._foot.show)
        self.stop()
        follow(phrases, self, self._say)

    def _say(self) -> None:
        self.cancel.setText(self._phrases.say("widgets.frame.cancel"))

    def start(self, says: str, part: float | None, *, can_cancel: bool) -> None:
        """Begin to wait. `part` is 0 to 1, None where the end is not known."""
        self.words.setText(says or self._phrases.say("widgets.frame.loading"))
        self.progress.setRange(0, 0 if part is None else 1000)
        if part is not None:
            self.progress.setValue(round(part * 1000))
        self.cancel.setVisible(can_cancel)
        if not self._waiting:
            self._waiting = True
            self._soon.start()
            self._late.start()

    def stop(self) -> None:
        """The wait is over."""
        self._waiting = False
        self._soon.stop()
        self._late.stop()
        self.skeleton.hide()
        self._foot.hide()


class _Emblem(Scaled):
    """The icon above a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._name = "info"
        self.scale_to(theme.of(self))

    def show_icon(self, name: str) -> None:
        self._name = name
        self.update()

    def scale_to(self, tokens: Tokens) -> None:
        self.setFixedSize(tokens.px(28), tokens.px(28))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, icons.pixmap(self._name, self.width(), tokens.second, self.devicePixelRatioF()))


class MessagePage(Scaled):
    """One sentence, what lies behind it, and at most two things one can do."""

    action_asked = Signal()
    copy_asked = Signal(str)

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self._emblem = _Emblem()
        self._title = Label("", Role.STRONG, wrap=True)
        self._body = Label("", Role.BODY, wrap=True)
        self._body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = QPushButton()
        self.action.clicked.connect(self.action_asked)
        self.copy = QPushButton()
        self.copy.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        buttons.addWidget(self.action)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        # The bound stands on what holds the labels: a label's own does not bound the width its height is reckoned for.
        self._block = QWidget()
        block = QVBoxLayout(self._block)
        block.setContentsMargins(0, 0, 0, 0)
        block.setSpacing(8)
        for each in (self._emblem, self._title, self._body):
            block.addWidget(each)
        block.addSpacing(4)
        block.addLayout(buttons)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self._block, 4)
        across.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addStretch(2)
        column.addLayout(across)
        column.addStretch(3)
        follow(phrases, self, self._say)

    def scale_to(self, tokens: Tokens) -> None:
        self._block.setMaximumWidth(tokens.px(_WIDEST))

    def _say(self) -> None:
        self.copy.setText(self._phrases.say("widgets.frame.copy"))

    @property
    def text(self) -> str:
        """All that stands on the page, as it is copied."""
        return f"{self._title.text()}\n{self._body.text()}".strip()

    def tell(self, icon: str, title: str, body: str = "", *, action: str = "", copy: bool = False) -> None:
        """Put words on the page."""
        self._emblem.show_icon(icon)
        self._title.setText(title)
        self._body.setText(body)
        self._body.setVisible(bool(body))
        self.action.setText(one_line(action))
        self.action.setVisible(bool(action))
        self.copy.setVisible(copy)
        self._say()
        self.setAccessibleName(self.text)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copy.setText(self._phrases.say("widgets.frame.copied"))
        self.copy_asked.emit(self.text)
