"""Service clocks in working days: when an answer is due, and how that was reckoned.

The field counts working days (hari kerja): Monday to Friday less public holidays and joint leave, in the city's
own zone. The day of filing is day zero; what is filed after closing time or on a free day counts as filed on the
next working day. It is due at closing time of the last day counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from console.core.pack import SlaPolicy, WorkCalendar


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day that was passed over."""

    day: date
    name: str
    """Name of the holiday or the joint leave, "" for a weekend."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """When something is due, and every step of the way there, to be shown to who asks why."""

    due_at: datetime
    """Aware, UTC."""
    filed_on: date
    """The working day it counts as filed on, in the city's zone."""
    moved: bool
    """True where it came after closing time or on a free day, so that it counts as filed later."""
    counted: tuple[date, ...]
    """The working days counted, the last is the day it is due."""
    passed: tuple[FreeDay, ...]
    """The free days in between."""
    certain: bool
    """False where the count leaves the days for which holidays are known: then it is a guess, and said to be one."""
    revision: str
    """The edition of the calendar it was counted by."""


def policy_for(policies: Iterable[SlaPolicy], channel: str, stage: str, on: date) -> SlaPolicy | None:
    """The clock of a channel and stage that held on a day, or None where the city has none."""
    for policy in policies:
        holds = policy.valid_from <= on and (policy.valid_until is None or on <= policy.valid_until)
        if holds and (policy.channel, policy.stage) == (channel, stage):
            return policy
    return None


def reckon(requested_at: datetime, working_days: int, calendar: WorkCalendar) -> Reckoning:
    """The due instant of something filed at `requested_at` (aware), with its arithmetic. Naive: ValueError."""
    if requested_at.tzinfo is None:
        raise ValueError("naive time")
    zone = ZoneInfo(calendar.zone)
    local = requested_at.astimezone(zone)
    first = local.date()
    passed: list[FreeDay] = []
    if local.time() >= calendar.closes:
        first += timedelta(days=1)
    first = _workday(first, calendar, passed)
    counted: list[date] = []
    day = first
    while len(counted) < working_days:
        day = _workday(day + timedelta(days=1), calendar, passed)
        counted.append(day)
    return Reckoning(
        due_at=datetime.combine(day, calendar.closes, zone).astimezone(UTC),
        filed_on=first,
        moved=first != local.date(),
        counted=tuple(counted),
        passed=tuple(passed),
        certain=calendar.known_from <= local.date() and day <= calendar.known_until,
        revision=calendar.revision,
    )


def _workday(day: date, calendar: WorkCalendar, passed: list[FreeDay]) -> date:
    """The day itself where offices work, else the next one they do; the free days passed over are noted."""
    while not calendar.is_workday(day):
        passed.append(FreeDay(day, calendar.holidays.get(day) or calendar.joint_leave.get(day, "")))
        day += timedelta(days=1)
    return day


def due_at(requested_at: datetime, policy: SlaPolicy, calendar: WorkCalendar) -> datetime:
    """When a complaint filed at `requested_at` is due by that clock. Aware, UTC."""
    return reckon(requested_at, policy.working_days, calendar).due_at
