"""Errors carry a phrase key and values, never a finished sentence; packs and settings list every fault."""

from __future__ import annotations

import errno

import pytest

from console.core.errors import (
    Away,
    BadAnswer,
    BadPack,
    BadSetting,
    ConsoleError,
    Denied,
    DiskTrouble,
    Fault,
    Refused,
    code_of,
)


@pytest.mark.parametrize("kind", [Refused, Away, Denied, BadAnswer, DiskTrouble])
def test_every_error_keeps_its_key_and_values(kind: type[ConsoleError]) -> None:
    error = kind("floor.key", number=3, text="a {place}")
    assert isinstance(error, ConsoleError)
    assert (error.says, error.values) == ("floor.key", {"number": 3, "text": "a {place}"})
    assert str(error) == "floor.key(number=3, text='a {place}')"


def test_away_says_when_to_ask_again() -> None:
    assert Away("floor.key").retry_after_s is None
    assert Away("floor.key", retry_after_s=30.0, host="x").retry_after_s == 30.0


def test_the_kinds_are_told_apart() -> None:
    kinds = (Refused, Away, Denied, BadAnswer, BadPack, BadSetting, DiskTrouble)
    assert not [(one, other) for one in kinds for other in kinds if one is not other and issubclass(one, other)]


@pytest.mark.parametrize("kind", [BadPack, BadSetting])
def test_faults_are_all_kept_and_counted(kind: type[BadPack]) -> None:
    faults = [Fault.at("areas.csv:2 kode", "floor.fault", code="x"), Fault.at("areas.csv:3", "floor.other")]
    error = kind("floor.bad", faults, where="here")
    assert error.faults == tuple(faults)
    assert error.values == {"count": 2, "where": "here"}


def test_a_fault_keeps_its_values_in_order() -> None:
    fault = Fault.at("here", "floor.fault", b=1, a=2)
    assert fault.values == (("b", 1), ("a", 2))
    assert fault == Fault("here", "floor.fault", (("b", 1), ("a", 2)))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ECONNREFUSED, "Connection refused"), "ECONNREFUSED"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "ECONNRESET"),
        (OSError(99_999, "Unknown error"), "99999"),
        (OSError("said without a number"), "OSError"),
        (TimeoutError("timed out"), "TimeoutError"),
        (OverflowError("bind(): port must be 0-65535."), "OverflowError"),
    ],
)
def test_a_library_says_a_code_and_not_its_own_text(error: Exception, code: str) -> None:
    assert code_of(error) == code
