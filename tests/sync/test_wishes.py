"""One long thing at a time: begun, followed, called off, ended whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from console.core.errors import BadAnswer, Refused
from sync.wishes import CalledOff, OneAtATime, name_in, text_in

WITHIN_S = 20.0


class Wishes:
    """What runs, and what it told."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.heard = threading.Condition()
        self.running = OneAtATime(self.hear, "wishes", "a.busy")
        self.blocked, self.go_on = threading.Event(), threading.Event()

    def hear(self, note: dict[str, Any]) -> None:
        with self.heard:
            self.notes.append(note)
            self.heard.notify_all()

    def ended(self, name: str) -> dict[str, Any]:
        """The last note of one."""
        with self.heard:
            assert self.heard.wait_for(lambda: self._last(name) is not None, WITHIN_S)
        return self._last(name) or {}

    def _last(self, name: str) -> dict[str, Any] | None:
        return next((each for each in self.notes if each["id"] == name and each["state"] != "running"), None)

    def slow(self) -> dict[str, Any]:
        """Work that waits until it may go on."""
        self.blocked.set()
        assert self.go_on.wait(WITHIN_S)
        if self.running.called_off():
            raise CalledOff("a.off")
        return {"rows": 3}


@pytest.fixture
def wishes() -> Iterator[Wishes]:
    made = Wishes()
    yield made
    made.go_on.set()
    made.running.stop()


def test_it_is_told_when_it_begins_how_far_it_is_and_what_came_of_it(wishes: Wishes) -> None:
    def work() -> dict[str, Any]:
        progress = wishes.running.progress()
        for part in (0.004, 0.25, 0.254, 0.5, 1.0):
            progress(part)
        return {"says": "a.done", "values": {"n": 1}, "rows": 3}

    wishes.running.begin("1", work)
    assert wishes.ended("1") == {"id": "1", "state": "done", "says": "a.done", "values": {"n": 1}, "rows": 3}
    assert [each["part"] for each in wishes.notes[:-1]] == [None, 0.25, 0.5, 1.0]


def test_a_second_is_refused_and_the_first_goes_on(wishes: Wishes) -> None:
    wishes.running.begin("1", wishes.slow)
    assert wishes.blocked.wait(WITHIN_S)
    wishes.running.begin("2", wishes.slow)
    assert wishes.ended("2") == {"id": "2", "state": "refused", "says": "a.busy", "values": {}}
    wishes.running.run("3", lambda: {"rows": 0})
    assert wishes.ended("3")["rows"] == 0, "what nobody waits for is done beside it"
    wishes.go_on.set()
    assert wishes.ended("1")["rows"] == 3


@pytest.mark.parametrize(("name", "state"), [("1", "off"), ("2", "done"), ("", "done")])
def test_it_is_called_off_by_its_name_alone(wishes: Wishes, name: str, state: str) -> None:
    wishes.running.begin("1", wishes.slow)
    assert wishes.blocked.wait(WITHIN_S)
    wishes.running.call_off(name)
    wishes.go_on.set()
    assert wishes.ended("1")["state"] == state


def test_what_was_called_off_does_not_call_off_the_next(wishes: Wishes) -> None:
    wishes.go_on.set()
    wishes.running.begin("1", wishes.slow)
    wishes.ended("1")
    wishes.running.call_off("1")
    wishes.running.begin("2", wishes.slow)
    assert wishes.ended("2")["state"] == "done"


def test_a_refusal_is_told_with_its_plain_values(wishes: Wishes) -> None:
    def work() -> dict[str, Any]:
        raise Refused("a.no", path="/a", count=2, held=["x"])

    wishes.running.begin("1", work)
    assert wishes.ended("1") == {"id": "1", "state": "refused", "says": "a.no", "values": {"path": "/a", "count": 2}}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_of_ours_is_told_and_the_next_may_come(wishes: Wishes) -> None:
    def work() -> dict[str, Any]:
        raise ZeroDivisionError

    wishes.running.begin("1", work)
    assert wishes.ended("1")["says"] == "engine.bug_command"
    wishes.go_on.set()
    wishes.running.begin("2", wishes.slow)
    assert wishes.ended("2")["state"] == "done"


def test_stopping_waits_for_it(wishes: Wishes) -> None:
    wishes.running.stop()  # nothing was asked
    wishes.running.begin("1", wishes.slow)
    assert wishes.blocked.wait(WITHIN_S)
    wishes.go_on.set()
    wishes.running.stop()
    assert wishes.notes[-1]["state"] == "off"


@pytest.mark.parametrize("value", [7, None, ["a"], "x" * 4001], ids=lambda value: repr(value)[:20])
def test_a_note_of_another_form_names_nothing(value: object) -> None:
    assert name_in({"id": value}, "id") == ""
    with pytest.raises(BadAnswer):
        text_in({"id": value}, "id")


def test_a_text_of_a_note() -> None:
    assert text_in({"typed": "Rina"}, "typed") == "Rina" and text_in({}, "typed") == ""
    with pytest.raises(BadAnswer):
        text_in({"typed": "a\0b"}, "typed")
