"""A workbook is read back by somebody else's eyes: whole, text as text, numbers as numbers, and nothing to be run."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.store import sheet
from console.store.export import KINDS, export_sheet
from console.store.files import Profile
from console.store.sheet import CUT, MOST_LETTERS, write
from console.store.store import Store
from tests.hostile import PAYLOADS
from tests.store.conftest import ask, batch, said
from tests.store.test_export import CANARIES, SEALED, TOLD, full
from tests.tree import ROOT

STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
"""The list of OWASP, and their kin."""
__all__ = ["full"]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PARTS = {
    *("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"),
    "xl/worksheets/sheet1.xml",
}


def book(*rows: tuple[Any, ...], heading: tuple[str, ...] = ("a",)) -> bytes:
    out = io.BytesIO()
    assert write(iter(rows), heading, "uji", out) == len(rows)
    return out.getvalue()


def part(raw: bytes, name: str) -> Element:
    with zipfile.ZipFile(io.BytesIO(raw)) as found:
        assert found.testzip() is None
        made: Element = fromstring(found.read(name))
        return made


def cells(raw: bytes, number: int = 1) -> list[list[Any]]:
    """Rows of a sheet as a reader has them: text from inline strings, numbers from values."""
    found = part(raw, f"xl/worksheets/sheet{number}.xml").iter(f"{MAIN}row")
    return [[_value(cell) for cell in row] for row in found]


def _value(cell: Element) -> Any:
    kind = cell.get("t")
    if kind == "inlineStr":
        text = "".join(each.text or "" for each in cell.iter(f"{MAIN}t"))
        return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
    value = cell.find(f"{MAIN}v")
    if value is None:
        return None
    return bool(int(value.text or "")) if kind == "b" else float(value.text or "")


def styles(raw: bytes) -> list[str | None]:
    return [cell.get("s") for cell in part(raw, "xl/worksheets/sheet1.xml").iter(f"{MAIN}c")]


def harmless(raw: bytes) -> None:
    """Nothing in it is a formula, a link, a macro, a name, or leads outside."""
    with zipfile.ZipFile(io.BytesIO(raw)) as found:
        names = set(found.namelist())
        assert {name for name in names if not name.startswith("xl/worksheets/")} == PARTS - {"xl/worksheets/sheet1.xml"}
        for name in names:
            for each in fromstring(found.read(name)).iter():
                tag = each.tag.rpartition("}")[2]
                banned = {"f", "hyperlink", "definedName", "externalReference", "oleObject", "control", "drawing"}
                assert tag not in banned, (name, tag)
                assert each.get("TargetMode") is None
                assert each.get("t") in (None, "inlineStr", "b"), "no shared string, no cached word of a formula"


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("before", ["", " ", "\u200b", '"', "'"])
def test_what_looks_like_a_formula_is_text_and_stays_text(before: str, starter: str) -> None:
    text = f"{before}{starter}cmd|'/C calc'!A0"
    raw = book((text,))
    harmless(raw)
    assert cells(raw)[1] == [text]
    assert styles(raw)[1] == "2", "quoted: going into the cell and out again makes no formula of it"


def test_a_quoted_cell_is_marked_so_by_its_format() -> None:
    formats = next(part(book(("x",)), "xl/styles.xml").iter(f"{MAIN}cellXfs"))
    assert [each.get("quotePrefix") for each in formats] == [None, None, "1", None]
    assert [each.get("numFmtId") for each in formats] == ["0", "49", "49", "49"], "49 is text"


@pytest.mark.parametrize("name", PAYLOADS)
def test_forty_texts_made_to_be_something_else(name: str) -> None:
    raw = book((PAYLOADS[name],))
    harmless(raw)
    assert len(cells(raw)) == 2


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=60
    )
)
def test_text_comes_back_to_the_letter(text: str) -> None:
    raw = book((text,))
    harmless(raw)
    assert cells(raw)[1] == [text]


@given(st.text(max_size=60))
def test_any_text_at_all_makes_a_sound_file(text: str) -> None:
    raw = book((text, text), heading=(text, "b"))
    harmless(raw)


@pytest.mark.parametrize("text", ["_x000D_", "_x0041_", "a_x005F_x0041_", "_x", "_x00_", "__x0041__"])
def test_what_looks_like_an_escape_is_none(text: str) -> None:
    assert cells(book((text,)))[1] == [text]


@pytest.mark.parametrize("number", [0, -7, 106.6123456789, 1e-9, 12345678901234, -0.1])
def test_numbers_stay_numbers(number: float) -> None:
    assert cells(book((number,)))[1] == [number]
    assert styles(book((number,)))[1] is None


def test_what_is_no_number_is_no_number_there_either() -> None:
    assert cells(book((float("nan"), float("inf"), None, True)))[1] == ["nan", "inf", None, True]


def test_a_text_longer_than_a_cell_is_cut_where_it_says_so() -> None:
    (text,) = cells(book(("\U0001f600" * 20_000,)))[1]
    assert text.endswith(CUT) and set(text.removesuffix(CUT)) == {"\U0001f600"}
    assert len(text.encode("utf-16-le")) <= 2 * MOST_LETTERS
    assert cells(book(("x" * MOST_LETTERS,)))[1] == ["x" * MOST_LETTERS]


def test_more_rows_than_a_sheet_holds_stand_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 4)
    raw = book(*((number,) for number in range(7)))
    assert [len(cells(raw, number)) for number in (1, 2, 3)] == [4, 4, 2]
    assert [row[0] for number in (1, 2, 3) for row in cells(raw, number)[1:]] == list(range(7))
    sheets = list(part(raw, "xl/workbook.xml").iter(f"{MAIN}sheet"))
    assert [each.get("name") for each in sheets] == ["uji", "uji 2", "uji 3"]
    harmless(raw)
    assert [len(cells(book(*((number,) for number in range(3)))))] == [4], "just full is one sheet"


def test_none_at_all_is_a_heading() -> None:
    assert cells(book()) == [["a"]]


def test_the_same_rows_are_the_same_bytes() -> None:
    assert book(("x", 1)) == book(("x", 1))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_records_is_a_workbook(kind: str, full: Profile) -> None:
    out = io.BytesIO()
    count = export_sheet(full, kind, out)
    heading, *rows = cells(out.getvalue())
    assert count == len(rows) > 0
    assert "source" in heading and "received_at" in heading
    assert {row[heading.index("source")] for row in rows} == {"uji"}
    harmless(out.getvalue())


def test_a_title_that_is_a_formula_is_a_title(full: Profile) -> None:
    out = io.BytesIO()
    export_sheet(full, "complaint", out)
    heading, *rows = cells(out.getvalue())
    title, lat = heading.index("title"), heading.index("lat")
    assert '=HYPERLINK("x")' in [row[title] for row in rows]
    assert sorted(type(row[lat]).__name__ for row in rows) == ["NoneType", "float", "float"]


@pytest.mark.parametrize("kind", ["complaint", "event", "outbox"])
def test_what_is_personal_is_covered(kind: str, store: Store, profile: Profile, clock: TurnedClock) -> None:
    extra = json.dumps({"first_name": "Joko", "phone": "081377550001", "note": TOLD, "reporter_nik": SEALED})
    store.take(batch(said(1, title=TOLD, text=TOLD, address=TOLD, extra=extra)))
    store.apply(*ask(clock, "uji:000001", fields={"holder": "Rina"}, text=TOLD))
    out = io.BytesIO()
    export_sheet(profile, kind, out)
    text = repr(cells(out.getvalue()))
    assert "uji:000001" in text
    assert [each for each in CANARIES if each in text] == []


def test_rows_are_not_gathered() -> None:
    class Nowhere(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, raw: Any, /) -> int:
            return len(raw)

    def rows() -> Iterator[tuple[str]]:
        for number in range(4000):
            yield (f"{number}" * 500,)

    tracemalloc.start()
    assert write(rows(), ("a",), "uji", Nowhere()) == 4000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_nothing_is_written_where_nothing_can_be_read(profile: Profile) -> None:
    out = io.BytesIO()
    with pytest.raises(DiskTrouble, match="absent"):
        export_sheet(profile, "complaint", out)
    assert out.getvalue() == b""
    with pytest.raises(Refused, match=r"store\.export\.kind"):
        export_sheet(profile, "gempa", out)


def test_at_the_terminal_it_goes_through_a_pipe(full: Profile) -> None:
    typed = ("store", "export", "complaint", "--format", "xlsx", "--profile", str(full.folder))
    done = subprocess.run([sys.executable, str(ROOT / "main.py"), *typed], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(cells(done.stdout)) == 4
