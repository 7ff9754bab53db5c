"""What a feed of warnings remembers between asks: which messages of the index it holds, and which are still to come.

First the index, then each message it names and we do not hold, one ask each; the next turn begins with the index
again. All of it is JSON and is stored with the records, so that whatever ends a turn costs one message asked twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

VERSION = 1
INDEX, LINKS = "index", "links"


@dataclass(frozen=True, slots=True)
class Link:
    """A message to fetch."""

    url: str
    mark: str
    """Of its entry in the index: another one means that it is to be fetched again."""
    late: bool = False
    """It was asked for and did not come."""

    @property
    def key(self) -> str:
        """Its name in the memo."""
        return hashlib.blake2b(f"{self.url} {self.mark}".encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """The memo."""

    turn: str = INDEX
    """What is asked next."""
    etag: str = ""
    known: tuple[str, ...] = ()
    """Keys of the messages that need not be fetched again."""
    todo: tuple[Link, ...] = ()
    misses: int = 0
    """How many asks in a row came to nothing."""
    linked: bool = False
    """The index has named messages that lie elsewhere: what it names is not all there is."""

    @classmethod
    def of(cls, memo: Mapping[str, Any]) -> Plan:
        """The plan in a memo; a fresh one where there is none or one of another version."""
        if memo.get("v") != VERSION:
            return cls()
        try:
            todo = tuple(Link(str(url), str(mark), bool(late)) for url, mark, late in memo["todo"])
            known = tuple(str(each) for each in memo["known"])
            turn, misses = LINKS if memo["turn"] == LINKS else INDEX, int(memo["misses"])
            return cls(turn, str(memo["etag"]), known, todo, misses, bool(memo["linked"]))
        except (KeyError, TypeError, ValueError):
            return cls()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "v": VERSION,
            "turn": self.turn,
            "etag": self.etag,
            "known": list(self.known),
            "todo": [[link.url, link.mark, link.late] for link in self.todo],
            "misses": self.misses,
            "linked": self.linked,
        }

    def unchanged(self) -> Plan:
        """The index is as it was: on with what did not come yet."""
        return replace(self, turn=LINKS if self.todo else INDEX, misses=0)

    def indexed(self, links: Sequence[Link], etag: str, most: int) -> Plan:
        """An index named these messages; at most so many are fetched in one turn, those that were late the last."""
        known = set(self.known)
        late = {link.key for link in self.todo if link.late}
        lacking = list({link.url: link for link in links if link.key not in known}.values())
        waiting = [replace(link, late=link.key in late) for link in lacking]
        waiting.sort(key=lambda link: link.late)
        todo = tuple(waiting[:most])
        held = tuple(dict.fromkeys(link.key for link in links if link.key in known))
        # with messages left over the index must be told again, although it is the same
        kept = etag if len(todo) == len(waiting) else ""
        return Plan(LINKS if todo else INDEX, kept, held, todo, linked=self.linked or bool(links))

    def came(self, url: str) -> Plan:
        """A message came, or it is known that it never will."""
        keys = tuple(link.key for link in self.todo if link.url == url)
        rest = tuple(link for link in self.todo if link.url != url)
        return replace(self, turn=INDEX, known=(*self.known, *keys), todo=rest, misses=0)

    def missed(self, url: str, *, counts: bool) -> Plan:
        """A message did not come: it is the last to be tried again."""
        late = tuple(replace(link, late=True) for link in self.todo if link.url == url)
        rest = tuple(link for link in self.todo if link.url != url)
        return replace(self, turn=INDEX, todo=(*rest, *late), misses=self.misses + 1 if counts else 0)
