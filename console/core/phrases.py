"""Sentences for people, by key: `say("queue.rows", count=3)`.

Phrases live in `resources/phrases/<language>/*.toml`, one file per floor, each `key = "sentence {value}"` in
flat dotted keys. The reading of files is the caller's; this file only fills places. What comes from outside is
a value, never a phrase, so that no text from outside is ever taken for a sentence with places of its own.
A language whose words follow the number writes both: `{count} {count:source|sources}`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from console.core.errors import ConsoleError, Fault
from console.core.safe_text import safe

LANGUAGES = ("id", "en")
"""Languages with phrases, the first is the house's own."""
FAULT = "fault"
"""The place in a sentence whose value is a code with words of its own, below `why`."""


def flatten(table: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Nested TOML tables as flat dotted keys."""
    flat: dict[str, str] = {}
    for name, value in table.items():
        key = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            flat.update(flatten(value, key))
        else:
            flat[key] = str(value)
    return flat


class Phrases:
    """The sentences of all languages, and which language is spoken now."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]], language: str = LANGUAGES[0]) -> None:
        """`texts` maps a language to its flat phrases."""
        self._texts = texts
        self._listeners: list[Callable[[], None]] = []
        self.language = language if language in texts else LANGUAGES[0]

    @classmethod
    def from_toml(cls, files: Iterable[tuple[str, bytes]], language: str = LANGUAGES[0]) -> Phrases:
        """From (language, bytes of a TOML file) pairs. A language is read when it is first spoken."""
        return cls(_Texts(files), language)

    def speak(self, language: str) -> None:
        """Change the language and tell those who draw."""
        if language in self._texts and language != self.language:
            self.language = language
            for listener in tuple(self._listeners):
                listener()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change of language; the answer takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def keys(self, language: str) -> frozenset[str]:
        """All keys of a language, for the test that lists what is lacking."""
        return frozenset(self._texts.get(language, {}))

    def say(self, key: str, /, **values: Any) -> str:
        """The sentence in the language now spoken, else in the house's own, else the key itself between «»."""
        text = self._text(key)
        if text is None:
            return f"«{key}»"
        shown = {
            name: _Told(self.why(value) if name == FAULT else self.show(value), value) for name, value in values.items()
        }
        return text.format_map(_Shown(shown))

    def why(self, code: Any) -> str:
        """A fault's code in words: `ECONNREFUSED`, or `page 12` with what it is about. One without words is shown as
        it is: a code is of no language."""
        name, _, it = str(code).partition(" ")
        text = self._text(f"why.{name}")
        return safe(str(code)) if text is None else text.format_map(_Shown({"it": safe(it)}))

    def _text(self, key: str) -> str | None:
        for language in (self.language, LANGUAGES[0]):
            text = self._texts.get(language, {}).get(key)
            if text is not None:
                return text
        return None

    def tell(self, error: ConsoleError | Fault) -> str:
        """The sentence of an error or a fault."""
        values = dict(error.values)
        return self.say(error.says, **values)

    def show(self, value: Any) -> str:
        """A value as people read it: numbers 1.234,5 in Indonesian and 1,234.5 in English; text as it is, but for
        what would drive a terminal or turn the order of the words around it."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return safe(str(value))
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        if self.language == "en":
            return text
        return text.translate(str.maketrans(",.", ".,"))

    def time(self, at: datetime, zone: tzinfo, label: str = "") -> str:
        """24-hour time with a point, as Indonesians write it: 10.42 WIB; 10:42 in English."""
        local = at.astimezone(zone)
        text = local.strftime("%H:%M" if self.language == "en" else "%H.%M")
        return f"{text} {label}" if label else text

    def day(self, at: datetime, zone: tzinfo) -> str:
        """Sab 21 Nov 2026."""
        local = at.astimezone(zone)
        week = self.say("core.weekdays").split(",")[local.weekday()]
        month = self.say("core.months").split(",")[local.month - 1]
        return f"{week} {local.day} {month} {local.year}"

    def moment(self, at: datetime, zone: tzinfo, label: str, now: datetime) -> str:
        """The time alone where it was today, with its day otherwise."""
        if at.astimezone(zone).date() == now.astimezone(zone).date():
            return self.time(at, zone, label)
        return f"{self.day(at, zone)} {self.time(at, zone, label)}"

    def span(self, seconds: float) -> str:
        """A span in its largest two units, short: "12 dtk", "3 mnt", "2 jam 5 mnt", "4 hr 3 jam"."""
        whole = max(0, int(seconds))
        days, rest = divmod(whole, 86_400)
        hours, rest = divmod(rest, 3600)
        minutes, secs = divmod(rest, 60)
        parts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (secs, "second"))
        first = next((index for index, (count, _) in enumerate(parts) if count), 3)
        taken = parts[first : first + 2] if first < 2 else parts[first : first + 1]
        told = [(count, unit) for count, unit in taken if count] or [parts[first]]
        return " ".join(f"{self.show(count)} {self.say(f'core.unit.{unit}')}" for count, unit in told)


class _Texts(Mapping[str, Mapping[str, str]]):
    """The flat phrases of each language, read from their files when first asked for."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        self._raw: dict[str, list[bytes]] = {name: [] for name in LANGUAGES}
        for name, raw in files:
            self._raw.setdefault(name, []).append(raw)
        self._read: dict[str, dict[str, str]] = {}

    def __getitem__(self, language: str) -> Mapping[str, str]:
        if language not in self._read:
            texts: dict[str, str] = {}
            for raw in self._raw[language]:
                texts.update(flatten(tomllib.loads(raw.decode("utf-8"))))
            self._read[language] = texts
        return self._read[language]

    def __contains__(self, language: object) -> bool:
        return language in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class _Told(str):
    """A value as shown, which chooses between the words for one and for any other number."""

    one: bool

    def __new__(cls, shown: str, value: Any) -> _Told:
        told = super().__new__(cls, shown)
        told.one = value == 1
        return told

    def __format__(self, words: str) -> str:
        one, either, many = words.partition("|")
        return str(self) if not either else one if self.one else many


class _Shown(dict[str, str]):
    """A missing value shows as —, so that a sentence is never lost for one."""

    def __missing__(self, key: str) -> str:
        return _Told("—", None)
