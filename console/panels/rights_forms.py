"""The forms of the panel of a person's rights: what each asks, offers and warns of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.core.erasure import is_item
from console.core.personal import COVERED, SEALED
from console.core.phrases import Phrases
from console.models.rights import Held, Search
from widgets.form import FieldKind, FormField

_MOST_NAMED = 6
"""Complaints that a confirmation names one by one."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is about to be erased."""

    names: tuple[str, ...]
    scope: str
    backups: bool


@dataclass(frozen=True, slots=True)
class RightsForms:
    """What the forms say of what was found, and of what is chosen in it."""

    phrases: Phrases
    case: str
    found: Search | None
    chosen: Held | None

    def fields(self, kind: str) -> Sequence[FormField]:
        """What a form asks: `find`, `unlock`, `correct`, `erase`, and `sure` before it is erased."""
        say = self.phrases.say

        def ask(name: str, more: FieldKind = FieldKind.TEXT, **given: Any) -> FormField:
            hint = say(f"panels.rights.hint.{name}") if more is FieldKind.TEXT else ""
            return FormField(name, say(f"panels.rights.field.{name}"), more, hint=hint, **given)

        def choice(name: str, values: Sequence[str], value: str = "") -> FormField:
            said = [(each, say(f"panels.rights.{name}.{each}")) for each in values]
            return ask(name, FieldKind.CHOICE, choices=said, value=value)

        if kind == "find":
            typed = (ask("typed", required=False), ask("complaint", required=False))
            return (ask("case", value=self.case), *typed)
        if kind == "unlock":
            return (ask("code", FieldKind.SECRET),)
        if kind == "correct":
            named = [(each, say(f"personal.rights.field.{each}")) for each in (*SEALED, *COVERED)]
            return (ask("field", FieldKind.CHOICE, choices=named), ask("value"))
        if kind == "erase":
            asked = [] if self.chosen is not None and self.chosen.item else [choice("scope", self._scopes(), "all")]
            if self.all_told:
                asked.append(choice("whose", ("this", "all"), "this"))
            return (*asked, choice("stores", ("keep", "now"), "keep"))
        return (ask("confirm"),)

    def _scopes(self) -> tuple[str, ...]:
        found, chosen = self.found, self.chosen
        if found is None or chosen is None:
            return ("all",)
        if chosen.name in found.spoken:
            return ("all", "words")
        return ("all", "who") if chosen.name in found.told_by else ("all",)

    @property
    def all_told(self) -> tuple[str, ...]:
        """All complaints they told of, where the chosen one is one of several."""
        found, chosen = self.found, self.chosen
        several = found is not None and chosen is not None and chosen.name in found.told_by and len(found.told_by) > 1
        return found.told_by if found is not None and several else ()

    def says(self, kind: str) -> str:
        """What stands above its fields."""
        say = self.phrases.say
        if kind in ("correct", "erase"):
            return say(
                f"panels.rights.form.{kind}_says", complaint=self._named(self.chosen.name if self.chosen else "")
            )
        return "" if kind == "sure" else say(f"panels.rights.form.{kind}_says")

    def warning(self, wish: Erasing | None) -> str:
        """What goes, and what cannot be reached, before it does: in letters of the size of all that must be read."""
        say = self.phrases.say
        if wish is None:
            return ""
        named = ", ".join(self._named(each) for each in wish.names[:_MOST_NAMED])
        more = len(wish.names) - _MOST_NAMED
        scope = "item" if is_item(wish.names[0]) else wish.scope
        return "\n".join(
            (
                say("panels.rights.sure.what", names=named + (f" +{more}" if more > 0 else "")),
                say(f"panels.rights.sure.{scope}"),
                say("panels.rights.sure.stores_now" if wish.backups else "panels.rights.sure.stores_keep"),
                say("panels.rights.sure.out_of_reach"),
                say("panels.rights.sure.no_way_back"),
            )
        )

    def _named(self, name: str) -> str:
        rows = self.found.rows if self.found is not None else ()
        held = next((each for each in rows if each.name == name), None)
        return self.phrases.say("panels.rights.item", source=held.source) if held is not None and held.item else name
