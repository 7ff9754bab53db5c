"""What is erased of one complaint because a person asked for it: which fields, which of its history, by whom, for what
case. Pure.

An erasure is a document of its own beside the complaint, so that every console that ever hears of it erases the same,
and goes on to: what a source sends of it again comes in blank, and so does a note that was written before and travelled
late. What was written after it is new and stays.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.core.errors import Refused
from console.core.masking import masked
from console.core.personal import DECLARED, SEALED, WHOLE, DataClass
from console.core.records import SourceComplaint

ERASURE = "erasure:"
"""Begins the names of their documents; the complaint follows."""
TYPE = "erasure"
ITEM = "item:"
"""Begins the name by which something a source told, and which is no complaint, is erased: in the place of a
complaint's."""
_MARK_SIGNS = 32
ERASED = "erased"
"""Field of a body: names of what was taken out of it."""
CORRECTED = "corrected"
"""Field of a body: names of what stands in it anew because a person said that it was wrong."""
RIGHTS = "rights:"
"""Begins the reason of every row of the ledger about the rights of a person; the number of the case follows."""
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_\-]{0,39}")
_LONG_NUMBER = re.compile(r"\d{9}")
_TELLING = tuple(
    name for name, told in DECLARED["SourceComplaint"].items() if told.kind is not DataClass.NONE and name != "whole"
)
FIELDS = (*_TELLING, *SEALED)
"""All of a complaint that can be erased. `extra` takes with it what is sealed in it."""
_OF_DEED: Mapping[str, Any] = {"text": "", "fields": {}}
"""What a deed says of people, and what stands there after it was erased."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased of one complaint."""

    complaint: str
    fields: frozenset[str]
    history: bool
    """Whether all words of its history go that were written up to `at`."""
    deeds: frozenset[str]
    """Documents of single deeds whose words go."""
    at: datetime
    by: str
    case: str

    @property
    def doc(self) -> str:
        """Name of its document."""
        return ERASURE + self.complaint

    def body(self) -> dict[str, Any]:
        """What its document says."""
        return {
            "type": TYPE,
            "complaint": self.complaint,
            "fields": sorted(self.fields),
            "history": self.history,
            "deeds": sorted(self.deeds),
            "at": self.at.isoformat(),
            "by": self.by,
            "case": self.case,
        }

    def with_(self, other: Erasure) -> Erasure:
        """Both of them: nothing that was erased comes back. Who asked, and for what, is of the later."""
        late, soon = sorted((self, other), key=lambda each: (each.at, each.case, each.by), reverse=True)
        return Erasure(
            self.complaint,
            self.fields | other.fields,
            self.history or other.history,
            self.deeds | other.deeds,
            late.at if late.history or not soon.history else soon.at,
            late.by,
            late.case,
        )

    def covers(self, other: Erasure) -> bool:
        """Whether all that the other erases is erased by this one."""
        history = not other.history or (self.history and other.at <= self.at)
        return history and self.fields >= other.fields and self.deeds >= other.deeds

    def reaches(self, deed: str, at: datetime) -> bool:
        """Whether the words of that deed go."""
        return deed in self.deeds or (self.history and at <= self.at)


def item_mark(item: str) -> str:
    """The name by which an item (its id) is erased and known again when its source tells it anew. What its id says, the
    address of an article or an account, stands in it no more."""
    return ITEM + hashlib.sha256(item.encode("utf-8", "replace")).hexdigest()[:_MARK_SIGNS]


def is_item(name: str) -> bool:
    """Whether that is erased of the items, and is no complaint."""
    return name.startswith(ITEM)


def read_erasure(doc: str, body: Any) -> Erasure | None:
    """The erasure a document tells of, None where it is not of our form."""
    if not isinstance(body, Mapping) or body.get("type") != TYPE:
        return None
    complaint, fields, deeds = body.get("complaint"), _texts(body.get("fields")), _texts(body.get("deeds", []))
    by, case, history = body.get("by"), body.get("case", ""), body.get("history")
    if not (isinstance(complaint, str) and isinstance(by, str) and isinstance(case, str) and isinstance(history, bool)):
        return None
    if doc != ERASURE + complaint or fields is None or deeds is None:
        return None
    try:
        at = datetime.fromisoformat(body["at"])
    except (KeyError, TypeError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    return Erasure(complaint, frozenset(fields) & {*FIELDS}, history, frozenset(deeds), at, by, case)


def _texts(found: Any) -> list[str] | None:
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else None


def redacted(body: Mapping[str, Any], erasure: Erasure) -> dict[str, Any] | None:
    """A complaint's or a deed's body without what was erased; None where it holds nothing of it. Every console makes
    the same of it."""
    if body.get("type") == "complaint":
        gone = [name for name in with_whole(erasure.fields) if body.get(name) not in (None, "")]
        left = {name: value for name, value in body.items() if name not in gone}
        left |= {name: "" for name in gone if name in ("title", "text", "address")}
    else:
        gone = [name for name, blank in _OF_DEED.items() if body.get(name, blank) != blank]
        left = {**body, **{name: _OF_DEED[name] for name in gone}}
    if not gone:
        return None
    return {**left, ERASED: sorted({*gone, *(_texts(body.get(ERASED)) or ())})}


def with_whole(fields: Iterable[str]) -> frozenset[str]:
    """These fields, and the names under which their whole words stand."""
    named = frozenset(fields)
    return named | {WHOLE[name] for name in named if name in WHOLE}


def blanked(said: SourceComplaint, fields: Iterable[str]) -> SourceComplaint:
    """What a source says of a complaint, without what was erased of it."""
    blank: dict[str, Any] = {name: None if name in ("lat", "lon") else "" for name in fields if name in _TELLING}
    if "extra" not in blank and said.extra:
        blank["extra"] = without_sealed(said.extra, fields)
    if said.whole:
        blank["whole"] = {name: text for name, text in said.whole.items() if name not in blank}
    return said._replace(**blank)


def without_sealed(extra: str, fields: Iterable[str]) -> str:
    """The unnamed fields of a complaint without what is sealed of those that were erased."""
    named = frozenset(fields)
    gone = (named & SEALED.keys()) | {name for field, name in WHOLE.items() if field in named}
    if not gone or not extra:
        return extra
    try:
        told = json.loads(extra)
    except ValueError:
        return extra
    if not isinstance(told, dict) or not gone & told.keys():
        return extra
    left = {name: value for name, value in told.items() if name not in gone}
    return json.dumps(left, ensure_ascii=False, sort_keys=ERASED not in told) if left else ""


def with_sealed(extra: str, sealed: Mapping[str, str]) -> str:
    """The unnamed fields of a complaint with these sealed values in the place of older ones, "" for none any more."""
    if not sealed:
        return extra
    try:
        told = json.loads(extra) if extra else {}
    except ValueError:
        return extra
    if not isinstance(told, dict):
        return extra
    now = {name: value for name, value in {**told, **sealed}.items() if value or name not in sealed}
    # What was erased of it is named first, and found by that (console/store/erased.py).
    return json.dumps(now, ensure_ascii=False, sort_keys=ERASED not in told) if now else ""


def sound_case(typed: str) -> str:
    """The number of a case, as it stands in the ledger. Raises `Refused` where it may say who somebody is."""
    case = typed.strip()
    if not _CASE.fullmatch(case) or masked(case) != case or _LONG_NUMBER.search(case):
        raise Refused("personal.rights.case_form")
    return case


def sound_fields(named: Iterable[str]) -> frozenset[str]:
    """Names of fields that can be erased. Raises `Refused`."""
    names = frozenset(named)
    strange = sorted(names - {*FIELDS})
    if strange:
        raise Refused("personal.rights.field_unknown", field=strange[0], fields=", ".join(FIELDS))
    return names
