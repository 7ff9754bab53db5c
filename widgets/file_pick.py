"""A file of this computer is chosen: one dialog that speaks the language of now, and never holds up what runs.

It is no loop of its own: `then` hears what was chosen, and nothing where the person left it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from console.core.phrases import Phrases
from widgets.plain import one_line


@dataclass(frozen=True, slots=True)
class Pick:
    """What is asked for. `kinds` are name filters as said, "" words mean the usual ones."""

    title: str
    write: bool = False
    """To write it, not to read it."""
    several: bool = False
    kinds: Sequence[str] = ()
    accept: str = ""
    name: str = ""
    """Its usual name or path."""


def pick_file(phrases: Phrases, above: QWidget, pick: Pick, then: Callable[[list[str]], None]) -> None:
    """Let a person choose, over the window of `above`; the dialog goes with it."""
    say = phrases.say
    dialog = QFileDialog(above, one_line(pick.title))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    accepts, modes, labels = QFileDialog.AcceptMode, QFileDialog.FileMode, QFileDialog.DialogLabel
    dialog.setAcceptMode(accepts.AcceptSave if pick.write else accepts.AcceptOpen)
    read = modes.ExistingFiles if pick.several else modes.ExistingFile
    dialog.setFileMode(modes.AnyFile if pick.write else read)
    dialog.setNameFilters([*pick.kinds, *([] if pick.write and pick.kinds else [say("widgets.pick.any")])])
    usual = say("widgets.pick.save" if pick.write else "widgets.pick.open")
    dialog.setLabelText(labels.Accept, one_line(pick.accept) or usual)
    dialog.setLabelText(labels.Reject, say("widgets.pick.leave"))
    dialog.setLabelText(labels.FileName, say("widgets.pick.name"))
    dialog.setLabelText(labels.FileType, say("widgets.pick.type"))
    dialog.setLabelText(labels.LookIn, say("widgets.pick.in"))
    if pick.name:
        dialog.selectFile(pick.name)
    dialog.filesSelected.connect(then)
    dialog.open()
