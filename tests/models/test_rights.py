"""The rights of a person as the screen asks for them: one at a time, followed, forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from console.models.errand import Errand, Stage
from console.models.rights import Rights

FOUND = {
    "found": [
        {"complaint": "", "place": "files", "count": 1, "covered": 0, "source": ""},
        {"complaint": "item:1a", "place": "item.text", "count": 2, "covered": 1, "source": "warga"},
        {"complaint": "konsol:2", "place": "event.text", "count": 1, "covered": 2, "source": ""},
        {"complaint": "konsol:9", "place": "complaint.extra", "count": 2, "covered": 0, "source": ""},
        {"complaint": "konsol:9", "place": "complaint.text", "count": 1, "covered": 3, "source": ""},
        "nothing",
        {"complaint": 7},
    ],
    "told_by": ["konsol:9", 3],
    "spoken": ["konsol:2"],
    "hits": 7,
    "closed": 1,
}


class Screen:
    """Rights on a town's desk, and what they said."""

    def __init__(self, town) -> None:
        self.town = town
        self.rights = Rights(town.desk)
        self.moved: list[Errand] = []
        self.ended: list[Errand] = []
        self.rights.moved.connect(self.moved.append)
        self.rights.ended.connect(self.ended.append)

    @property
    def wish(self) -> dict[str, Any]:
        return self.town.told[-1][1]

    def tell(self, state: str, **more: Any) -> None:
        self.town.desk.news.told.emit("rights", {"id": self.wish["id"], "state": state, **more})


@pytest.fixture
def screen(town):
    return Screen(town)


def test_what_is_asked_goes_to_the_engine_and_is_kept_nowhere(screen):
    screen.rights.ask("find", "HAK-1", typed="Zulkarnaen", complaint="")
    assert screen.town.told[-1][0] == "rights"
    wish = {name: value for name, value in screen.wish.items() if name != "id"}
    assert wish == {
        "do": "find", "case": "HAK-1", "typed": "Zulkarnaen", "complaint": "", "by": "Rani", "session": "",
    }  # fmt: skip
    assert "Zulkarnaen" not in str(vars(screen.rights)) + str(screen.moved)


def test_what_was_found_stands_by_complaint_who_told_first(screen):
    screen.rights.ask("find", "HAK-1", typed="x")
    screen.tell("running", part=0.25)
    assert screen.rights.under_way.part == 0.25
    screen.tell("done", **FOUND)
    found = screen.rights.found
    assert [row.name for row in found.rows] == ["konsol:9", "konsol:2", "item:1a", ""]
    own, _, item, _ = found.rows
    assert own.places == (("complaint.extra", 2), ("complaint.text", 1)) and own.covered == 3
    assert item.item and item.source == "warga" and not own.item
    assert (found.case, found.told_by, found.spoken) == ("HAK-1", ("konsol:9",), ("konsol:2",))
    assert found.told.count("hits") == 7 and found.told.count("found") == 0
    assert screen.rights.under_way is None


def test_a_second_is_refused_in_words_and_the_first_goes_on(screen):
    screen.rights.ask("find", "HAK-1", typed="x")
    count = len(screen.town.told)
    screen.rights.ask("erase", "HAK-1")
    assert len(screen.town.told) == count
    assert (screen.ended[-1].stage, screen.ended[-1].says) == (Stage.REFUSED, "personal.rights.busy")
    assert screen.rights.under_way.do == "find"


def test_without_an_engine_it_is_refused_at_once(screen):
    screen.town.listening = False
    screen.rights.ask("find", "HAK-1", typed="x")
    assert screen.ended[-1].says == "panels.rights.no_engine" and screen.rights.under_way is None


def test_an_engine_that_begins_anew_answers_nothing_from_before(screen):
    screen.town.desk.news.told.emit("hello", {})
    assert not screen.ended
    screen.rights.ask("erase", "HAK-1")
    screen.town.desk.news.told.emit("hello", {})
    assert screen.ended[-1].says == "panels.rights.engine_gone" and screen.rights.under_way is None


def test_it_is_let_be_by_its_name(screen):
    screen.rights.cancel()
    assert not screen.town.told
    screen.rights.ask("erase", "HAK-1")
    asked = screen.wish["id"]
    screen.rights.cancel()
    assert screen.wish == {"id": asked, "do": "cancel"}
    screen.tell("off", says="personal.rights.called_off")
    assert screen.ended[-1].stage is Stage.OFF


def test_what_was_found_is_forgotten_and_an_answer_that_comes_late_is_nobodys(screen):
    screen.rights.ask("find", "HAK-1", typed="x")
    screen.tell("done", **FOUND)
    screen.rights.ask("find", "HAK-1", typed="y")
    asked = screen.wish["id"]
    screen.rights.forget()
    assert screen.wish == {"id": asked, "do": "cancel"} and screen.rights.found is None
    screen.town.desk.news.told.emit("rights", {"id": asked, "state": "done", **FOUND})
    assert screen.rights.found is None and len(screen.ended) == 1


@pytest.mark.parametrize("told", [{}, {"id": "lain", "state": "done"}, {"state": "alien"}, {"values": 3}], ids=str)
def test_a_note_that_is_none_moves_nothing(screen, told):
    screen.rights.ask("find", "HAK-1", typed="x")
    screen.town.desk.news.told.emit("rights", {"id": screen.wish["id"], "state": "running", **told})
    assert screen.rights.under_way is not None and not screen.ended


def test_a_refused_search_leaves_nothing_of_the_one_before(screen):
    screen.rights.ask("find", "HAK-1", typed="x")
    screen.tell("done", **FOUND)
    screen.rights.ask("find", "HAK-1", typed="a")
    screen.tell("refused", says="personal.rights.too_short", values={"least": 3})
    assert screen.rights.found is None
    assert screen.ended[-1].values == {"least": 3} and screen.ended[-1].texts("told_by") == []
