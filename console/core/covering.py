"""Words of a complaint as they are kept: what is personal in them covered, and the whole words apart, to be sealed.

Everything that brings words in comes by here, whether a person types them or a source tells them. What is covered stays
searchable in all its other words; what is apart stands nowhere in the clear (console/store/sealing.py). Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from console.core.file_kinds import FileKind, safe_name
from console.core.lifecycle import Deed
from console.core.masking import COVER, masked, may_hold
from console.core.personal import COVERED, NAMED, is_sealed, whole_among
from console.core.records import Batch, SourceComplaint

_LEAST_NUMBER = 1_000_000
_CUT = "….… "
_SOME = 8
"""Complaints looked at together: of more than a few one holds something too often."""
_QUOTED = tuple(f'"{name}"' for name in sorted(NAMED))
_WRITTEN = ("text", "reason", "evidence")
"""Fields in which a person writes words with a deed: no command has more than one of them."""
NOTHING: Mapping[str, str] = {}
"""Of words that were looked through and hold nothing personal."""


def covered_words(words: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Words of a complaint by their field, covered; and those of which anything was covered, as they came."""
    told = {name: masked(text) for name, text in words.items()}
    text, title = words.get("text", ""), words.get("title", "")
    head, beginning = title.rstrip(_CUT), told.get("text", "")[: len(title)]
    if head and text.startswith(head) and not beginning.startswith(head):
        # Made of the beginning of the text, and cut where a number may stand: that is covered before it is cut.
        told["title"] = beginning
    return told, {name: text for name, text in words.items() if told[name] != text}


def words_of_deed(deed: str, fields: Mapping[str, Any]) -> str:
    """Name of the field that holds the words of a deed, which its history tells; "" for none. Those of a complaint
    that is taken down are the complaint's own, and those of one that is handed on go out as the person saw them."""
    if deed in (Deed.RECORD, Deed.FORWARD):
        return ""
    known = ("name",) if deed == Deed.ATTACH else _WRITTEN
    return next((name for name in known if isinstance(fields.get(name), str)), "")


def covered_deed(deed: str, fields: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """What a person told with a deed, covered; and its words as they were written, "" where nothing was covered."""
    name = words_of_deed(deed, fields)
    written = str(fields[name]).strip() if name else ""
    words = masked(written)
    if words == written:
        return fields, ""
    if deed == Deed.ATTACH and fields.get("type") in FileKind._value2member_map_:
        words = safe_name(words, FileKind(fields["type"]))  # a few letters longer, it is to be a name all the same
    return {**fields, name: words}, written


def covered(said: SourceComplaint, *, ours: bool = True) -> SourceComplaint:
    """What a source said, covered. One that was looked through before is as it was. Only in what is `ours`, as when it
    is carried from one store to another, something can be sealed already: a source that says so has no key of ours."""
    if said.whole is not None:
        return said
    extra = said.extra
    if not may_hold(_words(said)) and not _holds(extra):
        return said
    told, whole = covered_words({name: getattr(said, name) for name in COVERED})
    if extra:
        told["extra"] = covered_extra(extra, ours=ours)
        if told["extra"] != extra:
            whole["extra"] = extra
        # What came with its seal was whole when it was sealed, and is not any more: only covered further.
        whole = {name: text for name, text in whole.items() if name not in whole_among(told.get("extra", ""))}
    now: dict[str, Any] = {name: text for name, text in told.items() if text != getattr(said, name)}
    return said._replace(whole=whole, **now)


def bare(said: SourceComplaint) -> SourceComplaint:
    """As it came: while there is nobody to seal it for no word may be lost."""
    came: dict[str, Any] = dict(said.whole or NOTHING)
    return said._replace(whole=NOTHING, **came) if came else said


def covered_batch(batch: Batch) -> Batch:
    """What an answer of a source came to, covered; also what is kept of records that were not taken."""
    refused = [replace(each, raw=masked(each.raw)) if each.raw else each for each in batch.refused]
    return replace(batch, complaints=_covered_all(batch.complaints), refused=refused)


def _covered_all(complaints: Sequence[SourceComplaint]) -> list[SourceComplaint]:
    """Each covered, as a source says it. Most hold nothing, which is told of some at once in a tenth of the time."""
    told: list[SourceComplaint] = []
    for start in range(0, len(complaints), _SOME):
        some = complaints[start : start + _SOME]
        extras = [each.extra for each in some]
        if may_hold("\n".join([_words(each) for each in some])) or any(map(_holds, extras)):
            told += [covered(each, ours=False) for each in some]
        else:
            told += some
    return told


def _words(said: SourceComplaint) -> str:
    """All that can hold anything. A title is mostly the beginning of the text: then it holds nothing that this does
    not."""
    title, text = said.title, said.text
    return f"{text}\n{said.address}" if text.startswith(title.rstrip(_CUT)) else f"{title}\n{text}\n{said.address}"


def covered_extra(extra: str, *, ours: bool = True) -> str:
    """The unnamed fields of a complaint, covered within; what is sealed among them stays where it is `ours`."""
    try:
        told = json.loads(extra)
    except (ValueError, RecursionError):
        return masked(extra)
    left = _within(told, ours)
    return extra if left == told else json.dumps(left, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _holds(extra: str) -> bool:
    """The same for fields nobody knows: of many complaints they say the same few words."""
    return bool(extra) and (may_hold(extra) or any(name in extra for name in _QUOTED))


def _within(value: Any, ours: bool) -> Any:
    if isinstance(value, str):
        return value if ours and is_sealed(value) else masked(value)
    if type(value) is int and abs(value) >= _LEAST_NUMBER:
        text = masked(str(value))
        return text if COVER in text else value
    if isinstance(value, dict):
        return {
            name: COVER if name in NAMED and each and not (ours and is_sealed(each)) else _within(each, ours)
            for name, each in value.items()
        }
    return [_within(each, ours) for each in value] if isinstance(value, list) else value
