"""JSON as the standard means it: what the library lets pass is named, and costs only the record it stands in."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer
from sync import strict_json
from sync.strict_json import Unsound, lenient, strict

SIGNS = st.characters(exclude_categories=["Cs"])
"""Half a surrogate pair is mended, which has a test of its own."""
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(SIGNS, max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(SIGNS, max_size=8), inner, max_size=5),
    max_leaves=20,
)


@given(PLAIN, st.booleans(), st.sampled_from([None, 0, 2]))
def test_what_is_sound_comes_out_as_it_went_in(value: Any, ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert strict(raw) == value


@given(PLAIN, st.sampled_from(["utf-16", "utf-16-le", "iso8859-1", "cp1252"]))
def test_other_charsets(value: Any, charset: str) -> None:
    raw = json.dumps(value).encode(charset)
    assert strict(raw.removeprefix(b"\xff\xfe") if charset == "utf-16-le" else raw, charset) == value


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_garbage_is_refused_by_name_or_is_json(raw: bytes) -> None:
    try:
        strict(raw, source="hub")
    except BadAnswer as trouble:
        assert trouble.says.startswith("sync.bad.")
        assert trouble.values["source"] == "hub"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "sync.bad.empty"),
        ("  \n", "sync.bad.empty"),
        ("[1,2", "sync.bad.json_cut"),
        ('[{"a":"b', "sync.bad.json"),
        ('[{"service_code":001}]', "sync.bad.zeros"),
        ('[{"service_code":-01}]', "sync.bad.zeros"),
        ("[1] x", "sync.bad.json"),
        ("[1,]", "sync.bad.json"),
        ("{'a':1}", "sync.bad.json"),
        ('["\x01"]', "sync.bad.json"),
        ("[NaN]", "sync.bad.number"),
        ("[-Infinity]", "sync.bad.number"),
        ("[1e999]", "sync.bad.number"),
        ("[-1.5E+400]", "sync.bad.number"),
        ("[" + "9" * 400 + ".0]", "sync.bad.number"),
        ("[9223372036854775808]", "sync.bad.integer"),
        ("[-9223372036854775809]", "sync.bad.integer"),
        ("[" + "1" * 5000 + "]", "sync.bad.integer"),
        ('{"a":1,"a":2}', "sync.bad.twice"),
        ('[{"a":1,"a":1}]', "sync.bad.twice"),
        ('[{"a" :1,"a":1}]', "sync.bad.twice"),
        ('[{"a"\t\n: 1,"b":{"c":1,"c":2}}]', "sync.bad.twice"),
        ('[{"x":"\\":","a":1,"a":2}]', "sync.bad.twice"),
        ("[" * 65 + "]" * 65, "sync.bad.deep"),
        ('{"a":' * 65 + "1" + "}" * 65, "sync.bad.deep"),
        ("[" * 100_000 + "]" * 100_000, "sync.bad.deep"),
        ("[" * 100_000, "sync.bad.deep"),
    ],
)
def test_what_is_not(text: str, says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        strict(text.encode(), source="hub")
    assert caught.value.says == says


ONLY_ODD = (
    *("[9223372036854775807]", "[-9223372036854775808]", "[1e308]", "[1e-999]", '["9999999999999999999999"]'),
    *('["1e999"]', "[" * 64 + "]" * 64, '["[[[[", "{{", "\\":"]', '[{"a":1},{"a":1}]', "\ufeff[1]"),
    '["\\ud83d\\ude00"]',
)
UNSOUND = [("NaN", "number"), ("1e999", "number"), ("99999999999999999999", "integer")]


@pytest.mark.parametrize("text", ONLY_ODD)
def test_what_only_looks_odd(text: str) -> None:
    assert strict(text.encode()) == json.loads(text.removeprefix("\ufeff"))


@pytest.mark.parametrize(("text", "kind"), UNSOUND)
def test_an_unsound_value_stands_in_its_place(text: str, kind: str) -> None:
    found = lenient(b'[{"a":1},{"a":%b,"b":2}]' % text.encode())
    assert found.unsound
    assert found.value == [{"a": 1}, {"a": Unsound(kind, text), "b": 2}]
    assert strict_json.faults(found.value, "") == [("[1].a", Unsound(kind, text))]


def test_a_key_given_twice_costs_its_own_object_only() -> None:
    found = lenient(b'[{"a":1},{"a":1,"a":2}]')
    assert found.value == [{"a": 1}, Unsound("twice", "a")]


def test_nesting_too_deep_costs_its_own_branch_only() -> None:
    found = lenient(('[{"a":1},{"b":' + "[" * 80 + "]" * 80 + "}]").encode())
    assert found.unsound
    assert found.value[0] == {"a": 1}
    assert strict_json.faults(found.value, "")[0][1].kind == "deep"


@pytest.mark.parametrize("text", ['["\\ud800"]', '["a\\udfffb"]', '[{"\\ud800":"\\ud800x"}]', '"\\ud800"'])
def test_half_a_pair_is_mended_so_that_a_file_can_hold_it(text: str) -> None:
    mended = json.dumps(strict(text.encode()), ensure_ascii=False)
    assert "\ufffd" in mended
    mended.encode()


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        ('[{"nama":"Jl. Cipinang"}]'.encode("utf-16"), "utf-8"),
        ('[{"nama":"x"}]'.encode("utf-16-le"), "utf-8"),
        ('["café"]'.encode("latin-1"), "utf-8"),
        (b"\xff", ""),
    ],
)
def test_bytes_that_are_not_of_their_charset(raw: bytes, charset: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        lenient(raw, charset)
    assert caught.value.says == "sync.bad.encoded"


@pytest.mark.parametrize("charset", ["no-such-charset", "undefined", "punycode", "x\0y", "é"])
def test_a_charset_that_is_none(charset: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        lenient(b"[1]", charset)
    assert caught.value.says == "sync.bad.charset"


def test_odd_numbers_hide_in_no_charset() -> None:
    with pytest.raises(BadAnswer):
        strict("[1e999]".encode("utf-16"), "utf-16")
    with pytest.raises(BadAnswer):
        strict('[{"a":1,"a":2}]'.encode("utf-16"), "utf-16")


def test_a_text_of_nothing_but_parts_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_json, "MOST_PARTS", 1000)
    assert strict(b"[" + b"[]," * 300 + b"[]]")
    with pytest.raises(BadAnswer) as caught:
        strict(b"[" + b"[]," * 3000 + b"[]]")
    assert caught.value.says == "sync.bad.parts"


def _is_taken(read: Callable[[bytes], object], raw: bytes) -> bool:
    try:
        read(raw)
    except BadAnswer:
        return False
    return True


def test_the_suite_of_others(shared_data: Path) -> None:
    """212 files: y_ must be taken, n_ must be refused, i_ may be either; never anything but our own errors."""
    with zipfile.ZipFile(shared_data / "hostile" / "json-testsuite.zip") as files:
        for name in files.namelist():
            kind, raw = Path(name).name[:2], files.read(name)
            assert kind != "y_" or _is_taken(lenient, raw), name
            assert kind != "n_" or not _is_taken(strict, raw), name
            _is_taken(strict, raw)
