"""The look over what is said finds what it should: else a test that finds nothing would prove nothing."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QLabel, QListView, QTextBrowser, QWidget

from tests.hostile import LINKS, PAYLOADS, said, wrongs


def test_there_are_forty_and_thirty() -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS.values())) == 40
    assert len(LINKS) == len(set(LINKS)) == 30


@pytest.mark.parametrize("spoil", ["tooltip", "label", "name", "cell", "page", "title"])
def test_what_is_unsafe_is_found(qtbot, spoil: str) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    if spoil == "tooltip":
        widget.setToolTip(PAYLOADS["bold"])
    elif spoil == "label":
        QLabel(PAYLOADS["link"], widget)
    elif spoil == "name":
        widget.setAccessibleName(PAYLOADS["turned"])
    elif spoil == "title":
        widget.setWindowTitle(PAYLOADS["one byte escape"])
    elif spoil == "cell":
        view, model = QListView(widget), QStandardItemModel()
        item = QStandardItem("x")
        item.setToolTip(PAYLOADS["local image"])
        model.appendRow(item)
        model.setParent(view)
        view.setModel(model)
    else:
        QTextBrowser(widget).setMarkdown(PAYLOADS["markdown"])
    assert wrongs(widget), list(said(widget))


def test_what_is_safe_is_left_alone(qtbot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setToolTip("<qt>a &lt; b<br/>c</qt>")
    widget.setAccessibleName("Jalan <b> & “rusak”")
    assert wrongs(widget) == []
