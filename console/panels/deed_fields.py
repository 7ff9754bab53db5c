"""What a command asks, as fields of a form: offices, categories and areas as choices of this city, the rest as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.commands.intake import Channel
from console.core.command import Ask, CommandFace
from console.core.pack import CityPack, Level
from console.core.phrases import Phrases
from console.models.choices import category_name
from widgets.form import FieldKind, FormField

DROPPED, KEPT = "dropped", "kept"
"""Whether a photo may tell where it was taken."""
_KINDS = {"lines": FieldKind.LINES, "file": FieldKind.FILE}
SPANS_S = (30, 60, 300, 900, 1800, 3600)
"""Spans to choose from, seconds."""


def fields_of(face: CommandFace, pack: CityPack, phrases: Phrases, known: Mapping[str, str]) -> list[FormField]:
    """The fields of a command's form; `known` fills some of them by name."""
    return [_field(ask, pack, phrases, known.get(ask.name, "")) for ask in face.asks]


def _field(ask: Ask, pack: CityPack, phrases: Phrases, value: str) -> FormField:
    choices = choices_of(ask.kind, pack, phrases)
    kind = FieldKind.CHOICE if choices else _KINDS.get(ask.kind, FieldKind.TEXT)
    return FormField(ask.name, phrases.say(ask.says), kind, ask.required, choices, value)


def choices_of(kind: str, pack: CityPack, phrases: Phrases) -> Sequence[tuple[str, str]]:
    """Codes and names to choose from, by name; () where the answer is free."""
    if kind == "opd":
        named = [(code, f"{opd.short} · {opd.name}") for code, opd in pack.opds.items()]
    elif kind == "category":
        named = [(code, category_name(pack, code, phrases)) for code in pack.categories]
    elif kind == "channel":
        return [(channel.value, channel.value) for channel in Channel]
    elif kind == "position":
        return [(DROPPED, phrases.say("files.position_dropped")), (KEPT, phrases.say("files.position_kept"))]
    elif kind == "span":
        return [(str(seconds), phrases.span(seconds)) for seconds in SPANS_S]
    elif kind == "area":
        below = (area for area in pack.areas.values() if area.level is not Level.KOTA)
        named = [(area.code, " › ".join(step.name for step in pack.path(area.code)[1:])) for area in below]
    else:
        return ()
    return sorted(named, key=lambda each: each[1])
