"""The rights of a person in what else sources tell, and in the words of files: found, handed out, erased for good."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.commands.files import Attach
from console.commands.work import Note
from console.core.erasure import Erasure, is_item, item_mark
from console.core.errors import Refused
from console.core.items import Item, ItemKind
from console.core.personal import sealed_among
from console.core.records import Batch, ComplaintId, Refusal
from console.store import evidence
from console.store.bring import bring, no_thumb
from console.store.database import open_reader
from console.store.ledger_check import check
from console.store.store import Store
from sync import city_key
from tests.sync.test_rights import City, found_in, told

NOW = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
POST = Item(
    "warga:https://sosial.example/@zulkarnaen.wiradikusuma/7",
    "warga",
    ItemKind.POST,
    "https://sosial.example/@zulkarnaen.wiradikusuma/7",
    "Lampu padam",
    "sudah tiga malam gelap, tolong Gang Kecapi Buntu",
    NOW,
    body={"account": {"name": "Zulkarnaen Wiradikusuma", "phone": "0813 7755 0192"}},
)
OTHER = Item("warga:8", "warga", ItemKind.POST, "8", "Pasar ramai", "sudah tiga malam gelap, tolong", NOW)
LETTER = Item("kabar:1", "kabar", ItemKind.ARTICLE, "1", "Surat pembaca", "ditulis\nZulkarnaen\tWiradikusuma", NOW)
MARK = item_mark(POST.id)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})
    made = City(tmp_path / "profil")
    take(made, POST, OTHER, LETTER)
    return made


def take(city: City, *items: Item) -> None:
    """The sources tell these, and something nobody could read."""
    store = Store.open(city.profile, city.clock, city.pack)
    try:
        bad = [Refusal("item 3", "feed.unsound", {}, '{"oleh": "Zulkarnaen Wiradikusuma"}')]
        store.take(Batch("warga", items=list(items), refused=bad, fleeting=True))
    finally:
        store.close()


def here(city: City) -> set[str]:
    with closing(open_reader(city.profile.readings)) as db:
        return {row[0] for row in db.execute("SELECT id FROM item")}


def test_a_mark_names_an_item_and_says_nothing_of_it() -> None:
    assert is_item(MARK) and not is_item("warga:8") and item_mark(OTHER.id) != MARK
    assert "zulkarnaen" not in MARK and len(MARK) == 37


def test_posts_articles_their_accounts_and_what_could_not_be_read_are_looked_into(city: City) -> None:
    places = told(city, "zulkarnaen wiradikusuma")
    assert places[MARK] == {"item.native_id", "item.body"}
    assert places[item_mark(LETTER.id)] == {"item.text"}
    assert "readings.refused" in places[""]
    assert told(city, "081377550192")[MARK] == {"item.body"}
    assert told(city, complaint=MARK).keys() == {MARK}, "one item can be asked for by its mark"
    said = " ".join(city.said)
    assert "sosial.example" not in said and "Kecapi" not in said


def test_the_words_of_a_file_are_a_place_of_their_own(city: City) -> None:
    store = Store.open(city.profile, city.clock, city.pack)
    try:
        brought = bring(store.blobs, b"denah rumah", "rumah Zulkarnaen.txt", thumb=no_thumb)
        city.do(store, Attach(ComplaintId(city.else_), **brought.fields))
    finally:
        store.close()
    assert "file.words" in told(city, "zulkarnaen")[city.else_]
    assert city.at().delete([city.else_], sure=True) == 0
    assert city.else_ not in told(city, "zulkarnaen")


def test_a_word_that_begins_a_line_is_that_word(city: City) -> None:
    store = Store.open(city.profile, city.clock, city.pack)
    try:
        city.do(store, Note(ComplaintId(city.else_), "catatan:\nKertapati\tSoemarno"))
    finally:
        store.close()
    assert told(city, "kertapati soemarno")[city.else_] >= {"event.text", "event.fields", "document.deed"}


def test_an_item_is_erased_for_good(city: City) -> None:
    for each in (city.own, city.else_):
        assert city.at().delete([each], sure=True) == 0
    assert city.at().delete([MARK, item_mark(LETTER.id)], sure=True) == 0
    assert here(city) == {OTHER.id}, "another item that says the same words stays, and proves nothing"
    assert found_in(city.folder) == {}
    take(city, POST._replace(text="diubah", revised_at=NOW), OTHER)
    assert here(city) == {OTHER.id}
    city.profile.readings.unlink()
    take(city, POST, LETTER)
    assert here(city) == set(), "also where the file of what can be fetched was lost"
    assert evidence.items(city.profile, [MARK]) == {}
    with pytest.raises(Refused, match="no_complaint"):
        city.at().delete([item_mark("tidak ada")], sure=True)


def test_the_proof_counts_them(city: City) -> None:
    assert city.at().delete([city.own, MARK], sure=True) == 0
    text = city.folder.parent / "bukti.txt"
    assert city.at(language="en").proof(text) == 0
    said = text.read_text()
    assert "Complaints: 1. Items of sources" in said and "reports): 1." in said and MARK in said
    assert "0 items are still here" in said
    assert "zulkarnaen" not in said.lower()
    with closing(city.read()) as read:
        assert check(read._db, []).sound


def test_a_kill_between_the_mark_and_the_item_is_made_good(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(city.profile, city.clock, city.pack)

    def killed(*_: object) -> list[str]:
        raise KeyboardInterrupt

    wish = Erasure(MARK, frozenset(), True, frozenset(), NOW, "Dewi", "HAK-1")
    with monkeypatch.context() as patch:
        patch.setattr(store._fetched, "erase", killed)
        with pytest.raises(KeyboardInterrupt):
            store.erase([wish])
    store.close()
    assert POST.id in here(city)
    again = Store.open(city.profile, city.clock, city.pack)
    again.rest(urgent=lambda: False)
    again.close()
    assert POST.id not in here(city)


def test_another_console_loses_it_too(city: City, tmp_path: Path) -> None:
    """What another console was told: the mark alone travels."""
    assert city.at().delete([MARK], sure=True) == 0
    with closing(city.read()) as read:
        row = read._db.execute("SELECT body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id GLOB 'erasure:*'")
        [(body,)] = row.fetchall()
        waiting = {(each.doc, each.complaint) for each in read.outbox_rows()}
    assert (f"erasure:{MARK}", MARK) in waiting, "it goes out, and stands in the outbox like any other"
    assert json.loads(body)["complaint"] == MARK and "zulkarnaen" not in body.lower()
    second = City(tmp_path / "kedua")
    take(second, POST, OTHER)
    store = Store.open(second.profile, second.clock, second.pack)
    try:
        store.documents.put(f"erasure:{MARK}", ["1-" + "a" * 32], json.loads(body))
        assert store.erasing.heard([f"erasure:{MARK}"]) == [MARK]
        assert store.scrub()
    finally:
        store.close()
    assert here(second) == {OTHER.id}


def test_a_copy_holds_what_sources_told_of_them(city: City) -> None:
    out = city.folder.parent / "salinan"
    assert city.at("zulkarnaen wiradikusuma").export([], out) == 0
    held = json.loads((out / "data.json").read_text())
    assert {each["id"] for each in held["items"]} == {MARK, item_mark(LETTER.id)}
    assert "Kabar dari sumber" in (out / "data.html").read_text()
    assert city.own in {each["id"] for each in held["complaints"]}
    with closing(city.read()) as read:
        found = read.complaint(city.own)
        assert found is not None and sealed_among(found.extra)
