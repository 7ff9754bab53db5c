"""A snapshot over a link that breaks: fetched on from where it ended, each piece proved, nothing wrong kept."""

from __future__ import annotations

import http.server
import random
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import Away, BadAnswer, ConsoleError, Refused
from console.store import snapshot_file
from console.store.files import Profile
from console.store.snapshot_file import Head
from sync.message import Message, Response
from sync.snapshot_fetch import FIRST_BYTES, Fetch, part_of
from sync.wire import Wire
from tests.store.conftest import NOON
from tests.store.snapshots import forged

RAW_BYTES = 3 * snapshot_file.RAW_BYTES + 1000


@pytest.fixture(scope="module")
def whole() -> bytes:
    """A file of several pieces that do not pack well."""
    return forged(random.Random(3).randbytes(RAW_BYTES), {"city": "contoh"})


class Link:
    """A server in memory, reached over a link that does what it is told."""

    def __init__(self, data: bytes, clock: TurnedClock, faults: Iterable[str] = ()) -> None:
        self.data = data
        self.clock = clock
        self.faults = iter(faults)
        self.bytes_s = 1e6
        self.asked: list[tuple[int, int]] = []

    def send(self, message: Message) -> Response:
        first, last = (int(each) for each in message.headers["Range"].removeprefix("bytes=").split("-"))
        self.asked.append((first, last))
        fault = next(self.faults, "")
        if fault == "away":
            self.clock.turn(3)
            raise Away("sync.away.reset", source="uji")
        if first >= len(self.data):
            return self._response(416, {}, b"")
        body = self.data[first : last + 1]
        self.clock.turn(len(body) / self.bytes_s)
        if fault == "flip":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "short":
            body = body[: len(body) // 2 + 1]
        if fault == "empty":
            return self._response(200, {}, b"")
        if fault == "whole":
            return self._response(200, {}, self.data)
        head = f"bytes {first}-{first + len(body) - 1}/{len(self.data)}"
        return self._response(206, {"content-range": "bytes 0-1/2" if fault == "other" else head}, body)

    def _response(self, status: int, headers: dict[str, str], body: bytes) -> Response:
        return Response(status, headers, body, self.clock.now(), 100, len(body))


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON, seed=3)


def fetched(link: Link, path: Path, clock: TurnedClock, cancelled: Callable[[], bool] = lambda: False) -> bytes:
    return Fetch("http://uji/a", path, link, clock, cancelled=cancelled).run().read_bytes()


def test_all_of_it_comes(whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    link = Link(whole, clock)
    heard: list[float] = []
    path = Fetch("http://uji/a", tmp_path / "a.part", link, clock, progress=heard.append).run()
    assert path.read_bytes() == whole
    assert heard == sorted(heard) and heard[-1] == 1.0
    assert all(first == sum(1 + b - a for a, b in link.asked[:n]) for n, (first, _) in enumerate(link.asked))


def test_how_much_is_asked_follows_the_link(whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    sizes = {}
    for name, bytes_s in (("tipis", 1200.0), ("lebar", 1e8)):
        link = Link(whole, clock)
        link.bytes_s = bytes_s
        fetched(link, tmp_path / name, clock)
        sizes[name] = max(b - a + 1 for a, b in link.asked[3:-1])
    assert sizes["tipis"] < 1200 * 15, "a request must end within the wire's deadline"
    assert sizes["lebar"] > 4 << 20


def test_it_goes_on_where_it_ended(whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "a.part"
    with pytest.raises(Away):
        fetched(Link(whole, clock, ["", "", ""] + ["away"] * 99), path, clock)
    have = path.stat().st_size
    assert 0 < have < len(whole)
    link = Link(whole, clock)
    assert fetched(link, path, clock) == whole
    assert link.asked[0] == (0, snapshot_file.head_size(whole) - 1) and link.asked[1][0] == have
    again = Link(whole, clock)
    assert fetched(again, path, clock) == whole and again.asked == [(0, snapshot_file.head_size(whole) - 1)]


@pytest.mark.parametrize("have", [100, 200_000, -1])
def test_what_lay_there_is_not_believed_before_the_server_is_asked(
    have: int, whole: bytes, tmp_path: Path, clock: TurnedClock
) -> None:
    """The same database under another name: only the head tells."""
    path = tmp_path / "a.part"
    old = forged(random.Random(3).randbytes(RAW_BYTES), {"city": "contoh", "id": "lama"})
    path.write_bytes(old[:have] if have > 0 else old)
    judged: list[object] = []
    link = Link(whole, clock, ["away"])
    fetch = Fetch("http://uji/a", path, link, clock, judge=lambda head, _: judged.append(head.told.get("id")))
    assert fetch.run().read_bytes() == whole
    assert judged == [None], "the old one is not even judged"
    path.write_bytes(whole)
    assert fetched(Link(whole, clock, ["whole"]), path, clock) == whole
    for faults in (["short"] * 99, ["away"] * 99, ["empty"], ["other"]):
        with pytest.raises((Away, BadAnswer)):
            fetched(Link(whole, clock, faults), path, clock)
        assert path.read_bytes() == whole


def test_the_head_is_judged_before_the_rest_is_fetched(whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    path, link = tmp_path / "a.part", Link(whole, clock)

    def judge(head: Head, to_come: int) -> None:
        raise Refused("uji.tidak", end=head.end, to_come=to_come)

    with pytest.raises(Refused) as caught:
        Fetch("http://uji/a", path, link, clock, judge=judge).run()
    assert link.asked == [(0, FIRST_BYTES - 1)]
    assert caught.value.values == {"end": len(whole), "to_come": len(whole) - FIRST_BYTES}


def test_a_server_that_answers_with_nothing_is_not_asked_without_end(
    whole: bytes, tmp_path: Path, clock: TurnedClock
) -> None:
    link = Link(whole, clock, ["empty"] * 1000)
    with pytest.raises(BadAnswer, match=r"sync\.bad\.empty"):
        fetched(link, tmp_path / "a.part", clock)
    assert len(link.asked) == 1


def test_a_cancel_keeps_what_came(whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "a.part"
    left = [3]

    def cancelled() -> bool:
        left[0] -= 1
        return left[0] < 0

    with pytest.raises(Refused, match="cancelled"):
        fetched(Link(whole, clock), path, clock, cancelled)
    assert path.stat().st_size > 0


def test_a_server_whose_file_became_another_is_noticed(whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "a.part"
    with pytest.raises(Away):
        fetched(Link(whole, clock, ["", "", "", "", ""] + ["away"] * 99), path, clock)
    other = forged(bytes(reversed(range(256))) * (RAW_BYTES // 256), {"city": "contoh"})
    assert fetched(Link(other, clock), path, clock) == other


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(["", "", "", "away", "short"]), max_size=40))
def test_any_breaks_end_in_the_same_file(faults: list[str], whole: bytes, tmp_path: Path) -> None:
    clock, path = TurnedClock(NOON), tmp_path / "a.part"
    path.unlink(missing_ok=True)
    link = Link(whole, clock, faults)
    for _ in range(10):
        with suppress(Away):
            assert fetched(link, path, clock) == whole
            return
    pytest.fail("never came to an end")


@pytest.mark.parametrize("fault", ["flip", "other", "whole"])
def test_wrong_bytes_are_never_kept(fault: str, whole: bytes, tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "a.part"
    link = Link(whole, clock, ["", "", fault])
    try:
        assert fetched(link, path, clock) == whole  # a flipped bit costs starting over once
    except BadAnswer:
        assert fetched(Link(whole, clock), path, clock) == whole
    with pytest.raises(ConsoleError):
        fetched(Link(whole, clock, ["flip"] * 1000), tmp_path / "b.part", clock)


def test_a_page_of_a_portal_is_no_snapshot(tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "a.part"
    link = Link(b"<html>" * 100, clock, ["whole"])
    with pytest.raises(BadAnswer, match="foreign"):
        fetched(link, path, clock)
    assert not path.exists()


class Served(http.server.BaseHTTPRequestHandler):
    """A plain file server that knows ranges and hangs up in the middle of every third answer."""

    data = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        body = self.data[int(first) : int(last) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(body) - 1}/{len(self.data)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = type(self).asked % 3 == 0
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        pass


def test_over_the_real_wire_with_breaks(whole: bytes, tmp_path: Path) -> None:
    Served.data = whole
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    wire = Wire(SystemClock(), agent="kendali-test")

    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/kota.potret"
        line = wire.line(allow_private=True)
        path = part_of(Profile(tmp_path), url)
        assert Fetch(url, path, line, TurnedClock(NOON)).run().read_bytes() == whole
        line.close()
    finally:
        wire.close()
        server.shutdown()
        thread.join()
        server.server_close()
