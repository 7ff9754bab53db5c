"""Which addresses may be asked: twenty-five tries to lead us inside, and the plain ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import Away, BadAnswer
from sync.addresses import Names, is_public, is_reachable, target_of

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)


def rows(*addresses: str) -> list[tuple[Any, ...]]:
    return [(2, 1, 6, "", (address, 80)) for address in addresses]


def names(*addresses: str) -> Names:
    return Names(SystemClock(), lambda host, port: rows(*addresses))


def find(known: Names, host: str, allow_private: bool = False, timeout_s: float = 2) -> list[str]:
    found = known.find(host, 80, allow_private=allow_private, timeout_s=timeout_s, stopped=lambda: None)
    return [row[4][0] for row in found]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
        "not an address",
    ],
)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(BadAnswer) as caught:
        find(names(address), "hub.invalid")
    assert caught.value.says == "sync.url.private"


OPEN = ["103.10.66.1", "8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", OPEN)
def test_open_addresses_are_public(address: str) -> None:
    assert is_public(address)
    assert find(names(address), "hub.invalid") == [address]


def test_leave_opens_one_machine_but_not_all_of_them() -> None:
    assert is_reachable("127.0.0.1", True)
    assert is_reachable("192.168.1.1", True)
    assert not is_reachable("0.0.0.0", True)
    assert not is_reachable("224.0.0.1", True)
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200"):
        assert not is_reachable(address, True), address
    assert not is_reachable("nonsense", True)


def test_only_the_sound_ones_of_several_are_connected_to() -> None:
    assert find(names("10.0.0.1", "8.8.8.8"), "hub.invalid") == ["8.8.8.8"]


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_an_address_in_place_of_a_name_asks_no_resolver(host: str) -> None:
    def resolve(host: str, port: int) -> Sequence[tuple[Any, ...]]:
        raise AssertionError(host)

    known = Names(SystemClock(), resolve)
    with pytest.raises(BadAnswer):
        find(known, host)
    assert find(known, host, allow_private=True) == [host]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1"])
def test_old_ways_of_writing_an_address_are_judged_by_what_they_mean(host: str) -> None:
    with pytest.raises(BadAnswer):
        find(names("127.0.0.1"), host)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("file:///etc/passwd", "sync.url.scheme"),
        ("ftp://a.invalid/", "sync.url.scheme"),
        ("gopher://a.invalid/", "sync.url.scheme"),
        ("javascript:alert(1)", "sync.url.scheme"),
        ("//a.invalid/", "sync.url.scheme"),
        ("", "sync.url.scheme"),
        ("http://", "sync.url.form"),
        ("http:///path", "sync.url.form"),
        ("http://a.invalid:99999/", "sync.url.form"),
        ("http://a.invalid:x/", "sync.url.form"),
        ("http://[::1/", "sync.url.form"),
        ("http://a.invalid/\r\nHost: b", "sync.url.form"),
        ("http://a.invalid\\@b.invalid/", "sync.url.form"),
        ("http://a b.invalid/", "sync.url.form"),
        ("http://me:secret@a.invalid/", "sync.url.login"),
        ("http://me@a.invalid/", "sync.url.login"),
        ("http://a.invalid:22/", "sync.url.port"),
        ("http://a.invalid:25/", "sync.url.port"),
        ("https://a.invalid:6379/", "sync.url.port"),
    ],
)
def test_addresses_that_are_none(url: str, says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        target_of(url, False)
    assert caught.value.says == says


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://a.invalid/x", 80),
        ("https://a.invalid", 443),
        ("https://a.invalid:8443/", 8443),
        ("https://a.invalid:6443/", 6443),
    ],
)
def test_addresses_that_are_sound(url: str, port: int) -> None:
    target = target_of(url, False)
    assert (target.host, target.port) == ("a.invalid", port)


def test_any_port_where_the_pack_lists_it() -> None:
    assert target_of("http://127.0.0.1:22/", True).port == 22


class Resolver:
    """Answers, fails or keeps silent as it is told."""

    def __init__(self) -> None:
        self.asked = 0
        self.does: Callable[[], Sequence[tuple[Any, ...]]] = lambda: rows("8.8.8.8")

    def __call__(self, host: str, port: int) -> Sequence[tuple[Any, ...]]:
        self.asked += 1
        return self.does()


class Clock(TurnedClock):
    """Turned by hand, but waits for real: answers come from threads."""

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        until.wait(5)
        return super().wait(until, timeout_s)


def test_names_are_remembered_for_a_while() -> None:
    clock, resolver = Clock(AT), Resolver()
    known = Names(clock, resolver, fresh_s=60)
    for _ in range(5):
        assert find(known, "hub.invalid") == ["8.8.8.8"]
    assert resolver.asked == 1
    clock.turn(61)
    find(known, "hub.invalid")
    assert resolver.asked == 2


def test_a_resolver_that_fails_or_keeps_silent_is_answered_from_memory() -> None:
    clock, resolver = Clock(AT), Resolver()
    known = Names(clock, resolver, fresh_s=60)
    find(known, "hub.invalid")

    def fail() -> Sequence[tuple[Any, ...]]:
        raise OSError("no network")

    resolver.does = fail
    clock.turn(3600)
    assert find(known, "hub.invalid") == ["8.8.8.8"]
    assert resolver.asked == 2


def test_a_name_nobody_knows() -> None:
    def fail(host: str, port: int) -> Sequence[tuple[Any, ...]]:
        raise OSError("Name or service not known")

    with pytest.raises(Away) as caught:
        find(Names(SystemClock(), fail), "hub.invalid")
    assert caught.value.says == "sync.away.name"
    assert caught.value.values["fault"] == "OSError"


def test_a_name_with_a_label_too_long() -> None:
    def fail(host: str, port: int) -> Sequence[tuple[Any, ...]]:
        raise UnicodeError("label too long")

    with pytest.raises(Away):
        find(Names(SystemClock(), fail), "a" * 70 + ".invalid")


def test_silence_ends_at_the_deadline_and_its_thread_is_shared() -> None:
    answer = threading.Event()
    resolver = Resolver()

    def wait() -> Sequence[tuple[Any, ...]]:
        answer.wait(10)
        return rows("8.8.8.8")

    resolver.does = wait
    known = Names(SystemClock(), resolver)
    for _ in range(3):
        with pytest.raises(Away) as caught:
            find(known, "hub.invalid", timeout_s=0.05)
        assert caught.value.says == "sync.away.resolver"
    assert resolver.asked == 1
    answer.set()
    assert find(known, "hub.invalid") == ["8.8.8.8"]
