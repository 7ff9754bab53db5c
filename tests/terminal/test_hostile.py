"""Forty texts made to be read as something else, said in a terminal: none drives it, none turns the order."""

from __future__ import annotations

import argparse
import json
from io import StringIO
from pathlib import Path

import pytest

from console.core.errors import BadPack, ConsoleError, DiskTrouble, Fault
from console.core.phrases import LANGUAGES
from console.store.files import Profile, load_phrases
from console.terminal.deeds import DEEDS
from console.terminal.terminal import Terminal, tell
from sync.terminal import feed_try
from tests.hostile import PAYLOADS

DRIVING = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - set("\n\t")
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


def harmless(said: str) -> bool:
    return not set(said) & (DRIVING | TURNING)


@pytest.fixture
def at(tmp_path: Path) -> Terminal:
    made = Terminal(argparse.Namespace(profile=tmp_path / "p", language="id"))
    made.out, made.err = StringIO(), StringIO()
    return made


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_drives_no_terminal(name: str, language: str) -> None:
    text, phrases = PAYLOADS[name], load_phrases(language)
    values = dict.fromkeys(("path", "fault", "source", "reason", "name", "url", "address", "found", "known"), text)
    faults = [Fault.at(text, "pack.fault.absent", **values)]
    for error in (DiskTrouble("store.broken", **values), BadPack("pack.bad", faults, where=text)):
        assert harmless(tell(error, phrases))
    for says in ("sync.bad.redirect", "sync.url.form", "files.saved", "store.restore.done", "sync.bundle.no_contact"):
        assert harmless(phrases.tell(ConsoleError(says, **values)))


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_line_drives_no_terminal(name: str, at: Terminal) -> None:
    at.line(PAYLOADS[name])
    at.aside(PAYLOADS[name])
    assert isinstance(at.out, StringIO)
    assert isinstance(at.err, StringIO)
    assert harmless(at.out.getvalue() + at.err.getvalue())


@pytest.mark.parametrize("name", PAYLOADS)
def test_what_a_source_sends_is_shown_without_driving_it(name: str, tmp_path: Path) -> None:
    """Decoded whole, or refused with its place: both are shown."""
    text = PAYLOADS[name].encode("utf-8", "replace").decode("utf-8")
    rows = [
        {"service_request_id": "1", "status": text, "description": text, "requested_datetime": "2026-11-21T03:00:00Z",
         "address": text, "agency_responsible": text, "media_url": text, "more": text},
        {"service_request_id": text, "requested_datetime": text, "lat": text, "long": text},
    ]  # fmt: skip
    given = tmp_path / "answer.json"
    given.write_text(json.dumps(rows), "utf-8")
    out, err = StringIO(), StringIO()
    assert feed_try("open311", str(given), load_phrases(), out, err) == 0
    assert harmless(out.getvalue() + err.getvalue())
    told = json.loads(out.getvalue())
    assert told["records"] + len(told["refused"]) == 2


def test_a_list_of_packs_has_a_line_for_each(at: Terminal) -> None:
    """Installed by hand, so that nobody checked what they call themselves."""
    profile = Profile.at(at.profile)
    sound = [each for each in PAYLOADS.values() if each.isprintable() or "\x1b" in each or "\n" in each]
    for nth, text in enumerate(sound):
        folder = profile.packs / f"p{nth}"
        folder.mkdir(parents=True)
        (folder / "pack.toml").write_text(f"name = {json.dumps(text)}\n", "utf-8")
    assert DEEDS["pack_list"](at) == 0
    assert isinstance(at.out, StringIO)
    said = at.out.getvalue()
    assert harmless(said)
    assert len(said.splitlines()) == len(sound) + 1, "and the one that is shipped"
