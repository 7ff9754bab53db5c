"""The canary: a document of each console in the shared place that counts up (GOALS R16).

Where the hub shows an older one than it has shown before, it went back, whatever its notes say: a backup brought back
by hand, document by document, beside notes that were left standing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from console.core.clock import Clock, from_millis, millis
from console.core.places import is_shared
from console.core.replica import Named
from sync.asking import Asking
from sync.peering import Local

EVERY = timedelta(hours=6)
_NOTE = "kendali-canary"
"""A note of ours: the generation of our canary the hub showed last."""


class Canary:
    """That of one console. In any other place than the shared one it is silent."""

    def __init__(self, ask: Asking, local: Local, clock: Clock, place: str, console: str) -> None:
        self._ask = ask
        self._local = local
        self._clock = clock
        self._place = place
        self._console = console
        self._doc = f"canary:{console}"
        self._lives = is_shared(place)
        self._seen = 0

    def went_back(self) -> bool:
        """Ask the hub for it: true where that is an older one than it has shown before."""
        if not self._lives:
            return False
        found = self._ask.document(self._doc)
        shown = _generation(found.get("_rev")) if found else 0
        note = self._local.local(self._place, _NOTE)
        before = int(note[1].get("generation", 0)) if note else 0
        self._seen = shown
        if shown > before:
            self._shown(shown)
        return shown < before

    def believed(self) -> None:
        """What followed from its going back is done."""
        self._shown(self._seen)

    def anew(self) -> None:
        """A person takes the hub as it is now: it has shown none yet."""
        if self._lives:
            self._shown(0)

    def settled(self, held: Sequence[Named]) -> None:
        """The hub holds these of ours now."""
        if self._lives:
            for doc, rev in held:
                if doc == self._doc:
                    self._shown(_generation(rev))

    def count_up(self) -> None:
        """Now and then: each time is a document for all others to read."""
        if not self._lives:
            return
        now = self._clock.now()
        ours = self._local.revision(self._place, self._doc, "")
        said = ours.body if ours else {}
        count, at = said.get("count"), said.get("at")
        if isinstance(at, int) and abs(now - _instant(at, now)) < EVERY:
            return
        body = {"console": self._console, "count": (count if isinstance(count, int) else 0) + 1, "at": millis(now)}
        self._local.edit(self._place, self._doc, body, parent=ours.rev if ours else "")

    def _shown(self, generation: int) -> None:
        self._local.put_local(self._place, _NOTE, {"generation": generation})


def _generation(rev: object) -> int:
    head = str(rev).partition("-")[0]
    return int(head) if head.isascii() and head.isdigit() else 0


def _instant(ms: int, now: datetime) -> datetime:
    try:
        return from_millis(ms)
    except OverflowError:
        return now - 2 * EVERY
