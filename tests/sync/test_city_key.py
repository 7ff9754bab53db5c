"""The private half of the data key: recovery code, keyrings of every kind, and a key that is lost here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from keyring.backends.fail import Keyring as FailRing
from keyring.backends.null import Keyring as NullRing

from console.core.clock import TurnedClock
from console.core.errors import BadAnswer, Refused
from console.store.sealing import open_value, public_of, seal_value
from sync import city_key
from sync.city_key import WORDS, CityKeys, new_code, new_key, read_aloud, recoded, unwrapped
from sync.credentials import Credentials
from tests.store.conftest import NOON
from tests.sync.test_credentials import ForgetfulRing, LockedRing, MemoryRing, PlaintextKeyring

ID = "konsol:" + "0" * 32


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a code cost nothing here."""
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.fixture
def made() -> tuple[Any, bytes, str]:
    return new_key("rekaan", "Dewi", TurnedClock(NOON, seed=1))


def test_the_code_opens_its_key(made: Any) -> None:
    key, private, code = made
    assert len(code.split()) == WORDS
    assert unwrapped(key, code) == private
    assert public_of(private) == key.public
    assert unwrapped(key, code.upper().replace(" ", "-\n")) == private


def test_nothing_of_code_or_private_half_stands_in_the_document(made: Any) -> None:
    key, private, code = made
    told = str(key.body())
    assert private.hex() not in told and code not in told and str(private) not in told


def test_another_code_opens_nothing(made: Any) -> None:
    key, _, _ = made
    with pytest.raises(Refused, match="code_wrong"):
        unwrapped(key, new_code())


def test_a_slip_is_told_by_its_place_and_never_by_its_word(made: Any) -> None:
    key, _, code = made
    words = code.split()
    with pytest.raises(Refused, match="code_form") as told:
        unwrapped(key, " ".join(words[:-1]))
    assert told.value.values == {"words": WORDS, "given": WORDS - 1}
    with pytest.raises(Refused, match="code_word") as told:
        unwrapped(key, " ".join([*words[:4], "bukankata", *words[5:]]))
    assert told.value.values == {"number": 5}
    assert "bukankata" not in str(told.value)


def test_two_words_that_changed_places_are_found_before_anything_is_tried(made: Any) -> None:
    _, _, code = made
    words = code.split()
    place = next(at for at in range(WORDS - 2) if words[at] != words[at + 1])
    words[place], words[place + 1] = words[place + 1], words[place]
    found = []
    for last in city_key._list():  # one check in 256 fits by chance
        try:
            city_key._read_code(" ".join([*words[:-1], last]))
        except Refused as refusal:
            assert refusal.says == "personal.code_check"
        else:
            found.append(last)
    assert len(found) == 1


def test_a_document_may_not_choose_how_dear_a_guess_is(made: Any) -> None:
    key, _, code = made
    for more in ({"m": 8}, {"t": 10_000}, {"kdf": "none"}, {"salt": ""}, {"box": "AAAA"}, {"salt": 7}, {"box": "?"}):
        with pytest.raises(BadAnswer, match="key_form"):
            unwrapped(replace(key, wrapped={**key.wrapped, **more}), code)
    with pytest.raises(BadAnswer, match="key_form"):
        unwrapped(replace(key, wrapped={}), code)


def test_a_box_of_another_key_does_not_open_as_this_one(made: Any) -> None:
    key, _, code = made
    other, _, _ = new_key("rekaan", "Dewi", TurnedClock(NOON, seed=2))
    with pytest.raises(Refused, match="code_wrong"):
        unwrapped(replace(other, wrapped=key.wrapped), code)


def test_words_to_compare_are_those_of_the_fingerprint(made: Any) -> None:
    key, _, _ = made
    assert read_aloud(key.fingerprint) == read_aloud(key.fingerprint)
    assert len(read_aloud(key.fingerprint)) == 8


def keys_of(ring: Any) -> CityKeys:
    return CityKeys(Credentials(lambda: ring, patience_s=20))


def test_a_keyring_holds_it_over_a_new_start(made: Any) -> None:
    key, private, _ = made
    ring = MemoryRing()
    assert keys_of(ring).keep(key, private)
    again = keys_of(ring)
    assert again.durable
    assert again.private(key) == private


BAD = [NullRing, FailRing, PlaintextKeyring, ForgetfulRing, LockedRing, lambda: None]


@pytest.mark.parametrize("backend", BAD, ids=["null", "fail", "plaintext", "forgetful", "locked", "absent"])
def test_without_a_keyring_to_be_trusted_the_key_is_lost_here_and_the_code_opens(backend: Any, made: Any) -> None:
    key, private, code = made
    sealed = seal_value("Siti Aminah", key.public, ID, "reporter_name")
    ring = backend()
    keys = keys_of(ring)
    assert keys.private(key) == b""
    with pytest.raises(Refused, match="key_lost"):
        keys.ready([key], sealed)
    with pytest.raises(Refused, match="code_wrong"):
        keys.ready([key], sealed, new_code())
    assert keys.ready([key], sealed, code) == private
    assert open_value(sealed, keys.ready([key], sealed), ID, "reporter_name") == "Siti Aminah"  # until the engine ends
    assert not getattr(ring, "kept", {})
    with pytest.raises(Refused, match="key_lost"):
        keys_of(ring).ready([key], sealed)


def test_a_keyring_that_was_changed_gives_no_wrong_key(made: Any) -> None:
    key, private, _ = made
    ring = MemoryRing()
    keys_of(ring).keep(key, private)
    for spoiled in ("", "00", "zz", bytes(32).hex(), bytes(31).hex()):
        ring.kept = dict.fromkeys(ring.kept, spoiled)
        assert keys_of(ring).private(key) == b""


def test_a_value_for_a_key_nobody_knows_says_so(made: Any) -> None:
    key, _, code = made
    other, _, _ = new_key("rekaan", "Dewi", TurnedClock(NOON, seed=2))
    sealed = seal_value("Siti", other.public, ID, "reporter_name")
    with pytest.raises(Refused, match="key_strange"):
        keys_of(MemoryRing()).ready([key], sealed, code)
    with pytest.raises(Refused, match="not_sealed"):
        keys_of(MemoryRing()).ready([key], "Siti", code)


def test_a_guess_at_the_code_is_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert city_key._KDF == {"kdf": "argon2id", "m": 65_536, "t": 3, "p": 4}
    assert len(city_key._list()) == 256  # 19 words of chance are 152 bits


def test_who_holds_the_newest_opens_all_and_an_older_one_nothing_later() -> None:
    clock = TurnedClock(NOON, seed=4)
    line: list[tuple[Any, bytes]] = []
    codes: list[str] = []
    for _ in range(3):
        key, private, code = new_key("rekaan", "Dewi", clock, line)
        line.append((key, private))
        codes.append(code)
    keys = [key for key, _ in reversed(line)]
    sealed = [seal_value(f"Siti {number}", key.public, ID, "reporter_name") for number, (key, _) in enumerate(line)]
    for held in range(3):
        ring = MemoryRing()
        keys_of(ring).keep(*line[held])
        for number, value in enumerate(sealed):
            if number <= held:
                private = keys_of(ring).ready(keys, value)
                assert (
                    open_value(private=private, sealed=value, complaint=ID, field="reporter_name") == f"Siti {number}"
                )
            else:
                with pytest.raises(Refused, match="key_lost"):
                    keys_of(ring).ready(keys, value)
                with pytest.raises(Refused, match="code_wrong"):
                    keys_of(ring).ready(keys, value, codes[held])
        for number, value in enumerate(sealed[: held + 1]):
            assert keys_of(MemoryRing()).ready(keys, value, codes[held]) == line[number][1], "by the code alone"


def test_a_half_that_was_handed_on_is_kept_as_its_own() -> None:
    clock = TurnedClock(NOON, seed=4)
    first, half, _ = new_key("rekaan", "Dewi", clock)
    second, private, _ = new_key("rekaan", "Dewi", clock, [(first, half)])
    ring = MemoryRing()
    keys_of(ring).keep(second, private)
    assert keys_of(ring).private(first) == b""
    assert keys_of(ring).private(first, [second, first]) == half
    assert keys_of(ring).private(first) == half


def test_one_that_hands_on_something_else_opens_nothing() -> None:
    clock = TurnedClock(NOON, seed=4)
    first, _, _ = new_key("rekaan", "Dewi", clock)
    second, private, _ = new_key("rekaan", "Dewi", clock, [(first, bytes(32))])
    loop = replace(first, older={second.fingerprint: "AAAA"})
    ring = MemoryRing()
    keys_of(ring).keep(second, private)
    for keys in ([second, first], [replace(second, older={first.fingerprint: "?"}), first], [second, loop]):
        assert keys_of(ring).private(first, keys) == b""


def test_a_new_code_opens_and_the_one_before_says_that_it_ended(made: Any) -> None:
    key, private, first = made
    clock = TurnedClock(NOON, seed=9)
    said, second = recoded(key, private, "Rani", clock)
    assert second != first and second not in str(said.body())
    now = replace(key, wrapped=said.wrapped, code_at=said.at)
    assert unwrapped(now, second) == private
    with pytest.raises(Refused, match="code_ended") as told:
        unwrapped(now, first)
    assert told.value.values == {"date": NOON.date().isoformat()}
