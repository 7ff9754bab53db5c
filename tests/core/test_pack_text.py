"""Plain files as checked values: what is unsound is told with its place, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.pack_text import Faults, Row, Table, csv_rows, decoded, sound_text, toml_table


def told(faults: Faults) -> list[tuple[str, str]]:
    """Place and key of each fault."""
    return [(fault.where, fault.says.removeprefix("pack.fault.")) for fault in faults.found]


def rows(raw: bytes, allowed: tuple[str, ...] | None = ("a", "b")) -> tuple[list[Row], list[tuple[str, str]]]:
    faults = Faults()
    return csv_rows("x.csv", raw, ("a",), allowed, faults), told(faults)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", ("x", "empty")),
        (b" \r\n\t", ("x", "empty")),
        ("a;b".encode("utf-16"), ("x", "encoding")),
        ("a\nJalan Dépan".encode("cp1252"), ("x:2", "encoding")),
        (b"\n <!DOCTYPE html><html>", ("x", "html")),
        (b"<HTML><body>404", ("x", "html")),
        (b"<?xml version='1.0'?><Error/>", ("x", "html")),
    ],
)
def test_what_is_no_text_is_named(raw: bytes, fault: tuple[str, str]) -> None:
    faults = Faults()
    assert decoded("x", raw, faults) is None
    assert told(faults) == [fault]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    faults = Faults()
    assert decoded("x", b"\xef\xbb\xbfkode", faults) == "kode"
    assert not faults.found


@pytest.mark.parametrize("unseen", ["\x00", "\x1b", "\u202e", "\u2066", "\ud800", "\x7f"])
def test_characters_nobody_can_see_are_no_part_of_a_name(unseen: str) -> None:
    faults = Faults()
    assert sound_text(f"Suka{unseen}maju", "here", faults) == ""
    assert told(faults) == [("here", "characters")]


@pytest.mark.parametrize("raw", [b"a;b\n1;2\n", b"a,b\r\n1,2\r\n", b"a\tb\n1\t2", b'\xef\xbb\xbfA;"b"\n 1 ;2\n\n;\n'])
def test_every_usual_separator_and_line_end_is_read(raw: bytes) -> None:
    found, faults = rows(raw)
    assert not faults
    assert [(row["a"], row["b"]) for row in found] == [("1", "2")]


def test_a_row_knows_its_line() -> None:
    found, _ = rows(b"a;b\n\n1;2\n\n3;4\n")
    assert [row.where("a") for row in found] == ["x.csv:3 a", "x.csv:5 a"]
    assert found[0].where() == "x.csv:3"
    assert found[0]["no such column"] == ""


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (b"b\n1\n", [("x.csv:1", "column_missing")]),
        (b"a;c\n1;2\n", [("x.csv:1", "column_unknown")]),
        (b"a;a\n1;2\n", [("x.csv:1", "column_twice")]),
        (b"a;b\n1\n2;3\n4;5;6\n", [("x.csv:2", "cells"), ("x.csv:4", "cells")]),
        (b'a;b\n1;"2\n', [("x.csv:2", "csv")]),
        (b"a;b\n1;\x002\n", [("x.csv:2 b", "characters")]),
    ],
)
def test_each_fault_of_a_table_is_told_with_its_line(raw: bytes, faults: list[tuple[str, str]]) -> None:
    assert rows(raw)[1] == faults


def test_a_quoted_line_break_is_part_of_its_cell() -> None:
    found, faults = rows(b'a;b\n"1\n2";3\n4;5\n')
    assert not faults
    assert [row["a"] for row in found] == ["1\n2", "4"]
    assert found[1].line == 4


def test_a_foreign_table_may_have_columns_we_do_not_know() -> None:
    found, faults = rows(b"a;kodepos\n1;15111\n", allowed=None)
    assert not faults
    assert found[0]["kodepos"] == "15111"


@given(st.binary(max_size=80) | st.text("a;b,\"\n\t'1", max_size=40).map(str.encode))
def test_no_bytes_ever_raise_from_a_table(raw: bytes) -> None:
    found, faults = rows(raw)
    assert faults or all(set(row.values) <= {"a", "b"} for row in found)


@given(st.binary(max_size=80) | st.text('ab="[]{}\n1.', max_size=40).map(str.encode))
def test_no_bytes_ever_raise_from_toml(raw: bytes) -> None:
    faults = Faults()
    assert isinstance(toml_table("x.toml", raw, faults), dict)


@pytest.mark.parametrize(
    ("raw", "where", "says"),
    [
        (b"a =", "x.toml:1", "toml"),
        (b"a = 1\na = 2", "x.toml:2", "toml"),
        (b"a = 1\n== 2", "x.toml:2", "toml"),
        (b"d = 2026-02-30", "x.toml:1", "toml"),
        (b"a = " + b"[" * 5000, "x.toml", "toml_form"),
        (b"a = " + b"9" * 5000, "x.toml", "toml_form"),
    ],
)
def test_garbled_toml_is_named(raw: bytes, where: str, says: str) -> None:
    faults = Faults()
    assert toml_table("x.toml", raw, faults) == {}
    assert told(faults) == [(where, says)]


ASKS: list[tuple[str, Callable[[Table], object], object, list[str]]] = [
    ("t = 'x'", lambda table: table.take("t", str), "x", []),
    ("t = 1", lambda table: table.take("t", str), "", ["type"]),
    ("", lambda table: table.take("t", str), "", ["missing"]),
    ("", lambda table: table.take("t", str, "d"), "d", []),
    ("t = 1", lambda table: table.take("t", float), 1.0, []),
    ("t = true", lambda table: table.take("t", float), 0.0, ["type"]),
    ("t = " + "9" * 400, lambda table: table.take("t", float), float("inf"), []),
    ("t = -" + "9" * 400, lambda table: table.take("t", float), float("-inf"), []),
    ("t = true", lambda table: table.take("t", int), 0, ["type"]),
    ("t = true", lambda table: table.take("t", bool), True, []),
    ("t = 2026-01-02", lambda table: table.take("t", date), date(2026, 1, 2), []),
    ("t = 2026-01-02T00:00:00", lambda table: table.take("t", date), date.min, ["type"]),
    ("t = '2026-01-02'", lambda table: table.take("t", date), date.min, ["type"]),
    ("", lambda table: table.maybe("t", date), None, []),
    ("t = ['a', 'b']", lambda table: table.texts("t"), ["a", "b"], []),
    ("t = ['a', 2]", lambda table: table.texts("t"), ["a"], ["type"]),
    ("t = {id = 'a'}", lambda table: table.words("t"), {"id": "a"}, []),
    ("t = {id = 1}", lambda table: table.words("t"), {"id": ""}, ["type"]),
    ("t = 3", lambda table: table.words("t", needed=False), {}, ["type"]),
]


@pytest.mark.parametrize(("raw", "ask", "answer", "faults"), ASKS)
def test_a_key_is_taken_in_the_type_that_is_wanted(
    raw: str, ask: Callable[[Table], object], answer: object, faults: list[str]
) -> None:
    kept = Faults()
    table = Table("x.toml", toml_table("x.toml", raw.encode() or b"#", kept), kept)
    assert ask(table) == answer
    table.close()
    assert [says for _, says in told(kept)] == faults


def test_keys_nobody_asked_for_are_named() -> None:
    faults = Faults()
    table = Table("x.toml one", {"a": "1", "b": "2"}, faults)
    table.take("a", str)
    table.close()
    assert told(faults) == [("x.toml one.b", "unknown_key")]
    Table("x.toml two", ["no table"], faults).close()
    assert told(faults)[1:] == [("x.toml two", "type")]
