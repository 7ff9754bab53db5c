"""What of the data is about people, why it may be kept, and for how long: said once, for every field there is.

A field that is not declared here fails a test: nobody adds personal data without a reason. The law is UU 27/2022
(perlindungan data pribadi); a basis names a letter of its article 20 (2). Retention counts from the end of the case,
or of the person's account. What is `SEALED` stands nowhere in the clear: not in the store, not on the way to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from console.core.errors import Refused


class DataClass(StrEnum):
    """What a field says of a person."""

    NONE = "none"
    CONTACT = "contact"  # how to reach somebody
    IDENTITY = "identity"  # who somebody is
    HOME = "home"  # where somebody lives
    FACE = "face"  # how somebody looks, or a picture that may show it
    FREE_TEXT = "free_text"  # written by people: may hold any of these


class Basis(StrEnum):
    """Why it may be kept: UU 27/2022, article 20 (2)."""

    NONE = ""
    DUTY = "20(2)c"  # a duty by law: who did what in an office is kept
    SERVICE = "20(2)e"  # public service and the authority of an office


class Handling(NamedTuple):
    """How a field is to be treated."""

    kind: DataClass
    basis: Basis = Basis.NONE
    keep_days: int = 0
    """0 for what is not personal."""


YEAR = 365
PLAIN = Handling(DataClass.NONE)
STORY = Handling(DataClass.FREE_TEXT, Basis.SERVICE, 5 * YEAR)
PLACE = Handling(DataClass.HOME, Basis.SERVICE, 5 * YEAR)
"""Where the trouble is, which often is where who told of it lives."""
PICTURE = Handling(DataClass.FACE, Basis.SERVICE, 2 * YEAR)
WORKER = Handling(DataClass.IDENTITY, Basis.DUTY, 10 * YEAR)
"""Who did it, by the name they work under."""
NAME = Handling(DataClass.IDENTITY, Basis.SERVICE, 1 * YEAR)
CONTACT = Handling(DataClass.CONTACT, Basis.SERVICE, 1 * YEAR)
HOME = Handling(DataClass.HOME, Basis.SERVICE, 1 * YEAR)
ACCOUNT = Handling(DataClass.IDENTITY, Basis.DUTY, 10 * YEAR)

SEALED: Mapping[str, Handling] = {
    "reporter_name": NAME,
    "reporter_phone": CONTACT,
    "reporter_nik": NAME,
    "reporter_home": HOME,
}
"""Who told of a complaint: sealed before it stands anywhere, opened one by one with a reason."""
COVERED = ("title", "text", "address")
"""Words of a complaint that are drawn with numbers and names covered, and may be opened with a reason."""
WHOLE: Mapping[str, str] = {name: f"sealed_{name}" for name in (*COVERED, "extra")}
"""Where the words of a field are kept covered, the whole of them stands beside it under this name, sealed."""
REVEALED = (*SEALED, *COVERED)
"""What of a complaint can be opened."""
DEED_WORDS = "text"
"""What of a deed can be opened: its words, all of one."""
DEED_WHOLE = WHOLE[DEED_WORDS]
"""Where the words of a deed are kept covered, the whole of them stands under this name among its fields, sealed."""


def _plain(*names: str) -> dict[str, Handling]:
    return dict.fromkeys(names, PLAIN)


_WHERE = {"address": PLACE, "lat": PLACE, "lon": PLACE, "area": PLAIN}
_TOLD = {"title": STORY, "text": STORY, "media_url": PICTURE, "extra": STORY}
_WHOLE: Mapping[str, Handling] = {"sealed_title": STORY, "sealed_text": STORY, "sealed_address": PLACE}
_SOURCE = {
    **_plain("id", "source", "native_id", "native_state", "state", "category", "agency", "opd"),
    **_plain("requested_at", "updated_at", "expected_at", "zone_assumed"),
    **_WHERE,
    **_TOLD,
}
_FILE = {"name": STORY, "type": PLAIN, "bytes": PLAIN, "sha256": PLAIN, "pieces": PICTURE, "thumb": PICTURE}

DECLARED: Mapping[str, Mapping[str, Handling]] = {
    "SourceComplaint": {**_SOURCE, "whole": STORY},
    "Complaint": {
        **_SOURCE,
        "holder": WORKER,
        **_plain("duplicate_of", "received_at", "touched_at", "pending", "rev"),
    },
    "QueueRow": {
        **_plain("rowid", "id", "state", "area", "opd", "category", "requested_at_ms", "expected_at_ms", "pending"),
        **_plain("native_state", "conflict"),
        "title": STORY,
        "holder": WORKER,
    },
    "Case": {**_plain("complaint", "state", "opd", "duplicate_of", "native_state"), "holder": WORKER},
    "Event": {
        **_plain("id", "complaint", "deed", "at", "before", "after", "pending", "undone", "command"),
        "by": WORKER,
        "text": STORY,
        "fields": STORY,
    },
    "OutboxRow": {
        **_plain("doc", "rev", "complaint", "deeds", "since_at", "changes", "state", "says", "values", "tried_at"),
        **_plain("tries", "via"),
        "title": STORY,
        "by": WORKER,
    },
    "Forwarded": {
        **_plain(
            "command", "complaint", "target", "target_name", "service", "service_name", "reference", "at", "state"
        ),
        **_plain("here", "console", "report", "token", "says", "tries", "begun_at", "next_at", "looked_at", "done_at"),
        "title": STORY,
        "values": STORY,
        "by": WORKER,
    },
    "FileRow": {
        **_FILE,
        **_plain("n", "complaint", "at", "command", "here", "thumb_here", "waiting", "erased"),
        "placed": PLACE,
        "by": WORKER,
    },
    "Person": {
        **_plain("id", "role", "ended_at", "secret_at", "clash"),
        "login": ACCOUNT,
        "name": ACCOUNT,
    },
    "Session": {
        **_plain("id", "role", "since", "ended_at", "why", "locked"),
        "person": ACCOUNT,
        "name": ACCOUNT,
    },
    # documents, by their type
    "case": {
        **_plain("type", "complaint", "state", "opd", "duplicate_of", "native_state", "at", "merged", "alike"),
        "holder": WORKER,
        "by": WORKER,
    },
    "complaint": {
        **_plain("type", "id", "category", "channel", "at", "erased"),
        **_WHERE,
        "title": STORY,
        "text": STORY,
        "by": WORKER,
        **SEALED,
        **_WHOLE,
        **_plain("erased", "corrected"),
    },
    "deed": {
        **_plain("type", "complaint", "deed", "at", "before", "after", "undoes", "was", "erased"),
        "by": WORKER,
        "text": STORY,
        "fields": STORY,
    },
    "person": {
        **_plain("type", "id", "role", "secret_at", "ended_at", "at", "merged"),
        **dict.fromkeys(("login", "name", "verifier"), ACCOUNT),
        "by": WORKER,
    },
    "console_lost": {**_plain("type", "console", "at", "found_at"), "by": WORKER},
    "erasure": {**_plain("type", "complaint", "fields", "history", "deeds", "at", "case"), "by": WORKER},
    "datakey": {
        **_plain("type", "city", "fingerprint", "public", "wrapped", "at", "signs", "older_wrapped", "follows"),
        "by": WORKER,
    },
    "datacode": {
        **_plain("type", "city", "fingerprint", "number", "wrapped", "at", "signature"),
        "by": WORKER,
    },
}
"""By the name of a record or the type of a document: every field it has."""

COMMANDS: Mapping[str, Handling] = {
    **_plain("complaint", "saw", "category", "channel", "opd", "duplicate_of", "of", "seen_state", "seen_opd", "state"),
    **_plain("command_id", "doc", "leaves", "rest", "sha256", "type", "pack", "place"),
    **_plain("area", "target", "target_name", "service", "service_name", "reference", "again", "forward"),
    "attributes": STORY,
    **{name: handling for name, handling in (*_WHERE.items(), *_FILE.items()) if name != "area"},
    **SEALED,
    **_WHOLE,
    "title": STORY,
    "text": STORY,
    "reason": STORY,
    "evidence": STORY,
    "by": WORKER,
    "seen_holder": WORKER,
    "holder": WORKER,
}
"""Fields of the commands an operator gives, all together: the same name says the same thing in each."""

NAMED = frozenset(
    {"first_name", "last_name", "nama", "phone", "email", "nik", "account_id", "device_id", "telepon", "hp"}
    | {"verifier", "wrapped", "older_wrapped", *SEALED, *WHOLE.values()}
)
"""Names under which a source tells who somebody is, among fields we do not know (`SourceComplaint.extra`), and
what proves or opens something in documents: never handed on."""

SEAL_HEAD = "kendali-s1:"
"""Begins every sealed value."""
MOST_SEALED = 250_000
"""Letters of a sealed value: the longest words a source may tell, four bytes a letter."""
MOST_VALUE = 200
"""Characters of a value before it is sealed."""
_SEALED = re.compile(rf"{SEAL_HEAD}[A-Za-z0-9_\-]{{150,{MOST_SEALED}}}")


_NIK = re.compile(r"\d{16}")
_PHONE = re.compile(r"\+?\d{7,15}")
_BETWEEN = re.compile(r"[\s.()\-]")


def sound_reporter(name: str, typed: str) -> str:
    """What somebody told of themselves, as it is sealed. Raises `Refused` for no NIK and no telephone number."""
    value = " ".join(typed.split())
    if len(value) > MOST_VALUE:
        raise Refused("personal.value_long", most=MOST_VALUE)
    if value and name == "reporter_nik":
        value = _BETWEEN.sub("", value)
        if not _NIK.fullmatch(value):
            raise Refused("personal.nik_form")
    if value and name == "reporter_phone" and not _PHONE.fullmatch(_BETWEEN.sub("", value)):
        raise Refused("personal.phone_form")
    return value


def sound_told(answers: Mapping[str, str]) -> dict[str, str]:
    """What of these answers somebody told of themselves, without what was left empty. Raises `Refused`."""
    told = {name: sound_reporter(name, answers.get(name, "")) for name in SEALED}
    return {name: value for name, value in told.items() if value}


def sealed_among(extra: str) -> dict[str, str]:
    """The sealed values of a complaint recorded here or at another console, by field (`Complaint.extra`)."""
    return _sealed_as({name: name for name in SEALED}, extra)


def whole_among(extra: str) -> dict[str, str]:
    """The whole words of a complaint's fields, sealed, by the field that is kept covered (`Complaint.extra`)."""
    return _sealed_as(WHOLE, extra)


def _sealed_as(names: Mapping[str, str], extra: str) -> dict[str, str]:
    """Sealed values among unnamed fields, by field: `names` tells under which name each stands there."""
    if SEAL_HEAD not in extra:
        return {}
    try:
        told = json.loads(extra)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {field: told[name] for field, name in names.items() if is_sealed(told.get(name))}


def whole_of_deed(fields: Mapping[str, Any]) -> str:
    """The whole words of a deed, sealed, as its fields have them (`Event.fields`); "" where they stand as they are."""
    value = fields.get(DEED_WHOLE)
    return value if isinstance(value, str) and is_sealed(value) else ""


def is_sealed(value: object) -> bool:
    """Whether this has the form of a sealed value. Only who has the key can tell more."""
    return isinstance(value, str) and _SEALED.fullmatch(value) is not None
