"""`forward list | send | look`: complaints handed on to other applications, at a terminal, while no console runs.

What is sent here is recorded like any deed first, and sent as the engine sends it. Where persons are known, whoever
does it signs in. Exit codes: 0 taken (or nothing to do), 1 refused or not sure, 3 it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from console.commands import seal
from console.commands.forward import YES, Forward, ForwardLook
from console.core.clock import Clock, SystemClock
from console.core.command import Command, Outcome
from console.core.errors import Refused
from console.core.forwarding import Forwarded, Post, first_words, new_reference, place_of, takes_reports
from console.core.people import Right
from console.core.people_notes import PersonOutcome, PersonWish, Wish
from console.core.phrases import Phrases
from console.core.records import ComplaintId
from console.core.safe_text import one_line
from console.store.files import Profile
from console.store.read import Read
from sync.credentials import Credentials
from sync.engine_log import EngineLog
from sync.feeds.open311.offered import Offered
from sync.people_terminal import Ground, opened
from sync.poster import Means, Poster
from sync.wire import AGENT, Wire

REFUSED, WAITS = 1, 3
MOST = 1000
_EXIT = {Post.TAKEN: 0, Post.WAITING: WAITS}


@dataclass(frozen=True)
class Forwarder:
    """One run of `forward ...` on the profile in a folder."""

    folder: Path
    phrases: Phrases
    out: Callable[[str], object]
    secret: Callable[[str], str]
    """Asks for a person's secret in the words of a phrase key."""
    login: str = ""
    account: str = ""
    """The system's name of who runs it: stands for them where nobody signs in."""
    clock: Clock | None = None
    credentials: Credentials | None = None
    wire: Wire | None = None

    def listed(self) -> int:
        """State, application, number, complaint and reference of each, one a line."""
        read = Read.open(Profile(self.folder))
        try:
            found = read.forwards(MOST)
        finally:
            read.close()
        for each in found:
            told = (str(each.state), each.target, each.report or "-", each.complaint, each.reference, each.by)
            self.out("\t".join(one_line(part) for part in told))
        return 0

    def send(
        self, complaint: str, target: str, service: str, *, text: str, attributes: Sequence[str], again: bool
    ) -> int:
        """Hand one complaint on, and send it now if that can be."""
        with self._desk() as (ground, who, session):
            asked = self._asked(ground, complaint, target, service, text)
            again_ = YES if again else ""
            made = Forward(ComplaintId(complaint), **asked, attributes=tuple(attributes), again=again_)  # type: ignore[arg-type]
            command = self._do(ground, made, who, session)
            self._turn(ground)
            return self._tell(ground, complaint, command)

    def look(self) -> int:
        """Send what waits, look for what is not sure, ask for numbers, all now; the gravest of what they came to."""
        with self._desk() as (ground, who, session):
            todo = [each for each in ground.store.read.forwards(MOST) if each.next_at is not None]
            for each in todo:
                self._do(ground, ForwardLook(each.complaint, forward=each.command), who, session)
            self._turn(ground)
            codes = [self._tell(ground, each.complaint, each.command) for each in todo]
        if not todo:
            self.out(self.phrases.say("forward.terminal.none"))
        return REFUSED if REFUSED in codes else max(codes, default=0)

    def _asked(
        self, ground: Ground, complaint: str, target: str, service: str, text: str
    ) -> Mapping[str, str | float | None]:
        """Everything the deed says, as the complaint stands."""
        found = ground.store.read.complaint(complaint)
        if found is None:
            raise Refused("commands.absent", complaint=complaint)
        entry = next((each for each in ground.pack.feeds if each.id == target), None)
        if entry is None or not takes_reports(entry):
            raise Refused("post.no_target", source=target)
        offered = Offered.of(ground.store.read.memo(target).get("services"))
        named = {each.code: each.name for each in offered.services}
        return {
            "target": target,
            "target_name": entry.title.get(self.phrases.language) or next(iter(entry.title.values()), target),
            "service": service,
            "service_name": named.get(service, service),
            "text": text or first_words(found),
            **place_of(found),
            "reference": new_reference(self._clock.new_id()),
        }

    def _do(self, ground: Ground, command: Command, who: str, session: str) -> str:
        envelope = seal(command, self._clock, who, session)
        receipt = ground.keeper.do(envelope, command).result()
        if receipt.outcome is not Outcome.TAKEN:
            raise Refused(receipt.says, **receipt.values)
        return envelope.id

    def _turn(self, ground: Ground) -> None:
        """What the engine would do now."""
        feeds = {each.id: each for each in ground.pack.feeds}
        wire = self.wire or Wire(self._clock, agent=AGENT)
        log = EngineLog(ground.profile.logs, self._clock)
        known = self.credentials or Credentials()
        try:
            Poster(Means(ground.keeper, ground.pack, wire, known, self._clock, log, feeds.get)).turn()
        finally:
            wire.close()

    def _tell(self, ground: Ground, complaint: str, command: str) -> int:
        """How it stands now, in one line; the exit code of that."""
        found = next(each for each in ground.store.read.forwards_of(complaint) if each.command == command)
        self.out(self._line(found))
        return _EXIT.get(found.state, REFUSED)

    def _line(self, each: Forwarded) -> str:
        say, target = self.phrases.say, each.target_name or each.target
        numbered = each.state is Post.TAKEN and not each.report
        stands = "token" if numbered else str(each.state)
        told = [f"{each.complaint}: {say(f'forward.stands.{stands}', target=target, number=each.report)}."]
        if each.says:
            told.append(say(each.says, **each.values))
        return " ".join(told)

    @property
    def _clock(self) -> Clock:
        return self.clock or SystemClock()

    @contextmanager
    def _desk(self) -> Iterator[tuple[Ground, str, str]]:
        """The store as ours for a moment, who asks, and under which sign-in."""
        with opened(self.folder, self._clock, running="forward.terminal.running") as ground:
            people, session = ground.people, ""
            try:
                if people.standing.since is not None:
                    if not self.login:
                        raise Refused("personal.rights.no_account")
                    wish = PersonWish("", Wish.IN, login=self.login, secret=self.secret("personal.rights.ask_secret"))
                    answer = people.answer(wish)
                    if answer.outcome is not PersonOutcome.TAKEN:
                        raise Refused(answer.says, **answer.values)
                    session = answer.session
                known = people.who(session, Right.DECIDE)
                yield ground, known.name if known is not None else self.login or self.account, session
            finally:
                if session:
                    people.answer(replace(PersonWish("", Wish.OUT), session=session))
