"""Persons as values: roles and their rights, names and secrets that can be, delays, and versions that become one."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import Refused
from console.core.people import (
    FREE_TRIES,
    LONGEST_DELAY_S,
    RIGHTS,
    Person,
    Right,
    Role,
    as_typed,
    clashes,
    delay_s,
    judged,
    key_of,
    may,
    merge_people,
    role_of,
    sound_login,
    sound_name,
    sound_role,
    sound_secret,
)

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
KNOWN = frozenset({"password", "qwerty", "katasandi", "1234567890", "tangguh"})


def test_each_role_may_what_the_city_decided() -> None:
    table = {
        Role.VIEWER: "look",
        Role.GUEST: "look",
        Role.FIELD: "look work record",
        Role.OPERATOR: "look work record decide reveal",
        Role.SUPERVISOR: "look work record decide reveal export exchange audit personal_rights",
        Role.LEADER: "look export audit",
        Role.ADMIN: "look export exchange audit settings people personal_rights",
    }
    assert {role: set(told.split()) for role, told in table.items()} == {
        role: {str(right) for right in RIGHTS[role]} for role in Role
    }


def test_who_runs_the_system_is_not_who_reads_citizens() -> None:
    for role in Role:
        assert may(role, Right.LOOK)
        assert not (may(role, Right.PEOPLE) and (may(role, Right.REVEAL) or may(role, Right.WORK)))


def test_a_role_of_a_newer_program_only_looks() -> None:
    for name in ("wali", "", None, 3, ["admin"], {"admin": 1}):
        assert RIGHTS[role_of(name)] == {Right.LOOK}
    assert role_of("admin") is Role.ADMIN


# names


@pytest.mark.parametrize("typed", ["rani", "R.W", "op-1", "a1", "x" * 40, " rani "])
def test_a_login_is_plain(typed: str) -> None:
    assert sound_login(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["", "a", "-ani", "x" * 41, "ra ni", "rání", "аdmin", "rani@x", "rani\n1", "a\0b", "../x"]
)
def test_what_looks_like_another_is_no_login(typed: str) -> None:
    with pytest.raises(Refused, match="login_form"):
        sound_login(typed)


def test_a_name_keeps_its_letters_and_loses_its_gaps() -> None:
    assert sound_name("  Ni  Luh\tPutu ") == "Ni Luh Putu"
    assert sound_name("Rene\u0301") == "Ren\u00e9"


@pytest.mark.parametrize("typed", ["", "  ", "x" * 81, "Rani\u202e", "Ra\u200bni", "Rani\0", "\ud800", "R\ue000"])
def test_signs_that_are_not_seen_are_in_no_name(typed: str) -> None:
    with pytest.raises(Refused, match="name_form"):
        sound_name(typed)


def test_a_role_is_one_of_ours() -> None:
    assert sound_role("pos_lapangan") is Role.FIELD
    with pytest.raises(Refused, match="role_unknown"):
        sound_role("root")


def a_person(number: int, login: str, name: str, ended: bool = False) -> Person:
    return Person(f"{number:032x}", login, name, Role.OPERATOR, AT if ended else None)


def test_of_two_alike_the_older_stays() -> None:
    people = [
        a_person(3, "RANI", "Rani Dua"),
        a_person(1, "rani", "Rani"),
        a_person(2, "budi", "RANI"),
        a_person(4, "sari", "Sari"),
        a_person(0, "sari", "Sari", ended=True),
    ]
    assert clashes(people) == {f"{3:032x}": "login", f"{2:032x}": "name"}
    assert [each.clash for each in judged(people)] == ["login", "", "name", "", ""]


def test_names_people_take_for_the_same_are_the_same() -> None:
    assert key_of("Ｒａｎｉ  A") == key_of("rani a")


# secrets


def secret(typed: str) -> str:
    return sound_secret(typed, "rani.w", "Rani Wulandari", KNOWN)


@pytest.mark.parametrize(
    "typed",
    [
        "hujan turun di genteng",
        "Sepeda-tua-lewat-jembatan-9",
        "птица сидит на крыше",
        "雨が屋根に降っている午後の町角",
        "x9$kQ!v7Lz#pT2@w",
        "  spasi di depan dan di belakang  ",
        "berani menjaga kali ciliwung",
        "🌧🐈🚲🌉🏠🌳🔔🧭🪁🎈🥁🧵🪴🦀🍋",
    ],
)
def test_a_sentence_one_remembers_will_do(typed: str) -> None:
    assert secret(typed) == as_typed(typed)


@pytest.mark.parametrize("typed", ["", "hujan turun di", "x" * 257, "\u0301" * 300])
def test_it_has_fifteen_characters_and_no_end_of_them(typed: str) -> None:
    with pytest.raises(Refused, match="secret_length"):
        secret(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "passwordpassword",
        "P@ssword-P@ssword",
        "katasandi1234567890",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "!!!!!!!!!!!!!!!!!!!!",
        "raniwulandari2026",
        "rani.w rani.w rani.w",
        "Wulandari Rani Tangguh",
        "QWERTY qwerty qwerty",
        "               ",
    ],
)
def test_what_is_tried_first_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="secret_common"):
        secret(typed)


def test_half_a_sign_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(Refused, match="secret_broken"):
        secret("hujan turun di \ud800 genteng")


def test_the_same_on_another_keyboard_is_the_same() -> None:
    assert as_typed("cafe\u0301") == as_typed("caf\u00e9")
    assert as_typed(" x ") == " x ", "nothing is dropped"


@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=80))
def test_any_text_is_judged(typed: str, login: str, name: str) -> None:
    try:
        assert sound_secret(typed, login, name, KNOWN) == as_typed(typed)
    except Refused as why:
        assert typed == "" or typed not in str(why.values.values()), "a refusal repeats no secret"


# delays


def test_the_first_tries_are_free_and_ten_cost_half_a_minute() -> None:
    assert [delay_s(wrong) for wrong in range(12)] == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert sum(delay_s(wrong) for wrong in range(10)) >= 30


@given(st.integers(min_value=0, max_value=10**9))
def test_a_delay_grows_and_has_an_end(wrong: int) -> None:
    assert 0.0 <= delay_s(wrong) <= delay_s(wrong + 1) <= LONGEST_DELAY_S
    assert (delay_s(wrong) > 0) == (wrong >= FREE_TRIES)


# versions

TIMES = st.sampled_from([f"2026-11-22T0{hour}:00:00+00:00" for hour in range(4)])
VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(0, 2), st.sampled_from(["", "a", "b"]), st.just([]), st.just({})
)
BODY = st.fixed_dictionaries(
    {"type": st.just("person"), "id": st.just("1")},
    optional={
        "login": st.sampled_from(["rani", "rw"]),
        "name": st.sampled_from(["Rani", "Wulan"]),
        "role": st.one_of(st.sampled_from([str(role) for role in Role]), st.just("wali"), VALUE),
        "verifier": st.sampled_from(["v1", "v2", "v3"]),
        "secret_at": st.one_of(TIMES, VALUE),
        "ended_at": st.one_of(st.none(), TIMES, VALUE),
        "by": st.sampled_from(["A", "B"]),
        "at": st.one_of(TIMES, VALUE),
        "merged": st.one_of(st.lists(st.sampled_from(["1-a", "2-b"]), max_size=2), VALUE),
        "kantor": VALUE,
    },
)
"""Documents of ours, of newer programs and of nobody sound."""


def joined(versions: list[dict[str, Any]], base: dict[str, Any] | None) -> Any:
    return merge_people(versions, lambda _one, _other: base, base)


@given(st.lists(BODY, min_size=2, max_size=4), st.one_of(st.none(), BODY))
def test_any_versions_become_one_the_same_in_any_order(
    versions: list[dict[str, Any]], base: dict[str, Any] | None
) -> None:
    merged = joined(versions, base)
    assert merged.body is not None and not merged.open
    for other in itertools.permutations(versions):
        assert joined(list(other), base) == merged


@given(st.lists(BODY, min_size=2, max_size=4), BODY)
def test_who_ended_on_any_side_has_ended(versions: list[dict[str, Any]], base: dict[str, Any]) -> None:
    base = {**base, "ended_at": None}
    versions[0] = {**versions[0], "ended_at": "2026-11-22T05:00:00+00:00"}
    for each in versions[1:]:
        each.setdefault("ended_at", None)
        if not isinstance(each["ended_at"], str):
            each["ended_at"] = None
    body = joined(versions, base).body
    told = [each["ended_at"] for each in versions if isinstance(each["ended_at"], str)]
    assert body["ended_at"] == min(told), "the earlier end"


def breadth(role: Any) -> int:
    return len(RIGHTS[Role(role)]) if isinstance(role, str) and role in Role._value2member_map_ else 0


@given(BODY, st.permutations([str(role) for role in Role]))
def test_of_two_roles_the_one_with_fewer_rights_holds(base: dict[str, Any], roles: list[str]) -> None:
    before, one, other = roles[:3]
    base = {**base, "role": before}
    assert breadth(joined([{**base, "role": one}, {**base, "role": other}], base).body["role"]) == min(
        breadth(one), breadth(other)
    )
    assert joined([{**base, "role": one}, base], base).body["role"] == one, "who alone changed it is heard"


@given(st.lists(BODY, min_size=2, max_size=4), st.one_of(st.none(), BODY))
def test_what_proves_a_secret_goes_with_when_it_was_set(
    versions: list[dict[str, Any]], base: dict[str, Any] | None
) -> None:
    body = joined(versions, base).body
    pairs = [(each.get("verifier"), each.get("secret_at")) for each in (*versions, base or {})]
    assert (body.get("verifier"), body.get("secret_at")) in pairs


def test_the_newest_secret_holds_also_beside_a_later_change_of_something_else() -> None:
    base = {"verifier": "v0", "secret_at": "2026-01-01", "name": "Rani", "at": "2026-01-01", "by": "A"}
    secret = {**base, "verifier": "v1", "secret_at": "2026-01-02", "at": "2026-01-02"}
    renamed = {**base, "name": "Rani W", "at": "2026-01-03", "by": "B"}
    body = joined([secret, renamed], base).body
    assert (body["verifier"], body["secret_at"], body["name"], body["by"]) == ("v1", "2026-01-02", "Rani W", "B")
    later = {**base, "verifier": "v2", "secret_at": "2026-01-04", "at": "2026-01-02"}
    assert joined([secret, later], base).body["verifier"] == "v2"
