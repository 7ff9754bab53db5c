"""What a layer says of itself (`?f=json`), as far as its features are read by it, and where the reading stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sync.feed import Memo

VERSION = 1
MOST_CODES = 2_000
"""Words of coded values that are kept; of a layer with more the codes are shown as they are."""
_MOST_FIELDS = 500
_OLD = 10.3
"""Before this version no server gave pages by offset."""
_KEYS = ("OBJECTID", "FID", "OBJECTID_1", "ESRI_OID")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's description."""

    name: str = ""
    key: str = ""
    """Field of the object ids."""
    title: str = ""
    """Field a feature is called by."""
    edited: str = ""
    """Field that tells when a feature was last changed."""
    most: int = 0
    """Features the server gives at once, 0 where it does not say."""
    paged: bool = False
    """Whether it gives pages by offset."""
    changed: int = 0
    """When anything in it was last changed, in ms; 0 where it does not say."""
    dates: Sequence[str] = ()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The words of coded values, by field and code as text."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Layer:
        """The layer a server describes; what cannot be read is as good as not told."""
        listed = _tables(raw.get("fields"))[:_MOST_FIELDS]
        editing, info = _table(raw.get("editFieldsInfo")), _table(raw.get("editingInfo"))
        advanced = _table(raw.get("advancedQueryCapabilities"))
        version = raw.get("currentVersion")
        paged = advanced.get("supportsPagination", raw.get("supportsPagination"))
        new = isinstance(version, int | float) and version >= _OLD
        return cls(
            name=_word(raw.get("name")),
            key=_word(raw.get("objectIdField") or raw.get("objectIdFieldName")) or key_of(listed),
            title=_word(raw.get("displayField") or raw.get("displayFieldName")),
            edited=_word(editing.get("editDateField")),
            most=_whole(raw.get("maxRecordCount")),
            paged=paged is True or (paged is None and new),
            changed=_whole(info.get("dataLastEditDate") or info.get("lastEditDate")),
            dates=dates_of(listed),
            codes=_codes(listed),
        )

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def known(cls, memo: Memo) -> Layer:
        """The layer as a memo has it; an empty one where it has none."""
        told = memo.get("layer")
        names = {each.name for each in fields(cls)}
        if not isinstance(told, Mapping) or set(told) != names:
            return cls()
        return cls(**told)


@dataclass(frozen=True, slots=True)
class State:
    """Where the reading of a layer stands."""

    step: str = ""
    """"" at the beginning of a visit, "ids" where they are asked for, "page" by offset, "cut" by spans of ids."""
    offset: int = 0
    cuts: Sequence[int] = ()
    """First ids of the spans still to be read, and the last id of all."""
    first: int = 0
    """When the layer was first read, in ms: of features without a date."""
    changed: int = 0
    """What the layer told as its last change when it was last read whole."""
    head: str = ""
    """Id at the head of the last page: a server that gives it again gives no pages."""
    form: str = ""
    """What was asked: an answer to another address or choice is begun anew."""

    @classmethod
    def of(cls, memo: Memo, form: str) -> State:
        """The state of a memo, one at the beginning where it is none or was about something else."""
        if memo.get("v") != VERSION or memo.get("form") != form:
            return cls(form=form)
        try:
            cuts = [int(each) for each in memo.get("cuts", ())]
            numbers = {name: max(0, int(memo.get(name, 0))) for name in ("offset", "first", "changed")}
        except (TypeError, ValueError, OverflowError):
            return cls(form=form)
        step = memo.get("step", "")
        step = step if step in ("", "ids", "page", "cut") else ""
        if step == "cut" and len(cuts) < 2:
            step = ""
        return cls(step=step, cuts=cuts, head=str(memo.get("head", "")), form=form, **numbers)

    def plain(self, layer: Layer | None = None) -> dict[str, Any]:
        """As a memo, with the layer while it is being read."""
        told: dict[str, Any] = {"v": VERSION, **asdict(self)}
        return told if layer is None else {**told, "layer": layer.plain()}


def key_of(listed: Sequence[Mapping[str, Any]]) -> str:
    """The field of the object ids among fields, "" where none is."""
    return next((_word(each.get("name")) for each in listed if each.get("type") == "esriFieldTypeOID"), "")


def dates_of(listed: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields that hold dates as milliseconds."""
    return [name for each in listed if each.get("type") == "esriFieldTypeDate" if (name := _word(each.get("name")))]


def usual_key(names: Sequence[str]) -> str:
    """The field that is usually that of the object ids, "" where none is."""
    upper = {name.upper(): name for name in names}
    return next((upper[each] for each in _KEYS if each in upper), "")


def fields_of(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fields an answer describes."""
    return _tables(raw.get("fields"))[:_MOST_FIELDS]


def _codes(listed: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    count = 0
    for each in listed:
        domain = _table(each.get("domain"))
        values = _tables(domain.get("codedValues")) if domain.get("type") == "codedValue" else []
        words = {str(one["code"])[:_SHOWN]: _word(one.get("name")) for one in values if _plain(one.get("code"))}
        count += len(words)
        if words and count <= MOST_CODES:
            found[_word(each.get("name"))] = words
    return found


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _word(value: Any) -> str:
    return value[:_SHOWN] if isinstance(value, str) else ""


def _whole(value: Any) -> int:
    return value if type(value) is int and value > 0 else 0
