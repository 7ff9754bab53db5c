"""Revisions of the hub that could not be taken: kept by name with the reason, asked for again with each meeting.

The cursor may pass a bad document only because it stands here. The list is a note of our own store that never travels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.core.errors import BadAnswer
from console.core.replica import Named, NotTaken
from sync.peering import Local

MOST = 500
"""Entries. A hub that sends more of them is broken as a whole, and is not read on."""


class Quarantine:
    """The list of one peer and place."""

    def __init__(self, local: Local, peer: str, place: str) -> None:
        self._local = local
        self._place = place
        self._note = f"kendali-quarantine-{peer}"
        found = local.local(place, self._note)
        self._bad = dict(_read(found[1])) if found else {}

    @property
    def named(self) -> Sequence[Named]:
        """Which revisions they are."""
        return list(self._bad)

    @property
    def refused(self) -> Sequence[NotTaken]:
        """The same with their reasons. Any thread."""
        return list(self._bad.values())

    def keep(self, refused: Iterable[NotTaken]) -> list[NotTaken]:
        """Add these; those that are news. On the disk on return. Raises `BadAnswer` where there are too many."""
        fresh = {Named(each.doc, each.rev): each for each in refused if Named(each.doc, each.rev) not in self._bad}
        if not fresh:
            return []
        if len(self._bad) + len(fresh) > MOST:
            raise BadAnswer("sync.exchange.many_bad", count=len(self._bad) + len(fresh), most=MOST)
        self._write(self._bad | fresh)
        return list(fresh.values())

    def release(self, named: Iterable[Named]) -> None:
        """These were taken after all, or are no longer there."""
        gone = {each for each in named if each in self._bad}
        if gone:
            self._write({each: why for each, why in self._bad.items() if each not in gone})

    def _write(self, bad: dict[Named, NotTaken]) -> None:
        """On the disk first: what memory alone knows would pass for kept when it comes again."""
        rows = [
            {"doc": each.doc, "rev": each.rev, "says": each.says, "values": dict(each.values)} for each in bad.values()
        ]
        self._local.put_local(self._place, self._note, {"refused": rows})
        self._bad = bad


def _read(body: Mapping[str, Any]) -> Iterable[tuple[Named, NotTaken]]:
    for row in body.get("refused", []):
        yield Named(row["doc"], row["rev"]), NotTaken(row["doc"], row["rev"], row["says"], row["values"])
