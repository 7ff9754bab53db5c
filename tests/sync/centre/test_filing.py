"""Reports are filed at the embedded centre with its key alone, kept for whoever asks, in both forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from console.core.clock import TurnedClock
from sync.centre.filing import ASKING, BATCH, DEMO_KEY, Mood
from sync.centre.query import Holding
from sync.centre.server import CentreServer
from sync.feed import Answer
from sync.feeds.open311 import papers
from tests.sync.centre.conftest import NOON, town

WHOLE = {"api_key": DEMO_KEY, "service_code": "003", "lat": "-6.03", "long": "106.03", "description": "Sampah & lumpur"}


class Talk:
    """Asks and files over a connection of its own each time."""

    def __init__(self, server: CentreServer) -> None:
        self.server = server

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        connection.close()
        return answer

    def file(self, form: str = "json", **fields: str) -> HTTPResponse:
        return self.ask("POST", f"/open311/v2/requests.{form}", urlencode({**WHOLE, **fields}).encode())

    def rows(self, path: str) -> list[dict[str, object]]:
        return json.loads(self.ask("GET", path).body)  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def talk(serve: Callable[[Holding], CentreServer]) -> Iterator[Talk]:
    yield Talk(serve(town()))


def test_a_report_is_kept_and_told_in_both_forms(talk: Talk) -> None:
    answer = talk.file()
    [told] = json.loads(answer.body)  # type: ignore[attr-defined]
    assert (answer.status, told["service_request_id"]) == (201, "PRG-000001")
    assert ElementTree.fromstring(talk.file("xml").body)[0][0].text == "PRG-000002"  # type: ignore[attr-defined]
    rows = talk.rows("/requests.json?service_code=003&page_size=10")
    assert [each["service_request_id"] for each in rows][:2] == ["PRG-000002", "PRG-000001"]
    assert rows[0]["description"] == "Sampah & lumpur"
    assert talk.rows("/requests/PRG-000001.json")[0]["lat"] == -6.03
    assert all("PRG" not in str(each) for each in talk.rows("/requests.json?service_code=002"))
    assert all("PRG" not in str(each) for each in talk.rows("/requests.json?page=2&page_size=10"))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"api_key": "salah"}, 403),
        ({"service_code": "tidak ada"}, 404),
        ({"service_code": ""}, 400),
        ({"lat": ""}, 400),
        ({"service_code": ASKING}, 400),
    ],
)
def test_what_is_not_whole_is_refused_with_words(talk: Talk, fields: dict[str, str], status: int) -> None:
    answer = talk.file(**fields)
    [told] = json.loads(answer.body)  # type: ignore[attr-defined]
    assert (answer.status, told["code"]) == (status, status)
    assert told["description"]
    assert talk.server.filed.kept == []


def test_a_form_that_is_none_or_too_long_is_refused(talk: Talk) -> None:
    assert talk.ask("POST", "/requests.json", b"api_key=%ff%fe").status in (400, 403)
    assert talk.ask("POST", "/requests.json", b"a=1&" * 500).status == 400
    assert talk.ask("POST", "/requests.json", b"x" * 70_000).status == 413
    assert talk.ask("POST", "/services.json", b"x").status == 404


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_service_says_what_it_asks_for(talk: Talk, form: str) -> None:
    body = talk.ask("GET", f"/services/{ASKING}.{form}").body  # type: ignore[attr-defined]
    found, refused = papers.attributes(Answer(body, f"application/{form}", "utf-8", NOON, ""), "pusat")
    assert refused == []
    assert {each.datatype for each in found} == papers.DATATYPES
    assert [each.code for each in found if each.required] == ["tiang", "jenis"]
    assert next(each.values for each in found if each.code == "jenis") == (("led", "Led"), ("merkuri", "Merkuri"))
    answered = {"service_code": ASKING, "attribute[tiang]": "7", "attribute[jenis]": "led"}
    assert talk.file(form, **answered).status == 201


def test_a_token_stands_for_a_number_after_a_while(talk: Talk, clock: TurnedClock) -> None:
    assert json.loads(talk.file(service_code=BATCH).body) == [{"token": "tanda-1"}]  # type: ignore[attr-defined]
    assert talk.rows("/tokens/tanda-1.json") == [{"service_request_id": "", "token": "tanda-1"}]
    clock.turn(60)
    assert talk.rows("/tokens/tanda-1.json")[0]["service_request_id"] == "PRG-000001"
    assert talk.ask("GET", "/tokens/tanda-2.json").status == 404


@pytest.mark.parametrize(
    ("mood", "status", "kept"),
    [
        (Mood.TROUBLE, 500, 1),
        (Mood.GARBLED, 200, 1),
        (Mood.DENIED, 403, 0),
        (Mood.BUSY, 503, 0),
        (Mood.REDIRECT, 302, 0),
    ],
)
def test_its_moods(talk: Talk, mood: Mood, status: int, kept: int) -> None:
    talk.server.filed.moods.append(mood)
    assert talk.file().status == status
    assert len(talk.server.filed.kept) == kept
    assert talk.file().status == 201


@pytest.mark.parametrize(("mood", "kept"), [(Mood.LOST, 1), (Mood.LOST_BEFORE, 0)])
def test_an_answer_may_be_lost(talk: Talk, mood: Mood, kept: int) -> None:
    talk.server.filed.moods.append(mood)
    with pytest.raises(ConnectionError):
        talk.file()
    assert len(talk.server.filed.kept) == kept
