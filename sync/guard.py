"""A mass deletion stops and asks, both ways (GOALS R17): more than 20 documents, or more than 5 % of a place.

One document alone never asks, however small the place. A person answers: ours stay (each is put back above its
deletion), or the deletions count.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.core.replica import Change, Revised
from sync.meeting import Meeting
from sync.peering import Local

MOST = 20
SHARE = 0.05


def too_many(count: int, live: int) -> bool:
    """Whether so many deletions of a place with so many documents are a question."""
    return count > MOST or (count > 1 and count > SHARE * live)


class Guard:
    """Deletions that come from the hub, counted from question to question."""

    def __init__(self, local: Local, meeting: Meeting) -> None:
        self._local = local
        self._place = meeting.place
        self._seen: set[str] = set()
        self._answer = ""
        self._back: list[Revised] = []

    def allow(self, *, ours: bool) -> None:
        """A person answered, for what comes next."""
        self._answer = "ours" if ours else "theirs"

    def question(self, deleted: Sequence[Change]) -> list[str]:
        """Documents to ask a person about before this page is stored; [] to go on."""
        self._back = []
        if not deleted:
            return []
        winners = [self._local.revision(self._place, each.doc, "") for each in deleted]
        live = [each for each in winners if each is not None and not each.deleted]
        if not live:
            return []
        docs = {each.doc for each in live}
        if self._answer:
            if self._answer == "ours":
                self._back = live
            return []
        if too_many(len(self._seen | docs), self._local.state(self._place).documents + len(self._seen - docs)):
            return sorted(self._seen | docs)
        self._seen |= docs
        return []

    def taken(self) -> None:
        """The page is stored: put back what a person wants kept, each above its deletion."""
        for kept in self._back:
            winner = self._local.revision(self._place, kept.doc, "")
            if winner is not None and winner.deleted:
                self._local.edit(self._place, kept.doc, kept.body, parent=winner.rev)
        self._back = []

    def rest(self) -> None:
        """All is read: counting begins anew, and an answer is used up."""
        self._seen.clear()
        self._answer = ""
