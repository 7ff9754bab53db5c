"""Sources of one's own: kept in the profile, beside the pack's, the sound ones whatever else stands in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadPack, Refused
from console.core.pack import FeedEntry
from console.core.pack_lists import read_feeds
from console.core.pack_text import Faults
from console.core.toml_text import to_toml
from console.store import packs
from console.store.files import Profile, load_phrases
from console.store.own_feeds import MOST_OWN, add, as_table, checked, drop, own_feeds, with_own
from tests.cities import small_pack

TYPED = {
    "id": "warta-saya",
    "kind": "press",
    "title": {"id": "Warta", "en": "News"},
    "address": "https://warta.invalid/rss",
    "cadence_s": 300.0,
    "stale_after_s": 1800.0,
}


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "p")


def test_what_is_added_is_there_at_the_next_start(profile: Profile) -> None:
    add(profile, checked(TYPED))
    (entry,), faults = own_feeds(profile)
    assert (entry.id, entry.kind, entry.cadence_s, faults) == ("warta-saya", "press", 300.0, ())
    assert [each.id for each in packs.load(profile, "tangerang").feeds][-1] == "warta-saya"
    drop(profile, "warta-saya")
    assert own_feeds(profile) == ((), ())


def test_one_that_is_added_again_is_declared_anew(profile: Profile) -> None:
    add(profile, checked(TYPED))
    add(profile, checked({**TYPED, "cadence_s": 60.0}))
    assert [each.cadence_s for each in own_feeds(profile)[0]] == [60.0]


def test_a_source_of_the_pack_is_never_replaced(profile: Profile) -> None:
    with pytest.raises(Refused) as refused:
        add(profile, checked(TYPED), ["warta-saya"])
    assert refused.value.says == "sync.own.taken"
    pack = small_pack()
    entry = FeedEntry(pack.feeds[0].id if pack.feeds else "x", "press", {"id": "x"}, "https://x.invalid/", 60, 600)
    profile.sources.write_bytes(to_toml({entry.id: as_table(entry)}))
    same = with_own(pack, profile)
    assert len(same.feeds) == max(1, len(pack.feeds))


def test_there_is_an_end_to_their_number(profile: Profile) -> None:
    profile.sources.write_bytes(to_toml({f"s{n}": as_table(checked(TYPED)) for n in range(MOST_OWN)}))
    with pytest.raises(Refused, match="many"):
        add(profile, checked(TYPED))
    profile.sources.write_bytes(to_toml({f"s{n}": as_table(checked(TYPED)) for n in range(MOST_OWN + 1)}))
    entries, faults = own_feeds(profile)
    assert len(entries) == MOST_OWN and faults


def test_dropping_what_is_not_there_is_told(profile: Profile) -> None:
    with pytest.raises(Refused, match="absent"):
        drop(profile, "warta-saya")


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "file:///etc/passwd\u202e"},
        {"address": "ftp://x.invalid/"},
        {"address": "embedded:"},
        {"address": "embedded:/cap"},
        {"id": "../x"},
        {"id": ""},
        {"cadence_s": 0.0},
        {"cadence_s": "sering"},
        {"stale_after_s": 1.0},
        {"title": "Warta"},
        {"kind": "a b"},
        {"lain": 1},
    ],
)
def test_what_is_typed_wrongly_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(BadPack) as bad:
        checked({**TYPED, **wrong})
    phrases = load_phrases("id")
    assert bad.value.faults
    assert not any(phrases.tell(fault).startswith("«") for fault in bad.value.faults)


def test_the_sound_rest_of_a_file_holds(profile: Profile) -> None:
    sound = to_toml({"warta-saya": as_table(checked(TYPED))})
    profile.sources.write_bytes(sound + b'rusak = {kind = "press"}\nkata = 5\n')
    entries, faults = own_feeds(profile)
    assert [each.id for each in entries] == ["warta-saya"]
    assert {fault.where.split(" ")[1].split(".")[0] for fault in faults} == {"rusak", "kata"}


def test_a_file_that_is_none_is_told_and_put_beside(profile: Profile) -> None:
    profile.sources.write_bytes(b"[[[")
    entries, faults = own_feeds(profile)
    assert not entries and faults
    add(profile, checked(TYPED))
    assert profile.sources.with_name("sources.toml.bak").read_bytes() == b"[[["
    assert own_feeds(profile)[0]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip)


@given(WORDS, st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), WORDS, max_size=3))
def test_what_is_written_is_read(title: str, options: dict[str, str]) -> None:
    title, options = title.strip(), {name: value.strip() for name, value in options.items()}
    entry = FeedEntry("s", "press", {"id": title}, "https://x.invalid/a", 60.0, 600.0, title, "", options)
    faults = Faults()
    assert read_feeds(to_toml({"s": as_table(entry)}), faults) == (entry,)
    assert not faults.found
