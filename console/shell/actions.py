"""Everything a person can do, once: menu, palette, keys and the page of keys are all made from this list.

An action is what the shell itself offers, a panel to open, a setting to change, or a command of
`console.commands` for the selected complaint. Nothing is offered in one of them that lacks in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from console.core.errors import ConsoleError
from console.core.phrases import Phrases

KEYS = "keys"
"""The page of the manual that lists the keys of all actions."""


class Menu(StrEnum):
    """The menus, in their order. The values are the last part of their phrase keys."""

    CONSOLE = "console"
    PERSON = "person"
    COMPLAINT = "complaint"
    PANELS = "panels"
    VIEW = "view"
    HELP = "help"
    AREAS = "areas"
    """Only in the palette: more than a menu should hold."""


def _nothing() -> ConsoleError | None:
    return None


def always() -> bool:
    """For what is offered whoever is here."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    id: str
    menu: Menu
    says: Callable[[Phrases], str]
    do: Callable[[], None]
    key: str = ""
    """Shortcut in Qt's portable form."""
    why_not: Callable[[], ConsoleError | None] = _nothing
    """Why it cannot be done now, None where it can."""
    on: Callable[[], bool] | None = None
    """For a switch: whether it is on now."""
    more: Callable[[Phrases], str] | None = None
    """One more sentence, for the palette."""
    icon: str = ""
    """Name of an icon in resources/icons."""
    offered: Callable[[], bool] = always
    """Whether menu and palette name it now. What is not named and asked all the same says why not."""


def phrase(key: str, **parts: str) -> Callable[[Phrases], str]:
    """A title by phrase key; `parts` are phrase keys themselves and fill its places."""

    def says(phrases: Phrases) -> str:
        return phrases.say(key, **{name: phrases.say(part) for name, part in parts.items()})

    return says


def named(key: str, **values: str) -> Callable[[Phrases], str]:
    """A title by phrase key with names that are the same in every language."""
    return lambda phrases: phrases.say(key, **values)


class Actions:
    """The list, and who wants to know when it changed."""

    def __init__(self) -> None:
        self._all: dict[str, Action] = {}

    def add(self, actions: Iterable[Action]) -> None:
        """Offer more. Two of one id, or of one key, are a bug."""
        taken = {action.key: action.id for action in self._all.values() if action.key}
        for action in actions:
            if action.id in self._all or (action.key and action.key in taken):
                raise ValueError(f"{action.id} {action.key} {taken.get(action.key, '')}")
            self._all[action.id] = action
            taken[action.key] = action.id

    def __iter__(self) -> Iterator[Action]:
        return iter(self._all.values())

    def __getitem__(self, name: str) -> Action:
        return self._all[name]

    def of(self, menu: Menu) -> list[Action]:
        """Those of one menu, in the order they were added."""
        return [action for action in self._all.values() if action.menu is menu]
