"""Words Qt says by itself, in the language now spoken: the menu of a text field, of a scroll bar, Qt's file dialog.

Install one per program (`QApplication.installTranslator`). Qt asks anew for every menu and dialog it makes, so that
a change of language needs nothing more.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTranslator

from console.core.phrases import Phrases

_EDIT = {
    "&Undo": "widgets.qt.undo",
    "&Redo": "widgets.qt.redo",
    "Cu&t": "widgets.qt.cut",
    "&Copy": "widgets.qt.copy",
    "&Paste": "widgets.qt.paste",
    "Delete": "widgets.qt.delete",
    "Select All": "widgets.qt.select_all",
    "Copy &Link Location": "widgets.qt.copy_link",
}
_SCROLL = {
    "Scroll here": "widgets.qt.scroll_here",
    "Top": "widgets.qt.top",
    "Bottom": "widgets.qt.bottom",
    "Page up": "widgets.qt.page_up",
    "Page down": "widgets.qt.page_down",
    "Scroll up": "widgets.qt.scroll_up",
    "Scroll down": "widgets.qt.scroll_down",
    "Left edge": "widgets.qt.left_edge",
    "Right edge": "widgets.qt.right_edge",
    "Page left": "widgets.qt.page_left",
    "Page right": "widgets.qt.page_right",
    "Scroll left": "widgets.qt.scroll_left",
    "Scroll right": "widgets.qt.scroll_right",
}
_FILES = {
    "Look in:": "widgets.qt.look_in",
    "&Look in:": "widgets.qt.look_in",
    "File &name:": "widgets.qt.file_name",
    "Files of &type:": "widgets.qt.file_type",
    "All Files (*)": "widgets.qt.all_files",
    "&Open": "widgets.qt.open",
    "&Save": "widgets.qt.save",
    "&Rename": "widgets.qt.rename",
    "&Delete": "widgets.qt.delete",
    "&New Folder": "widgets.qt.new_folder",
    "Show &hidden files": "widgets.qt.hidden",
    "Back": "widgets.qt.back",
    "Go back": "widgets.qt.back",
    "Forward": "widgets.qt.forward",
    "Go forward": "widgets.qt.forward",
    "Parent Directory": "widgets.qt.parent",
    "Go to the parent directory": "widgets.qt.parent",
    "Create New Folder": "widgets.qt.new_folder",
    "Create a New Folder": "widgets.qt.new_folder",
    "List View": "widgets.qt.as_list",
    "Change to list view mode": "widgets.qt.as_list",
    "Detail View": "widgets.qt.as_details",
    "Change to detail view mode": "widgets.qt.as_details",
    "Sidebar": "widgets.qt.places",
    "List of places and bookmarks": "widgets.qt.places",
    "Files": "widgets.qt.files",
    "%1 already exists.\nDo you want to replace it?": "widgets.qt.replace",
    "%1\nFile not found.\nPlease verify the correct file name was given.": "widgets.qt.not_found",
}
_MODEL = {
    "Name": "widgets.qt.name",
    "Size": "widgets.qt.size",
    "Type": "widgets.qt.type",
    "Kind": "widgets.qt.type",
    "Date Modified": "widgets.qt.modified",
    "Computer": "widgets.qt.computer",
}
_BUTTONS = {
    "OK": "widgets.qt.ok",
    "Cancel": "widgets.qt.cancel",
    "Open": "widgets.qt.open",
    "Save": "widgets.qt.save",
    "&Yes": "widgets.qt.yes",
    "&No": "widgets.qt.no",
}
_WORDS = {
    "QLineEdit": _EDIT,
    "QWidgetTextControl": _EDIT,
    "QScrollBar": _SCROLL,
    "QFileDialog": _FILES,
    "QFileSystemModel": _MODEL,
    "QPlatformTheme": _BUTTONS,
}
"""Phrase keys by Qt's own class and words."""


class QtWords(QTranslator):
    """Says Qt's words by the phrases; what stands in none of the tables stays as Qt says it."""

    def __init__(self, phrases: Phrases, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, _meant: str | None = None, _count: int = -1) -> str | None:
        """None is Qt's "not translated"; an empty text would be shown as such."""
        key = _WORDS.get(context, {}).get(source)
        return None if key is None else self._phrases.say(key)
