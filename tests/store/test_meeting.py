"""Whatever consoles do apart from each other and whenever they meet: in the end all stand alike, and nothing that was
shown as saved is lost: it is the value, somebody who saw it changed it, a declared rule chose, or a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from console.commands.conflicts import Settle
from console.core.errors import Refused
from console.core.lifecycle import State
from console.core.records import ComplaintId
from console.store.lineage import names_merged
from tests.store.conftest import recounted, said, tallied
from tests.store.peers import Centre, Console, quiet

COUNT = 3
COMPLAINTS = ("uji:000001", "uji:000002")
OPERATORS = ("Budi", "Sari", "Rina")
SETTLES_ITSELF = frozenset({"state", "holder"})
"""Fields where a declared rule may choose another's word."""
FIELDS = ("state", "opd", "holder", "duplicate_of")
values = st.one_of(
    st.tuples(
        st.just("state"), st.sampled_from((State.NEW, State.VERIFIED, State.DISPOSED, State.DONE, State.REOPENED))
    ),
    st.tuples(st.just("opd"), st.sampled_from(("", "pu")) | st.integers(0, 99).map("opd-{}".format)),
    st.tuples(st.just("holder"), st.sampled_from(("", *OPERATORS))),
    st.tuples(st.just("duplicate_of"), st.just("") | st.integers(0, 99).map("uji:{}".format)),
)
who = st.integers(0, COUNT - 1)
which = st.sampled_from(COMPLAINTS)


@dataclass(frozen=True, eq=False)
class Saved:
    """A change that was shown as saved."""

    doc: str
    rev: str
    parent: str
    fields: Mapping[str, Any]
    by: str
    saw: str
    """What was on the screen when it was asked; the version below it where that was looked up on purpose."""


class Forest:
    """All revisions anybody knows."""

    def __init__(self, centre: Centre, consoles: list[Console]) -> None:
        self.parents: dict[tuple[str, str], str] = {}
        self.bodies: dict[tuple[str, str], Mapping[str, Any]] = {}
        for db in (centre.db, *(each.db for each in consoles)):
            for doc, rev, below in db.execute(
                "SELECT doc.id, rev.generation || '-' || rev.hash, below.generation || '-' || below.hash FROM rev"
                " JOIN doc ON doc.n = rev.doc LEFT JOIN rev AS below ON below.n = rev.parent"
            ):
                self.parents.setdefault((doc, rev), below or "")
        for each in consoles:
            for doc, rev in list(self.parents):
                found = each.documents.revision(doc, rev)
                if found is not None and found.body is not None:
                    self.bodies[doc, rev] = found.body

    def known_to(self, doc: str, rev: str) -> set[str]:
        """Everything a revision was made of, itself too."""
        found: set[str] = set()
        ahead = [rev]
        while ahead:
            at = ahead.pop()
            if at and at not in found:
                found.add(at)
                ahead += [self.parents.get((doc, at), ""), *names_merged(self.bodies.get((doc, at), {}))]
        return found


class Meeting(RuleBasedStateMachine):
    """Three consoles and a centre."""

    @initialize(late=who)
    def begin(self, late: int) -> None:
        self.centre = Centre()
        skews = (timedelta(0), timedelta(days=3650), -timedelta(days=3650))
        self.consoles = [Console(number + 1, skews[number]) for number in range(COUNT)]
        self.screens: list[dict[str, str]] = [{} for _ in range(COUNT)]
        self.saved: list[Saved] = []
        self.commands: list[tuple[str, str, int]] = []
        for number, each in enumerate(self.consoles):
            each.intake.take([said(int(name[-6:])) for name in COMPLAINTS[: 1 if number == late else 2]])

    @rule(at=who, complaint=which)
    def look(self, at: int, complaint: str) -> None:
        found = self.consoles[at].read.complaint(complaint)
        if found is not None:
            self.screens[at][complaint] = found.rev

    @rule(at=who, complaint=which, first=values, second=values, by=st.none() | st.sampled_from(OPERATORS))
    def decide(self, at: int, complaint: str, first: Any, second: Any, by: str | None) -> None:
        console = self.consoles[at]
        if console.read.complaint(complaint) is None:
            return
        fields = {name: int(value) if name == "state" else value for name, value in (first, second)}
        saw = self.screens[at].setdefault(complaint, console.standing(complaint).rev)
        command = console.decide(complaint, by or OPERATORS[at], saw, **fields)
        self.commands.append((complaint, command, at))
        self.keep(console, f"case:{complaint}", command, fields, by=by or OPERATORS[at], saw=saw)

    @rule(at=who, number=st.integers(0, 9))
    def undo(self, at: int, number: int) -> None:
        if not self.commands:
            return
        complaint, command, _ = self.commands[number % len(self.commands)]
        console = self.consoles[at]
        if console.read.complaint(complaint) is None:
            return
        try:
            done = console.undo(complaint, command, OPERATORS[at], self.screens[at].get(complaint, ""))
        except Refused:
            return
        self.keep(console, f"case:{complaint}", done, {}, by=OPERATORS[at], saw="")

    @rule(at=who, choices=st.lists(st.integers(0, 1), min_size=4, max_size=4))
    def settle(self, at: int, choices: list[int]) -> None:
        console = self.consoles[at]
        for found in console.read.conflicts()[:1]:
            if console.read.complaint(found.complaint) is None:
                return
            chosen: dict[str, Any] = {}
            for name, choice in zip(FIELDS, choices, strict=True):
                versions = [each for each in found.versions if name in each.fields or name != "state"]
                if name in found.fields and versions:
                    chosen[name] = versions[choice % len(versions)].fields.get(name, "")
            if "state" in chosen:
                chosen["state"] = State(chosen["state"])
            leaves = tuple(each.rev for each in found.versions)
            command = console.do(
                Settle(ComplaintId(found.complaint), doc=found.doc, leaves=leaves, **chosen), OPERATORS[at]
            )
            self.commands.append((found.complaint, command, at))
            self.keep(console, found.doc, command, dict.fromkeys(FIELDS), by=OPERATORS[at], saw="")

    def keep(self, console: Console, doc: str, command: str, fields: Mapping[str, Any], *, by: str, saw: str) -> None:
        rows = console.db.execute(
            "SELECT rev FROM outbox WHERE doc = ? AND command = ? ORDER BY n", (doc, command)
        ).fetchall()
        for (rev,) in rows:
            line = console.documents.ancestry(doc, rev)
            found = console.documents.revision(doc, rev)
            if found is not None and not found.deleted:
                touched = fields or dict.fromkeys(FIELDS)
                parent = line[1] if len(line) > 1 else ""
                self.saved.append(Saved(doc, rev, parent, touched, by, saw or rev))

    @rule(at=who, limit=st.integers(1, 4), most=st.integers(1, 3))
    def pull(self, at: int, limit: int, most: int) -> None:
        self.consoles[at].pull(self.centre, limit=limit, most=most)

    @rule(at=who, most=st.integers(1, 4), lost=st.booleans())
    def push(self, at: int, most: int, lost: bool) -> None:
        self.consoles[at].push(self.centre, answer_lost=lost, most=most)

    @rule(at=who, other=who, limit=st.integers(1, 4))
    def carry(self, at: int, other: int, limit: int) -> None:
        if at != other:
            self.consoles[at].pull(self.consoles[other], limit=limit, held=False)

    @rule(at=who)
    def the_source_tells(self, at: int) -> None:
        self.consoles[at].intake.take([said(int(name[-6:])) for name in COMPLAINTS])

    def teardown(self) -> None:
        if not hasattr(self, "centre"):
            return
        for at in range(COUNT):
            self.the_source_tells(at)
        quiet(self.centre, *self.consoles)
        first = self.consoles[0]
        held = first.leaves()
        documents = Console.leaves(self.centre)  # type: ignore[arg-type]
        for each in self.consoles:
            assert each.leaves() == held == documents
            assert each.rows() == first.rows()
            assert each.history() == first.history()
            assert {one.doc for one in each.read.conflicts()} == {one.doc for one in first.read.conflicts()}
            assert each.read.outbox_rows() == []
            assert tallied(each.db) == recounted(each.db)
        self.nothing_is_lost()
        for db in (self.centre.db, *(each.db for each in self.consoles)):
            db.close()

    def nothing_is_lost(self) -> None:
        forest = Forest(self.centre, self.consoles)
        known = {each: forest.known_to(each.doc, each.rev) for each in self.saved}
        seen = {each: forest.known_to(each.doc, each.saw) for each in self.saved}
        waiting = {each.doc for each in self.consoles[0].read.conflicts()}
        for each, name, value in self.changes(forest):
            ends = [body or {} for rev, deleted, body in self.consoles[0].leaves()[each.doc] if not deleted]
            assert len(ends) == 1 or each.doc in waiting, "versions side by side that nobody is asked about"
            if any(body.get(name, "") == value for body in ends):
                continue
            others = [
                other for other in self.saved if other.doc == each.doc and other is not each and name in other.fields
            ]
            later = [other for other in others if each.rev in known[other] and each.rev != other.rev]
            if any(other.by == each.by or each.rev in seen[other] for other in later):
                continue  # overwritten by who saw it
            apart = [other for other in others if other.rev not in known[each]]
            assert name in SETTLES_ITSELF and apart, (each, name, ends)

    def changes(self, forest: Forest) -> Iterator[tuple[Saved, str, Any]]:
        """What each deed changed against everything before it: who gives back an earlier word has changed nothing in
        the eyes of who knew only that one."""
        for each in self.saved:
            line = forest.known_to(each.doc, each.parent)
            before = [{}, *(forest.bodies.get((each.doc, rev), {}) for rev in line)]
            for name, value in each.fields.items():
                if value is not None and all(body.get(name, "") != value for body in before):
                    yield each, name, value


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Meeting,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )


def test_nothing_is_lost_and_all_stand_alike() -> None:
    _run(30, 25)


@pytest.mark.nightly
def test_nothing_is_lost_and_all_stand_alike_in_many_schedules() -> None:
    _run(1500, 50)
