"""Articles as four forms of feed tell them; the recordings of others read as their own parser reads them."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.core.errors import BadAnswer
from console.core.items import ItemKind
from tests.feeds.mutate import mutations
from tests.feeds.press.cases import AT, answer, decoded, one, press, rss
from tests.feeds.press.good import ATOM, GOOD, JSON, RDF, RSS, as_json_feed

LONG = (
    "Air di Kali Rekaan naik sejak pagi dan warga di tiga kelurahan mulai mengungsi ke balai kota yang dibuka petugas"
)


def test_an_article_of_rss() -> None:
    batch = decoded(RSS)
    assert batch.fleeting and not batch.whole and batch.refused == []
    first, second = sorted(batch.items, key=lambda each: each.url)
    assert first.kind is ItemKind.ARTICLE
    assert first.id == "warta:warta.invalid/berita/11/tanggul-jebol"
    assert first.url == "https://warta.invalid/berita/11/tanggul-jebol"
    assert first.title == "Tanggul Kali Rekaan jebol, 40 rumah terendam & jalan ditutup"
    assert first.text == "Air setinggi 60 cm.\nWarga mengungsi ke posko."
    assert first.observed_at == datetime(2026, 11, 21, 1, 30, tzinfo=UTC) and not first.zone_assumed
    assert (first.lat, first.lon, first.area) == (-6.01, 106.01, "99.71.01.1001")
    assert first.body["image"] == "https://foto.invalid/11.jpg"
    assert first.body["links"] == ["https://kota.invalid/posko"]
    assert first.body["authors"] == ["Siti Rekaan"] and first.body["categories"] == ["Banjir"]
    assert first.body["extra"] == {"slash": "7"}
    assert second.text == "Pedagang kembali berjualan.\nLampu belum menyala."
    assert second.body["summary"] == "Pedagang kembali berjualan."
    assert second.body["link"].endswith("/amp") and second.url == "https://warta.invalid/berita/12/pasar-dibuka"
    assert batch.newest_at == first.observed_at


def test_an_article_of_atom() -> None:
    first, second = decoded(ATOM).items if decoded(ATOM).items[0].revised_at else decoded(ATOM).items[::-1]
    assert first.title == "Pompa Mekarsari diperbaiki"
    assert first.text == "Satu <dari> tiga.\nSelesai."
    assert first.url == "https://dinas.invalid/kabar/1"
    assert first.revised_at == datetime(2026, 11, 21, 0, 45, tzinfo=UTC)
    assert first.body["authors"] == ["Humas Rekaan"] and first.body["categories"] == ["pompa"]
    assert second.body["undated"] is True and second.observed_at == AT


def test_an_article_of_rdf_and_of_json() -> None:
    (arsip,) = decoded(RDF).items
    assert (arsip.title, arsip.url) == ("Café dan taman", "https://arsip.invalid/1")
    (kabar,) = decoded(JSON).items
    assert (kabar.title, kabar.text) == ("Jembatan Mekarsari ditutup", "Sampai Senin.")
    assert kabar.body["extra"] == {"_odd": {"a": 1}} and kabar.body["authors"] == ["Budi Rekaan"]


def test_what_gives_no_date_counts_from_when_it_was_first_seen() -> None:
    memo = decoded(ATOM).memo
    later = press().decode(replace(answer(ATOM), at=AT + timedelta(hours=5)), memo)
    assert [each.observed_at for each in later.items if each.body.get("undated")] == [AT]


def test_bad_articles_cost_only_themselves() -> None:
    batch = decoded(
        rss(
            "<title>Baik</title><pubDate>Fri, 20 Nov 2026 10:00:00 WITA</pubDate>",
            "<title>Kemarin dulu</title><pubDate>kemarin dulu</pubDate>",
            "<title>Esok</title><pubDate>Fri, 27 Nov 2026 10:00:00 WIB</pubDate>",
            "<author>Tanpa apa pun</author>",
            "<title>Tertukar</title><point xmlns='http://www.georss.org/georss'>106.01 -6.01</point>",
            f"<title>Panjang</title><aneh>{'x' * 17_000}</aneh>",
        )
    )
    assert [each.title for each in batch.items] == ["Baik"]
    assert batch.items[0].observed_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert [(each.where, each.says) for each in batch.refused] == [
        ("items[1].published", "sync.refused.time"),
        ("items[2].published", "sync.refused.when"),
        ("items[3].title", "sync.refused.missing"),
        ("items[4].lat", "sync.refused.swapped"),
        ("items[5]", "sync.refused.long"),
    ]


def test_one_article_told_twice_is_one_with_its_later_revision() -> None:
    told = [
        f"<title>{title}</title><link>{link}</link><pubDate>{when}</pubDate>"
        for title, link, when in (
            ("Baru", "https://m.warta.invalid/a?utm_medium=x", "Sat, 21 Nov 2026 10:00:00 WIB"),
            ("Lama", "http://www.warta.invalid/a/", "Sat, 21 Nov 2026 09:00:00 WIB"),
        )
    ]
    (item,) = decoded(rss(*told)).items
    assert item.title == "Baru"


def test_a_copy_under_another_address_is_left_out_now_and_later() -> None:
    def told(number: int, words: str, day: int = 21) -> str:
        link, when = f"https://warta.invalid/{number}", f"{day} Nov 2026 0{number}:00:00 WIB"
        return f"<title>Banjir</title><link>{link}</link><pubDate>{when}</pubDate><description>{words}</description>"

    batch = decoded(rss(told(2, f"{LONG} Wali"), told(1, LONG), told(3, LONG[::-1]), told(4, LONG, day=17)))
    assert {each.url[-1] for each in batch.items} == {"1", "3", "4"}
    assert [each.body["also"] for each in batch.items if each.url.endswith("1")] == [["https://warta.invalid/2"]]
    later = decoded(rss(told(5, LONG), told(1, LONG)), batch.memo)
    assert {each.url[-1] for each in later.items} == {"1"}
    assert decoded(rss(told(5, LONG), told(1, LONG)), later.memo).memo == later.memo


def test_the_memo_is_bounded() -> None:
    items = [f"<title>{n}</title><guid>g{n}</guid><pubDate>20 Nov 2026 10:00:00 WIB</pubDate>" for n in range(700)]
    batch = decoded(rss(*items))
    assert len(batch.items) == 700 and len(batch.memo["seen"]) == 300
    assert decoded(rss(*items), batch.memo).count == 700


def test_a_paper_that_did_not_change_says_nothing() -> None:
    memo = {**decoded(RSS).memo, "etag": '"7"'}
    assert press().ask(memo, AT)[0].etag == '"7"'
    batch = press().decode(answer(b"", unchanged=True), memo)
    assert batch.memo == memo and not batch.count


def test_what_comes_out_is_never_markup_of_ours() -> None:
    item = one("<title>&lt;b&gt;Awas&lt;/b&gt; &amp;lt;script&amp;gt;</title><link>javascript:alert(1)</link>")
    assert (item.title, item.url) == ("Awas <script>", "")


@pytest.mark.parametrize("form", [rss, as_json_feed], ids=["xml", "json"])
def test_more_articles_than_a_paper_has_are_refused(form: object) -> None:
    one_of = "<title>x</title>" if form is rss else {"title": "x"}
    with pytest.raises(BadAnswer, match="many"):
        decoded(form(*[one_of] * 5001))  # type: ignore[operator]


def test_entities_nobody_declared_and_bytes_of_another_charset_are_read() -> None:
    head = b'<?xml version="1.0" encoding="utf-8"?><rss><channel><item><title>'
    tail = b"</title></item></channel></rss>"
    for inside, title in ((b"Satu&nbsp;dua&mdash;tiga", "Satu dua—tiga"), (b"\x93Kota\x94 caf\xe9", "“Kota” café")):
        (item,) = decoded(head + inside + tail).items
        assert item.title == title
    with pytest.raises(BadAnswer):
        decoded(head + b"&tidakada;" + tail)


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_spoilt_answers_are_refused_by_name_or_read(number: int) -> None:
    for spoilt in mutations(GOOD[number], 60, seed=number):
        try:
            batch = decoded(spoilt)
        except BadAnswer as trouble:
            assert trouble.values["source"] == "warta"
        else:
            assert all(each.id and each.observed_at.tzinfo is UTC for each in batch.items)


def test_a_real_paper(shared_data: Path) -> None:
    batch = decoded((shared_data / "feeds" / "antara-excerpt.xml").read_bytes())
    (item,) = batch.items
    assert item.title == "Apple akan hadirkan kembali platform media sosial Parler ke App Store"
    assert item.observed_at == datetime(2021, 4, 20, 6, 37, 35, tzinfo=UTC)
    assert item.text.startswith("Apple Inc akan kembali") and "di App Store setelah" in item.text
    assert item.body["image"].startswith("https://img.antaranews.com/cache/")
    assert item.body["publisher"] == "ANTARA News - Berita Terkini"


def test_the_papers_of_feedparsers_own_tests(shared_data: Path) -> None:
    """468 sound files: 460 of them hold as many articles as feedparser finds, or one that has no words and no address;
    the others have a document type (3), no channel (7), or give two articles one address (2)."""
    taken = refused = 0
    bad: dict[str, int] = {}
    with zipfile.ZipFile(shared_data / "feeds" / "feedparser-wellformed.zip") as files:
        names = [each for each in files.namelist() if each.endswith(".xml")]
        assert len(names) == 468
        for name in names:
            raw = files.read(name)
            try:
                batch = decoded(raw)
            except BadAnswer as trouble:
                bad[trouble.says] = bad.get(trouble.says, 0) + 1
                continue
            taken, refused = taken + batch.count, refused + len(batch.refused)
            if said := re.search(rb"entries\[0\]\['title'\] == u?'([^'\\&<]+)'", raw):
                assert batch.items[0].title == " ".join(said[1].decode().split()), name
    assert bad == {"sync.bad.entities": 3, "sync.press.shape": 7}
    assert (taken, refused) == (103, 181)


def test_the_broken_papers_of_feedparsers_own_tests(shared_data: Path) -> None:
    said = {}
    with zipfile.ZipFile(shared_data / "feeds" / "feedparser-illformed.zip") as files:
        for name in files.namelist():
            try:
                decoded(files.read(name))
                said[name] = ""
            except BadAnswer as trouble:
                said[name] = trouble.says
    assert len(said) == 13
    assert {name.partition("/")[2] for name, why in said.items() if why} == {
        *("aaa_illformed.xml", "always_strip_doctype.xml", "rss_empty_document.xml", "rss_incomplete_cdata.xml"),
        "undeclared_namespace.xml",
    }
