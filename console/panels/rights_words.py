"""What was found about a person, what came of it, and its proof, in words: part of the panel of their rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.core.phrases import Phrases
from console.models.errand import Errand
from console.models.keyed import Cell, Entry
from console.models.rights import Held, Search
from widgets.plain import Label
from widgets.theme import Role

NOWHERE = "-"
"""Key of the row of what is neither a complaint's nor an item's."""
_LONG_HASH = 64


def place_words(places: Sequence[tuple[str, int]], phrases: Phrases) -> str:
    """Where it stands and how often: kinds of places, for nobody asks for a column."""
    counts: dict[str, int] = {}
    for place, count in places:
        kind = "reporter" if place == "complaint.extra" else place.partition(".")[0]
        counts[kind] = counts.get(kind, 0) + count
    say = phrases.say
    return ", ".join(say("panels.rights.place_row", place=_kind(kind, phrases), count=n) for kind, n in counts.items())


def _kind(kind: str, phrases: Phrases) -> str:
    said = phrases.say(f"panels.rights.place.{kind}")
    return kind if said.startswith("«") else said


def entry(held: Held, found: Search, phrases: Phrases) -> Entry:
    """A row: whose words they are, where they stand, how many of them are covered."""
    say = phrases.say
    if not held.name:
        name, second = say("panels.rights.nowhere"), say("panels.rights.nowhere_hint")
    elif held.item:
        name, second = say("panels.rights.item", source=held.source), held.name
    else:
        by = held.name in found.told_by
        name, second = held.name, say("panels.rights.told_by" if by else "panels.rights.spoken")
    covered = str(held.covered) if held.covered else ""
    return Entry(held.name or NOWHERE, (Cell(name, second), Cell(place_words(held.places, phrases)), Cell(covered)))


def found_words(found: Search, at: str, phrases: Phrases) -> list[str]:
    """How much it is, how much stayed closed, and what may hold the same."""
    told, say = found.told, phrases.say
    lines = [
        say(
            "panels.rights.found",
            case=found.case,
            hits=told.count("hits"),
            complaints=told.count("complaints"),
            items=told.count("items"),
            at=at,
        )
        if told.count("hits")
        else say("panels.rights.found_none", case=found.case, at=at)
    ]
    for name, key in (("closed", "panels.rights.closed"), ("backups", "panels.rights.backups")):
        if told.count(name):
            lines.append(say(key, count=told.count(name)))
    if told.count("more"):
        lines.append(say("panels.rights.more", count=told.count("more")))
    if found.since:
        lines.append(say("panels.rights.since"))
    return lines


def done_words(errand: Errand, field: str, phrases: Phrases) -> list[str]:
    """What came of a deed. `field` is the name of one that was corrected, in words."""
    say, count = phrases.say, errand.count
    if errand.do == "correct":
        return [say("panels.rights.corrected", field=field, complaint=str(errand.found.get("complaint", "")))]
    if errand.do == "erase":
        lines = [say("personal.rights.erased", count=len(errand.texts("names")))]
        left = errand.found.get("left")
        left = left if isinstance(left, Mapping) else {}
        lines += [say("panels.rights.left", name=str(name), count=number) for name, number in left.items()]
        if not left:
            lines.append(say("personal.rights.clean", count=count("looked_for")))
        if errand.found.get("scrubbed") is not True:
            lines.append(say("personal.rights.scrub_waits"))
        if count("removed"):
            lines.append(say("personal.rights.backups_gone", count=count("removed")))
        elif count("backups"):
            lines.append(say("panels.rights.backups_left", count=count("backups")))
        return [*lines, say("panels.rights.then_proof")]
    if errand.do == "proof":
        return [say("panels.rights.proved", path=str(errand.values.get("path", "")))]
    return [say(errand.says, **errand.values)] if errand.says else []


class ProofPage(QWidget):
    """The proof as it was saved, to be read here: headings, and a line for each row. Plain text."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(4)
        self.lines: list[str] = []
        self.hide()

    def show_proof(self, errand: Errand | None) -> None:
        """Draw it; None takes it away."""
        while (item := self._column.takeAt(0)) is not None:
            part = item.widget()
            if part is not None:
                part.hide()
                part.deleteLater()
        self.lines = []
        title, parts = (errand.found.get("title"), errand.found.get("parts")) if errand is not None else ("", [])
        if isinstance(title, str) and isinstance(parts, list) and title:
            self._add(title, Role.TITLE)
            for heading, rows in parts:
                self._add(str(heading), Role.STRONG)
                for row in rows:
                    self._add(" · ".join(_cell(str(cell)) for cell in row if cell), Role.BODY)
        self.setVisible(bool(self.lines))

    def _add(self, text: str, role: Role) -> None:
        label = Label(text, role, wrap=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.lines.append(text)
        self._column.addWidget(label)


def _cell(text: str) -> str:
    """A hash in groups that can be read aloud."""
    if len(text) == _LONG_HASH and text.isalnum():
        return " ".join(text[start : start + 8] for start in range(0, _LONG_HASH, 8))
    return text
