"""The same papers read by feedparser and by us: as many articles, the same titles, addresses, places and words."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from tests.feeds.press.cases import decoded
from tests.feeds.press.good import ATOM, RDF, RSS

OTHERWISE = {
    # an address as it is written, not as it is meant: hosts know no capitals
    *(
        "entry_id_no_normalization_3",
        "entry_id_no_normalization_4",
        "item_image_link_bleed",
        "item_image_link_conflict",
    ),
    # two articles with one address are one; an enclosure is not where an article is read
    *("entry_link_no_href_link_priority", "entry_link_rel_enclosure_no_href"),
    # of two summaries we take the first, of two titles the feed's own
    *("item_description_and_summary", "item_summary_and_description", "item_media_title2"),
    # what is marked as plain text is no markup for us, what shows a tag shows it
    *("entry_content_text_plain_brackets", "entry_title_text_plain_brackets", "item_description_code_br"),
    # `&lt;blink&gt;` inside of XHTML are letters, and feedparser writes them as markup again
    *("entry_content_inline_markup_2", "entry_summary_inline_markup_2", "entry_title_inline_markup_2", "qna"),
}


def parsed(raw: bytes) -> Any:
    feedparser = pytest.importorskip("feedparser")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(raw)


def letters(html: str) -> str:
    """Its letters alone, in order: how each sets spaces between blocks is its own matter."""
    return re.sub(r"\W", "", re.sub(r"<[^>]*>", " ", html))


def same(raw: bytes, name: str) -> int:
    """Compares one paper, and tells how many articles both took."""
    try:
        batch = decoded(raw)
    except BadAnswer:
        return 0
    theirs = parsed(raw).entries
    if name in OTHERWISE:
        return 0
    assert len(theirs) == len(batch.items) + len(batch.refused), name
    if batch.refused:
        return 0
    for entry, item in zip(theirs, batch.items, strict=True):
        if entry.get("title") is not None:
            assert letters(entry.title) == letters(item.title), name
        if entry.get("link"):
            assert item.body.get("link", item.url) == entry.link or item.url == entry.link, name
        where = entry.get("where") or {}
        if where.get("type") == "Point":
            assert (item.lon, item.lat) == tuple(where["coordinates"][:2]), name
        said = entry.content[0].value if entry.get("content") else entry.get("summary", "")
        assert letters(said) == letters(item.text), name
    return len(batch.items)


def test_our_own_papers() -> None:
    assert [len(parsed(each).entries) for each in (RSS, ATOM, RDF)] == [2, 2, 1]


def test_468_papers(shared_data: Path) -> None:
    pytest.importorskip("feedparser")
    with zipfile.ZipFile(shared_data / "feeds" / "feedparser-wellformed.zip") as files:
        taken = sum(same(files.read(name), Path(name).stem) for name in files.namelist() if name.endswith(".xml"))
    assert taken >= 80
