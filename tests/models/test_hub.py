"""The centre in words: how it stands, its places by name, bytes as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.core.places import complaints_place, files_place, shared_place
from console.core.records import SourceState
from console.models.hub import first_sync, host, place_name, size, standing, state_word, wants_sign_in
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
        ({"questions": (("p", "q"),)}, False, SourceState.SHAPE_CHANGED, "Menunggu pilihan Anda"),
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
