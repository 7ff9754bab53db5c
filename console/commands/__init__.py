"""What an operator can do: one file per subject, found by walking this package.

A command is made where the operator sits (`make`), travels sealed (`seal`), and is opened again where it is
written (`open_envelope`), with the same checks. Who asks and the pack are given at opening and never travel:
nobody can ask in another's name, and a code is judged by the pack of the console that writes.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from console.core.clock import Clock
from console.core.command import GIVEN, Command, Envelope
from console.core.covering import words_of_deed
from console.core.errors import BadAnswer, Refused
from console.core.lifecycle import Deed, State
from console.core.pack import CityPack
from console.core.personal import DEED_WHOLE, whole_of_deed
from console.core.records import Complaint


@cache
def found() -> Mapping[Deed, type[Command]]:
    """All commands by their deed."""
    all_found: dict[Deed, type[Command]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Command) and "face" in vars(value):
                all_found[value.face.deed] = value
    return all_found


def make(deed: Deed, seen: Complaint, by: str, pack: CityPack | None = None, **asked: Any) -> Command:
    """The command as asked on a complaint as the operator saw it: a world that moved since is noticed."""
    kind = found()[deed]
    given: dict[str, Any] = {"by": by, "pack": pack, "saw": seen.rev}
    given |= {"seen_state": seen.state, "seen_holder": seen.holder, "seen_opd": seen.opd}
    known = {each.name for each in fields(kind)}
    return kind(seen.id, **{name: value for name, value in given.items() if name in known}, **asked)


def seal(command: Command, clock: Clock, by: str, session: str = "") -> Envelope:
    """The command on its way, under a fresh id, asked under that sign-in. A deed without a name or with broken text
    raises `Refused`."""
    if not by.strip():
        raise Refused("commands.nobody")
    values = command.plain()
    for name, value in values.items():
        if isinstance(value, str) and not _whole(value):
            raise Refused("commands.text_broken", field=name)
    return Envelope(clock.new_id(), str(command.face.deed), values, by.strip(), clock.now(), command.saw, session)


def open_envelope(envelope: Envelope, pack: CityPack | None = None) -> Command:
    """The command in an envelope. One of an unknown kind or with unsound fields raises `BadAnswer`."""
    kind = found().get(_deed(envelope.kind))
    if kind is None:
        raise BadAnswer("commands.unknown", kind=envelope.kind)
    hints = _hints(kind.face.deed)
    given: dict[str, Any] = {"by": envelope.by, "pack": pack, "saw": envelope.saw}
    strange = envelope.fields.keys() - {each.name for each in fields(kind) if GIVEN not in each.metadata}
    if DEED_WHOLE in strange and words_of_deed(envelope.kind, envelope.fields):
        # The whole words travel beside covered ones; the command knows nothing of it.
        strange -= {DEED_WHOLE}
        if not whole_of_deed(envelope.fields):
            raise BadAnswer("commands.field_wrong", kind=envelope.kind, field=DEED_WHOLE)
    if strange:
        raise BadAnswer("commands.field_strange", kind=envelope.kind, field=sorted(strange)[0])
    values: dict[str, Any] = {}
    for each in fields(kind):
        if GIVEN in each.metadata:
            values[each.name] = given[each.name]
        elif each.name in envelope.fields:
            values[each.name] = _sound(envelope.kind, each.name, hints[each.name], envelope.fields[each.name])
        elif each.default is MISSING:
            raise BadAnswer("commands.field_lacks", kind=envelope.kind, field=each.name)
    return kind(**values)


def _deed(name: str) -> Deed:
    try:
        return Deed(name)
    except ValueError as trouble:
        raise BadAnswer("commands.unknown", kind=name) from trouble


@cache
def _hints(deed: Deed) -> Mapping[str, frozenset[type]]:
    """The types a field may have, `NewType`s taken off; `tuple` for several texts."""
    plain: dict[str, frozenset[type]] = {}
    for name, hint in typing.get_type_hints(found()[deed]).items():
        if typing.get_origin(hint) is tuple:  # of texts, the only one there is
            plain[name] = frozenset({tuple})
            continue
        parts = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        plain[name] = frozenset(typing.get_origin(part) or getattr(part, "__supertype__", part) for part in parts)
    return plain


def _sound(kind: str, name: str, hints: frozenset[type], raw: Any) -> Any:
    if raw is None and types.NoneType in hints:
        return None
    if State in hints and isinstance(raw, int) and raw in State._value2member_map_:
        return State(raw)
    if float in hints and isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    if int in hints and isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if tuple in hints and isinstance(raw, list | tuple) and all(isinstance(each, str) and _whole(each) for each in raw):
        return tuple(raw)
    if str in hints and isinstance(raw, str) and _whole(raw):
        return raw
    if tuple in hints and isinstance(raw, list | tuple) and all(isinstance(each, str) and _whole(each) for each in raw):
        return tuple(raw)
    raise BadAnswer("commands.field_wrong", kind=kind, field=name)


def _whole(text: str) -> bool:
    """False for text that cannot be written as UTF-8 (half of a surrogate pair), or holds a NUL."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
