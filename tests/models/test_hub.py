"""The centre in words: how it stands, its places by name, bytes as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.core.phrases import LANGUAGES
from console.core.places import complaints_place, files_place, shared_place
from console.core.records import HubQuestion, SourceState
from console.models.hub import (
    Asks,
    asks,
    clocks,
    first_sync,
    host,
    place_name,
    question_words,
    size,
    standing,
    stands_still,
    state_word,
    titles,
    wants_sign_in,
)
from tests.cities import small_pack
from tests.town import NOW, hub, phrases

PACK = small_pack()


@pytest.mark.parametrize(
    ("more", "cut", "state", "word"),
    [
        ({}, False, SourceState.FRESH, "Segar"),
        ({}, True, SourceState.CUT, "Diputus"),
        ({"last_good_at": NOW - timedelta(minutes=5)}, False, SourceState.AGEING, "Mulai lama"),
        ({"last_good_at": NOW - timedelta(hours=5)}, False, SourceState.STALE, "Terlambat"),
        ({"last_good_at": NOW + timedelta(seconds=90)}, False, SourceState.FRESH, "Segar"),
        ({"last_good_at": NOW + timedelta(minutes=5)}, False, SourceState.AGEING, "Mulai lama"),
        ({"last_good_at": NOW + timedelta(hours=5)}, False, SourceState.STALE, "Terlambat"),
        ({"last_good_at": None}, False, SourceState.NEVER, "Belum pernah"),
        ({"trouble": "commands.nobody"}, False, SourceState.LOST, "Tidak terjangkau"),
        ({"trouble": "sync.hub.denied"}, False, SourceState.DENIED, "Ditolak"),
        ({"questions": (HubQuestion("p", "q"),)}, False, SourceState.SHAPE_CHANGED, "Menunggu pilihan Anda"),
        ({"places_done": 3}, False, SourceState.FRESH, "Sinkronisasi pertama"),
        ({"url": ""}, False, SourceState.NEVER, "Belum diatur"),
    ],
)
def test_how_it_stands(more, cut, state, word):
    found = hub(**more)
    assert standing(found, NOW, cut) is state
    assert state_word(found, NOW, cut, phrases()) == word


def test_signing_in_helps_only_where_we_are_not_known():
    assert wants_sign_in(hub(trouble="sync.hub.denied"))
    assert wants_sign_in(hub(trouble="sync.hub.no_secret"))
    assert not wants_sign_in(hub(trouble="sync.denied"))


def test_the_first_sync_is_over_when_every_place_was_read():
    assert first_sync(hub(places_done=13))
    assert not first_sync(hub())


def test_a_server_is_named_without_what_is_secret():
    assert host(hub(url="https://rani:rahasia@pusat.example:6984/x")) == "pusat.example"
    assert host(hub(url="https://rani:rahasia@[pusat/x")) == "[pusat/x", "an address that is none is no bug of ours"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 KB"),
        (412_345, "412 KB"),
        (999_999, "1.000 KB"),
        (1_000_000, "1 MB"),
        (6_230_000, "6,2 MB"),
        (2_500_000_000, "2,5 GB"),
    ],
)
def test_bytes_as_people_read_them(count, said):
    assert size(count, phrases()) == said


def test_places_have_names():
    say = phrases()
    assert place_name(shared_place(PACK.id), PACK, say) == "Bersama"
    assert place_name(files_place(PACK.id), PACK, say) == "Berkas dan foto"
    assert place_name(complaints_place(PACK.id, ""), PACK, say) == "Pengaduan tanpa wilayah"
    assert place_name(complaints_place(PACK.id, "99.71.01.1001"), PACK, say) == "Pengaduan Sukamaju"
    assert place_name("other-place", PACK, say) == "other-place"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, ""),
        (30, ""),
        (-120, ""),
        (121, "Jam pusat 2 mnt lebih cepat daripada jam konsol ini: periksa keduanya"),
        (-7500, "Jam pusat 2 jam 5 mnt lebih lambat daripada jam konsol ini: periksa keduanya"),
    ],
)
def test_clocks_apart_are_said_from_two_minutes_on(seconds, said):
    assert clocks(hub(clock_s=seconds), phrases()) == said


KEYS = ("wiped", "swapped", "remade", "deletions_there", "deletions_here")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_every_question_is_said_whole_with_the_place_as_people_know_it(key, language):
    place = complaints_place(PACK.id, "99.71.01")
    values = {"database": place, **({"count": 30} if key.startswith("deletions") else {})}
    said = question_words(HubQuestion(place, f"sync.exchange.{key}", values), PACK, phrases(language))
    assert "—" not in said
    assert "Sukamaju" in said
    assert place not in said
    assert ("30" in said) is key.startswith("deletions")


def test_deletions_alone_do_not_stop_the_exchange():
    found = [HubQuestion("p", f"sync.exchange.{key}") for key in KEYS]
    assert [asks(each) for each in found] == [Asks.HUB, Asks.HUB, Asks.HUB, Asks.THERE, Asks.HERE]
    assert stands_still(hub(questions=(found[3], found[0])))
    assert not stands_still(hub(questions=tuple(found[3:])))
    assert not stands_still(hub())


def test_a_list_says_what_it_leaves_out():
    told = HubQuestion("p", "x", {"count": 30}, tuple(f"t{number}" for number in range(14)), 28)
    assert titles(told, phrases())[-2:] == ["t13", "dan 2 lagi"]
    assert titles(HubQuestion("p", "x", {"count": 2}, ("a", "b"), 2), phrases()) == ["a", "b"]
    assert titles(HubQuestion("p", "x", {"count": 2}), phrases()) == []
