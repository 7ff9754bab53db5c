"""What holds for every command found: it can be said, asked for, sealed, opened and refused."""

from __future__ import annotations

import json
import string
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.commands import found, open_envelope, seal
from console.core.clock import TurnedClock
from console.core.command import GIVEN, Command
from console.core.errors import Refused
from console.core.forwarding import Forwarded
from console.core.lifecycle import NEXT, Deed, State
from console.core.notes import envelope_values, read_envelope
from console.core.phrases import LANGUAGES, flatten
from console.core.records import Complaint, ComplaintId, Conflict, Event, OutboxRow

ASK_KINDS = {"text", "lines", "opd", "category", "area", "channel", "complaint", "file", "position"}
EVERY = pytest.mark.parametrize("kind", found().values(), ids=lambda kind: str(kind.face.deed))


class Nothing:
    """A store that holds nothing."""

    def complaint(self, complaint: str) -> Complaint | None:
        return None

    def events_of(self, complaint: str) -> list[Event]:
        return []

    def conflict(self, doc: str) -> Conflict | None:
        return None

    def outbox_of(self, doc: str) -> list[OutboxRow]:
        return []

    def forwards_of(self, complaint: str) -> list[Forwarded]:
        return []


def phrases(language: str) -> Mapping[str, str]:
    raw = (Path(__file__).parents[2] / "resources" / "phrases" / language / "commands.toml").read_text("utf-8")
    return flatten(tomllib.loads(raw))


def an_example(kind: type[Command]) -> Command:
    lacking = [each.name for each in fields(kind) if each.default is MISSING and each.name != "complaint"]
    return kind(ComplaintId("laksa:1"), **dict.fromkeys(lacking, "ada isinya"))


@EVERY
def test_its_face_can_be_said_in_every_language(kind):
    said = {kind.face.title, kind.face.says, *(ask.says for ask in kind.face.asks)}
    for language in LANGUAGES:
        assert said <= phrases(language).keys()


@EVERY
def test_it_asks_only_for_fields_it_has(kind):
    own = {each.name for each in fields(kind) if GIVEN not in each.metadata}
    assert {ask.name for ask in kind.face.asks} <= own
    assert {ask.kind for ask in kind.face.asks} <= ASK_KINDS
    needed = {each.name for each in fields(kind) if each.default is MISSING} - {"complaint", "command_id"}
    assert needed <= {ask.name for ask in kind.face.asks if ask.required}


@EVERY
def test_it_survives_the_black_box(kind):
    command = an_example(kind)
    envelope = seal(command, TurnedClock(datetime(2026, 11, 21, tzinfo=UTC)), "Rani")
    again = read_envelope(json.loads(json.dumps(envelope_values(envelope))))
    assert again == envelope
    assert open_envelope(again).plain() == command.plain()


@EVERY
def test_it_refuses_what_is_not_there_with_a_sentence(kind):
    with pytest.raises(Refused) as told:
        an_example(kind).check(Nothing())
    for language in LANGUAGES:
        assert told.value.says in phrases(language)


@EVERY
def test_it_cannot_be_changed(kind):
    with pytest.raises((FrozenInstanceError, TypeError)):
        an_example(kind).complaint = "laksa:2"


def test_no_two_share_a_key():
    keys = [kind.face.key for kind in found().values() if kind.face.key]
    assert len(keys) == len(set(keys))


def test_every_step_of_the_table_has_its_command():
    assert {deed for _, deed in NEXT} <= found().keys()
    assert Deed.UNDO in found()


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_every_state_has_its_refusals(state):
    for language in LANGUAGES:
        assert {f"commands.stands.{state.name}", f"commands.moved.{state.name}"} <= phrases(language).keys()


def test_the_languages_say_the_same_things_with_the_same_places():
    first, *others = (phrases(language) for language in LANGUAGES)
    for other in others:
        assert first.keys() == other.keys()
        for key, text in first.items():
            assert places(text) == places(other[key]), key


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
