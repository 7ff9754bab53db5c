"""The rights of a person at the wish of the screen: one deed at a time in a thread of its own, told by notes.

    {"id", "do": find | unlock | export | correct | erase | proof | cancel, "case", ...}  ─►  {"id", "state", ...}

The deeds are those of the terminal (rights.py): here stands only who asked, what was found last, and how far it is.
What is typed about a person comes by the pipe and goes with the thread: no note out, no log and no file has it. What
was found is kept until the next search as places and numbers alone, so that nobody has to be named twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from console.core.erasure import FIELDS, is_item, sound_case
from console.core.errors import BadAnswer, Refused
from console.core.personal import SEALED
from console.core.phrases import LANGUAGES
from console.store.blobs import Blobs
from console.store.files import Profile, load_phrases
from console.store.holdings import Found
from sync.rights import MOST_AT_ONCE, Asked, Desk
from sync.rights_page import hand_out, write_proof
from sync.wishes import CalledOff, OneAtATime, Tell, Told, name_in, text_in

MOST_ROWS = 400
"""Rows of what was found, and of a part of the proof, that are told; the files hold all."""
SCOPES = ("all", "who", "words")
"""What of a complaint is erased: all of it, who told it, or the words of its history alone that were found."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What they stand on."""

    profile: Profile
    desk: Desk
    asker: Callable[[str, str, str], Asked]
    """Who asks: by session, name and case. Raises `Refused` where they may not."""
    tell: Tell
    """Tells the screen."""
    thread: str
    """Its thread's name: a bug of ours in it ends no engine."""


class RightsErrands:
    """Runs them. `do` and `stop` from any thread."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._running = OneAtATime(ground.tell, ground.thread, "personal.rights.busy")
        self._found: tuple[str, str, str, Found] | None = None
        """The last search: its id, its case, the session that asked, and what came of it."""
        self._works: Mapping[str, Callable[[Desk, Asked, Told], dict[str, Any]]] = {
            "find": self._find,
            "unlock": self._unlock,
            "export": self._export,
            "correct": self._correct,
            "erase": self._erase,
            "proof": self._proof,
        }

    def do(self, told: Told) -> None:
        """Begin one, or call off the one under way."""
        name, what = name_in(told, "id"), name_in(told, "do")
        if what == "cancel":
            self._running.call_off(name)
        elif what in self._works and name:  # else a wish of another edition
            self._running.begin(name, partial(self._work, what, dict(told)))

    def stop(self) -> None:
        """The engine ends: what is under way stops where nothing is done yet, and else is ended."""
        self._running.stop()

    def _work(self, what: str, told: Told) -> Mapping[str, Any]:
        ground = self._ground
        asked = ground.asker(text_in(told, "session"), text_in(told, "by"), sound_case(text_in(told, "case")))
        return self._works[what](replace(ground.desk, heed=self._heed()), asked, told)

    def _heed(self) -> Callable[[float], None]:
        progress = self._running.progress()

        def heard(share: float) -> None:
            if self._running.called_off():
                raise CalledOff("personal.rights.called_off")
            progress(share)

        return heard

    # the deeds

    def _find(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        self._found = None
        found = desk.find(asked, text_in(told, "typed"), text_in(told, "complaint").strip())
        self._found = (name_in(told, "id"), asked.case, asked.session, found)
        rows = found.counted()
        return {
            "found": [
                {
                    "complaint": complaint,
                    "place": place,
                    "count": count,
                    "covered": covered,
                    "source": found.items.get(complaint, ""),
                }
                for complaint, place, count, covered in rows[:MOST_ROWS]
            ],
            "more": max(0, len(rows) - MOST_ROWS),
            "told_by": found.told_by[:MOST_ROWS],
            "spoken": [name for name in found.complaints if found.deeds_of(name) and name not in found.told_by][
                :MOST_ROWS
            ],
            "hits": len(found.hits),
            "complaints": len(found.complaints),
            "items": len(found.items),
            "opened": found.opened,
            "closed": found.closed,
            "backups": found.backups,
        }

    def _last(self, asked: Asked, told: Told) -> Found:
        """What was found before, by who asks now and for the same case."""
        if self._found is None or self._found[:3] != (text_in(told, "of"), asked.case, asked.session):
            raise Refused("personal.rights.find_first")
        return self._found[3]

    def _unlock(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        desk.unlock(asked, text_in(told, "code"))
        return {}

    def _export(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        folder, found = _path(told), self._last(asked, told)
        if folder.exists():
            raise Refused("personal.rights.folder_there", path=str(folder))
        held = desk.held(asked, _names(told), found=found)
        desk.heed(1.0)
        count = hand_out(held, folder, Blobs(self._ground.profile.blobs), load_phrases(_language(told)))
        return {
            "says": "personal.rights.handed",
            "values": {"path": str(folder), "complaints": len(held["complaints"]), "files": count},
        }

    def _correct(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        complaint, name = text_in(told, "complaint"), text_in(told, "field")
        if is_item(complaint):
            raise Refused("personal.rights.item_theirs")
        desk.correct(asked, complaint, name, text_in(told, "value"))
        return {"field": name, "complaint": complaint}

    def _erase(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        names, scope, found = _names(told), text_in(told, "scope"), self._last(asked, told)
        if scope not in SCOPES or not names or (scope == "words" and len(names) > 1):
            raise Refused("personal.rights.unknown_wish")
        deeds = found.deeds_of(names[0]) if scope == "words" else []
        if scope == "words" and not deeds:
            raise Refused("personal.rights.nothing")
        fields = {"all": frozenset(FIELDS), "who": frozenset(SEALED), "words": frozenset[str]()}[scope]
        now = told.get("backups") is True
        done = desk.erase(asked, names, fields=fields, history=scope == "all", deeds=deeds, backups_now=now)
        return {
            "names": done.complaints,
            "looked_for": done.looked_for,
            "left": done.left,
            "scrubbed": done.scrubbed,
            "backups": done.backups,
            "removed": done.removed,
        }

    def _proof(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        path, phrases = _path(told), load_phrases(_language(told))
        proof = desk.proof(asked)
        title, parts = write_proof(proof, path, phrases)
        return {
            "says": "personal.rights.proved",
            "values": {"path": str(path), "hash": proof.hash},
            "title": title,
            "parts": [[heading, [list(row) for row in rows[:MOST_ROWS]]] for heading, rows in parts],
        }


def _names(told: Told) -> list[str]:
    names = told.get("names", [])
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise BadAnswer("core.note.form")
    if len(names) > MOST_AT_ONCE:
        raise Refused("personal.rights.many", most=MOST_AT_ONCE)
    return names


def _path(told: Told) -> Path:
    """A place a person chose: a whole one, for the engine stands in no folder of theirs."""
    path = Path(text_in(told, "path"))
    if not path.is_absolute():
        raise Refused("personal.rights.whole_path")
    return path


def _language(told: Told) -> str:
    language = told.get("language")
    return language if language in LANGUAGES else LANGUAGES[0]
