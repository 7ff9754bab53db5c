"""What is posted, and what an answer means: only what certainly was not kept waits again, or rests as refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import Refused
from console.core.forwarding import Outgoing, takes_reports
from console.core.pack import FeedEntry
from sync.feeds.open311.filing import Came, Filing
from sync.feeds.open311.offered import Offered
from sync.feeds.open311.papers import Attribute, Service
from sync.message import Response
from tests.cities import small_pack

AT = datetime(2026, 11, 22, tzinfo=UTC)


def an_entry(**changed: Any) -> FeedEntry:
    base: dict[str, Any] = {
        "id": "kota",
        "kind": "open311",
        "title": {"id": "Kota"},
        "address": "https://kota.example/v2",
        "cadence_s": 60.0,
        "stale_after_s": 600.0,
        "options": {"post": "yes", "jurisdiction_id": "kota.id"},
    }
    return FeedEntry(**{**base, **changed})


def filing(entry: FeedEntry | None = None, memo: Any = None) -> Filing:
    return Filing(entry or an_entry(), small_pack(), memo or {})


def going(**changed: Any) -> Outgoing:
    base: dict[str, Any] = {
        **{"command": "c", "complaint": "uji:1", "target": "kota", "service": "001", "reference": "KND-AAAAAAAA"},
        **{"text": "Lubang «dalam» & lebar", "attributes": {}, "address": "", "lat": None, "lon": None},
        **{"by": "Rani", "at": AT},
    }
    return Outgoing(**{**base, **changed})


def answer(status: int, body: bytes = b"", **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, AT, 1, 1)


def test_the_form_holds_what_was_asked_and_nothing_of_who_told_it() -> None:
    memo = {
        "services": Offered(
            (Service("001", "Jalan", "", "", True, "realtime"),),
            {"001": (Attribute("bahaya", "multivaluelist", False, True, 1, "", "", ()),)},
        ).plain()
    }
    sent = filing(memo=memo).message(
        going(attributes={"bahaya": ("a",), "tiang": ("7",), "kosong": ("",)}, lat=-6.1, lon=106.7, address="Jl. A"),
        "rahasia",
    )
    assert (sent.method, sent.url, sent.candid, sent.repeatable) == (
        *("POST", "https://kota.example/v2/requests.json"),
        *(True, False),
    )
    assert "charset=utf-8" in sent.headers["Content-Type"]
    assert sent.body is not None
    assert parse_qsl(sent.body.decode("ascii")) == [
        ("api_key", "rahasia"),
        ("jurisdiction_id", "kota.id"),
        ("service_code", "001"),
        ("lat", "-6.100000"),
        ("long", "106.700000"),
        ("address_string", "Jl. A"),
        ("attribute[bahaya][]", "a"),
        ("attribute[tiang]", "7"),
        ("description", "Lubang «dalam» & lebar\n\nRef. KND-AAAAAAAA"),
    ]


NUMBER = b'[{"service_request_id": 4711, "service_notice": ""}]'
TOKEN = b"<service_requests><request><token>abc</token></request></service_requests>"
NO = b'[{"code": 403, "description": "api_key salah"}]'


@pytest.mark.parametrize(
    ("status", "body", "came", "report", "token"),
    [
        (200, NUMBER, Came.TAKEN, "4711", ""),
        (201, TOKEN, Came.TAKEN, "", "abc"),
        (200, b'{"service_requests": [{"service_request_id": "0007"}]}', Came.TAKEN, "0007", ""),
        (503, NUMBER, Came.TAKEN, "4711", ""),
        (429, b"", Came.LATER, "", ""),
        (503, b"", Came.LATER, "", ""),
        (400, NO, Came.REFUSED, "", ""),
        (403, NO, Came.REFUSED, "", ""),
        (404, b"<html>", Came.REFUSED, "", ""),
        (302, b"", Came.REFUSED, "", ""),
        (307, NUMBER, Came.REFUSED, "", ""),
        (408, b"", Came.UNSURE, "", ""),
        (409, b"", Came.UNSURE, "", ""),
        (500, NO, Came.UNSURE, "", ""),
        (502, b"", Came.UNSURE, "", ""),
        (200, b"", Came.UNSURE, "", ""),
        (200, b"<html>terima kasih</html>", Came.UNSURE, "", ""),
        (200, b"[]", Came.UNSURE, "", ""),
        (200, NO, Came.UNSURE, "", ""),
        (204, b"", Came.UNSURE, "", ""),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, came: Came, report: str, token: str) -> None:
    verdict = filing().read(answer(status, body, location="https://lain.example/x"))
    assert (verdict.came, verdict.report, verdict.token) == (came, report, token)


def test_a_no_is_told_in_its_words_and_a_redirect_by_name() -> None:
    assert filing().read(answer(403, NO)).values["words"] == "403 api_key salah"
    xml = b"<errors><error><code>400</code><description>lat salah</description></error></errors>"
    assert filing().read(answer(400, xml)).values["words"] == "400 lat salah"
    moved = filing().read(answer(301, location="https://lain.example/x?key=1"))
    assert (moved.says, moved.values) == ("post.redirect", {"to": "https://lain.example/x"})
    assert filing().read(answer(503, retry_after="90")).wait_s == 90


@given(st.integers(100, 599), st.binary(max_size=200))
def test_any_answer_means_something_and_a_number_alone_means_taken(status: int, body: bytes) -> None:
    verdict = filing().read(answer(status, body))
    assert (verdict.came is Came.TAKEN) is bool(verdict.report or verdict.token)
    if status >= 500 and status != 503:
        assert verdict.came is Came.UNSURE


def test_it_is_looked_for_by_its_service_since_shortly_before() -> None:
    first, second, *_ = filing().looks("001", 1_700_000_000_000, 1_700_000_060_000)
    assert first.params == {
        **{"jurisdiction_id": "kota.id", "service_code": "001", "page": "1", "page_size": "1000"},
        **{"start_date": "2023-11-14T21:58:20Z", "end_date": "2023-11-14T22:14:20Z"},
    }
    assert second.params["page"] == "2"
    unpaged = filing(an_entry(options={"post": "yes", "paging": "none"}))
    [only] = unpaged.looks("", 0, 1_700_000_060_000)
    assert "service_code" not in only.params and only.params["start_date"] == "2023-08-16T22:14:20Z"


def test_where_to_is_known_or_refused() -> None:
    by_discovery = an_entry(address="https://kota.example/discovery.json")
    with pytest.raises(Refused, match="nowhere"):
        filing(by_discovery).where()
    memo = {"discovery": {"url": "https://kota.example/api", "at": 1, "formats": ["xml"]}}
    assert filing(by_discovery, memo).where() == "https://kota.example/api/requests.xml"
    memo = {"discovery": {"url": "https://lain.example/api", "at": 1, "formats": ["xml"]}}
    with pytest.raises(Refused, match="elsewhere"):
        filing(by_discovery, memo).where()


def test_reports_go_to_sources_that_say_so_and_by_tls_alone() -> None:
    assert takes_reports(an_entry())
    assert takes_reports(an_entry(address="http://10.0.0.1/v2", allow_private=True))
    assert not takes_reports(an_entry(address="http://kota.example/v2"))
    assert not takes_reports(an_entry(options={"post": "no"}))
    assert not takes_reports(an_entry(kind="ckan"))
