"""`rights find | export | correct | delete | proof`: the rights of a person at a terminal, while no console runs.

Whom it is about is never an argument, which others on the machine could read: it is typed, or a line of standard input.
Where persons are known, whoever does it signs in first; an administrator finds and erases, a supervisor also opens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.erasure import FIELDS, sound_case, sound_fields
from console.core.errors import Refused
from console.core.people import Right
from console.core.people_notes import PersonOutcome, PersonWish, Wish
from console.core.phrases import Phrases
from console.store.blobs import Blobs
from console.store.holdings import Found
from sync.city_key import CityKeys
from sync.credentials import Credentials
from sync.keys import Secrets
from sync.people_terminal import opened
from sync.rights import Asked, Desk, asked_by
from sync.rights_page import hand_out, write_proof

LEFT = 1
Line = Callable[[str], object]
Ask = Callable[[str], str]
"""Asks for something in the words of a phrase key."""


@dataclass(frozen=True)
class Counter:
    """One run of `rights ...` on the profile in a folder."""

    folder: Path
    phrases: Phrases
    out: Line
    secret: Ask
    typed: Ask
    case: str
    login: str = ""
    """Who signs in; their name, where nobody has to."""
    account: str = ""
    """The system's name of who runs it: stands for them where nobody signs in."""
    recovery: Ask | None = None
    """Asks for the recovery code, where it was said that the key is not in this machine's keyring."""
    secrets: Secrets | None = None
    clock: Clock | None = None

    def find(self, complaint: str, *, as_json: bool) -> int:
        """What is held, by table and complaint; 1 where anything is."""
        with self._desk() as (desk, asked):
            typed = "" if complaint else self.typed("personal.rights.ask_words")
            found = desk.find(asked, typed, complaint)
        if as_json:
            self.out(json.dumps(_told(found), sort_keys=True))
        else:
            self._tell(found)
        return LEFT if found.hits else 0

    def _tell(self, found: Found) -> None:
        for complaint, place, count, covered in found.counted():
            self._say("found_row", complaint=complaint or "-", place=place, count=count, covered=covered)
        if found.hits:
            self._say("found", hits=len(found.hits), complaints=len(found.complaints), items=len(found.items))
        else:
            self._say("found_none")
        self._say("opened", count=found.opened)
        if found.closed:
            self._say("closed", count=found.closed)
        if found.backups:
            self._say("backups_may", count=found.backups)

    def export(self, complaints: Sequence[str], folder: Path) -> int:
        """All that is held of a person, as a folder to hand over."""
        with self._desk() as (desk, asked):
            typed = "" if complaints else self.typed("personal.rights.ask_words")
            if folder.exists():
                raise Refused("personal.rights.folder_there", path=str(folder))
            held = desk.held(asked, complaints, typed)
            count = hand_out(held, folder, Blobs(desk.profile.blobs), self.phrases)
        self._say("handed", path=str(folder), complaints=len(held["complaints"]), files=count)
        return 0

    def correct(self, complaint: str, name: str) -> int:
        """Another value in the place of a wrong one."""
        with self._desk() as (desk, asked):
            desk.correct(asked, complaint, name, self.typed("personal.rights.ask_value"))
        self._say("corrected", field=name, complaint=complaint)
        return 0

    def delete(
        self,
        complaints: Sequence[str],
        *,
        fields: Sequence[str] = (),
        history: bool = True,
        deeds: Sequence[str] = (),
        backups_now: bool = False,
        sure: bool = False,
    ) -> int:
        """Erase it; 1 where anything of it is still found here."""
        chosen = sound_fields(fields) if fields else frozenset() if deeds else frozenset(FIELDS)
        if not sure:
            raise Refused("personal.rights.sure")
        with self._desk() as (desk, asked):
            done = desk.erase(
                asked, complaints, fields=chosen, history=history and not deeds, deeds=deeds, backups_now=backups_now
            )
        self._say("erased", count=len(done.complaints))
        for name, count in done.left.items():
            self._say("left", name=name, count=count)
        if not done.left:
            self._say("clean", count=done.looked_for)
        if not done.scrubbed:
            self._say("scrub_waits")
        if done.removed:
            self._say("backups_gone", count=done.removed)
        elif done.backups:
            self._say("backups_left", count=done.backups)
        return LEFT if done.left or not done.scrubbed else 0

    def proof(self, path: Path) -> int:
        """A page that proves what was erased: HTML, or plain text for a name that ends in `.txt`."""
        with self._desk() as (desk, asked):
            proof = desk.proof(asked)
        write_proof(proof, path, self.phrases)
        self._say("proved", path=str(path), hash=proof.hash)
        return 0

    @contextmanager
    def _desk(self) -> Iterator[tuple[Desk, Asked]]:
        """The store as ours for a moment, and who asks."""
        case = sound_case(self.case)
        clock = self.clock or SystemClock()
        with opened(self.folder, clock, running="personal.rights.running") as ground:
            session, people = "", ground.people
            try:
                known = people.standing.since is not None
                if known and self.login:
                    wish = PersonWish("", Wish.IN, login=self.login, secret=self.secret("personal.rights.ask_secret"))
                    answer = people.answer(wish)
                    if answer.outcome is not PersonOutcome.TAKEN:
                        raise Refused(answer.says, **answer.values)
                    session = answer.session
                elif known:
                    raise Refused("personal.rights.no_account")
                asked = asked_by(people.who(session, Right.PERSONAL_RIGHTS), self.login or self.account, case)
                keys = CityKeys(self.secrets or Credentials())
                desk = Desk(ground.profile, ground.keeper, ground.pack, keys, clock)
                if self.recovery is not None:
                    desk.unlock(asked, self.recovery("personal.key.ask_code"))
                yield desk, asked
            finally:
                if session:
                    people.answer(replace(PersonWish("", Wish.OUT), session=session))

    def _say(self, what: str, **values: object) -> None:
        self.out(self.phrases.say(f"personal.rights.{what}", **values))


def _told(found: Found) -> dict[str, object]:
    rows = [
        {"complaint": complaint, "place": place, "count": count, "covered": covered}
        for complaint, place, count, covered in found.counted()
    ]
    return {"found": rows, "opened": found.opened, "closed": found.closed, "backups": found.backups}
