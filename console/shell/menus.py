"""Menu, palette and page of keys, made from the list of actions; none of them has anything of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from console.core.phrases import Phrases
from console.shell.actions import Action, Actions, Menu
from widgets.palette_popup import PaletteItem

_IN_MENU = (Menu.CONSOLE, Menu.PERSON, Menu.COMPLAINT, Menu.PANELS, Menu.VIEW, Menu.HELP)

_IN_PALETTE = (Menu.COMPLAINT, Menu.PERSON, Menu.PANELS, Menu.CONSOLE, Menu.VIEW, Menu.HELP, Menu.AREAS)


def fill_menu(menu: QMenu, actions: Actions, phrases: Phrases, do: Callable[[str], None]) -> None:
    """Make the menu anew, with what is possible now. `do` does an action by its id."""
    menu.clear()
    for part in _IN_MENU:
        if any(action.offered() for action in actions.of(part)):
            fill_part(menu.addMenu(phrases.say(f"shell.menu.{part}")), part, actions, phrases, do)


def fill_part(menu: QMenu, part: Menu, actions: Actions, phrases: Phrases, do: Callable[[str], None]) -> None:
    """Make one menu anew, with what is offered of that part now."""
    menu.clear()
    for action in actions.of(part):
        if action.offered():
            menu.addAction(_entry(action, menu, phrases, do))


def _entry(action: Action, menu: QMenu, phrases: Phrases, do: Callable[[str], None]) -> QAction:
    entry = QAction(action.says(phrases), menu)
    if action.key:
        # Shown only: the window itself listens to the key, and two listeners would silence each other.
        entry.setText(f"{entry.text()}\t{key_text(action.key)}")
    entry.setEnabled(action.why_not() is None)
    if action.on is not None:
        entry.setCheckable(True)
        entry.setChecked(action.on())
    entry.triggered.connect(lambda _checked=False: do(action.id))
    return entry


def key_text(key: str) -> str:
    """A key as a keyboard of this machine names it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def palette_items(actions: Iterable[Action], phrases: Phrases) -> list[PaletteItem]:
    """Everything that is offered, the work itself first; what cannot be done now with the word that says so."""
    ordered = sorted((each for each in actions if each.offered()), key=lambda each: _IN_PALETTE.index(each.menu))
    return [
        PaletteItem(
            action.id,
            action.says(phrases),
            _hint(action, phrases),
            action.icon,
            key_text(action.key) if action.key else "",
            "" if (why := action.why_not()) is None else phrases.tell(why),
        )
        for action in ordered
    ]


def _hint(action: Action, phrases: Phrases) -> str:
    menu = phrases.say(f"shell.menu.{action.menu}")
    on = f" · {phrases.say('shell.palette.on')}" if action.on is not None and action.on() else ""
    return f"{menu}{on}" if action.more is None else f"{menu} · {action.more(phrases)}{on}"


def keys_page(actions: Actions, phrases: Phrases) -> list[tuple[str, list[tuple[str, str]]]]:
    """Title of each part with its (key, what it does) lines, from the same list, without deeds that one may not do."""
    pages = []
    for part in Menu:
        found = [each for each in actions.of(part) if part is not Menu.COMPLAINT or each.offered()]
        lines = [(key_text(each.key), each.says(phrases)) for each in found if each.key]
        if lines:
            pages.append((phrases.say(f"shell.menu.{part}"), lines))
    return pages
