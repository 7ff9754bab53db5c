"""The canary: a document of each console in the shared place that counts up (GOALS R16).

Where the hub shows an older one than it has shown before, it went back, whatever its notes say: a backup brought back
by hand, document by document, beside notes that were left standing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from console.core.clock import Clock, from_millis, millis
from console.core.errors import BadAnswer
from console.core.places import is_shared
from console.core.replica import Named
from sync.asking import Asking
from sync.couch import REV
from sync.peering import Local

EVERY = timedelta(hours=6)
_MOST = 1 << 53
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
        before = note[1].get("generation") if note else 0
        if not isinstance(before, int):
            before = 0  # a console we serve may have written it
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
        before = count if isinstance(count, int) and 0 <= count < _MOST else 0
        body = {"console": self._console, "count": before + 1, "at": millis(now)}
        self._local.edit(self._place, self._doc, body, parent=ours.rev if ours else "")

    def _shown(self, generation: int) -> None:
        self._local.put_local(self._place, _NOTE, {"generation": generation})


def _generation(rev: object) -> int:
    """Raises `BadAnswer` for what is no name of a revision: that is no older one."""
    if not isinstance(rev, str) or not REV.fullmatch(rev):
        raise BadAnswer("sync.exchange.form", where="_rev")
    return int(rev.partition("-")[0])


def _instant(ms: int, now: datetime) -> datetime:
    try:
        return from_millis(ms)
    except (OverflowError, ValueError):
        return now - 2 * EVERY
