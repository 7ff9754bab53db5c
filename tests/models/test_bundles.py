"""Bundles as the screen asks for them: followed, asked again with more, and over when their engine is gone."""

from __future__ import annotations

import pytest

from console.models.bundles import WORDS, Bundles, wants_passphrase
from console.models.errand import Errand, Stage


class Screen:
    """Bundles on a town's desk, and what they said."""

    def __init__(self, town) -> None:
        self.town = town
        self.bundles = Bundles(town.desk)
        self.moved: list[Errand] = []
        self.ended: list[Errand] = []
        self.bundles.moved.connect(self.moved.append)
        self.bundles.ended.connect(self.ended.append)

    def tell(self, errand: Errand, state: str, **more) -> None:
        self.town.desk.news.told.emit("bundle", {"id": errand.id, "state": state, **more})


@pytest.fixture
def screen(town):
    return Screen(town)


def test_one_is_followed_to_its_end_and_words_are_none(screen):
    made = screen.bundles.ask("make", to="f", path="/a")
    screen.bundles.ask(WORDS, key="k")
    assert screen.bundles.under_way == made
    screen.tell(made, "running", part=0.5)
    assert screen.bundles.under_way is not None and screen.bundles.under_way.part == 0.5
    screen.tell(made, "done", says="sync.bundle.made", paths=["/a"])
    assert screen.bundles.under_way is None
    assert screen.ended[-1].texts("paths") == ["/a"]
    screen.tell(made, "done")
    assert len(screen.ended) == 1, "told twice is ended once"


def test_the_passphrase_is_asked_for_and_it_goes_on_with_what_was_asked(screen):
    taken = screen.bundles.ask("take", path="/b")
    screen.tell(taken, "refused", says="sync.bundle.passphrase")
    assert wants_passphrase(screen.ended[-1])
    screen.bundles.again(screen.ended[-1], passphrase="x")
    wish = screen.town.told[-1][1]
    assert (wish["do"], wish["path"], wish["passphrase"]) == ("take", "/b", "x")


def test_without_an_engine_it_is_refused_at_once(screen):
    screen.town.listening = False
    assert screen.bundles.ask("key").says == "panels.exchange.no_engine"
    assert screen.bundles.under_way is None


def test_an_engine_that_begins_anew_answers_nothing_from_before(screen):
    screen.town.desk.news.told.emit("hello", {})
    assert not screen.ended
    screen.bundles.ask("make", to="f", path="/a")
    screen.bundles.ask(WORDS, key="k")
    screen.town.desk.news.told.emit("hello", {})
    assert [(each.do, each.stage, each.says) for each in screen.ended] == [
        ("make", Stage.REFUSED, "panels.exchange.engine_gone"),
        (WORDS, Stage.REFUSED, "panels.exchange.engine_gone"),
    ]
    assert screen.bundles.under_way is None


@pytest.mark.parametrize("told", [{}, {"id": "lain", "state": "done"}, {"state": "alien"}, {"id": []}], ids=str)
def test_a_note_that_is_none_moves_nothing(screen, told):
    made = screen.bundles.ask("make")
    screen.town.desk.news.told.emit("bundle", {"id": made.id, "state": "running", **told})
    screen.town.desk.news.told.emit("rights", {"id": made.id, "state": "done"})
    assert screen.bundles.under_way is not None and not screen.ended
