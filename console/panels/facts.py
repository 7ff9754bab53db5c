"""The facts of a complaint in words, one a line: the source's word beside ours, times with their zone, due dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from console.core.masking import masked
from console.core.pack import CityPack, SlaPolicy
from console.core.phrases import Phrases
from console.core.records import Complaint
from console.core.sla import reckon
from console.models.choices import category_name

STAGES = ("verify", "first_answer", "finish")


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. `late` is set where a time has passed that should not have."""

    label: str
    value: str
    note: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells facts in one language and city, as at `now`."""

    pack: CityPack
    phrases: Phrases
    now: datetime
    sources: dict[str, str]
    """Id of a source to its title."""

    def facts(self, complaint: Complaint) -> list[Fact]:
        """All facts, in the order one reads them. What is not given is "—" where one would look for it, else absent."""
        return [fact for part in (self._who, self._when, self._due, self._where) for fact in part(complaint)]

    def _fact(self, key: str, value: str, note: str = "", *, late: bool = False) -> Fact:
        return Fact(self.phrases.say(f"panels.complaint.fact.{key}"), value or self._unknown, note, late)

    @property
    def _unknown(self) -> str:
        return self.phrases.say("core.unknown")

    def moment(self, at: datetime | None) -> str:
        """An instant in the city's time, "—" for none."""
        if at is None:
            return self._unknown
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.now)

    def _who(self, complaint: Complaint) -> Iterator[Fact]:
        source = self.sources.get(complaint.source, complaint.source)
        yield self._fact("source", source, complaint.native_id)
        yield self._fact("native_state", complaint.native_state)
        yield self._fact("category", category_name(self.pack, complaint.category, self.phrases))
        office = self.pack.opd_name(complaint.opd)
        agency = (
            "" if complaint.agency.casefold() in (office.casefold(), complaint.opd.casefold()) else complaint.agency
        )
        yield self._fact("opd", office, agency)
        yield self._fact("holder", complaint.holder)
        if complaint.duplicate_of:
            yield self._fact("duplicate_of", complaint.duplicate_of.partition(":")[2] or complaint.duplicate_of)

    def _when(self, complaint: Complaint) -> Iterator[Fact]:
        assumed = self.phrases.say("panels.complaint.zone_assumed") if complaint.zone_assumed else ""
        age = self.phrases.span((self.now - complaint.requested_at).total_seconds())
        ago = self.phrases.say("panels.complaint.ago", age=age)
        yield self._fact("requested", self.moment(complaint.requested_at), " · ".join(filter(None, (ago, assumed))))
        yield self._fact("received", self.moment(complaint.received_at))
        if complaint.updated_at is not None:
            yield self._fact("updated", self.moment(complaint.updated_at), assumed)
        if complaint.expected_at is not None:
            late = complaint.state.open and complaint.expected_at < self.now
            yield self._fact(
                "expected", self.moment(complaint.expected_at), self._left(complaint.expected_at), late=late
            )

    def _due(self, complaint: Complaint) -> Iterator[Fact]:
        for policy in self._policies(complaint):
            found = reckon(complaint.requested_at, policy.working_days, self.pack.calendar)
            note = self.phrases.say("panels.complaint.working_days", count=policy.working_days)
            if not found.certain:
                note = f"{note} · {self.phrases.say('panels.complaint.guessed')}"
            late = complaint.state.open and found.due_at < self.now
            yield self._fact(f"due_{policy.stage}", self.moment(found.due_at), note, late=late)

    def _policies(self, complaint: Complaint) -> list[SlaPolicy]:
        """The clocks of the complaint's channel: its source's id, else the city's first channel."""
        channels = [policy.channel for policy in self.pack.sla]
        if not channels:
            return []
        channel = complaint.source if complaint.source in channels else channels[0]
        day = complaint.requested_at.astimezone(self.pack.zone).date()
        held = {
            policy.stage: policy
            for policy in self.pack.sla
            if policy.channel == channel
            and policy.valid_from <= day
            and (policy.valid_until is None or day <= policy.valid_until)
        }
        return [held[stage] for stage in STAGES if stage in held]

    def _left(self, at: datetime) -> str:
        seconds = (at - self.now).total_seconds()
        key = "panels.complaint.left" if seconds >= 0 else "panels.complaint.late"
        return self.phrases.say(key, span=self.phrases.span(abs(seconds)))

    def _where(self, complaint: Complaint) -> Iterator[Fact]:
        path = " › ".join(area.name for area in self.pack.path(complaint.area))
        yield self._fact("place", path or complaint.area, complaint.area if path else "")
        yield self._fact("address", masked(complaint.address))
        if complaint.lat is not None and complaint.lon is not None:
            yield self._fact("point", f"{complaint.lat:.5f}, {complaint.lon:.5f}")
        if complaint.media_url:
            yield self._fact("media", complaint.media_url)
