"""SECURITY.md is true as far as a machine can tell: every threat has its row, every proof it names is a test."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.tree import ROOT

PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
WANTED = [*(f"T{number}" for number in range(1, 21)), *(f"S{number}" for number in range(1, 12))]
ROWS = re.findall(r"^\| ([TS]\d+) \| (.*?) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
PROOFS = sorted(set(re.findall(r"`([\w/.]+\.py)::(\w+)`", PAGE)))
PLAIN = ("not yet", "not on this machine")


@cache
def named_in(path: str) -> frozenset[str]:
    """Names of the tests in a file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_threat_has_one_row_in_its_order() -> None:
    assert [name for name, *_ in ROWS] == WANTED
    assert PAGE.count("\n| T") + PAGE.count("\n| S") == len(WANTED)


@pytest.mark.parametrize(("path", "name"), PROOFS, ids="::".join)
def test_every_proof_is_there(path: str, name: str) -> None:
    assert name in named_in(path), f"{path} has no {name}"
    assert name.startswith("test_")
    assert path.startswith("tests/")


@pytest.mark.parametrize("row", ROWS, ids=[name for name, *_ in ROWS])
def test_a_row_names_its_proof_or_says_plainly_that_there_is_none(row: tuple[str, str, str, str]) -> None:
    _, threat, protects, proof = row
    assert threat
    assert protects
    proved = re.findall(r"`[\w/.]+\.py::\w+`", proof)
    assert proved or proof in PLAIN
    if not proved:
        assert "not yet" in protects.lower(), "what nothing proves is not claimed"
    assert re.sub(r"`[\w/.]+\.py::\w+`|\s", "", proof) in ("", "notyet"), "proofs are names, and nothing else"


def test_the_proofs_are_many_and_the_page_says_how_to_report() -> None:
    assert len(PROOFS) > 50
    assert "## To report a fault" in PAGE
    assert "resources/manual/id/security.md" in PAGE
    assert (ROOT / "resources/manual/id/security.md").is_file()


def test_its_words_are_checked_by_themselves() -> None:
    """Else a table that cannot be read would pass."""
    assert named_in("tests/test_security.py") >= {"test_every_proof_is_there"}
    assert named_in("tests/nowhere.py") == frozenset()
    assert len(ROWS) == 31


LISTED = re.findall(r"^\| (V[\d.,V to]+|\d/20\d\d, \d+) \| (.*?) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
STANDS = ("met", "partly", "not yet", "does not apply")


def test_every_chapter_of_the_standard_has_its_rows() -> None:
    named = [int(number) for name, *_ in LISTED for number in re.findall(r"V(\d+)", name)]
    assert sorted(set(named)) == list(range(1, 18)), "ASVS 5.0 has seventeen chapters"
    assert named == sorted(named)
    assert {6, 11, 13, 15} == {number for number in named if named.count(number) > 1}


@pytest.mark.parametrize("row", LISTED, ids=[f"{name} {asks[:20]}" for name, asks, *_ in LISTED])
def test_a_row_of_a_list_says_how_it_stands(row: tuple[str, str, str, str]) -> None:
    _, asks, stands, proof = row
    assert asks
    assert stands.startswith(STANDS)
    proved = re.findall(r"`[\w/.]+\.py::\w+`", proof)
    assert proved or proof == ("—" if stands.startswith("does not apply") else "not yet")
    if not proved:
        assert stands.startswith(("does not apply", "not yet")), "what nothing proves is not claimed"
    if stands.startswith("partly"):
        assert (
            "not yet" in stands.lower() or "not on this machine" in stands or "Not judged" in stands or "none" in stands
        )


def test_what_a_legal_reader_has_to_confirm_is_said() -> None:
    part = PAGE[PAGE.index("## SPBE") : PAGE.index("## What we know")]
    assert "a legal reader has to confirm" in part
    assert set(re.findall(r"article (\d+)", part)) == {"29", "26"}, "no article is named that nobody looked at"
