"""Of a source's words what is personal is covered in the row and its index, and the whole of them sealed beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.erasure import FIELDS, Erasure
from console.core.personal import SEAL_HEAD, whole_among
from console.core.records import Complaint, QueueFilter
from console.store.erased import marked
from console.store.files import Profile
from console.store.sealing import open_value, seal_whole
from console.store.store import Store
from console.store.wholes import with_seals
from sync.city_key import new_key
from tests.cities import small_pack
from tests.store.conftest import NOON, batch, roomy, said

PHONE = "081377550123"
TEXT = f"Lubang dalam, hubungi {PHONE} segera"
EXTRA = json.dumps({"phone": PHONE, "kanal": "web"})


class City:
    """A store whose city has a key, or none yet."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.pack = TurnedClock(NOON, seed=3), small_pack()
        self.profile = Profile.at(folder)
        self.store = Store.open(self.profile, self.clock, self.pack, room=roomy(self.profile))

    def key(self) -> None:
        key, self.private, _ = new_key(self.pack.id, "Dewi", self.clock)
        self.store.add_data_key(key)

    def take(self, **changed: Any) -> Complaint:
        self.store.take(batch(said(1, **{"text": TEXT, **changed})))
        return self.row()

    def row(self) -> Complaint:
        found = self.store.read.complaint("uji:000001")
        assert found is not None
        return found

    def whole(self) -> dict[str, str]:
        """The whole words, opened."""
        sealed = whole_among(self.row().extra)
        return {field: open_value(each, self.private, "uji:000001", field) for field, each in sealed.items()}

    def hits(self, text: str) -> int:
        return self.store.read.span(QueueFilter(text=text)).count


@pytest.fixture
def city(tmp_path: Path) -> Any:
    made = City(tmp_path)
    yield made
    made.store.close()


def test_words_are_covered_and_the_whole_of_them_opens(city: City) -> None:
    city.key()
    row = city.take(extra=EXTRA)
    assert row.text == "Lubang dalam, hubungi ••••23 segera"
    assert PHONE not in row.extra
    assert json.loads(row.extra)["kanal"] == "web"
    assert city.whole() == {"text": TEXT, "extra": EXTRA}
    assert city.hits("lubang segera") == 1
    assert city.hits(PHONE) == city.hits(PHONE[:8]) == 0


def test_where_nothing_is_covered_nothing_is_sealed(city: City) -> None:
    city.key()
    assert city.take(text="Lubang dalam").extra == ""


def test_while_there_is_no_key_no_word_is_lost(city: City) -> None:
    assert city.take(extra=EXTRA).text == TEXT
    assert city.row().extra == EXTRA
    city.key()
    assert city.take(extra=EXTRA).text == "Lubang dalam, hubungi ••••23 segera"
    assert city.whole()["text"] == TEXT
    assert city.store._search._to_purge() == [64], "its words are to leave the index's pages too"


def test_what_is_told_again_is_not_sealed_again(city: City) -> None:
    city.key()
    first = city.take(extra=EXTRA)
    assert city.store.take(batch(said(1, text=TEXT, extra=EXTRA))).ids == frozenset()
    assert city.row().extra == first.extra


@pytest.mark.parametrize("changed", [{"text": TEXT.replace("81377", "85611")}, {"title": "Lain", "text": TEXT}])
def test_what_changed_is_sealed_anew_also_where_it_looks_alike_covered(city: City, changed: dict[str, str]) -> None:
    city.key()
    first = city.take()
    assert city.take(**changed).extra != first.extra
    assert city.whole() == {"text": changed["text"]}


def test_words_that_hold_nobody_any_more_leave_no_seal(city: City) -> None:
    city.key()
    city.take()
    assert city.take(text="sudah baik").extra == ""


def test_after_a_write_that_did_not_come_to_be_it_is_sealed_anew(city: City) -> None:
    city.key()
    city.take()
    other = TEXT.replace("81377", "85611")
    with pytest.raises(RuntimeError), city.store._written():
        city.store._intake.take([said(1, text=other)])
        raise RuntimeError
    city.take(text=other)
    assert city.whole() == {"text": other}


def test_the_same_complaint_twice_in_an_answer_keeps_the_whole_of_the_last(city: City) -> None:
    city.key()
    other = TEXT.replace("81377", "85611")
    city.store.take(batch(said(1, text=TEXT), said(1, text=other)))
    assert city.whole() == {"text": other}
    city.store.take(batch(said(1, text=TEXT), said(1, text="sudah baik")))
    assert city.whole() == {}


def test_half_of_a_sign_is_sealed_as_one_nobody_can_read(city: City) -> None:
    city.key()
    city.take(text=f"{TEXT} \ud83d")
    assert city.whole() == {"text": f"{TEXT} ?"}


def test_long_words_are_sealed_whole(city: City) -> None:
    city.key()
    long = TEXT + " 😀" * 9_900
    city.take(text=long)
    assert city.whole() == {"text": long}


def test_a_seal_that_came_with_the_words_is_not_sealed_over(city: City) -> None:
    """As of a console whose rules covered less: what is covered further has its whole already."""
    city.key()
    seals = seal_whole({"text": "seluruhnya"}, city.store._intake.key().public, "uji:000001")  # type: ignore[union-attr]
    city.take(extra=with_seals("", seals))
    assert city.row().text == "Lubang dalam, hubungi ••••23 segera"
    assert city.whole() == {"text": "seluruhnya"}


def test_what_was_erased_is_not_sealed_and_goes_with_its_seal(city: City) -> None:
    city.key()
    city.take(address=f"rumah {PHONE}")
    erased = Erasure("uji:000001", frozenset({"text"}), False, frozenset(), city.clock.now(), "Dewi", "HAK-1")
    city.store.erase([erased])
    assert city.whole() == {"address": f"rumah {PHONE}"}
    city.take(address=f"rumah {PHONE}", title=f"hp {PHONE}")
    assert city.whole() == {"address": f"rumah {PHONE}", "title": f"hp {PHONE}"}
    city.store.erase([Erasure("uji:000001", frozenset(FIELDS), False, frozenset(), NOON, "Dewi", "HAK-1")])
    assert SEAL_HEAD not in city.row().extra


def test_of_fields_whose_time_ran_out_no_seal_comes_back_and_of_others_it_does(city: City) -> None:
    city.key()
    first = city.take(address=f"rumah {PHONE}")
    with city.store._written():
        left = marked(first.extra, {"text"})
        city.store._db.execute("UPDATE complaint SET text = '', extra = ?", (left,))
    assert whole_among(left).keys() == {"address"}
    other = "rumah 085611112222"
    row = city.take(address=other, title="Lain")
    assert row.text == ""
    assert city.whole() == {"address": other}
    assert row.extra.startswith('{"erased": [')
    city.take(address="rumah", title="Lain")
    assert city.whole() == {}


def test_fields_that_are_no_table_are_kept_beside_the_seal() -> None:
    assert json.loads(with_seals("[1]", {"sealed_text": "x"})) == {"": "[1]", "sealed_text": "x"}
