"""A mass deletion stops and asks, both ways (GOALS R17): more than 20 documents, or more than 5 % of a place.

One document alone never asks, however small the place. A person answers: ours stay (each is put back above its
deletion), or the deletions count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.core.errors import Refused
from console.core.replica import Change
from sync.meeting import Meeting
from sync.peering import Local

MOST = 20
SHARE = 0.05


def too_many(count: int, live: int) -> bool:
    """Whether so many deletions of a place with so many documents are a question."""
    return count > MOST or (count > 1 and count > SHARE * live)


class Word:
    """What a person said of deletions, until it is done. A word that keeps documents is a note of our own store that
    never travels: in memory alone it would go with the process, and what is not yet put back with it. A word that lets
    them go is asked for again."""

    def __init__(self, local: Local, meeting: Meeting, name: str, keeps: str) -> None:
        """`keeps` is the word that keeps documents."""
        self.said = ""
        """"ours" or "theirs"; "" for nothing."""
        self.back: Mapping[str, str] = {}
        """Documents to put back where they are deleted, and the revision of each that is to stay."""
        self._local = local
        self._place = meeting.place
        self._name = f"{name}-{meeting.checkpoint.peer}"
        self._keeps = keeps
        found = local.local(self._place, self._name)
        self._noted: Mapping[str, Any] = found[1] if found else {}
        if self._noted:
            self.said, self.back = self._noted["said"], self._noted["back"]

    def say(self, said: str, back: Mapping[str, str]) -> None:
        """From now on that, on the disk on return."""
        noted: Mapping[str, Any] = {}
        if back or said == self._keeps:
            noted = {"said": self._keeps if said == self._keeps else "", "back": dict(back)}
        if noted != self._noted:
            self._local.put_local(self._place, self._name, noted)
        self.said, self.back, self._noted = said, back, noted


class Guard:
    """Deletions that come from the hub, counted from question to question."""

    def __init__(self, local: Local, meeting: Meeting) -> None:
        self._local = local
        self._place = meeting.place
        self._seen: set[str] = set()
        self._word = Word(local, meeting, "kendali-kept", "ours")

    def allow(self, *, ours: bool) -> None:
        """A person answered, for what comes next."""
        self._word.say("ours" if ours else "theirs", self._word.back)

    def question(self, deleted: Sequence[Change]) -> list[str]:
        """Documents to ask a person about before this page is stored; [] to go on."""
        if not deleted:
            return []
        winners = [self._local.revision(self._place, each.doc, "") for each in deleted]
        live = {each.doc: each.rev for each in winners if each is not None and not each.deleted}
        if not live:
            return []
        if self._word.said:
            if self._word.said == "ours":
                self._word.say("ours", {**self._word.back, **live})
            return []
        if too_many(len(self._seen | live.keys()), self._documents + len(self._seen - live.keys())):
            return sorted(self._seen | live.keys())
        self._seen |= live.keys()
        return []

    def put_back(self) -> None:
        """What a person wants kept and the hub deleted, each above its deletion. Whatever ends this, the rest is put
        back the next time."""
        if not self._word.back:
            return
        left: dict[str, str] = {}
        for doc, rev in self._word.back.items():
            winner, kept = (self._local.revision(self._place, doc, each) for each in ("", rev))
            if winner is None or not winner.deleted or kept is None:
                continue
            try:
                self._local.edit(self._place, doc, kept.body, parent=winner.rev)
            except Refused:
                left[doc] = rev  # somebody was quicker: what they made of it is looked at the next time
        self._word.say(self._word.said, left)

    def rest(self) -> None:
        """All is read: counting begins anew, and an answer is used up."""
        self._seen.clear()
        self._word.say("", self._word.back)

    @property
    def _documents(self) -> int:
        return self._local.state(self._place).documents
