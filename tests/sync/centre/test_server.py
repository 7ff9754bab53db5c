"""The centre speaks GeoReport v2, keeps connections and answers its own machine only."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from console.core import notes
from console.core.clock import TurnedClock
from console.core.errors import BadAnswer, Refused
from console.core.pack import FeedEntry
from sync.centre import run
from sync.centre.bulk import Bulk
from sync.centre.query import DAY_MS, BadQuery, Holding, Query, read_query
from sync.centre.server import CentreServer
from sync.feeds.open311 import Open311
from sync.wire import Wire
from tests.cities import small_files, small_pack
from tests.sync.centre.conftest import NOON, town
from tests.sync.centre.test_town import NOW

Serve = Callable[[Holding], CentreServer]


@pytest.fixture
def ask(serve: Serve) -> Iterator[Callable[..., HTTPResponse]]:
    """Asks a town's centre over one kept connection."""
    server = serve(town())
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)

    def get(path: str, method: str = "GET", **headers: str) -> HTTPResponse:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer

    yield get
    connection.close()


def rows(answer: HTTPResponse) -> list[dict[str, object]]:
    return json.loads(answer.body)  # type: ignore[attr-defined,no-any-return]


def test_services(ask: Callable[..., HTTPResponse]) -> None:
    listed = rows(ask("/services.json"))
    assert {each["service_code"] for each in listed} >= {"002", "003"}
    assert set(listed[0]) == {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
    assert rows(ask("/services/003.json"))[0]["service_code"] == "003"
    root = ElementTree.fromstring(ask("/services.xml").body)  # type: ignore[attr-defined]
    assert (root.tag, root[0].tag) == ("services", "service")


def test_requests_in_both_forms_are_the_same(ask: Callable[..., HTTPResponse]) -> None:
    in_json = ask("/requests.json?page_size=50")
    in_xml = ask("/open311/v2/requests.xml?page_size=50")
    assert in_json.headers["Content-Type"] == "application/json; charset=utf-8"
    root = ElementTree.fromstring(in_xml.body)  # type: ignore[attr-defined]
    assert len(root) == len(rows(in_json)) == 50
    for element, row in zip(root, rows(in_json), strict=True):
        assert {field.tag: field.text or None for field in element} == {
            name: None if value is None else str(value) for name, value in row.items()
        }


def test_one_request_and_an_unknown_one(ask: Callable[..., HTTPResponse]) -> None:
    first = rows(ask("/requests.json?page_size=1"))[0]
    name = first["service_request_id"]
    assert rows(ask(f"/requests/{name}.json")) == [first]
    others = "status=none&start_date=2001-01-01&end_date=2001-01-02"
    assert rows(ask(f"/requests.json?service_request_id={name}&{others}")) == [first]
    answer = ask("/requests/nobody.json")
    assert (answer.status, rows(answer)[0]["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/requests.csv", 404),
        ("/tokens/123.json", 404),
        ("/services/nothing.xml", 404),
        ("/requests.json?start_date=soon", 400),
        ("/requests.json?start_date=2026-01-01&end_date=2026-11-01", 400),
        ("/requests.json?page=0", 400),
        ("/requests.json?page_size=-1", 400),
        ("/requests.json?" + "&".join(f"a{number}=1" for number in range(50)), 400),
    ],
)
def test_faults_are_lists_of_errors(ask: Callable[..., HTTPResponse], path: str, status: int) -> None:
    answer = ask(path)
    assert answer.status == status
    if ".xml" in path:
        root = ElementTree.fromstring(answer.body)  # type: ignore[attr-defined]
        assert (root.tag, root[0][0].text) == ("errors", str(status))
    else:
        assert rows(answer)[0]["code"] == status
        assert rows(answer)[0]["description"]


def test_nothing_can_be_filed(ask: Callable[..., HTTPResponse]) -> None:
    answer = ask("/requests.json", "POST")
    assert (answer.status, rows(answer)[0]["code"]) == (403, 403)


def test_discovery(ask: Callable[..., HTTPResponse]) -> None:
    assert rows(ask("/discovery.json"))[0]["endpoints"]
    assert ask("/discovery.xml").status == 200


def test_etag_and_gzip(ask: Callable[..., HTTPResponse]) -> None:
    plain = ask("/requests.json?page_size=100")
    packed = ask("/requests.json?page_size=100", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body  # type: ignore[attr-defined]
    again = ask("/requests.json?page_size=100", If_None_Match=plain.headers["ETag"])
    assert (again.status, again.body) == (304, b"")  # type: ignore[attr-defined]
    assert plain.headers["Date"] == "Sat, 21 Nov 2026 05:00:00 GMT"


@pytest.mark.parametrize("host", ["evil.invalid", "evil.invalid:80", "127.0.0.1.evil.invalid", "10.0.0.1"])
def test_pages_with_names_of_their_own_are_turned_away(ask: Callable[..., HTTPResponse], host: str) -> None:
    assert ask("/requests.json", Host=host).status == 403


def test_it_listens_on_this_machine_only(serve: Serve) -> None:
    assert serve(town()).server_address[0] == "127.0.0.1"


def test_the_feed_reads_all_of_it_and_then_only_what_is_new(serve: Serve, clock: TurnedClock) -> None:
    server = serve(town())
    options = {"updated_after": "yes", "history_days": "5", "page_size": "200"}
    entry = FeedEntry("laksa", "open311", {}, f"http://127.0.0.1:{server.port}", 5, 60, options=options)
    source, wire = Open311(entry, small_pack()), Wire(clock, agent="t")
    held: dict[str, object] = {}
    memo: dict[str, object] = {}

    def sync() -> int:
        nonlocal memo
        taken, more = 0, True
        while more:
            (ask,) = source.ask(memo, clock.now())
            batch = source.decode(wire.fetch(ask, allow_private=True), memo)
            assert batch.refused == []
            held.update({each.native_id: each for each in batch.complaints})
            taken += len(batch.complaints)
            memo, more = dict(batch.memo), batch.more
        return taken

    first = sync()
    assert first > 700
    for _ in range(6):
        clock.turn(1800)
        assert 0 < sync() < 300
    wire.close()
    fresh = Open311(entry, small_pack())
    wanted = town().requests(Query(NOW - 4 * DAY_MS, millis_of(clock), page_size=5000), millis_of(clock))
    expected = {each.native_id: each for each in fresh.decode(answer_of(wanted), {}).complaints}
    assert {name: held[name] for name in expected} == expected


def millis_of(clock: TurnedClock) -> int:
    return NOW + int((clock.now() - NOON) / timedelta(milliseconds=1))


def answer_of(wanted: object) -> object:
    from sync.feed import Answer

    return Answer(json.dumps(wanted).encode(), "application/json", "", NOON + timedelta(days=1), "")


def test_bulk_serves_very_many_by_arithmetic(serve: Serve, clock: TurnedClock) -> None:
    bulk = Bulk(town(), 100_000, NOW, 100)
    seen: list[object] = []
    for day in range(100):
        window = Query(NOW - (day + 1) * DAY_MS, NOW - day * DAY_MS - 1, page_size=5000)
        seen += [each["service_request_id"] for each in bulk.requests(window, NOW)]
    assert len(seen) == len(set(seen)) == 100_000
    assert seen == sorted(seen, reverse=True)
    window = Query(NOW - DAY_MS, NOW, 2, 100)
    assert json.loads(bulk.requests_json(window, NOW)) == [
        {**each, "lat": pytest.approx(each["lat"]), "long": pytest.approx(each["long"])}
        for each in bulk.requests(window, NOW)
    ]
    entry = FeedEntry("b", "open311", {}, "http://h.invalid", 5, 60)
    batch = Open311(entry, small_pack()).decode(answer_of(bulk.requests(window, NOW)), {})
    assert (len(batch.complaints), batch.refused) == (100, [])


def test_queries() -> None:
    window = "start_date=2026-11-20T00:00:00+07:00&end_date=2026-11-21T00:00:00Z"
    query = read_query(f"{window}&status=open,closed&page=3", NOW)
    assert (query.since, query.until) == (NOW - 36 * 3_600_000, NOW - 5 * 3_600_000)
    assert (query.statuses, query.page, query.page_size, query.start) == (frozenset({"open", "closed"}), 3, 1000, 2000)
    assert read_query("", NOW).since == NOW - 90 * DAY_MS
    assert read_query("page_size=99999", NOW).page_size == 5000
    with pytest.raises(BadQuery):
        read_query("updated_after=x", NOW)


class Stdin(BytesIO):
    """Open until it is told to close."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.closing.wait(20)
        return b""


class Stdout(BytesIO):
    """Tells when the first line has been written."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()

    def flush(self) -> None:
        self.said.set()


def test_it_says_where_it_listens_and_ends_with_its_input(clock: TurnedClock) -> None:
    stdin, stdout, codes = Stdin(), Stdout(), []

    def serve() -> None:
        codes.append(run.run_centre(0, 21, pack=small_pack(), clock=clock, stdin=stdin, stdout=stdout))

    thread = threading.Thread(target=serve)
    thread.start()
    assert stdout.said.wait(20)
    note, values = notes.parse(stdout.getvalue())
    assert note == "listening"
    connection = HTTPConnection("127.0.0.1", values["port"], timeout=5)
    connection.request("GET", "/requests.json?page_size=3")
    assert len(json.loads(connection.getresponse().read())) == 3
    connection.close()
    stdin.closing.set()
    thread.join(20)
    assert codes == [0]


def test_the_city_of_a_profile_is_served_and_an_unsound_one_is_not(tmp_path: Path) -> None:
    for name, raw in small_files().items():
        path = tmp_path / "packs" / "rekaan" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    shipped = run._pack_of(None).id
    assert run._pack_of(tmp_path).id == shipped
    (tmp_path / "settings.toml").write_text('pack = "rekaan"')
    assert run._pack_of(tmp_path).id == "rekaan"
    (tmp_path / "packs" / "rekaan" / "areas.csv").write_bytes(b"?")
    assert run._pack_of(tmp_path).id == shipped


@pytest.mark.parametrize("bulk", [0, 5000])
def test_the_shipped_city_is_served_without_being_told(clock: TurnedClock, bulk: int) -> None:
    stdin, stdout = Stdin(), Stdout()
    stdin.closing.set()
    assert run.run_centre(bulk=bulk, clock=clock, stdin=stdin, stdout=stdout, rate_per_day=20, history_days=3) == 0


def test_a_port_that_is_taken(clock: TurnedClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused) as caught:
            run.run_centre(taken.getsockname()[1], pack=small_pack(), clock=clock, stdin=Stdin(), stdout=Stdout())
    assert caught.value.says == "centre.port"
    with pytest.raises(Refused):
        run.run_centre(99_999, pack=small_pack(), clock=clock, stdin=Stdin(), stdout=Stdout())


def test_a_recording_that_is_none(clock: TurnedClock, tmp_path: Path) -> None:
    with pytest.raises(BadAnswer):
        run.run_centre(0, 21, tmp_path / "absent.json", pack=small_pack(), clock=clock)
