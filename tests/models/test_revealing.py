"""What is open of a complaint, and until when: a minute, and nothing longer than one looks at it."""

from __future__ import annotations

import pytest

from console.core.errors import Refused
from console.models.revealing import MOST_SHOWN_S, PATIENCE_S, Revealing, openable
from tests.town import OPERATOR, complaint

WHY = "menelepon pelapor"
SEALED = "kendali-s1:" + "A" * 160


@pytest.fixture
def revealing(town):
    made = Revealing(town.desk)
    made.turn("rekaan:000001")
    return made


def answer(town, **values):
    """What the engine says to the last wish."""
    note, wish = town.told[-1]
    assert note == "reveal"
    told = {"ask": wish["ask"], "outcome": "taken", "value": "Siti", "shown_s": 60, **values}
    town.desk.news.told.emit("reveal", told)


def test_only_what_is_covered_or_sealed_can_be_opened(town):
    town.take(
        [
            complaint(1),
            complaint(2, text="hubungi 081234567890"),
            complaint(
                3, title="NIK 3671011203900001", extra=f'{{"reporter_nik": "{SEALED}", "reporter_name": "Siti"}}'
            ),
        ]
    )
    town.take([complaint(4, text="rumah kami", extra=f'{{"sealed_text": "{SEALED}"}}')])
    found = [openable(town.writer.read.complaint(f"rekaan:00000{number}")) for number in (1, 2, 3, 4)]
    assert found == [(), ("text",), ("reporter_nik", "title"), ("text",)]


def test_the_wish_names_what_is_asked_and_by_whom(town, revealing):
    revealing.ask("reporter_name", WHY)
    note, wish = town.told[-1]
    assert note == "reveal"
    assert {name: wish[name] for name in ("complaint", "field", "reason", "by")} == {
        "complaint": "rekaan:000001",
        "field": "reporter_name",
        "reason": WHY,
        "by": OPERATOR,
    }
    assert "code" not in wish


def test_the_words_of_a_deed_are_asked_for_by_its_document(town, revealing):
    revealing.ask("deed:1", WHY)
    wish = town.told[-1][1]
    assert (wish["complaint"], wish["field"], wish["deed"]) == ("rekaan:000001", "text", "deed:1")
    answer(town)
    assert (revealing.value("deed:1"), revealing.value("text")) == ("Siti", None)


def test_a_value_is_open_for_a_minute_and_counts_down(town, revealing):
    revealing.ask("reporter_name", WHY)
    answer(town)
    assert (revealing.value("reporter_name"), revealing.left_s("reporter_name")) == ("Siti", 60)
    town.clock.turn(59)
    town.desk.ticks.second.emit()
    assert revealing.left_s("reporter_name") == 1
    town.clock.turn(1)
    town.desk.ticks.second.emit()
    assert revealing.value("reporter_name") is None


def test_no_engine_makes_it_longer(town, revealing):
    revealing.ask("reporter_name", WHY)
    answer(town, shown_s=86_400)
    assert revealing.left_s("reporter_name") == MOST_SHOWN_S


def test_an_answer_that_comes_after_the_page_was_turned_is_not_shown(town, revealing):
    revealing.ask("reporter_name", WHY)
    revealing.turn("rekaan:000002")
    answer(town)
    assert revealing.value("reporter_name") is None


@pytest.mark.parametrize("note", ["session", "person", "other"])
def test_when_somebody_locks_or_leaves_everything_is_covered(town, revealing, note):
    revealing.ask("reporter_name", WHY)
    answer(town)
    town.desk.news.told.emit(note, {"session": "s1", "ended": "people.ended"})
    assert (revealing.value("reporter_name") is None) is (note != "other")


def test_a_refusal_is_told_and_opens_nothing(town, revealing, qtbot):
    revealing.ask("reporter_name", WHY)
    with qtbot.waitSignal(revealing.refused) as told:
        answer(town, outcome="refused", says="personal.key_lost", value="Siti")
    field, why = told.args
    assert (field, why.says) == ("reporter_name", "personal.key_lost")
    assert revealing.value("reporter_name") is None
    assert not revealing.under_way


def test_without_an_engine_or_an_answer_it_says_so(town, revealing, qtbot):
    town.listening = False
    with pytest.raises(Refused, match=r"personal\.busy"):
        revealing.ask("reporter_name", WHY)
    town.listening = True
    revealing.ask("reporter_name", WHY)
    town.clock.turn(PATIENCE_S)
    with qtbot.waitSignal(revealing.refused):
        town.desk.ticks.second.emit()
    answer(town)
    assert revealing.value("reporter_name") is None
