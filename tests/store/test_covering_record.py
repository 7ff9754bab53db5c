"""A complaint that is taken down: its words covered before the black box, whole in seals, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console import commands
from console.commands.intake import Record, new_complaint_id
from console.core.covering import covered_words
from console.core.errors import Refused
from console.core.personal import COVERED, whole_among
from console.core.records import Complaint
from console.store.sealing import open_value, seal_whole
from tests.cities import ONE
from tests.store.test_wholes import PHONE, TEXT, City, city

__all__ = ["city"]
WORDS = {"title": f"hp {PHONE}", "text": TEXT, "address": "rumah Ibu Siti Aminah"}


def record(city: City, *, at_screen: bool = False, **words: str) -> str:
    """Take one down, as an older screen does, or as ours; its id."""
    name = str(new_complaint_id(city.clock))
    told: dict[str, Any] = {"title": "Jalan rusak", **words}
    if at_screen:
        covered, whole = covered_words(told)
        told = {**covered, **seal_whole(whole, city.store._intake.key().public, name)}  # type: ignore[union-attr]
    command = Record(name, channel="telepon", area=f"{ONE}.1001", **told)  # type: ignore[arg-type]
    envelope = commands.seal(command, city.clock, "Rani")
    receipt, _ = city.store.apply(envelope, commands.open_envelope(envelope, city.pack))
    assert receipt.outcome == "taken", receipt
    return name


def opened(city: City, name: str) -> dict[str, str]:
    found: Complaint = city.store.read.complaint(name)  # type: ignore[assignment]
    return {each: open_value(seal, city.private, name, each) for each, seal in whole_among(found.extra).items()}


def everything(city: City) -> str:
    """All that stands in rows, history and documents."""
    queries = ("SELECT * FROM complaint", "SELECT * FROM event", "SELECT body FROM rev", "SELECT told FROM ledger")
    return json.dumps([city.store._db.execute(query).fetchall() for query in queries])


@pytest.mark.parametrize("at_screen", [True, False])
def test_words_stand_covered_everywhere_and_open_whole(city: City, at_screen: bool) -> None:
    city.key()
    name = record(city, at_screen=at_screen, **WORDS)
    assert opened(city, name) == WORDS
    found: Any = city.store.read.complaint(name)
    assert {each: getattr(found, each) for each in COVERED} == covered_words(WORDS)[0]
    assert PHONE not in everything(city)
    assert "Siti" not in everything(city)
    bodies = [json.loads(body) for (body,) in city.store._db.execute("SELECT body FROM rev")]
    (own,) = (body for body in bodies if body["type"] == "complaint")
    assert {"sealed_title", "sealed_text", "sealed_address"} <= own.keys()
    assert all("kendali-s1:" not in json.dumps(body) for body in bodies if body["type"] == "deed")


def test_without_a_key_its_own_document_alone_has_the_words(city: City) -> None:
    name = record(city, **WORDS)
    assert city.store.read.complaint(name).text == TEXT  # type: ignore[union-attr]
    (event,) = city.store.read.events_of(name)
    assert event.fields["text"] == "Lubang dalam, hubungi ••••23 segera"


def test_what_is_no_seal_is_refused(city: City) -> None:
    with pytest.raises(AssertionError, match="reporter_open"):
        record(city, text="x", sealed_text="seluruhnya")


def test_words_and_their_whole_are_one_choice(city: City) -> None:
    """Two consoles set the same words right: whichever holds, its seal is the one of its words."""
    city.key()
    name = record(city, **WORDS)
    doc = f"complaint:{name.partition(':')[2]}"
    below = city.store.documents.winner(doc)
    assert below is not None
    assert below.body is not None
    public = city.store._intake.key().public  # type: ignore[union-attr]
    texts = [f"hubungi 08561111{number:04}" for number in range(8)]
    with city.store._written():
        for text in texts:
            told = {**covered_words({"text": text})[0], **seal_whole({"text": text}, public, name)}
            body = {**below.body, **told, "corrected": sorted(told)}
            city.store.documents.edit(doc, body, parent=below.rev)
        city.store._fold.after([doc])
    found: Any = city.store.read.complaint(name)
    assert opened(city, name)["text"] in texts
    assert covered_words({"text": opened(city, name)["text"]})[0]["text"] == found.text
    assert TEXT not in everything(city)


def test_words_that_were_set_right_and_hold_nobody_leave_no_seal(city: City) -> None:
    city.key()
    name = record(city, **WORDS)
    city.store.correct(name, {"text": "sudah baik", "sealed_text": ""}, who="Dewi", case="HAK-1")
    assert opened(city, name).keys() == {"title", "address"}
    city.store.correct(name, {"title": "Jalan"}, who="Dewi", case="HAK-1")
    assert opened(city, name).keys() == {"address"}


def test_a_command_of_an_older_form_is_refused_in_its_words(city: City) -> None:
    name = str(new_complaint_id(city.clock))
    command = Record(name, title="x", channel="telepon", area=f"{ONE}.1001", sealed_title="y")
    with pytest.raises(Refused, match="reporter_open"):
        command.check(city.store._inside)
