"""For whom the screen seals what a reporter told of themselves, and words in which somebody stands: the city's data
key, read once for all windows.

Sealing happens here, before a command is kept anywhere: what is not sealed never leaves the form.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal, Slot

from console.core.command import Envelope
from console.core.covering import covered_words
from console.core.errors import ConsoleError, Refused
from console.core.personal import COVERED, sound_told
from console.core.records import Changes, Kind
from console.models.news import News, Ticks
from console.models.work import Work
from console.store.data_key import DataKey
from console.store.deed_words import sealed_deed
from console.store.read import Read

_KINDS = frozenset({Kind.KEY, Kind.STORE})


class CityKey(QObject):
    """The key that is sealed for now, as last read."""

    changed = Signal()

    def __init__(self, work: Work, news: News, ticks: Ticks, city: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._city = city
        self._known = False
        self.key: DataKey | None = None
        """None while the city has none, or it was not read yet."""
        news.changed.connect(self._on_changes)
        ticks.second.connect(self._on_second)
        self._read()

    def sealed(self, complaint: str, answers: Mapping[str, str]) -> dict[str, str]:
        """What was told of the reporter, sealed for that complaint; only what is not empty. Raises `Refused` for what
        cannot be, and for all of it while the city has no key: nothing of it is ever kept in the clear."""
        told = sound_told(answers)
        if not told:
            return {}
        if self.key is None:
            raise Refused("personal.no_key")
        from console.store.sealing import sealed_all  # 30 ms that a start need not wait for

        return sealed_all(told, self.key, complaint)

    def covered(self, complaint: str, answers: Mapping[str, str]) -> dict[str, str]:
        """The words that were told, with what is personal in them covered and the whole of them sealed for that
        complaint; {} where they may stay as they are, and while the city has no key."""
        told, whole = covered_words({name: answers[name] for name in COVERED if name in answers})
        if not whole or self.key is None:
            return {}
        from console.store.sealing import seal_whole  # 30 ms that a start need not wait for

        return {**told, **seal_whole(whole, self.key.public, complaint)}

    def deed(self, envelope: Envelope) -> Envelope:
        """A deed on its way, with what is personal in its words covered and the whole of them sealed; as it is while
        the city has no key."""
        return sealed_deed(envelope, lambda: self.key)

    def _read(self) -> None:
        city = self._city

        def job(read: Read) -> DataKey | None:
            return next(iter(read.data_keys(city)), None)

        self._work.run(job, self._take, fail=self._fail, key="city_key", owner=self)

    def _take(self, key: DataKey | None) -> None:
        self._known = True
        if key != self.key:
            self.key = key
            self.changed.emit()

    def _fail(self, _error: ConsoleError) -> None:
        self._known = False  # the panels say what the store's trouble is; it is read again

    @Slot(object)
    def _on_changes(self, changes: Changes) -> None:
        if changes.kinds & _KINDS:
            self._read()

    @Slot()
    def _on_second(self) -> None:
        if not self._known:
            self._read()
