"""What a server says of itself is read in both forms, and told by its name where complaints were meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.store.files import load_phrases
from sync.feeds.open311 import papers
from sync.feeds.open311.papers import Attribute, Endpoint, Service
from tests.feeds.cases import answer, feed
from tests.feeds.mutate import mutations

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
ENDPOINT = {
    "specification": SPECIFICATION,
    "url": "https://hub.invalid/v2",
    "formats": ["text/xml", "application/json"],
    "type": "production",
}
DISCOVERY = {"changeset": "x", "endpoints": [{**ENDPOINT, "type": "test", "url": "https://coba.invalid/v2"}, ENDPOINT]}
SERVICE = {"service_code": "001", "service_name": "Jalan", "metadata": True, "type": "batch", "group": "PU"}
DEFINITION: dict[str, Any] = {
    "service_code": "001",
    "attributes": [
        {
            "variable": True,
            "code": "UKURAN",
            "datatype": "singlevaluelist",
            "required": True,
            "datatype_description": None,
            "order": 2,
            "description": "Seberapa besar?",
            "values": [{"key": 1, "name": "Kecil"}, {"key": "2", "name": "Besar"}],
        },
        {"variable": "false", "code": "CATATAN", "datatype": "aneh", "required": "false", "order": "1"},
    ],
}
XML_DISCOVERY = (
    b"<discovery><changeset>x</changeset><endpoints><endpoint><specification>http://wiki.open311.org/GeoReport_v2"
    b"</specification><url>https://hub.invalid/v2</url><type>production</type><formats><format>text/xml</format>"
    b"<format>application/json</format></formats></endpoint></endpoints></discovery>"
)
XML_SERVICES = (
    b"<services><service><service_code>001</service_code><service_name>Jalan</service_name><metadata>true</metadata>"
    b"<type>batch</type><group>PU</group></service></services>"
)
XML_DEFINITION = (
    b"<service_definition><service_code>001</service_code><attributes><attribute><variable>true</variable>"
    b"<code>UKURAN</code><datatype>singlevaluelist</datatype><required>true</required><order>2</order>"
    b"<description>Seberapa besar?</description><values><value><key>1</key><name>Kecil</name></value>"
    b"<value><key>2</key><name>Besar</name></value></values></attribute>"
    b"</attributes></service_definition>"
)
UPDATES = (
    b"<service_request_updates><request_update><update_id>1</update_id></request_update></service_request_updates>"
)
SIZE = Attribute("UKURAN", "singlevaluelist", True, True, 2, "Seberapa besar?", "", (("1", "Kecil"), ("2", "Besar")))


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("body", [as_json(DISCOVERY), as_json([DISCOVERY]), XML_DISCOVERY])
def test_endpoints(body: bytes) -> None:
    found = papers.endpoints(answer(body), "s")
    assert found[0] == Endpoint("https://hub.invalid/v2", "production", SPECIFICATION, ("xml", "json"))


def test_endpoints_of_other_standards_are_left_out() -> None:
    other = {**ENDPOINT, "specification": "http://wiki.open311.org/GeoReport_v1", "url": "https://hub.invalid/v1"}
    text = {**ENDPOINT, "formats": "application/json, text/xml"}
    found = papers.endpoints(answer(as_json({"endpoints": [other, 5, {"url": 5}, text]})), "s")
    assert [(each.url, each.formats) for each in found] == [("https://hub.invalid/v2", ("json", "xml"))]
    with pytest.raises(BadAnswer):
        papers.endpoints(answer(as_json({"endpoints": [other]})), "s")


@pytest.mark.parametrize("body", [as_json([SERVICE]), as_json({"services": [SERVICE]}), XML_SERVICES])
def test_services(body: bytes) -> None:
    assert papers.services(answer(body), "s") == ([Service("001", "Jalan", "PU", "", True, "batch")], [])


def test_a_bad_service_costs_itself() -> None:
    found, refused = papers.services(answer(as_json([SERVICE, {"service_name": "x"}, 5])), "s")
    assert [each.code for each in found] == ["001"]
    assert [each.where for each in refused] == ["services[1].service_code", "services[2]"]
    assert papers.services(answer(b"<services/>"), "s") == ([], [])
    for body in (b"[5]", b"{}", b"5", as_json([SERVICE] * 2001)):
        with pytest.raises(BadAnswer):
            papers.services(answer(body), "s")


@pytest.mark.parametrize("body", [as_json(DEFINITION), as_json([DEFINITION]), XML_DEFINITION])
def test_what_a_service_asks_for(body: bytes) -> None:
    found, refused = papers.attributes(answer(body), "s")
    assert (found[-1], refused) == (SIZE, [])
    if body is not XML_DEFINITION:
        assert found[0] == Attribute("CATATAN", "string", False, False, 1, "", "", ())


def test_a_bad_attribute_costs_itself() -> None:
    bad = [{"code": ""}, {"code": "a", "values": [5]}, {"code": "b", "values": [{"key": None}]}]
    found, refused = papers.attributes(answer(as_json({**DEFINITION, "attributes": bad})), "s")
    assert (found, len(refused)) == ([], 3)
    with pytest.raises(BadAnswer):
        papers.attributes(answer(as_json([SERVICE])), "s")


@pytest.mark.parametrize(
    ("body", "says", "values"),
    [
        (as_json(DISCOVERY), "discovery", {"urls": "https://hub.invalid/v2, https://coba.invalid/v2"}),
        (XML_DISCOVERY, "discovery", {"formats": "xml, json"}),
        (as_json([SERVICE] * 7), "services", {"count": 7, "names": "Jalan, Jalan, Jalan, Jalan, Jalan …"}),
        (XML_SERVICES, "services", {"count": 1, "names": "Jalan"}),
        (as_json(DEFINITION), "definition", {"code": "001", "count": 2, "names": "Seberapa besar?, CATATAN"}),
        (XML_DEFINITION, "definition", {"count": 1}),
        (UPDATES, "updates", {"count": 1}),
    ],
)
def test_another_paper_is_told_by_its_name(body: bytes, says: str, values: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer) as caught:
        feed().decode(answer(body), {})
    assert caught.value.says == f"sync.open311.{says}"
    assert caught.value.values.items() >= {"source": "laksa", **values}.items()
    for language in ("id", "en"):
        assert "«" not in load_phrases(language).tell(caught.value)


def test_real_ones(shared_data: Path) -> None:
    """Boston 2014: two endpoints of both forms. Washington 2014: 86 services."""
    folder = shared_data / "open311"
    found = papers.endpoints(answer((folder / "discovery-boston.json").read_bytes()), "s")
    assert [(each.type, each.formats) for each in found] == [("production", ("xml", "json")), ("test", ("xml", "json"))]
    services, refused = papers.services(answer((folder / "dc-services.xml").read_bytes()), "s")
    assert (len(services), refused) == (86, [])
    for name in ("spec-definition.json", "spec-definition.xml"):
        (only,) = papers.attributes(answer((folder / name).read_bytes()), "s")[0]
        assert (only.code, only.values) == ("WHISHETN", (("123", "Ford"), ("124", "Chrysler")))


def test_mutated_ones_are_read_or_refused() -> None:
    for good in (
        as_json(DISCOVERY),
        as_json([SERVICE]),
        as_json(DEFINITION),
        XML_DISCOVERY,
        XML_SERVICES,
        XML_DEFINITION,
    ):
        for spoilt in mutations(good, 60):
            spoilt_answer = answer(spoilt)
            for read in (
                lambda got=spoilt_answer: papers.endpoints(got, "s"),
                lambda got=spoilt_answer: papers.services(got, "s"),
                lambda got=spoilt_answer: papers.attributes(got, "s"),
                lambda got=spoilt_answer: feed().decode(got, {}),
            ):
                try:
                    read()
                except BadAnswer as trouble:
                    assert trouble.values["source"] in ("s", "laksa")
