"""Conflicts in words, and choices that follow the conflict as it moves."""

from __future__ import annotations

from dataclasses import replace

from console.core.lifecycle import State
from console.core.records import Version
from console.models.conflicts import Choices, ConflictWording
from tests.cities import small_pack
from tests.town import NOW, collision, phrases


def wording(language: str = "id") -> ConflictWording:
    return ConflictWording(small_pack(), phrases(language), NOW, "Rani")


def two():
    """State and office in question."""
    made = collision(3)
    first, second = made.versions
    return replace(
        made,
        fields=("state", "opd"),
        versions=(
            replace(first, fields={**first.fields, "state": 11, "holder": "Sari"}),
            replace(second, fields={**second.fields, "state": 15, "duplicate_of": "rekaan:000009"}),
        ),
    )


def test_both_sides_say_who_when_and_where():
    told = wording().collision(collision(3))
    assert [(side.who, side.when, side.where) for side in told.sides] == [
        ("Sari", "10.02 WIB", "sudah di pusat"),
        ("Rani (Anda)", "10.12 WIB", "belum sampai di pusat"),
    ]
    assert (told.age, told.fields) == ("28 mnt", "OPD")


def test_what_is_asked_comes_first_and_what_merely_differs_after_it():
    told = wording().collision(two())
    assert [(line.name, line.open) for line in told.lines] == [
        ("state", True),
        ("opd", True),
        ("holder", False),
        ("duplicate_of", False),
    ]
    state, _, holder, duplicate = told.lines
    assert (state.base, state.values) == ("Terverifikasi", ("Selesai", "Ganda"))
    assert holder.values == ("Sari", "(kosong)")
    assert duplicate.values == ("(kosong)", "000009")


def test_a_base_that_is_not_kept_is_unknown_and_not_blank():
    assert wording().collision(replace(collision(3), base={})).lines[0].base == "—"


def test_a_version_of_nobody_at_no_time():
    bare = Version("3-c", "", None, {"opd": "KODE-LAMA"}, held=False)
    told = wording().collision(replace(collision(3), versions=(*collision(3).versions, bare)))
    assert (told.sides[2].who, told.sides[2].when) == ("Tidak diketahui", "—")
    assert told.lines[0].values[2] == "KODE-LAMA"


def test_choices_are_whole_when_every_field_is_chosen():
    choices = Choices(two())
    assert choices.lacking == 2
    choices.choose("opd", 1)
    choices.choose("holder", 1)  # nobody asked
    choices.choose("state", 5)  # no such version
    assert choices.lacking == 1
    choices.choose_all(0)
    assert choices.lacking == 0
    assert choices.values() == {"state": State.DONE, "opd": "DLH"}
    assert isinstance(choices.values()["state"], State)


def test_choices_follow_a_version_that_another_overtakes():
    choices = Choices(two())
    choices.choose("state", 0)
    choices.choose("opd", 1)
    first, second = two().versions
    newer = Version("4-d", "Budi", NOW, second.fields, held=True)
    moved = choices.carried_to(replace(two(), versions=(newer, first)))
    assert moved.chosen == {"state": 1}
    assert moved.lacking == 1


def test_fields_of_a_newer_edition_go_together():
    choices = Choices(replace(two(), fields=("opd", "urgency", "weather")))
    choices.choose("opd", 0)
    choices.choose("urgency", 1)
    assert choices.lacking == 0
    assert choices.values() == {"opd": "DLH", "rest": two().versions[1].rev}
    assert wording().collision(choices.conflict).lines[1].label == "urgency"
