"""The records the console speaks of, as plain frozen values.

A `SourceComplaint` is what a source said; a `Complaint` is that, folded with what operators did; a `Case` is
the small document an operator's deeds change. Instants are aware UTC. A place is WGS84 degrees, `lat` and
`lon` always named. "" means not given; None means not known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, NewType

from console.core.errors import Fault
from console.core.file_kinds import FileKind
from console.core.items import Item, Sample, Series, Timetable
from console.core.lifecycle import State, furthest
from console.core.merge import Mark, Policy, claim, most, newest, person, union

ComplaintId = NewType("ComplaintId", str)
"""`<source>:<the source's own id>`, or `<console>:<UUIDv7>` for one recorded here. The source's id is text, always."""


class Kind(StrEnum):
    """Kinds of things a write can change; panels say which ones they show."""

    COMPLAINT = "complaint"
    EVENT = "event"
    SOURCE = "source"
    OUTBOX = "outbox"
    STORE = "store"  # health of the store itself
    CONFLICT = "conflict"
    HUB = "hub"  # how we stand with the centre's database server
    FILE = "file"  # photos and other files
    KEY = "key"  # for whom personal data is sealed
    PERSON = "person"  # who works here, and their sign-ins
    LEDGER = "ledger"  # who did what at this console
    ITEM = "item"  # warnings, quakes, articles and what else sources tell that is no complaint
    READING = "reading"  # measured values
    TIMETABLE = "timetable"


_MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """What one write touched. `ids` is empty where it touched too many to name: then read again all of the kinds."""

    kinds: frozenset[Kind]
    ids: frozenset[str] = frozenset()
    by: str = ""

    def __or__(self, other: Changes) -> Changes:
        named = bool(self.ids) and bool(other.ids)
        return Changes(
            self.kinds | other.kinds,
            self.ids | other.ids if named else frozenset(),
            self.by if self.by == other.by else "",
        )


def few(ids: Collection[str]) -> frozenset[str]:
    """The ids a change names: all, where they are few enough to be read again one by one; else none."""
    return frozenset(ids) if len(ids) <= _MOST_NAMED else frozenset()


class SourceComplaint(NamedTuple):
    """What a source said of one complaint, decoded and checked, before anybody here did anything.

    A NamedTuple, not a dataclass: intake makes a million of them, and a frozen dataclass costs five times more.
    """

    id: str
    source: str
    native_id: str
    native_state: str
    state: State
    title: str
    text: str
    category: str
    agency: str
    address: str
    lat: float | None
    lon: float | None
    area: str
    """Kemendagri code of the kelurahan, "" where the place is unknown or outside the city."""
    requested_at: datetime
    updated_at: datetime | None
    expected_at: datetime | None
    zone_assumed: bool
    """True where the source gave no zone and the city's was taken."""
    media_url: str
    opd: str = ""
    extra: str = ""
    """Fields of the source we do not know, as one JSON object, kept as they came."""
    whole: Mapping[str, str] | None = None
    """Fields whose words stand here covered, as the source told them; None while nobody looked (core/covering.py)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that was not taken, with its place in the answer and the reason as a phrase."""

    where: str
    """`requests[17].lat`, `line 40`."""
    says: str
    values: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""
    """The start of it as it came, for the quarantine."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one answer of a source came to. The store takes it, with the memo, in one transaction."""

    source: str
    complaints: Sequence[SourceComplaint] = ()
    refused: Sequence[Refusal] = ()
    memo: Mapping[str, Any] = field(default_factory=dict)
    """What the feed must know to ask on: cursor, ETag. JSON values. Stored only together with the records."""
    more: bool = False
    """True where asking again at once will bring more."""
    newest_at: datetime | None = None
    items: Sequence[Item] = ()
    series: Sequence[Series] = ()
    samples: Sequence[Sample] = ()
    """Of series in this batch, or in one before it."""
    timetable: Timetable | None = None
    whole: bool = False
    """True where `items` are all the source holds now: those it told before and does not tell now are over."""
    fleeting: bool = False
    """True where all of it can be fetched again: the memo stands beside it in `readings.db` and is lost with it."""

    @property
    def count(self) -> int:
        """How many records it brought: what `feed try` and the source's health tell."""
        timetable = 0 if self.timetable is None else sum(len(each.rows) for each in self.timetable.tables)
        return len(self.complaints) + len(self.items) + len(self.samples) + timetable


UNTOUCHED = "0"
"""In the place of a revision: the complaint was seen before anybody did anything to it."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as panels see it: the source's word folded with what operators did."""

    id: ComplaintId
    source: str
    native_id: str
    native_state: str
    state: State
    title: str
    text: str
    category: str
    agency: str
    address: str
    lat: float | None
    lon: float | None
    area: str
    opd: str
    holder: str
    duplicate_of: str
    requested_at: datetime
    updated_at: datetime | None
    expected_at: datetime | None
    zone_assumed: bool
    media_url: str
    received_at: datetime
    touched_at: datetime | None
    """When an operator last did something to it."""
    pending: int
    """How many deeds of operators the centre does not hold yet."""
    extra: str = ""
    rev: str = ""
    """Revision of the case as it was drawn, `UNTOUCHED` while nobody did anything, "" where nobody looked: an edit is
    made above what was seen."""


class QueueRow(NamedTuple):
    """One line of the queue: what a table of many thousands needs, and no more."""

    rowid: int
    id: str
    state: State
    title: str
    area: str
    opd: str
    category: str
    holder: str
    requested_at_ms: int
    expected_at_ms: int | None
    pending: int
    native_state: str
    conflict: bool = False
    """Whether two versions of it wait for a person to decide."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a complaint's history. Immutable: a correction is another event."""

    id: str
    complaint: ComplaintId
    deed: str
    """A `Deed`, or "source" for what the source changed."""
    at: datetime
    by: str
    text: str
    before: State | None
    after: State | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    pending: bool = False
    undone: bool = False
    command: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The document that operators change: everything of a complaint that is ours to decide."""

    complaint: ComplaintId
    state: State
    opd: str = ""
    holder: str = ""
    duplicate_of: str = ""
    native_state: str = ""


def _state(base: Any, values: Sequence[Any]) -> Any:
    """The state that lies furthest on the road from what both sides knew. Undecided before: from the beginning of the
    road, where a reopened complaint stays open, the safe side."""
    began = State.NEW if base is Mark.ABSENT else base
    known = State._value2member_map_
    if not all(type(value) in (int, State) and value in known for value in (began, *values)):
        return Mark.OPEN
    found = furthest(State(began), [State(value) for value in values])
    return Mark.OPEN if found is None else int(found)


CASE_POLICIES: Mapping[str, Policy] = {
    "state": _state,
    "opd": person,
    "duplicate_of": person,
    # Not the newest: clocks of consoles differ by years, and who loses a complaint unseen works on in vain.
    "holder": claim,
    "native_state": newest,
    "by": newest,
    "at": most,
    "merged": union,
    "alike": newest,  # said anew by whoever joins them (console/store/lineage.py)
}
"""How two versions of a case settle what both changed. Fields not named here are for a person."""


class AgeBucket(IntEnum):
    """How long a complaint has been standing; the first three are the field's own marks."""

    DAY = 0  # up to 24 h
    THREE_DAYS = 1  # up to 3 days (verification)
    FIVE_DAYS = 2  # up to 5 days (first answer)
    FORTNIGHT = 3  # up to 14 days
    SIXTY_DAYS = 4  # up to 60 days
    OLDER = 5


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue, the map and the indicators are narrowed to. Empty sets mean: all."""

    states: frozenset[State] = frozenset()
    area: str = ""
    """Kemendagri code of a kota, kecamatan or kelurahan: all below it."""
    opds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    holder: str = ""


class SourceState(StrEnum):
    """How a source stands, from best to worst. `SILENT` is a state of its own: it answers and says nothing new."""

    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"
    SILENT = "silent"
    LOST = "lost"
    SHAPE_CHANGED = "shape_changed"
    DENIED = "denied"
    CUT = "cut"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What is known of one source. `error` is a phrase key with `error_values`, told in words on screen."""

    id: str
    title: str
    kind: str
    cadence_s: float
    stale_after_s: float
    last_good_at: datetime | None
    last_try_at: datetime | None
    next_at: datetime | None
    newest_at: datetime | None
    """The newest instant the source itself gave to a record: tells silence from staleness."""
    records_last: int
    records_total: int
    refused_last: int
    error: str
    error_values: Mapping[str, Any]
    trouble: str
    """"" or one of "away", "denied", "shape", "cut"."""
    lost_since: datetime | None
    licence: str = ""
    paused: bool = False


@dataclass(frozen=True, slots=True)
class OutboxSummary:
    """How much waits to reach the centre, and since when."""

    waiting: int
    oldest_at: datetime | None
    refused: int = 0


class Waiting(StrEnum):
    """How a change in the outbox stands."""

    WAITING = "waiting"
    REFUSED = "refused"
    """The centre said no; it is tried again when a person says so, or what they can change has changed."""
    WITHDRAWN = "withdrawn"
    """A person took it back before the centre held it. It is kept, and never sent."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One document with changes the centre does not hold yet."""

    doc: str
    rev: str
    """Its newest unsent revision."""
    complaint: ComplaintId
    title: str
    """Of the complaint, or the name of the person it is about; "" where it is not known."""
    deeds: tuple[str, ...]
    """Kinds of the commands that made its unsent changes, oldest first; "" for a merge or what came by a bundle."""
    by: str
    since_at: datetime
    """When the oldest of them was made."""
    changes: int
    state: Waiting
    says: str = ""
    """Why it was refused: a phrase key with `values`."""
    values: Mapping[str, Any] = field(default_factory=dict)
    tried_at: datetime | None = None
    tries: int = 0
    via: str = ""
    """Who brought it here to be sent on; "" for what was made here, which alone can be withdrawn."""


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a conflict."""

    rev: str
    by: str
    at: datetime | None
    fields: Mapping[str, Any]
    """As in the document's body; a state is its number."""
    held: bool
    """Whether the centre holds it."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A document with two open versions that no rule settles. It stays until a person decides."""

    doc: str
    complaint: ComplaintId
    title: str
    since_at: datetime
    versions: tuple[Version, ...]
    """The winner first."""
    base: Mapping[str, Any]
    """Fields of the last version both sides knew; {} where it is not kept here."""
    fields: tuple[str, ...]
    """Names of the fields a person must decide."""


@dataclass(frozen=True, slots=True)
class HubQuestion:
    """What waits at one place of the exchange until a person chooses (GOALS R16, R17)."""

    place: str
    says: str
    """Phrase key, with `values`; the place in words is for who says it."""
    values: Mapping[str, Any] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    """Of some of what it is about, each once, as far as they are known."""
    named: int = 0
    """How many documents those titles stand for."""


@dataclass(frozen=True, slots=True)
class HubNote:
    """Something that happened between the centre and us that people should know of, and that asks nothing of them."""

    at: datetime
    says: str
    """Phrase key, with `values`; the places in words are for who says it."""
    values: Mapping[str, Any]
    places: tuple[str, ...]
    """Where, at about the same time; the numbers are those of all of them together."""


@dataclass(frozen=True, slots=True)
class Untaken:
    """A revision of the centre that could not be taken. It stops no other, and is asked for again."""

    place: str
    doc: str
    says: str
    """Phrase key of why, with `values`."""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HubState:
    """How we stand with the centre's database server."""

    url: str
    """"" where none is set up."""
    last_good_at: datetime | None
    trouble: str = ""
    """Phrase key of what is wrong, with `values`; "" where nothing is."""
    values: Mapping[str, Any] = field(default_factory=dict)
    questions: tuple[HubQuestion, ...] = ()
    """What waits until a person chooses."""
    next_at: datetime | None = None
    bytes_hour: int = 0
    """Bytes of the last hour, both ways."""
    bytes_limit: int = 0
    """Allowed per hour, 0 for no limit."""
    places: int = 0
    places_done: int = 0
    """How many places have been read to their end once."""
    notes: tuple[HubNote, ...] = ()
    """What happened in the last day, the newest first."""
    untaken: tuple[Untaken, ...] = ()
    """Some of what could not be taken, of `untaken_count`."""
    untaken_count: int = 0
    clock_s: int = 0
    """So many seconds the centre's clock is ahead of ours, below zero behind; 0 while they may agree (GOALS R22)."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A photo or file attached to a complaint, and how much of it is here."""

    n: int
    """Row of the history."""
    complaint: ComplaintId
    name: str
    """Safe to show and to save."""
    type: FileKind
    bytes: int
    sha256: str
    pieces: tuple[str, ...]
    thumb: str
    """SHA-256 of a small picture of it, "" for none."""
    by: str
    at: datetime
    command: str
    placed: bool = False
    """Whether the photo tells where it was taken."""
    here: int = 0
    """Bytes that are here."""
    thumb_here: bool = False
    waiting: bool = False
    """Whether the centre lacks any of it, and has to be given it from here."""
    erased: bool = False
    """Whether its bytes were erased because their time had run out: they do not come again."""

    @property
    def whole(self) -> bool:
        """Whether all its bytes are here. Until then it is shown as not fetched yet."""
        return self.here >= self.bytes

    def seen(self, here: int, thumb_here: bool, waiting: bool, erased: bool = False) -> FileRow:
        """The same file with what is here of it."""
        return replace(self, here=here, thumb_here=thumb_here, waiting=waiting, erased=erased)


class AreaCount(NamedTuple):
    """Three numbers of an area (Kemendagri code): open, late of them, and arrived in the last 24 hours."""

    area: str
    open: int
    late: int
    day: int


_LEAST_FRESH_S = 10.0


def source_state(health: SourceHealth, now: datetime) -> SourceState:
    """How a source stands at `now`: fresh up to twice its cadence, and for ten seconds in any case (one that is asked
    every second is not heard of each time), stale after `stale_after_s` without a good answer.
    An answer that came ahead of now, by a clock that was set back, is as far off as one that is old.

    GOALS A13: older than promised is an alarm of its own and is never drawn as calm.
    """
    worse = {"cut": SourceState.CUT, "denied": SourceState.DENIED, "shape": SourceState.SHAPE_CHANGED}
    if health.trouble in worse:
        return worse[health.trouble]
    if health.trouble == "away":
        return SourceState.LOST
    if health.last_good_at is None:
        return SourceState.NEVER
    age_s = abs((now - health.last_good_at).total_seconds())
    if age_s > health.stale_after_s:
        return SourceState.STALE
    newest = health.newest_at
    if newest is not None and (now - newest).total_seconds() > 4 * health.stale_after_s:
        return SourceState.SILENT
    return SourceState.FRESH if age_s <= max(2 * health.cadence_s, _LEAST_FRESH_S) else SourceState.AGEING


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which rows of the ledger are asked for. None is all; `who` "" is what the console did by itself."""

    who: str | None = None
    deed: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A row of the ledger: who did what, when and why, bound to the row before it."""

    n: int
    at: datetime
    who: str
    session: str
    deed: str
    subject: str
    why: str
    told: Mapping[str, Any]
    hub_at: datetime | None
    """By the centre's clock, where that was known."""
    prev: str
    hash: str
    fits: bool
    """False where what stands there does not give its hash: somebody changed it."""


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Rows of the ledger, the newest first."""

    entries: tuple[LedgerEntry, ...]
    more: bool
    """Whether older ones follow."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How the ledger stands, as a look through its last rows found it."""

    last: int
    """Number of the last row, 0 where there is none."""
    at: datetime | None
    hash: str
    looked: int
    """So many of the last rows were looked through."""
    breaks: tuple[Fault, ...]
    """What is wrong with them, the first row first."""
    anchored: int
    """The last row that the centre's head vouches for, 0 for none among those."""
    anchored_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reveal:
    """Somebody opened a sealed value."""

    entry: LedgerEntry
    cased: bool
    """Whether he did something to that complaint about then, or holds it."""
