"""HTML from outside as plain text."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.markup import MOST_LINKS, address, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("biasa saja", "biasa saja"),
        ("<p>Satu</p><p>dua<br/>tiga</p>", "Satu\ndua\ntiga"),
        ("Air &amp; lumpur &lt;b&gt; &amp;lt;", "Air & lumpur <b> &lt;"),
        ("a < b dan c > d, 5<6", "a < b dan c > d, 5<6"),
        ("<script>jahat('</p>')</script>baik", "baik"),
        ("<STYLE>p{}</STYLE >baik<style>sisa", "baik"),
        ("awal<!-- <p>x</p> -->akhir<!-- tak berakhir <p>", "awalakhir"),
        ("<![CDATA[x]]>y<?php z ?>", "y"),
        ("  banyak \t spasi\n\n\n dan&nbsp;baris ", "banyak spasi\ndan baris"),
        ("putus <a href='x", "putus"),
        ("<iframe src=x></iframe>sesudah", "sesudah"),
    ],
)
def test_the_words_remain(html: str, text: str) -> None:
    assert plain(html).text == text


def test_links_and_pictures_are_told_apart() -> None:
    found = plain(
        '<a class="u-url" href="https://a.invalid/?x=1&amp;y=2">a</a><a href=javascript:alert(1)>b</a>'
        "<img alt='' src='http://b.invalid/c.png'><a href=' https://a.invalid/?x=1&amp;y=2'>lagi</a><a>tanpa</a>"
    )
    assert found.links == ("https://a.invalid/?x=1&y=2",) and found.images == ("http://b.invalid/c.png",)
    many = plain("".join(f"<a href='https://a.invalid/{n}'>x</a>" for n in range(100)))
    assert len(many.links) == MOST_LINKS


@pytest.mark.parametrize(
    "value", ["", "file:///etc/passwd", "https://", "//a.invalid", "https://a b", "http://[x", "x"]
)
def test_what_is_no_address(value: str) -> None:
    assert address(value) == ""


@given(html=st.text(alphabet="<>/!-&;\"' abps\n", max_size=200))
def test_any_text_is_read_once(html: str) -> None:
    plain(html)


def test_hostile_texts_take_no_longer_than_others(shared_data: Path) -> None:
    before = time.monotonic()
    for piece in ("<", "<!--", "<script>", "<a href=", "<a href='", "&", "<p", "</", "&#", "<a " + "href" * 9, "\n "):
        plain(piece * (60_000 // len(piece)))
    assert time.monotonic() - before < 20
    for each in json.loads((shared_data / "hostile" / "naughty-strings.json").read_bytes()):
        plain(each)
