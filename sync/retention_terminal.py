"""`retention report | run`: how long everything is kept, what has run out, and to erase it now.

The report is read beside a running engine. A run is a write, so it waits until no console works on the profile; what is
very much at once needs `--yes`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from console.core.clock import Clock, SystemClock
from console.core.errors import DiskTrouble, Refused
from console.core.phrases import Phrases
from console.core.records import LedgerEntry, LedgerFilter
from console.core.retention import KEPT, Holding, Report
from console.store import ledger_read, retention, schema
from console.store.backup import DAYS
from console.store.database import door
from console.store.files import Profile
from console.store.pause import never
from console.store.retention_turn import DEED, turn
from console.store.store import Store
from sync.chosen import pack_of

WAITS = 1
"""Exit code where something has run out and stands."""
Say = Callable[[str], object]


@dataclass(frozen=True)
class RetentionDesk:
    """One run of `retention`."""

    folder: Path
    phrases: Phrases
    out: Say
    who: str = ""
    clock: Clock = field(default_factory=SystemClock)

    def report(self, *, as_json: bool = False) -> int:
        """How everything stands, and the last turn; 1 where something has run out and stands."""
        profile = Profile(self.folder.absolute())
        if not profile.folder.is_dir():
            raise Refused("store.no_profile", path=str(profile.folder))
        with closing(schema.open_records(profile.records)) as db, door(profile.records):
            due = retention.look(db, self.clock.now())
            last = ledger_read.page(db, LedgerFilter(deed=DEED), None, 1).entries
        report = Report(due.at, tuple(due.holdings.values()), {})
        if as_json:
            self.out(json.dumps(_values(report, last[0] if last else None), ensure_ascii=False))
        else:
            self._tell(report)
            self._say_last(last[0] if last else None)
        return WAITS if report.due else 0

    def run(self, *, yes: bool = False, as_json: bool = False) -> int:
        """Erase what has run out; 1 where very much of something has and nobody said yes."""
        profile = Profile.at(self.folder)
        store = self._store(profile)
        try:
            with closing(schema.open_records(profile.records)) as db, door(profile.records):
                due = retention.look(db, self.clock.now())
            report, _ = turn(store, due, anyway=yes, who=self.who)
            store.rest(urgent=never)  # nothing of it stays in the log of the file either
        finally:
            store.close()
        if as_json:
            self.out(json.dumps(report.told(), ensure_ascii=False))
        else:
            self._say_erased(report)
        return WAITS if report.held_back else 0

    def _store(self, profile: Profile) -> Store:
        try:
            return Store.open(profile, self.clock, pack_of(profile))
        except DiskTrouble as trouble:
            if trouble.says == "store.second_writer":
                raise Refused("retention.running") from trouble
            raise

    def _tell(self, report: Report) -> None:
        for each in report.holdings:
            if not each.held:
                self._say("none", field=self._field(each.field), days=KEPT[each.field].days)
                continue
            values = {"field": self._field(each.field), "days": KEPT[each.field].days, "held": each.held}
            self._say("stands", **values, due=each.due, next=self._next(each))
        self._say("backups", days=DAYS)
        self._say("left")

    def _next(self, each: Holding) -> str:
        return self.phrases.say("retention.no_end") if each.next_at is None else each.next_at.date().isoformat()

    def _say_last(self, last: LedgerEntry | None) -> None:
        if last is None:
            self._say("never")
            return
        erased = last.told.get("erased")
        count = sum(erased.values()) if isinstance(erased, Mapping) else 0
        self._say("last", at=_moment(last.at), count=count, row=last.n)

    def _say_erased(self, report: Report) -> None:
        for name, count in report.erased.items():
            if count:
                self._say("erased", field=self._field(name), count=count)
        if not any(report.erased.values()):
            self._say("nothing")
        for name in report.held_back:
            each = report.of(name)
            self._say("much", field=self._field(name), due=each.due, held=each.held)
        if report.held_back:
            self._say("yes")

    def _field(self, name: str) -> str:
        return self.phrases.say(f"retention.field.{name}")

    def _say(self, what: str, **values: object) -> None:
        self.out(self.phrases.say(f"retention.{what}", **values))


def _values(report: Report, last: LedgerEntry | None) -> dict[str, Any]:
    fields = {
        each.field: {
            "days": KEPT[each.field].days,
            "held": each.held,
            "due": each.due,
            "oldest": None if each.oldest is None else each.oldest.isoformat(),
            "next": None if each.next_at is None else each.next_at.isoformat(),
        }
        for each in report.holdings
    }
    told = None if last is None else {"at": last.at.isoformat(), "row": last.n, **last.told}
    return {"at": report.at.isoformat(), "fields": fields, "backups_days": DAYS, "last": told}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
