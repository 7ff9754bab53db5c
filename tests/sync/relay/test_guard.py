"""Who is let in: secrets by their hash, cookies by their mark, and nobody locked out by another."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from console.core.clock import TurnedClock
from console.core.errors import BadSetting, Refused
from sync.relay import guard as guard_module
from sync.relay.accounts import Account, as_bytes, from_bytes
from sync.relay.faults import Fault
from sync.relay.guard import FREE_TRIES, FREE_TRIES_OF_ADDRESS, LONGEST_PAUSE_OF_ADDRESS_S, SESSION_S, Guard
from sync.relay.request import Head

SECRET = "rahasia-rekaan-1"
ACCOUNT = Account.made("pos-1", SECRET, reads=["kendali-x-*"], writes=["kendali-x-complaints-01"])

THIRD = Account.made("pos-3", SECRET)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 11, 21, tzinfo=UTC))


@pytest.fixture
def guard(clock: TurnedClock) -> Iterator[Guard]:
    yield Guard([ACCOUNT, THIRD], clock, secure=True)


def head(**headers: str) -> Head:
    return Head("GET", (), {}, headers)


def basic(name: str, secret: str) -> Head:
    return head(authorization="Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode())


def cookied(told: str) -> Head:
    return head(cookie=f"other=1; {told.partition(';')[0]}")


def test_rights_by_place() -> None:
    assert ACCOUNT.may_read("kendali-x-shared")
    assert not ACCOUNT.may_write("kendali-x-shared")
    assert ACCOUNT.may_write("kendali-x-complaints-01")
    assert ACCOUNT.may_read("kendali-x-complaints-01")
    assert not ACCOUNT.may_read("kendali-y-shared")
    assert not ACCOUNT.may_write("kendali-x-complaints-011")


def test_secrets_are_kept_as_hashes_only() -> None:
    raw = as_bytes([ACCOUNT])
    assert SECRET.encode() not in raw
    assert from_bytes(raw, "relay") == [ACCOUNT]
    again = Account.made("pos-1", SECRET)
    assert again.hashed != ACCOUNT.hashed
    assert again.knows(SECRET)
    assert not again.knows(SECRET + "x")
    assert not Account("x", "md5$1").knows("")


@pytest.mark.parametrize("name", ["", "a:b", "ä", "-a", "x" * 65, "a\n"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        Account.made(name, SECRET)


def test_short_secrets_are_refused() -> None:
    with pytest.raises(Refused):
        Account.made("a", "x" * 11)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"accounts":[{"name":"a"}]}',
        b'{"accounts":[{"name":"a","secret":"plain","read":[],"write":[]}]}',
        as_bytes([ACCOUNT]).replace(b'"kendali-x-*"', b"7"),
        as_bytes([ACCOUNT]).replace(b'[\n    "kendali-x-*"\n   ]', b'"*"'),
    ],
)
def test_an_unsound_list_lets_nobody_in(raw: bytes) -> None:
    with pytest.raises(BadSetting) as caught:
        from_bytes(raw, "relay")
    assert caught.value.faults[0].says == "relay.accounts_bad"


def test_basic_credentials(guard: Guard) -> None:
    assert guard.who(basic("pos-1", SECRET), "10.0.0.1") == ACCOUNT
    assert guard.who(basic("pos-1", SECRET), "10.0.0.2") == ACCOUNT
    assert guard.who(head(), "10.0.0.1") is None
    for wrong in (
        basic("pos-1", "x"),
        basic("pos-2", SECRET),
        head(authorization="Basic e30="),
        head(authorization="x"),
    ):
        with pytest.raises(Fault) as caught:
            guard.who(wrong, "10.0.0.3")
        assert caught.value.status == 401


def test_a_fault_keeps_nothing_of_the_one_before(guard: Guard) -> None:
    found = []
    for peer in ("10.0.0.3", "10.0.0.4"):
        with pytest.raises(Fault) as caught:
            guard.who(basic("pos-1", "salah"), peer)
        found.append((caught.value, len(caught.traceback)))
    assert found[0][0] is not found[1][0]
    assert found[0][1] == found[1][1]


def test_guessing_costs_time_and_only_the_guesser(guard: Guard, clock: TurnedClock) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(Fault) as caught:
            guard.who(basic("pos-1", "salah"), "10.0.0.66")
        assert caught.value.status == 401
    with pytest.raises(Fault) as caught:
        guard.who(basic("pos-1", "salah"), "10.0.0.66")
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "2")
    assert guard.who(basic("pos-1", SECRET), "10.0.0.1") == ACCOUNT
    clock.turn(2)
    with pytest.raises(Fault) as caught:
        guard.who(basic("pos-1", "salah"), "10.0.0.66")
    assert caught.value.status == 401
    clock.turn(2.1)
    assert guard.who(basic("pos-1", SECRET), "10.0.0.66") == ACCOUNT


def test_names_made_up_cost_time_too(guard: Guard, clock: TurnedClock) -> None:
    assert guard.who(basic("pos-1", SECRET), "10.0.0.66") == ACCOUNT

    def tried(n: int, peer: str) -> int:
        with pytest.raises(Fault) as caught:
            guard.who(basic(f"nama-{n}", "salah"), peer)
        return caught.value.status

    assert {tried(n, "10.0.0.66") for n in range(FREE_TRIES_OF_ADDRESS)} == {401}
    assert tried(99, "10.0.0.66") == 429
    assert tried(99, "10.0.0.67") == 401
    # who was right before is not slowed down
    assert guard.who(basic("pos-1", SECRET), "10.0.0.66") == ACCOUNT
    for n in range(100, 110):
        clock.turn(LONGEST_PAUSE_OF_ADDRESS_S + 0.1)
        assert tried(n, "10.0.0.66") == 401
    clock.turn(LONGEST_PAUSE_OF_ADDRESS_S + 0.1)
    assert guard.who(basic("pos-3", SECRET), "10.0.0.66") == THIRD
    assert tried(200, "10.0.0.66") == 401
    assert tried(201, "10.0.0.66") == 401


def test_who_waits_too_long_for_his_secret_to_be_tried_comes_again(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_module, "HASHING_S", 0.01)
    for _ in range(2):
        guard._hashing.acquire()
    with pytest.raises(Fault) as caught:
        guard.who(basic("pos-1", SECRET), "10.0.0.1")
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "2")
    guard._hashing.release()
    # a wrong one gives his place back too
    for _ in range(3):
        with pytest.raises(Fault) as caught:
            guard.who(basic("pos-1", "salah"), "10.0.0.2")
        assert caught.value.status == 401
    assert guard.who(basic("pos-1", SECRET), "10.0.0.1") == ACCOUNT


def test_many_tries_at_once_are_as_many_tries(guard: Guard) -> None:
    """Those who passed the look at the pause together are looked at again one by one."""
    told: list[int] = []

    def guess() -> None:
        try:
            guard.who(basic("pos-1", "salah"), "10.0.0.66")
        except Fault as fault:
            told.append(fault.status)

    for _ in range(2):
        guard._hashing.acquire()
    guessing = [threading.Thread(target=guess) for _ in range(12)]
    for each in guessing:
        each.start()
    for _ in range(2):
        guard._hashing.release()
    for each in guessing:
        each.join()
    assert FREE_TRIES <= told.count(401) <= FREE_TRIES + 1
    assert told.count(429) == 12 - told.count(401)


def test_a_cookie_lasts_and_is_renewed(guard: Guard, clock: TurnedClock) -> None:
    told = guard.cookie(ACCOUNT)
    assert {"HttpOnly", "SameSite=Strict", "Secure", f"Max-Age={SESSION_S}"} <= set(told.split("; "))
    assert guard.who(cookied(told), "x") == ACCOUNT
    assert guard.renewed(cookied(told), ACCOUNT) == ""
    clock.turn(SESSION_S / 2 + 1)
    fresh = guard.renewed(cookied(told), ACCOUNT)
    assert guard.renewed(basic("pos-1", SECRET), ACCOUNT) == ""
    clock.turn(SESSION_S / 2)
    with pytest.raises(Fault):
        guard.who(cookied(told), "x")
    assert guard.who(cookied(fresh), "x") == ACCOUNT
    assert "Max-Age=0" in guard.ended()


def test_cookies_are_of_one_run_one_account_and_one_secret(guard: Guard, clock: TurnedClock) -> None:
    told = guard.cookie(ACCOUNT)
    name, until, mark = told.partition(";")[0].partition("=")[2].split(".")
    other = base64.urlsafe_b64encode(b"pos-2").decode()
    later = f"{int(until, 16) + 60:x}"
    for forged in (
        f"{other}.{until}.{mark}",
        f"{name}.{later}.{mark}",
        f"{name}.{until}.{'0' * 64}",
        f"{name}.{until}",
        f"{name}.{'f' * 300}.aa",
        f"{name}..{mark}",
    ):
        with pytest.raises(Fault):
            guard.who(head(cookie=f"AuthSession={forged}"), "x")
    changed = Account.made("pos-1", SECRET + "2")
    for elsewhere in (Guard([ACCOUNT], clock, secure=True), Guard([changed], clock, secure=True)):
        with pytest.raises(Fault):
            elsewhere.who(cookied(told), "x")
