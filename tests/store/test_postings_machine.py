"""Whatever is cut off, restored, copied or asked twice: a report comes to stand once, unless a person sent it again.

A server that keeps what reaches it, a console that may be killed at every step, an older copy of its store that is put
back, a copy of its profile on another machine. The black box brings back what was asked.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.commands.forward import YES, ForwardAgain, ForwardDrop, ForwardLook
from console.core.clock import TurnedClock
from console.core.forwarding import Post
from console.store import audit, backup
from console.store.files import Profile
from tests.store.conftest import NOON, batch, invented_pack, said
from tests.store.test_postings import ONE, Desk

ENDS = ("nothing sent", "lost before", "lost after", "answer", "token", "refused", "killed before", "killed after")


class Postings(RuleBasedStateMachine):
    """One operator's console, the other application, and an older copy."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = TurnedClock(NOON, seed=5)
        self.desk = Desk(Profile.at(self.folder / "satu"), self.clock, invented_pack())
        self.desk.store.take(batch(said(1)))
        self.desks = [self.desk]
        self.kept: Counter[str] = Counter()
        """Reports that stand at the server, by reference."""
        self.agains: Counter[str] = Counter()
        """How often a person said that one is to be sent again."""
        self.asked: dict[str, str] = {}
        """Commands that were acknowledged, with their references."""
        self.hand_on()
        self.keep_a_copy()
        self.hand_on()

    def teardown(self) -> None:
        """In the end everybody sends what they would send by themselves."""
        if hasattr(self, "desks"):
            try:
                self.settle_all()
            finally:
                for desk in self.desks:
                    desk.store.close()
                shutil.rmtree(self.folder)

    def settle_all(self) -> None:
        for which in range(len(self.desks)):
            self.desks[which].restart()
            for _ in range(2):
                self.clock.turn(90_000)
                self.send("answer", which)
                self.look(which, answers=True)
        self.none_stands_twice_unasked()
        self.none_is_lost()
        left = [each.state for each in self.desk.store.read.forwards_of(ONE) if each.next_at is not None]
        assert not {Post.WAITING, Post.BEGUN} & set(left)

    def some(self, desk: Desk, *states: Post) -> list[str]:
        return [each.command for each in desk.store.read.forwards_of(ONE) if each.here and each.state in states]

    @precondition(lambda self: len(self.asked) < 4)
    @rule()
    def hand_on(self) -> None:
        command = self.desk.hand_on(again=YES)
        self.asked[command] = self.desk.one(command).reference

    @rule(end=st.sampled_from(ENDS), which=st.integers(0, 1))
    def leave(self, end: str, which: int) -> None:
        self.send(end, which)

    def send(self, end: str, which: int) -> None:
        """What waits leaves, and it ends in one of all ways."""
        desk = self.desks[which % len(self.desks)]
        for command, state in desk.due():
            if state is not Post.WAITING:
                continue
            going = desk.begin(command)
            if going is None:
                continue
            if end in ("lost after", "answer", "token", "killed after"):
                self.kept[going.reference] += 1
            if end.startswith("killed"):
                desk.restart()
                return
            done = {
                "nothing sent": lambda posts, c=command: posts.waits(c, "sync.away.refused", {}),
                "lost before": lambda posts, c=command: posts.unsure(c, "post.silent", {}),
                "lost after": lambda posts, c=command: posts.unsure(c, "post.silent", {}),
                "answer": lambda posts, c=command: posts.taken(c, report=f"no {c}"),
                "token": lambda posts, c=command: posts.taken(c, token=c),
                "refused": lambda posts, c=command: posts.refused(c, "post.refused", {}),
            }
            desk.store.post(done[end])

    @rule(which=st.integers(0, 1), answers=st.booleans())
    def look_for(self, which: int, *, answers: bool) -> None:
        self.look(which, answers=answers)

    def look(self, which: int, *, answers: bool) -> None:
        """The engine looks for what is not sure, and asks for numbers."""
        desk = self.desks[which % len(self.desks)]
        for due in desk.store.postings.due():
            if due.state is Post.UNSURE and answers and self.kept[due.reference]:
                desk.store.post(lambda posts, c=due.command: posts.taken(c, report=f"no {c}"))
            elif due.state is not Post.WAITING:
                desk.store.post(lambda posts, c=due.command: posts.looked(c, well=answers))

    @rule(seconds=st.sampled_from([1, 30, 3600, 90_000]))
    def later(self, seconds: int) -> None:
        self.clock.turn(seconds)

    @rule(which=st.integers(0, 1))
    def again(self, which: int) -> None:
        """A person sends again, told that it may stand twice."""
        desk = self.desks[which % len(self.desks)]
        for command in self.some(desk, Post.REFUSED, Post.UNSURE)[:1]:
            self.agains[self.asked[command]] += 1
            desk.say(ForwardAgain(ONE, forward=command))

    @rule()
    def withdraw(self) -> None:
        for command in self.some(self.desk, Post.WAITING, Post.REFUSED, Post.UNSURE)[:1]:
            self.desk.say(ForwardDrop(ONE, forward=command, reason="keliru"))

    @rule()
    def ask_to_look(self) -> None:
        for command in self.some(self.desk, Post.WAITING, Post.UNSURE)[:1]:
            self.desk.say(ForwardLook(ONE, forward=command))

    @rule()
    def kill(self) -> None:
        self.desk.restart()

    @rule()
    def keep_a_copy(self) -> None:
        self.desk.store.close()
        self.copy = backup.make(self.desk.profile, self.clock)
        self.desk.start()

    @precondition(lambda self: self.copy.exists())
    @rule()
    def put_the_copy_back(self) -> None:
        self.desk.store.close()
        self.clock.turn(1)
        backup.restore(self.desk.profile, self.clock, self.copy)
        self.desk.start()

    @precondition(lambda self: len(self.desks) == 1)
    @rule()
    def copy_to_another_machine(self) -> None:
        self.desk.store.close()
        shutil.copytree(self.desk.profile.folder, self.folder / "dua")
        self.desk.start()
        other = Desk(Profile.at(self.folder / "dua"), self.clock, self.desk.pack, "m2")
        self.desks.append(other)

    @invariant()
    def none_stands_twice_unasked(self) -> None:
        for reference, count in getattr(self, "kept", {}).items():
            assert count <= 1 + self.agains[reference], reference

    @invariant()
    def none_is_lost(self) -> None:
        if not hasattr(self, "desk"):
            return
        known = {each.command: each for each in self.desk.store.read.forwards_of(ONE)}
        assert self.asked.keys() <= known.keys()
        for command in self.asked:
            each = known[command]
            assert each.here
            resting = each.state in (Post.REFUSED, Post.WITHDRAWN) or bool(each.report)
            assert resting is (each.next_at is None), each
        assert audit.outbox(self.desk.store._db) == []


Postings.TestCase.settings = settings(
    max_examples=40, stateful_step_count=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestPostings = Postings.TestCase
