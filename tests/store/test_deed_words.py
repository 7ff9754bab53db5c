"""Words of deeds: covered before anything is kept of them, the whole of them sealed for their deed, gone with them."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from console import commands
from console.commands.files import Attach
from console.commands.steps import text_between, words_between
from console.commands.triage import Dispose, Verify
from console.commands.work import Close, Note, Reopen, Start
from console.core.clock import TurnedClock
from console.core.command import Command, Envelope
from console.core.covering import words_of_deed
from console.core.erasure import Erasure
from console.core.errors import BadAnswer, Refused
from console.core.file_kinds import safe_name
from console.core.lifecycle import State, after
from console.core.masking import masked
from console.core.personal import DEED_WHOLE, whole_of_deed
from console.core.records import Case, ComplaintId, Event
from console.store.bring import bring, no_thumb
from console.store.data_key import DataKey
from console.store.deed_words import sealed_deed
from console.store.documents import Documents, name_rev
from console.store.retold import deed_bodies
from console.store.sealing import open_value
from sync.city_key import new_key
from tests.contracts.test_commands import an_example
from tests.core.test_covering import _TEXTS
from tests.store.conftest import NOON, batch, said
from tests.store.test_wholes import PHONE, City, city

__all__ = ["city"]
ONE = ComplaintId("uji:000001")
WORDS = f"sudah ditelepon Ibu Siti Aminah di {PHONE}"
TOLD = masked(WORDS)
KEY: tuple[DataKey, bytes, str] = new_key("uji", "Dewi", TurnedClock(NOON, seed=5))


def office(city: City) -> str:
    return next(iter(city.pack.opds))


def do(city: City, command: Command, *, at_screen: bool = True) -> Event:
    """Do it by the way the screen goes, or as an older screen does; the newest entry of the history."""
    envelope = commands.seal(command, city.clock, "Rani")
    if at_screen:
        envelope = sealed_deed(envelope, city.store._intake.key)
    receipt, _ = city.store.apply(envelope, commands.open_envelope(envelope, city.pack))
    assert receipt.outcome == "taken", receipt
    return city.store.read.events_of(ONE)[-1]


def opened(city: City, event: Event) -> str:
    return open_value(whole_of_deed(event.fields), city.private, event.id, "text")


def everything(city: City) -> str:
    """All that stands in rows, history and documents."""
    queries = ("SELECT * FROM complaint", "SELECT * FROM event", "SELECT body FROM rev", "SELECT told FROM ledger")
    return json.dumps([city.store._db.execute(query).fetchall() for query in queries])


def body(city: City, event: Event) -> dict[str, Any]:
    winner = city.store.documents.winner(event.id)
    assert winner is not None
    return dict(winner.body or {})


@pytest.mark.parametrize("at_screen", [True, False])
def test_note_reasons_and_evidence_stand_covered_and_open_whole(city: City, at_screen: bool) -> None:
    city.key()
    city.store.take(batch(said(1)))
    asked: list[Command] = [Note(ONE, f"  {WORDS}\n"), Verify(ONE), Dispose(ONE, office(city), WORDS), Start(ONE)]
    for command in (*asked, Close(ONE, WORDS), Reopen(ONE, WORDS)):
        event = do(city, command, at_screen=at_screen)
        if isinstance(command, Start | Verify):
            assert not whole_of_deed(event.fields)
            continue
        assert (event.text, opened(city, event)) == (TOLD, WORDS)
        told = body(city, event)
        assert (told["text"], told["fields"]) == (event.text, event.fields), "its document says the same"
    assert PHONE not in everything(city)
    assert "Siti" not in everything(city)


def test_of_a_file_its_name_is_covered_and_stays_one(city: City) -> None:
    city.key()
    city.store.take(batch(said(1)))
    brought = bring(city.store.blobs, b"surat", f"{'x' * 90} Ibu Siti {PHONE}.txt", thumb=no_thumb)
    event = do(city, Attach(ONE, **brought.fields))
    assert event.text == event.fields["name"] == safe_name(event.text, brought.fields["type"])
    assert PHONE not in event.text
    assert opened(city, event) == brought.fields["name"]
    (file,) = city.store.read.files_of(ONE)
    assert file.name == event.text


def test_where_nothing_is_covered_nothing_is_sealed(city: City) -> None:
    city.key()
    city.store.take(batch(said(1)))
    event = do(city, Note(ONE, "sudah ditambal"))
    assert (event.text, event.fields) == ("sudah ditambal", {"text": "sudah ditambal"})


def test_while_there_is_no_key_no_word_is_lost(city: City) -> None:
    city.store.take(batch(said(1)))
    event = do(city, Note(ONE, WORDS))
    assert (event.text, event.fields) == (WORDS, {"text": WORDS})
    city.key()
    assert opened(city, do(city, Note(ONE, WORDS))) == WORDS
    assert city.store.read.events_of(ONE)[-2].text == WORDS, "a document that was written stays as it is"


def test_a_line_of_before_there_was_a_key_is_sealed_when_it_is_done(city: City) -> None:
    city.store.take(batch(said(1)))
    envelope = sealed_deed(commands.seal(Note(ONE, WORDS), city.clock, "Rani"), city.store._intake.key)
    assert envelope.fields["text"] == WORDS
    city.key()
    city.store.apply(envelope, commands.open_envelope(envelope, city.pack))
    assert opened(city, city.store.read.events_of(ONE)[-1]) == WORDS


def test_it_opens_for_its_own_deed_alone(city: City) -> None:
    city.key()
    city.store.take(batch(said(1)))
    first, second = do(city, Note(ONE, WORDS)), do(city, Note(ONE, WORDS))
    assert whole_of_deed(first.fields) != whole_of_deed(second.fields)
    with pytest.raises(Refused, match="does_not_open"):
        open_value(whole_of_deed(first.fields), city.private, second.id, "text")


def test_what_was_measured_where_it_was_written_is_not_measured_covered(city: City) -> None:
    city.key()
    city.store.take(batch(said(1)))
    for command in (Verify(ONE), Dispose(ONE, office(city), "wilayahnya"), Start(ONE)):
        do(city, command)
    short, long = "a.n. Boni Asri", "bu Al " * 666
    assert len(masked(short)) < 10 < len(short)
    assert len(masked(long).strip()) > 4000 > len(long)
    with pytest.raises(Refused, match="text_long"):
        words_between("a" * 4001, "commands.note.text_lacks")
    with pytest.raises(Refused, match="text_long"):
        text_between(masked("bu Al " * 40), "commands.record.title_lacks", most=200)
    assert opened(city, do(city, Close(ONE, short))) == short
    assert opened(city, do(city, Note(ONE, long))) == long.strip()


def test_a_seal_travels_beside_words_alone_and_in_its_form(city: City) -> None:
    city.key()
    envelope = sealed_deed(commands.seal(Note(ONE, WORDS), city.clock, "Rani"), city.store._intake.key)
    sealed = envelope.fields[DEED_WHOLE]
    for kind, fields in (
        ("note", {"complaint": ONE, "text": "x", DEED_WHOLE: "bukan segel"}),
        ("note", {"complaint": ONE, "text": "x", DEED_WHOLE: 7}),
        ("take", {"complaint": ONE, DEED_WHOLE: sealed}),
        ("forward", {"complaint": ONE, "text": "x", DEED_WHOLE: sealed}),
    ):
        with pytest.raises(BadAnswer):
            commands.open_envelope(Envelope(city.clock.new_id(), kind, fields, "Rani", NOON))


@pytest.mark.parametrize("kind", ["withdraw", "forward_again", "forward_drop", "dispose", "reopen"])
def test_every_reason_is_covered(kind: str) -> None:
    envelope = Envelope("1" * 32, kind, {"complaint": ONE, "reason": WORDS}, "Rani", NOON)
    assert sealed_deed(envelope, lambda: KEY[0]).fields["reason"] == TOLD


def test_the_words_of_a_report_go_out_as_the_person_saw_them() -> None:
    envelope = Envelope("1" * 32, "forward", {"complaint": ONE, "text": WORDS}, "Rani", NOON)
    assert sealed_deed(envelope, lambda: KEY[0]) is envelope


def test_a_document_is_told_again_from_its_history_with_its_seal(city: City) -> None:
    """So that a store that was salvaged offers the same revision, and not another."""
    city.key()
    city.store.take(batch(said(1)))
    event = do(city, Note(ONE, WORDS))
    told = dict(deed_bodies(city.store._db))[event.id]
    winner = Documents(city.store._db).winner(event.id)
    assert winner is not None
    assert name_rev("", told) == winner.rev


def test_what_is_erased_takes_its_seal_along(city: City) -> None:
    city.key()
    city.store.take(batch(said(1)))
    gone, kept = do(city, Note(ONE, WORDS)), do(city, Note(ONE, WORDS))
    city.store.erase([Erasure(ONE, frozenset(), False, frozenset({gone.id}), city.clock.now(), "Dewi", "HAK-1")])
    here = {each.id: each for each in city.store.read.events_of(ONE)}
    assert (here[gone.id].text, here[gone.id].fields) == ("", {})
    assert whole_of_deed(gone.fields) not in everything(city)
    assert opened(city, here[kept.id]) == WORDS


def test_no_file_holds_what_the_rules_know(city: City) -> None:
    city.key()
    city.store.take(batch(said(1)))
    do(city, Note(ONE, WORDS))
    folder = Path(city.profile.folder)
    with closing(city.store.read):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            assert PHONE.encode() not in path.read_bytes(), path


@given(_TEXTS)
def test_covered_sealed_and_opened_are_the_words_and_nothing_else_is_sealed(text: str) -> None:
    envelope = Envelope("1" * 32, "note", {"complaint": ONE, "text": text}, "Rani", NOON)
    seen = sealed_deed(envelope, lambda: KEY[0])
    sealed = whole_of_deed(seen.fields)
    if masked(text.strip()) == text.strip():
        assert seen is envelope
        assert not sealed
    else:
        assert seen.fields["text"] == masked(text.strip())
        assert open_value(sealed, KEY[1], f"deed:{envelope.id}", "text") == text.strip()
    assert sealed_deed(seen, lambda: KEY[0]) is seen, "covering twice changes nothing"
    assert sealed_deed(envelope, lambda: None) is envelope


@pytest.mark.parametrize("kind", commands.found().values(), ids=lambda kind: str(kind.face.deed))
def test_the_history_tells_the_words_that_are_covered(kind: type[Command]) -> None:
    """Of every deed there is: what its patch tells is what that field says, or it was covered in vain."""
    command = an_example(kind)
    name = words_of_deed(kind.face.deed, command.plain())
    if name:
        states = [state for state in State if after(state, kind.face.deed) is not None] or [State.NEW]
        assert replace(command, **{name: f" {TOLD} "}).patch(Case(ONE, states[0])).text.strip() == TOLD
