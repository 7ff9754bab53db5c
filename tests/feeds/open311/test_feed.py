"""The feed as a whole: what it asks, and the forms it takes and refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.core.errors import BadAnswer
from console.core.lifecycle import State
from console.core.phrases import Phrases
from console.store.files import load_phrases
from sync.feeds import found
from sync.feeds.open311 import Open311
from tests.feeds.cases import AT, ROW, answer, as_json, as_xml, feed, row


def test_it_is_found_by_walking() -> None:
    assert found()["open311"] is Open311


def test_what_is_asked() -> None:
    (ask,) = feed(updated_after="yes", jurisdiction_id="kota.invalid", status="open").ask({}, AT)
    assert ask.url == "https://hub.invalid/v2/requests.json"
    assert ask.accept == "application/json"
    assert ask.params == {
        "start_date": "2026-11-20T03:42:00Z",
        "end_date": "2026-11-21T03:42:00Z",
        "page": "1",
        "page_size": "1000",
        "jurisdiction_id": "kota.invalid",
        "status": "open",
    }
    (ask,) = feed(format="xml").ask({}, AT)
    assert (ask.url, ask.accept) == ("https://hub.invalid/v2/requests.xml", "application/xml")


def test_the_same_memo_gives_the_same_ask() -> None:
    memo = feed().decode(answer(as_json(ROW), feed().ask({}, AT)[0].tag), {}).memo
    assert feed().ask(memo, AT) == feed().ask(json.loads(json.dumps(memo)), AT)


def test_one_complaint_by_its_own_id_overrides_the_rest() -> None:
    ask = feed().ask_for(["1", "2"])
    assert ask.params == {"service_request_id": "1,2"}
    batch = feed().decode(answer(as_json(ROW), ask.tag), {"any": "memo"})
    assert batch.memo == {"any": "memo"}
    assert not batch.more


def test_a_walk_through_pages() -> None:
    source = feed(page_size="2", history_days="1", updated_after="yes")
    memo: dict[str, object] = {}
    pages = [[row(service_request_id="1"), row(service_request_id="2")], [row(service_request_id="3")], []]
    got = []
    for page in pages[:2]:
        (ask,) = source.ask(memo, AT)
        batch = source.decode(answer(as_json(*page), ask.tag), memo)
        memo, more = dict(batch.memo), batch.more
        got.append(([each.native_id for each in batch.complaints], more))
    assert got == [(["1", "2"], True), (["3"], False)]


def test_unchanged_is_a_batch_of_nothing() -> None:
    source = feed(history_days="1", updated_after="yes")
    (ask,) = source.ask({}, AT)
    memo = source.decode(answer(as_json(ROW), ask.tag), {}).memo
    (ask,) = source.ask(memo, AT + timedelta(hours=1))
    batch = source.decode(answer(as_json(ROW), ask.tag, etag='"x"'), memo)
    (ask,) = source.ask(batch.memo, AT + timedelta(hours=2))
    assert ask.etag == '"x"'
    batch = source.decode(answer(b"", ask.tag, etag='"x"', unchanged=True), batch.memo)
    assert (len(batch.complaints), batch.more) == (0, False)
    assert source.ask(batch.memo, AT + timedelta(hours=3))[0].etag == '"x"'


@pytest.mark.parametrize(
    "body",
    [
        as_json(ROW),
        as_xml(ROW),
        b'{"requests":' + as_json(ROW) + b"}",
        b'{"service_requests":{"request":' + as_json(ROW) + b"}}",
        b"\xef\xbb\xbf" + as_json(ROW),
        b"\xef\xbb\xbf" + as_xml(ROW),
        as_xml(ROW).replace(b"<service_requests>", b'<service_requests xmlns="http://open311.org/v2">'),
        as_xml(ROW).replace(b'<?xml version="1.0" encoding="utf-8"?>\n', b"\n "),
        as_xml(ROW).replace(b"service_requests>", b"requests>"),
    ],
)
def test_forms_that_are_taken(body: bytes) -> None:
    batch = feed().decode(answer(body), {})
    assert [each.native_id for each in batch.complaints] == ["0012"]
    assert batch.refused == []


@pytest.mark.parametrize("body", [b"[]", b"<service_requests/>", b'{"requests":[]}'])
def test_nothing_new_is_no_fault(body: bytes) -> None:
    batch = feed().decode(answer(body), {})
    assert (len(batch.complaints), len(batch.refused)) == (0, 0)


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><service_requests>&b;</service_requests>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><service_requests>&x;</service_requests>'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "sync.bad.empty"),
        (b"null", "sync.bad.shape"),
        (b"5", "sync.bad.shape"),
        (b'"text"', "sync.bad.shape"),
        (b'{"a":1}', "sync.bad.shape"),
        (b'{"requests":5}', "sync.bad.shape"),
        (b'[{"service_code":"001","service_name":"x"}]', "sync.open311.services"),
        (b"[1,2,3]", "sync.bad.shape"),
        (b'[{"code":403,"description":"no key"}]', "sync.bad.error"),
        (b"<errors><error><code>403</code><description>no key</description></error></errors>", "sync.bad.error"),
        (b"<html><body>x</body></html>", "sync.bad.shape"),
        (b"<html>login</html>", "sync.bad.shape"),
        (b"<error>down</error>", "sync.bad.shape"),
        (b"<services/>", "sync.bad.shape"),
        (b"<errors/>", "sync.bad.error"),
        (b"<services><service><service_code>1</service_code></service></services>", "sync.bad.shape"),
        (b"<service_requests><request>", "sync.bad.xml"),
        (b"<a>" * 70 + b"</a>" * 70, "sync.bad.xml_form"),
        (b"<?xml version='1.0' encoding='utf-99'?><a/>", "sync.bad.xml_form"),
        (b"<a>\xff</a>", "sync.bad.xml"),
        (LAUGHS, "sync.bad.entities"),
        (OUTSIDE, "sync.bad.entities"),
        (b"<!DOCTYPE service_requests><service_requests/>", "sync.bad.entities"),
        (as_json(ROW)[:-5], "sync.bad.json"),
        (as_json(ROW)[:-1], "sync.bad.json_cut"),
    ],
)
def test_forms_that_are_not(body: bytes, says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        feed().decode(answer(body), {})
    assert caught.value.says == says
    assert caught.value.values["source"] == "laksa"


def test_nested_fields_of_xml_are_kept_as_their_text() -> None:
    body = as_xml(ROW).replace(b"</request>", b"<more><a>x</a> <b>y</b></more><status_notes/></request>")
    (got,) = feed().decode(answer(body), {}).complaints
    assert json.loads(got.extra)["more"] == "x y"


def test_other_charsets_of_xml() -> None:
    text = as_xml(row(description="Café")).decode()
    declared = text.replace("utf-8", "iso-8859-1").encode("iso-8859-1")
    assert feed().decode(answer(declared, charset="utf-8"), {}).complaints[0].text == "Café"
    bare = text.partition("\n")[2].encode("iso-8859-1")
    assert feed().decode(answer(bare, charset="iso-8859-1"), {}).complaints[0].text == "Café"


def test_the_examples_of_the_standard(shared_data: Path) -> None:
    folder = shared_data / "open311"
    batch = feed().decode(answer((folder / "spec-requests.xml").read_bytes()), {})
    assert [each.native_id for each in batch.complaints] == ["638344", "638349"]
    assert [each.state for each in batch.complaints] == [State.DUPLICATE, State.NEW]
    assert '"service_code":"006"' in batch.complaints[0].extra
    for name in ("spec-requests.json", "spec-request.json", "spec-services-invalid.json"):
        with pytest.raises(BadAnswer) as caught:
            feed().decode(answer((folder / name).read_bytes()), {})
        assert caught.value.says == "sync.bad.zeros", name
    for name, says in (
        ("spec-services.xml", "services"),
        ("dc-services.xml", "services"),
        ("spec-definition.xml", "definition"),
        ("discovery-boston.json", "discovery"),
    ):
        with pytest.raises(BadAnswer) as caught:
            feed().decode(answer((folder / name).read_bytes()), {})
        assert caught.value.says == f"sync.open311.{says}", name


def test_five_hundred_real_requests(shared_data: Path) -> None:
    raw = (shared_data / "open311" / "sf-requests-500.json").read_bytes()
    batch = feed(zone="America/Los_Angeles").decode(answer(raw), {})
    assert (len(batch.complaints), batch.refused) == (500, [])
    assert all(each.zone_assumed for each in batch.complaints)
    assert {each.state for each in batch.complaints} == {State.NEW, State.DONE}
    assert sum(each.updated_at is None for each in batch.complaints) == 129


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_refusal_is_said_in_words(language: str) -> None:
    phrases: Phrases = load_phrases(language)
    bad = (row(lat=999), row(service_request_id=None), row(requested_datetime="x"), 5, row(lat=None))
    batch = feed().decode(answer(as_json(ROW, *bad)), {})
    said = [phrases.say(each.says, **each.values) for each in batch.refused]
    assert len(said) == 5
    assert not [sentence for sentence in said if "«" in sentence or "—" in sentence]


def test_a_pack_without_shapes_places_nobody() -> None:
    source = feed(replace(feed().pack, areas={}))
    assert source.decode(answer(as_json(ROW)), {}).complaints[0].area == ""
