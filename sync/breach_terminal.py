"""`breach draft`: the draft of a notice of a breach, at a terminal, beside a running engine.

A row of the ledger says that it was made, before it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.errors import Refused
from console.core.phrases import Phrases
from console.store import schema, slips
from console.store.breach import facts
from console.store.breach_letter import Writer
from console.store.database import door
from console.store.files import Profile, atomic_write
from console.store.view import one_view
from sync.chosen import pack_of

DEED = "breach"
FORMATS = ("txt", "html")
Say = Callable[[str], object]


@dataclass(frozen=True)
class BreachDesk:
    """One run of `breach`."""

    folder: Path
    phrases: Phrases
    out: Say
    aside: Say
    who: str = ""
    clock: Clock = field(default_factory=SystemClock)

    def draft(self, since: str, until: str, *, known: str = "", form: str = "txt", to: Path | None = None) -> int:
        """Write the draft to a file that is not there yet, or to standard output. Times without a zone are the
        city's."""
        profile = Profile(self.folder.absolute())
        if not profile.folder.is_dir():
            raise Refused("store.no_profile", path=str(profile.folder))
        if to is not None and to.exists():
            raise Refused("breach.exists", path=str(to))
        pack, now = pack_of(profile), self.clock.now()
        first, last = instant(since, pack.zone), instant(until, pack.zone, ends=True)
        if not first < last:
            raise Refused("breach.turned")
        known_at = instant(known, pack.zone) if known else now
        with closing(schema.open_records(profile.records)) as db, door(profile.records), one_view(db):
            found = facts(db, first, last)
        told = {"since": first.isoformat(), "until": last.isoformat(), "known": known_at.isoformat(), "format": form}
        slips.hand_in(profile, self.clock, DEED, who=self.who, told=told)
        letter = Writer(self.phrases, pack.name, pack.zone, pack.zone_label).letter(found, known_at, now)
        text = letter.page(self.phrases.language) if form == "html" else letter.text()
        if to is None:
            self.out(text.rstrip("\n"))
        else:
            atomic_write(to, text.encode("utf-8"))
            self.aside(self.phrases.say("breach.written", path=str(to)))
        return 0


def instant(text: str, zone: tzinfo, *, ends: bool = False) -> datetime:
    """A time as it is typed; a day alone is its beginning, or its end. Raises `Refused`."""
    typed = text.strip().replace("Z", "+00:00")
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        raise Refused("store.ledger.no_time", text=text[:40]) from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    day = len(typed) == len("2026-11-22") and at.timetz().replace(tzinfo=None) == time()
    return at + timedelta(days=1) if ends and day else at
