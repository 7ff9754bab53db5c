"""Tables of text: separators, letters, quotes, headers."""

from __future__ import annotations

import pytest

from console.core.errors import BadAnswer
from sync.feeds.file import table
from sync.feeds.file.table import Table, read_table


def read(raw: str | bytes, charset: str = "", **options: str) -> Table:
    return read_table(raw.encode() if isinstance(raw, str) else raw, charset, "x", options)


def bad(raw: str | bytes, charset: str = "", **options: str) -> str:
    with pytest.raises(BadAnswer) as caught:
        read(raw, charset, **options)
    return caught.value.says


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_separators(separator: str) -> None:
    found = read(f'a{separator}"b;,\t|"{separator}c\n1{separator}"x{separator}y"{separator}3\n')
    assert list(found.columns) == ["a", "b;, |", "c"]
    assert list(found.rows[0].values.values()) == ["1", f"x{separator}y", "3"]


def test_excels_own_line_and_the_entrys_choice() -> None:
    assert read("sep=|\na|b;c;d\n1|2\n").columns == ["a", "b;c;d"]
    assert read("a b\n1\n", separator=";").columns == ["a b"]
    assert read("a;b\tc\n1;2\t3\n", separator="tab").columns == ["a;b", "c"]


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        ("a;café\n", ""),
        ("\ufeffa;café\n", ""),
        ("a;café\n".encode("cp1252"), ""),
        ("a;café\n".encode("utf-16"), ""),
        ("a;café\n".encode("iso-8859-1"), "iso-8859-1"),
    ],
)
def test_letters(raw: str | bytes, charset: str) -> None:
    assert read(raw, charset).columns == ["a", "café"]


def test_headers() -> None:
    assert read("a;;c;;\n1;2;3;;\n").columns == ["a", "kolom 2", "c"]
    assert read(" a  b ;c\n").columns == ["a b", "c"]
    assert bad("a;A\n") == "sync.table.twice"
    assert bad(";".join(map(str, range(600))) + "\n") == "sync.table.wide"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("", "sync.bad.empty"),
        ("satu kolom\n1\n", "sync.table.separator"),
        ("<html>a;b</html>", "sync.table.markup"),
        ('a;b\n1;"x\n', "sync.table.open"),
        ('a;b\n1;"x"y\n', "sync.table.quotes"),
        ("a;b\n1;" + "x" * 200_000 + "\n", "sync.table.quotes"),
        ("a;b\0\n", "sync.bad.encoded"),
        (b"a;\x81\n", "sync.bad.encoded"),
        ("a;b\n" + "1;2\n" * 50_002, "sync.bad.many"),
        ("[" + "{}," * 50_000 + "{}]", "sync.bad.many"),
        ("[1,2]", "sync.table.objects"),
        ("{}", "sync.table.objects"),
        ("[{}]", "sync.table.objects"),
        ('[{"a":1}', "sync.bad.json_cut"),
        ('{"type":"FeatureCollection","features":5}', "sync.table.objects"),
        ("PK\x03\x04", "sync.zip.form"),
    ],
)
def test_no_table(raw: str | bytes, says: str) -> None:
    assert bad(raw) == says


def test_json_of_too_many_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_COLUMNS", 2)
    assert bad('[{"a":1,"b":2,"c":3}]') == "sync.table.wide"


def test_only_a_form_with_an_end_is_whole() -> None:
    assert not read("a;b\n1;2\n").whole
    assert read("a;b\n1;2\nJumlah data: 1;\n").whole
    assert read("[]").whole
