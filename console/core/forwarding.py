"""A report handed on to another application (Open311 `POST /requests`): no key there makes a repeat harmless.

    waiting ─► begun ─► taken │ refused │ unsure          begun is on the disk before the first byte leaves
       ▲         └─► waiting: certainly nothing was sent
       └─ a person says so ── refused, unsure ─► withdrawn

Plain values and rules: no store, no network. Nothing is sent twice without a person.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from console.core.lifecycle import Deed
from console.core.masking import masked
from console.core.pack import FeedEntry
from console.core.pack_lists import EMBEDDED
from console.core.records import Complaint, ComplaintId

KIND = "open311"
OPTION = "post"
"""Of a source that takes reports."""
YES = frozenset({"yes", "true", "1"})
"""What an option says that is switched on."""
MOST_TEXT = 4000
"""Letters of a description, our reference among them."""
_REFERENCE = re.compile(r"KND-[A-Z2-7]{8}")
_LINE = "Ref. {}"
FORWARDED = "forwarded"
"""The event that tells under which number a server keeps a report. No person does it."""
FORWARD_REFUSED = "forward_refused"
"""The event that tells that a server said no."""
OUTCOMES = frozenset({FORWARDED, FORWARD_REFUSED})
DEEDS = frozenset({Deed.FORWARD, Deed.FORWARD_AGAIN, Deed.FORWARD_DROP, FORWARDED, FORWARD_REFUSED})
"""Everything in a history that is about handing on."""


class Post(StrEnum):
    """How a report on its way to another application stands. The values stand in stored files."""

    WAITING = "waiting"
    BEGUN = "begun"
    """It may have left this very moment."""
    TAKEN = "taken"
    """The server said that it keeps it, by a number or by a token for one."""
    REFUSED = "refused"
    """The server said no, in words that are kept."""
    UNSURE = "unsure"
    """It may stand there. It is looked for, and sent again only where a person says so."""
    WITHDRAWN = "withdrawn"

    @property
    def may_stand(self) -> bool:
        """Whether the server holds it, or may come to hold it without a person's doing."""
        return self not in (Post.REFUSED, Post.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be sent, as the person saw it who asked for it."""

    command: str
    complaint: str
    target: str
    """Id of a source."""
    service: str
    reference: str
    text: str
    """Without the reference."""
    attributes: Mapping[str, tuple[str, ...]]
    """What the service asks for beside, by code."""
    address: str
    lat: float | None
    lon: float | None
    by: str
    at: datetime

    @property
    def description(self) -> str:
        """The words that go out."""
        return described(self.text, self.reference)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One report handed on, as people see it."""

    command: str
    """Of the deed that asked for it."""
    complaint: ComplaintId
    target: str
    target_name: str
    service: str
    service_name: str
    reference: str
    by: str
    at: datetime
    state: Post
    here: bool = True
    """Whether this console sends it. Elsewhere only what came of it is known."""
    console: str = ""
    title: str = ""
    """Of the complaint."""
    report: str = ""
    """The number it has there."""
    token: str = ""
    says: str = ""
    """Why it waits, was refused or is not sure: a phrase key with `values`."""
    values: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0
    begun_at: datetime | None = None
    next_at: datetime | None = None
    """When it is tried, asked about or looked for next."""
    looked_at: datetime | None = None
    done_at: datetime | None = None


def takes_reports(entry: FeedEntry) -> bool:
    """Whether reports are handed on to that source: it says so, and a key goes there unread by others."""
    wanted = entry.kind == KIND and entry.options.get(OPTION, "").strip().lower() in YES
    return wanted and (entry.address.startswith(("https://", EMBEDDED)) or entry.allow_private)


def new_reference(chance: str) -> str:
    """A short reference out of an id that nobody had before. Nothing of the id can be read from it."""
    raw = hashlib.blake2b(chance.encode("utf-8", "replace"), digest_size=5, person=b"kendali-ref").digest()
    return f"KND-{base64.b32encode(raw).decode('ascii')}"


def is_reference(text: str) -> bool:
    """Whether this has the form of one of our references."""
    return _REFERENCE.fullmatch(text) is not None


def first_words(complaint: Complaint) -> str:
    """What is offered as the words of a report: those of the complaint, with numbers and names covered."""
    title, text = masked(complaint.title).strip(), masked(complaint.text).strip()
    return text if not title or text.startswith(title.rstrip("….")) else f"{title}\n\n{text}".strip()


def place_of(complaint: Complaint) -> Mapping[str, Any]:
    """What is told of the place of a report: the address with numbers and names covered, and the point where there is
    a whole one."""
    placed = complaint.lat is not None and complaint.lon is not None
    return {
        "address": masked(complaint.address),
        "lat": complaint.lat if placed else None,
        "lon": complaint.lon if placed else None,
    }


def described(text: str, reference: str) -> str:
    """The words of a report with our reference on a line of its own; too long ones are cut at a word."""
    line = _LINE.format(reference)
    words, room = text.strip(), MOST_TEXT - len(line) - 2
    if len(words) > room:
        head = words[: room - 1]
        cut = max(head.rfind(" "), head.rfind("\n"))
        words = (head[:cut] if cut > room // 2 else head).rstrip() + "…"
    return f"{words}\n\n{line}"


def tells(reference: str, *texts: str) -> bool:
    """Whether one of these texts holds the reference, whatever a server made of its letters and blanks."""
    wanted = reference.upper()
    return any(wanted in re.sub(r"[\s\u00a0]+", " ", text).upper() for text in texts)
