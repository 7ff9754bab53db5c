"""A page over a window: the keys, a page of the manual, or the report of a bug. Esc puts it away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from console.shell.actions import KEYS, Actions
from console.shell.menus import keys_page
from console.store.files import resource
from widgets import theme
from widgets.plain import Label
from widgets.plate import Above, give_back, paint_plate
from widgets.theme import Role


class Page(QWidget):
    """Make one per window."""

    def __init__(self, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(parent)
        self._above = parent
        self._phrases = phrases
        self._before: QWidget | None = None
        self._manual = ""
        """The page of the manual that was opened last, "" for a report."""
        self._said: Callable[[Phrases], tuple[str, str]] | None = None
        self._title = Label("", Role.TITLE)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.copy = QPushButton()
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        self.leave = QPushButton()
        self.leave.clicked.connect(self.close_it)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(self.leave)
        column.addLayout(row)
        Above(self, parent, self._place)
        self.hide()

    def show_manual(self, page: str, actions: Actions) -> None:
        """A page of the manual in the language now spoken; the keys stand in it as they are now."""
        raw = _manual(self._phrases.language, page).decode("utf-8")
        head, _, body = raw.partition("\n")
        self._open(head.lstrip("# ").strip())
        self._manual, self._said = page, None
        self._write(body.replace("{keys}", keys_list(actions, self._phrases)))

    def show_said(self, said: Callable[[Phrases], tuple[str, str]]) -> None:
        """A page that is said anew in each language: `said` gives its title and its text (Markdown)."""
        title, text = said(self._phrases)
        self._open(title)
        self._manual, self._said = "", said
        self._write(text)

    def show_report(self, report: str) -> None:
        """The report of a bug, to be copied."""
        self._open(self._phrases.say("shell.crash.title"))
        self._manual, self._said = "", None
        self.text.setPlainText(report)

    def retranslate(self, actions: Actions) -> None:
        """Say the page that stands there again; the report of a bug stays as it was written."""
        if not self.isHidden() and self._manual:
            self.show_manual(self._manual, actions)
        elif not self.isHidden() and self._said is not None:
            self.show_said(self._said)

    def forget(self) -> None:
        """The screen is covered: a report may tell what was worked on; the manual tells nothing of anybody."""
        if not self._manual:
            self.text.clear()
            self.close_it()

    def close_it(self) -> None:
        """Put it away; the keyboard goes back where it was."""
        if self.isHidden():
            return
        self.hide()
        give_back(self._before, self._above)

    def _write(self, markdown: str) -> None:
        """Markdown with room to breathe: Qt sets headings and lists without any."""
        tokens, paper = theme.of(self), self.text.document()
        self.text.setMarkdown(markdown)
        paper.setDocumentMargin(3 * tokens.unit)
        paper.setIndentWidth(4 * tokens.unit)
        block = paper.begin()
        while block.isValid():
            form = block.blockFormat()
            heading, listed = form.headingLevel() > 0, block.textList() is not None
            form.setTopMargin(4 * tokens.unit if heading and block.previous().isValid() else 0)
            form.setBottomMargin(tokens.unit if heading or listed else 2 * tokens.unit)
            form.setLeftMargin(tokens.unit if listed else 0)
            QTextCursor(block).setBlockFormat(form)
            block = block.next()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _open(self, title: str) -> None:
        if self.isHidden():
            self._before = self.window().focusWidget()
        self._title.setText(title)
        self.copy.setText(self._phrases.say("shell.page.copy"))
        self.leave.setText(self._phrases.say("shell.page.leave"))
        self.text.setAccessibleName(title)
        self._place()
        self.show()
        self.raise_()
        self.text.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self) -> None:
        above, tokens = self._above, theme.of(self)
        wide = min(tokens.px(760), above.width() - 32)
        high = min(tokens.px(820), above.height() - 64)
        self.setGeometry((above.width() - wide) // 2, (above.height() - high) // 2, wide, high)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        paint_plate(self, tokens.raised, tokens.edge)


def _manual(language: str, page: str) -> bytes:
    """A page of the manual; one that is not written yet gives the page of keys."""
    try:
        return resource(f"manual/{language}/{page}.md")
    except FileNotFoundError:
        return resource(f"manual/{language}/{KEYS}.md")


def keys_list(actions: Actions, phrases: Phrases) -> str:
    """All keys as Markdown, a list a menu."""
    parts = []
    for title, lines in keys_page(actions, phrases):
        rows = "\n".join(f"- **{_plain(key)}** · {_plain(says)}" for key, says in lines)
        parts.append(f"### {title}\n\n{rows}\n")
    return "\n".join(parts)


def _plain(text: str) -> str:
    """A text that is none of Markdown's own signs."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in text)
