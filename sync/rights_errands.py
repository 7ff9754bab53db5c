"""The rights of a person at the wish of the screen: one deed at a time in a thread of its own, told by notes.

    {"id", "do": find | unlock | export | correct | erase | proof | cancel, "case", ...}  ─►  {"id", "state", ...}

The deeds are those of the terminal (rights.py): here stands only who asked, what was found last, and how far it is.
What is typed about a person comes by the pipe and goes with the thread: no note out, no log and no file has it. What
was found is kept until the next search as places and numbers alone, so that nobody has to be named twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from console.core.erasure import FIELDS, is_item, sound_case
from console.core.errors import BadAnswer, ConsoleError, Refused
from console.core.personal import SEALED
from console.core.phrases import LANGUAGES
from console.store.blobs import Blobs
from console.store.files import Profile, load_phrases
from console.store.holdings import Found
from sync.rights import MOST_AT_ONCE, Asked, Desk
from sync.rights_page import hand_out, write_proof

_STEP = 0.01
"""A share of the whole that is worth a note."""
_END_WITHIN_S = 5.0
_MOST_TEXT = 4000
MOST_ROWS = 400
"""Rows of what was found, and of a part of the proof, that are told; the files hold all."""
SCOPES = ("all", "who", "words")
"""What of a complaint is erased: all of it, who told it, or the words of its history alone that were found."""

Told = Mapping[str, Any]


class CalledOff(Refused):
    """Whoever asked let it be, before anything was done."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What they stand on."""

    profile: Profile
    desk: Desk
    asker: Callable[[str, str, str], Asked]
    """Who asks: by session, name and case. Raises `Refused` where they may not."""
    tell: Callable[..., None]
    """Tells the screen."""
    thread: str
    """Its thread's name: a bug of ours in it ends no engine."""


class RightsErrands:
    """Runs them. `do` and `stop` from any thread."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._id = ""
        """Of the one under way, "" where there is none."""
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
        name, what = _name(told, "id"), _name(told, "do")
        if what == "cancel":
            if name == self._id:
                self._cancel.set()
            return
        if what not in self._works or not name:
            return  # a wish of another edition
        with self._lock:
            if self._id:
                self._ground.tell(id=name, **_refusal(Refused("personal.rights.busy")))
                return
            self._cancel.clear()
            self._id = name
            self._thread = threading.Thread(
                target=self._run, args=(name, what, dict(told)), name=self._ground.thread, daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """The engine ends: what is under way stops where nothing is done yet, and else is ended."""
        self._cancel.set()
        thread = self._thread
        if thread is not None:
            thread.join(_END_WITHIN_S)

    def _run(self, name: str, what: str, told: Told) -> None:
        ground = self._ground
        ground.tell(id=name, state="running", do=what, part=None)
        try:
            asked = ground.asker(_text(told, "session"), _text(told, "by"), sound_case(_text(told, "case")))
            desk = replace(ground.desk, heed=self._heed(name, what))
            last = {"state": "done", "values": {}, "says": "", **self._works[what](desk, asked, told)}
        except ConsoleError as error:
            last = _refusal(error)
        except BaseException:
            # An error of our own: whoever waits for it is told, and the log has it.
            self._end(name, _refusal(Refused("engine.bug_command")))
            raise
        self._end(name, last)

    def _end(self, name: str, last: dict[str, Any]) -> None:
        self._id = ""  # before it is told: who hears of the end may ask for the next at once
        self._ground.tell(id=name, **last)

    def _heed(self, name: str, what: str) -> Callable[[float], None]:
        said = [0.0]

        def heard(share: float) -> None:
            if self._cancel.is_set():
                raise CalledOff("personal.rights.called_off")
            if share - said[0] >= _STEP:
                said[0] = share
                self._ground.tell(id=name, state="running", do=what, part=round(share, 3))

        return heard

    # the deeds

    def _find(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        self._found = None
        found = desk.find(asked, _text(told, "typed"), _text(told, "complaint").strip())
        self._found = (_name(told, "id"), asked.case, asked.session, found)
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
        if self._found is None or self._found[:3] != (_text(told, "of"), asked.case, asked.session):
            raise Refused("personal.rights.find_first")
        return self._found[3]

    def _unlock(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        desk.unlock(asked, _text(told, "code"))
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
        complaint, name = _text(told, "complaint"), _text(told, "field")
        if is_item(complaint):
            raise Refused("personal.rights.item_theirs")
        desk.correct(asked, complaint, name, _text(told, "value"))
        return {"field": name, "complaint": complaint}

    def _erase(self, desk: Desk, asked: Asked, told: Told) -> dict[str, Any]:
        names, scope, found = _names(told), _text(told, "scope"), self._last(asked, told)
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


def _refusal(error: ConsoleError) -> dict[str, Any]:
    values = {key: value for key, value in error.values.items() if isinstance(value, str | int | float)}
    state = "off" if isinstance(error, CalledOff) else "refused"
    return {"state": state, "says": error.says, "values": values}


def _name(told: Told, name: str) -> str:
    """A name in a note, "" where it is none."""
    value = told.get(name)
    return value if isinstance(value, str) and len(value) <= _MOST_TEXT else ""


def _text(told: Told, name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > _MOST_TEXT or "\0" in value:
        raise BadAnswer("core.note.form")
    return value


def _names(told: Told) -> list[str]:
    names = told.get("names", [])
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise BadAnswer("core.note.form")
    if len(names) > MOST_AT_ONCE:
        raise Refused("personal.rights.many", most=MOST_AT_ONCE)
    return names


def _path(told: Told) -> Path:
    """A place a person chose: a whole one, for the engine stands in no folder of theirs."""
    path = Path(_text(told, "path"))
    if not path.is_absolute():
        raise Refused("personal.rights.whole_path")
    return path


def _language(told: Told) -> str:
    language = told.get("language")
    return language if language in LANGUAGES else LANGUAGES[0]
