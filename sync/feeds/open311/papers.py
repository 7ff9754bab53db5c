"""What an Open311 server says of itself: its endpoints (discovery), its services, and what each asks for.

In JSON or XML, wrapped or bare. Everything is text but yes and no: codes keep their zeros. Not more is kept than a form
needs, and never more than a memo may hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from console.core.errors import BadAnswer
from console.core.records import Refusal
from sync import strict_json, xml_tree
from sync.feed import Answer
from sync.feeds.open311.xml_form import looks_like_xml
from sync.words_in import BadField, identity, shown, sound, table, text

MOST = 2_000
"""Services, attributes of one, or values of one attribute."""
MOST_UPDATES = 50_000
DATATYPES = frozenset({"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"})
_LISTS = {
    "endpoints": "endpoint",
    "formats": "format",
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "discoveries": "discovery",
    "service_definitions": "service_definition",
    "service_requests": "request",
    "errors": "error",
    "service_requests_updates": "request_update",
    "servicerequestupdates": "request_update",
    "service_request_updates": "request_update",
}
"""Elements that are lists, and what stands in them."""
_UPDATES = ("service_requests_updates", "service_request_updates", "servicerequestupdates")
_YES = frozenset({"true", "yes", "1"})
_SHAPE = "sync.bad.shape"
_NAMED = 5
_SHOWN = 200


class Endpoint(NamedTuple):
    """Where a server can be asked."""

    url: str
    type: str
    """"production", "test"; "" where not told."""
    specification: str
    formats: tuple[str, ...]
    """"xml", "json", in the server's order."""


class Service(NamedTuple):
    """A kind of request a server takes."""

    code: str
    name: str
    group: str
    description: str
    metadata: bool
    """Whether it asks for more, by a definition of its own."""
    type: str
    """"realtime", "batch" or "blackbox": whether an id comes at once, later, or never."""


class Attribute(NamedTuple):
    """One thing a service asks for."""

    code: str
    datatype: str
    """One of `DATATYPES`."""
    required: bool
    variable: bool
    """False for a text that is only shown."""
    order: int
    description: str
    hint: str
    values: tuple[tuple[str, str], ...]
    """Key and name of what can be chosen."""


class Filed(NamedTuple):
    """What a server says of a report it took."""

    report: str
    """Its number, "" where that is told later."""
    token: str
    """For which the number is told later; "" for none."""


def named(trouble: BaseException, answer: Answer, source: str) -> BaseException:
    """A trouble with the form of an answer, told by what the answer is instead where that is known."""
    if not isinstance(trouble, BadAnswer) or trouble.says != _SHAPE or len(answer.body) > xml_tree.MOST_MB << 20:
        return trouble
    try:
        return _instead(_value(answer, source), source) or trouble
    except (BadAnswer, BadField):
        return trouble


def endpoints(answer: Answer, source: str) -> tuple[Endpoint, ...]:
    """Where a server can be asked by GeoReport v2, those of production first. Raises `BadAnswer`."""
    found = _endpoints(_discovery(_value(answer, source)))
    if not found:
        raise BadAnswer(_SHAPE, source=source)
    return found


def services(answer: Answer, source: str) -> tuple[list[Service], list[Refusal]]:
    """The services of a server, and those that cannot be read. Raises `BadAnswer`."""
    rows = _rows(_value(answer, source), "services")
    if rows is None or (rows and not any(_is_service(each) for each in rows)):
        raise BadAnswer(_SHAPE, source=source)
    return _each(rows, "services", source, _service)


def attributes(answer: Answer, source: str) -> tuple[list[Attribute], list[Refusal]]:
    """What a service asks for, in the order it is asked. Raises `BadAnswer`."""
    definition = _definition(_value(answer, source))
    if definition is None:
        raise BadAnswer(_SHAPE, source=source)
    found, refused = _each(_rows(definition.get("attributes"), "attributes") or [], "attributes", source, _attribute)
    return sorted(found, key=lambda each: each.order), refused


def updates(answer: Answer, source: str) -> list[Any]:
    """The rows of a list of updates. Raises `BadAnswer`."""
    value = _value(answer, source)
    rows = (
        value
        if isinstance(value, list)
        else next((found for name in _UPDATES if (found := _rows(value, name)) is not None), None)
    )
    if rows is None or (rows and not any(isinstance(each, dict) and "update_id" in each for each in rows)):
        raise BadAnswer(_SHAPE, source=source)
    if len(rows) > MOST_UPDATES:
        raise BadAnswer("sync.bad.many", source=source, count=len(rows), most=MOST_UPDATES)
    return rows


def filed(answer: Answer, source: str) -> Filed | None:
    """The number, or the token for one, of a report that was filed; None where the answer names neither. Raises
    `BadAnswer` where it cannot be read."""
    for raw in _listed(_value(answer, source), "service_requests"):
        report, token = (str(raw.get(name) or "").strip()[:_SHOWN] for name in ("service_request_id", "token"))
        if report or token:
            return Filed(report, token)
    return None


def errors(answer: Answer, source: str) -> str:
    """The words of a server that says no, "" where it says none. Raises `BadAnswer` where it cannot be read."""
    rows = _listed(_value(answer, source), "errors")
    told = [" ".join(str(raw.get(name) or "") for name in ("code", "description")).strip() for raw in rows]
    return "; ".join(shown(each) for each in told[:_NAMED] if each)


def _listed(value: Any, name: str) -> list[Mapping[str, Any]]:
    """The rows of such a list; also where one stands alone."""
    rows = _rows(value, name)
    if rows is None:
        rows = [value]
    return [each for each in rows if isinstance(each, dict)]


def _value(answer: Answer, source: str) -> Any:
    """The answer as JSON values, whichever form it came in."""
    if looks_like_xml(answer.body):
        root = xml_tree.read(answer.body, answer.charset, source)
        return {root.name: _plain(root)}
    return strict_json.lenient(answer.body, answer.charset, source).value


def _plain(node: xml_tree.Node) -> Any:
    if node.name in _LISTS:
        return [_plain(each) for each in node.children]
    if node.children:
        return {each.name: _plain(each) for each in node.children}
    return node.text


def _rows(value: Any, name: str) -> list[Any] | None:
    """The list of that name: bare, or inside an object, also doubly as some write it; None where there is none."""
    for _ in range(2):
        if isinstance(value, dict):
            value = value.get(name, value.get(_LISTS[name]))
    return value if isinstance(value, list) else [] if value == "" else None


def _each(rows: Sequence[Any], name: str, source: str, read: Any) -> tuple[list[Any], list[Refusal]]:
    if len(rows) > MOST:
        raise BadAnswer("sync.bad.many", source=source, count=len(rows), most=MOST)
    found: list[Any] = []
    refused: list[Refusal] = []
    for number, raw in enumerate(rows):
        try:
            sound(raw)
            found.append(read(table(raw)))
        except BadField as bad:
            refused.append(bad.refusal(f"{name}[{number}]", raw))
    return found, refused


def _service(raw: Mapping[str, Any]) -> Service:
    code = identity(raw.get("service_code"), "service_code")
    return Service(
        code,
        text(raw.get("service_name"), "service_name") or code,
        text(raw.get("group"), "group"),
        text(raw.get("description"), "description"),
        _yes(raw.get("metadata")),
        text(raw.get("type"), "type") or "realtime",
    )


def _attribute(raw: Mapping[str, Any]) -> Attribute:
    datatype = text(raw.get("datatype"), "datatype").lower()
    order = text(raw.get("order"), "order")
    pairs = _rows(raw.get("values"), "values") or []
    if len(pairs) > MOST:
        raise BadField("values", "sync.bad.many", count=len(pairs), most=MOST)
    values = []
    for each in pairs:
        key = identity(table(each, "values").get("key"), "values.key")
        values.append((key, text(each.get("name"), "values.name") or key))
    return Attribute(
        identity(raw.get("code"), "code"),
        # of a type we never heard of a person still can write a text
        datatype if datatype in DATATYPES else "string",
        _yes(raw.get("required")),
        raw.get("variable") is None or _yes(raw.get("variable")),
        int(order) if order.isascii() and order.isdigit() and len(order) < 6 else 0,
        text(raw.get("description"), "description"),
        text(raw.get("datatype_description"), "datatype_description"),
        tuple(values),
    )


def _discovery(value: Any) -> Mapping[str, Any] | None:
    for name in ("discoveries", "discovery"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) and "endpoints" in value else None


def _endpoints(discovery: Mapping[str, Any] | None) -> tuple[Endpoint, ...]:
    found = []
    for raw in (_rows(discovery.get("endpoints"), "endpoints") or [])[:50] if discovery else ():
        if not isinstance(raw, dict) or not isinstance(raw.get("url"), str):
            continue
        told = raw.get("formats")
        words = told if isinstance(told, list) else str(told or "").split(",")
        formats = [form for word in words[:10] for form in ("xml", "json") if form in str(word).lower()]
        specification, kind = str(raw.get("specification") or ""), str(raw.get("type") or "")
        if not specification or "georeport_v2" in specification.lower() or "v2" in raw["url"].lower():
            url = raw["url"].strip()[:500]
            found.append(Endpoint(url, kind[:40], specification[:_SHOWN], tuple(dict.fromkeys(formats))))
    return tuple(sorted(found, key=lambda each: each.type not in ("production", "")))


def _definition(value: Any) -> Mapping[str, Any] | None:
    for name in ("service_definitions", "service_definition"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) and {"service_code", "attributes"} <= value.keys() else None


def _is_service(raw: Any) -> bool:
    return isinstance(raw, dict) and "service_code" in raw and ("service_name" in raw or "metadata" in raw)


def _yes(value: Any) -> bool:
    return value is True or str(value).strip().lower() in _YES


def _instead(value: Any, source: str) -> BadAnswer | None:
    """What such a value is, if it is anything of Open311 that is no list of requests."""
    if found := _endpoints(_discovery(value)):
        urls = ", ".join(each.url[:100] for each in found[:_NAMED])
        formats = ", ".join(dict.fromkeys(form for each in found for form in each.formats))
        return BadAnswer("sync.open311.discovery", source=source, urls=urls, formats=formats or "xml")
    if (definition := _definition(value)) is not None:
        rows = [each for each in _rows(definition["attributes"], "attributes") or [] if isinstance(each, dict)]
        names = _some(each.get("description") or each.get("code") for each in rows)
        code = shown(definition["service_code"])
        return BadAnswer("sync.open311.definition", source=source, code=code, count=len(rows), names=names)
    rows = _rows(value, "services") or []
    if rows and all(_is_service(each) for each in rows):
        names = _some(each.get("service_name") or each["service_code"] for each in rows)
        return BadAnswer("sync.open311.services", source=source, count=len(rows), names=names)
    for name in _UPDATES:
        rows = _rows(value, name) or []
        if rows and all(isinstance(each, dict) and "update_id" in each for each in rows):
            return BadAnswer("sync.open311.updates", source=source, count=len(rows))
    return None


def _some(names: Any) -> str:
    told = [shown(each) for each in names]
    return ", ".join(told[:_NAMED]) + (" …" if len(told) > _NAMED else "")
