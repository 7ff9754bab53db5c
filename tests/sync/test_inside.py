"""Twenty-five ways to write an address inside, asked as a feed's: nobody inside is even knocked at."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import BadAnswer, ConsoleError
from sync.addresses import Names, target_of, told
from sync.feed import Ask
from sync.wire import Wire
from tests.sync.conftest import LIMITS
from tests.sync.faults import FaultServer
from tests.sync.test_addresses import AT

NAMED = {
    "localhost": "127.0.0.1",
    "LOCALHOST.": "127.0.0.1",
    "printer.kantor.invalid": "192.168.1.9",
    "metadata.google.internal": "169.254.169.254",
    "127.0.0.1.nip.invalid": "127.0.0.1",
    "seven.invalid": "::ffff:127.0.0.1",
}
"""What a name server of somebody else's would answer."""

ADDRESSES = [
    "http://127.0.0.1:{port}/good",
    "http://127.8.9.1:{port}/good",
    "http://2130706433:{port}/good",
    "http://0x7f000001:{port}/good",
    "http://0177.0.0.1:{port}/good",
    "http://127.1:{port}/good",
    "http://0:{port}/good",
    "http://0.0.0.0:{port}/good",
    "http://[::1]:{port}/good",
    "http://[::]:{port}/good",
    "http://[::ffff:127.0.0.1]:{port}/good",
    "http://[::ffff:7f00:1]:{port}/good",
    "http://[64:ff9b::7f00:1]:{port}/good",
    "http://[2002:7f00:1::]:{port}/good",
    "http://localhost:{port}/good",
    "http://LOCALHOST.:{port}/good",
    "http://127.0.0.1.nip.invalid:{port}/good",
    "http://seven.invalid:{port}/good",
    "http://printer.kantor.invalid/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://8.8.8.8@127.0.0.1:{port}/good",
    "http://127.0.0.1:22/",
]


def resolve(host: str, port: int) -> Sequence[tuple[Any, ...]]:
    """The names above, and the old ways to write an address as the system's resolver reads them."""
    try:
        found = NAMED.get(host, NAMED.get(f"{host}.", "")) or socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        raise OSError("Name or service not known") from None
    if ":" in found:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (found, port, 0, 0))]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port))]


@pytest.fixture
def asking() -> Iterator[Wire]:
    wire = Wire(SystemClock(), agent="t", limits=LIMITS, resolve=resolve)
    yield wire
    wire.close()


def test_there_are_twenty_five() -> None:
    assert len(ADDRESSES) == len(set(ADDRESSES)) == 25


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_inside_is_knocked_at(asking: Wire, faults: FaultServer, address: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        asking.fetch(Ask(address.format(port=faults.port)))
    assert caught.value.says in ("sync.url.private", "sync.url.login", "sync.url.port", "sync.url.form")
    assert faults.connections == 0
    assert faults.asked == []


def test_with_leave_the_same_server_answers(asking: Wire, faults: FaultServer) -> None:
    """Else nothing above would prove anything."""
    assert asking.fetch(Ask(ADDRESSES[0].format(port=faults.port)), allow_private=True).body


@pytest.mark.parametrize("name", ["ssrf", "tofile", "redirect_portal", "loop"])
def test_a_redirect_leads_nobody_inside(asking: Wire, faults: FaultServer, name: str) -> None:
    with pytest.raises(ConsoleError):
        asking.fetch(Ask(faults.url(name)), allow_private=True)
    assert all(f"GET /{name}" in head for head in faults.asked), "only who was meant was asked"


def test_a_name_that_turns_inside_later_is_judged_again() -> None:
    """DNS changed between two fetches, and between the check and the use there is no second question."""
    clock = TurnedClock(AT)
    answers = iter(["8.8.8.8", "127.0.0.1", "169.254.169.254"])
    known = Names(clock, lambda host, port: resolve(next(answers), port), fresh_s=60)

    def find(allow_private: bool = False) -> list[str]:
        rows = known.find("turning.invalid", 80, allow_private=allow_private, timeout_s=10, stopped=lambda: None)
        return [row[4][0] for row in rows]

    assert find() == ["8.8.8.8"]
    clock.turn(61)
    with pytest.raises(BadAnswer):
        find()
    clock.turn(61)
    with pytest.raises(BadAnswer):
        find(allow_private=True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:rahasia@[x/?token=rahasia", "http://[x/"),
        ("ftp://me:rahasia@a.invalid/x?y=rahasia#rahasia", "ftp://a.invalid/x"),
        ("http://a.invalid:99999/x?token=rahasia", "http://a.invalid:99999/x"),
        ("javascript:alert(1)?rahasia", "javascript:alert(1)"),
        ("http://me:rahasia@a.invalid?q=rahasia/b", "http://a.invalid"),
        ("", ""),
        ("x" * 500, "x" * 200),
    ],
)
def test_what_is_told_of_an_address_holds_no_secret(url: str, shown: str) -> None:
    assert told(url) == shown
    with pytest.raises(BadAnswer) as caught:
        target_of(url, False)
    assert "rahasia" not in str(caught.value)
