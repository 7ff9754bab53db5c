"""Settings, declared once: name, type, default, sentence. Check, page and manual come from the declaration.

The declaration is `resources/settings.toml`; what a person changed is `settings.toml` in the profile. A bad
value is listed with its place and the default holds: nothing unsound ever stops the start. Secrets never live here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.core.errors import BadSetting, Fault, Refused
from console.core.toml_text import toml_place

_TRUTH = {"true": True, "false": False}
_TYPES: Mapping[str, type] = {"int": int, "float": float, "bool": bool, "text": str, "table": dict}


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as declared."""

    name: str
    kind: str
    default: Any
    says: Mapping[str, str]
    """Language to sentence."""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    form: str = ""
    """Pattern of what may be typed, "" for anything. It does not hold for what stands in a file already: there a bad
    fingerprint must stop who relies on it, and not give way to the default, which is none."""
    like: str = ""
    """An example of that form."""
    unsound: Any = None
    """What holds where a file names it and says nothing sound, None for the default: for what must not open by a slip
    of the pen."""

    def read(self, text: str) -> Any:
        """A value as somebody types it; what is none of this kind stays the text, and is a fault."""
        try:
            if self.kind in ("int", "float"):
                return int(text) if self.kind == "int" else float(text)
        except ValueError:
            return text
        return _TRUTH.get(text.lower(), text) if self.kind == "bool" else text

    def fault(self, value: Any, where: str) -> Fault | None:
        """What is wrong with a value, or None."""
        wanted = _TYPES[self.kind]
        numeric = wanted is float and isinstance(value, int) and not isinstance(value, bool)
        if not numeric and (not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool)):
            return Fault.at(where, f"settings.fault.{self.kind}", name=self.name)
        # Said so that a nan, which is neither below nor above, lies outside.
        if not (self.least is None or value >= self.least) or not (self.most is None or value <= self.most):
            return Fault.at(where, "settings.fault.range", name=self.name, least=str(self.least), most=str(self.most))
        if self.choices and value not in self.choices:
            return Fault.at(where, "settings.fault.choice", name=self.name, choices=", ".join(self.choices))
        return None

    def typing_fault(self, value: Any) -> Fault | None:
        """What is wrong with a value that somebody types, or None."""
        found = self.fault(value, self.name)
        if found is None and self.form and value and not re.fullmatch(self.form, value):
            return Fault.at(self.name, "settings.fault.like", name=self.name, like=self.like)
        return found


def declared(raw: bytes) -> dict[str, Declared]:
    """The declaration file as values. It is ours: a fault in it is a bug and raises."""
    found: dict[str, Declared] = {}
    for name, table in tomllib.loads(raw.decode("utf-8")).items():
        span = table.get("range", (None, None))
        found[name] = Declared(
            name,
            table["type"],
            table["default"],
            table["says"],
            span[0],
            span[1],
            tuple(table.get("choices", ())),
            table.get("form", ""),
            table.get("like", ""),
            table.get("unsound"),
        )
    return found


class Settings:
    """The settings in force: a person's where sound, the declared default else."""

    def __init__(self, known: Mapping[str, Declared], changed: Mapping[str, Any] | None = None) -> None:
        self.known = known
        self._changed = dict(changed or {})

    def __getitem__(self, name: str) -> Any:
        setting = self.known[name]
        return self._changed.get(name, setting.default)

    def with_value(self, name: str, value: Any) -> Settings:
        """A copy with one value changed. An unsound one raises `BadSetting`."""
        fault = self.known[name].fault(value, name)
        if fault:
            raise BadSetting("settings.bad", [fault])
        return Settings(self.known, {**self._changed, name: value})

    def typed(self, name: str, text: str) -> Any:
        """The value of what somebody typed for a setting. Unsound: `BadSetting`; no such setting: `Refused`."""
        if name not in self.known:
            raise Refused("settings.unknown", name=name, names=", ".join(sorted(self._typable)))
        setting = self.known[name]
        if name not in self._typable:
            raise Refused("settings.not_typed", name=name)
        value = setting.read(text.strip())
        fault = setting.typing_fault(value)
        if fault:
            raise BadSetting("settings.bad", [fault])
        return value

    @property
    def _typable(self) -> list[str]:
        """What is a table is made on the screen."""
        return [name for name, setting in self.known.items() if setting.kind != "table"]

    @property
    def changed(self) -> Mapping[str, Any]:
        """Only what differs from the declaration: what is kept in the profile."""
        return {name: value for name, value in self._changed.items() if value != self.known[name].default}


def plain_names(known: Mapping[str, Declared], table: Mapping[str, Any]) -> dict[str, Any]:
    """A file's table under the settings' own names: `hub.url = ""` without quotes means the same to who writes it."""
    plain: dict[str, Any] = {}
    for name, value in table.items():
        parts = {f"{name}.{part}": each for part, each in value.items()} if isinstance(value, Mapping) else {}
        plain.update(parts if name not in known and parts.keys() & known.keys() else {name: value})
    return plain


def read_settings(known: Mapping[str, Declared], raw: bytes, where: str) -> tuple[Settings, Sequence[Fault]]:
    """Settings from the profile's TOML, with every fault. Unknown names are faults, and are told, not kept."""
    try:
        table = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as trouble:  # a ValueError too for a number of 5,000 digits
        line, _ = toml_place(trouble, raw.decode("utf-8", "replace"))
        shut = {name: each.unsound for name, each in known.items() if each.unsound and _named(name, raw)}
        return Settings(known, shut), [Fault.at(f"{where}:{line}" if line else where, "settings.fault.form")]
    faults: list[Fault] = []
    sound: dict[str, Any] = {}
    for name, value in plain_names(known, table).items():
        if name not in known:
            faults.append(Fault.at(where, "settings.fault.unknown", name=name))
            continue
        fault = known[name].fault(value, f"{where} {name}")
        if fault:
            faults.append(fault)
            if known[name].unsound is not None:
                sound[name] = known[name].unsound
        else:
            sound[name] = value
    return Settings(known, sound), faults


def _named(name: str, raw: bytes) -> bool:
    """Whether a file that cannot be read may speak of that setting, also as a part of a table."""
    return name.rpartition(".")[2].encode() in raw
