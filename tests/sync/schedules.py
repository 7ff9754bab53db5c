"""Schedules of exchange with faults at any call, each from its seed: what three consoles and a hub live through.

A schedule is deeds, turns and misfortunes in an order the seed throws; then all is quiet, and SYNC.md's invariants must
hold. The same seed does the same again, to the last request: `run(seed)` returns a digest of all requests.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

from console.core.errors import ConsoleError
from console.core.lifecycle import State
from sync.couch import Call
from sync.peering import HeldUp
from tests.sync.model_hub import Base, ModelHub, Traits, known_revs, leaves_of
from tests.sync.model_world import PLACE, Console, Crash, faults, quiet

STEPS = 30
DOCS = 6


class Schedule:
    """One run of one seed."""

    def __init__(self, seed: int, *, consoles: int = 3, steps: int = STEPS, fault_share: float = 0.12) -> None:
        self.rng = rng = random.Random(seed)
        self.steps = steps
        self.share = fault_share
        self.hub = ModelHub(traits=_traits(rng))
        self.hub.make(PLACE)
        self.consoles = [Console(f"konsol-{name}", self.hub, seed=seed * 7 + name) for name in range(consoles)]
        self.backups: list[tuple[str, dict[str, Base]]] = []
        self.said = 0
        self.lines: list[str] = []
        """What happened, for who reads a failing seed."""
        rough = rng.random() < 0.5
        """Half of the seeds are about faults and conflicts, half about what befalls the hub."""
        self.slips = 0.01 if rough else 0.04
        self.kinds: list[tuple[Callable[[], None], int]] = [
            (self.edit, 26),
            (self.stale_edit, 5 if rough else 1),
            (self.delete, 3 if rough else 1),
            (self.merge, 6 if rough else 2),
            (self.turn, 30),
            (self.push, 5),
            (self.pull, 5),
            (self.restart, 3),
            (self.backup, 3 if rough else 12),
            (self.restore, 2 if rough else 8),
            (self.wipe, 1),
            (self.swap, 1),
            (self.remake, 1),
            (self.compact, 2),
            (self.short, 3),
        ]

    def run(self) -> str:
        """Live through it, come to rest, look. A digest of all requests made."""
        deeds, weights = zip(*self.kinds, strict=True)
        for _ in range(self.steps):
            self.rng.choices(deeds, weights)[0]()
        self.hub.nodes_short = False
        self.hub.nodes_meet()
        quiet(self.consoles)
        self.judge()
        digest = hashlib.sha256()
        for call in self.hub.calls:
            digest.update(f"{call.method} {call.path} {call.query} {call.body}\n".encode())
        return digest.hexdigest()

    def judge(self) -> None:
        """What must hold after quiet, whatever happened."""
        base = self.hub.bases[PLACE]
        there = leaves_of(base)
        saved = set().union(*(each.saved for each in self.consoles))
        for console in self.consoles:
            assert console.leaves() == there, f"I2 {console.name} holds other leaves than the hub"
            assert not console.waiting(), f"I1 {console.name} has still something to send"
            assert console.parted() == console.conflicts(), f"I1 {console.name} has conflicts nobody is told of"
            assert saved <= console.known(), f"I1 I3 I7 {console.name} lacks {saved - console.known()}"
        assert saved <= known_revs(base), f"I6 I7 the hub lacks {saved - known_revs(base)}"
        assert {doc for doc, _ in known_revs(base)} == {doc for doc, _ in saved}, "I3 a document nobody made"

    def _one(self) -> Console:
        console = self.rng.choice(self.consoles)
        self.lines.append(console.name)
        return console

    def _do(self, console: Console, what: Callable[[], object]) -> None:
        """With faults; killed where the dice say so."""
        console.net.dice = self._dice(faults(self.rng, self.share))
        console.slip = lambda: self.rng.random() < self.slips
        console.clock.turn(self.rng.choice((0, 0, 1, 40)))
        try:
            what()
        except ConsoleError as trouble:
            self.lines.append(f"  {trouble}")
        except Crash:
            self.lines.append("  killed")
            console.start()
        finally:
            console.slip = lambda: False

    def _dice(self, plain: Callable[[Call], str | None]) -> Callable[[Call], str | None]:
        """Faults of the net, and now and then of the hub while it is being asked."""

        def thrown(call: Call) -> str | None:
            chance = self.rng.random()
            if chance < 0.002:
                self.rng.choice((self.wipe, self.remake))()
            elif chance < 0.008 and self.backups:
                self.restore()
                return "drop_before"  # nobody restores a hub without anybody's call failing
            return plain(call)

        return thrown

    # -- deeds --------------------------------------------------------------------------------------------------------

    def _new_body(self, console: Console, doc: str, seen: object) -> dict[str, object]:
        self.said += 1
        before: dict[str, Any] = dict(seen) if isinstance(seen, dict) else {}
        if not doc.startswith("case:"):
            return {"by": console.name, "said": [*before.get("said", []), self.said][-6:]}
        field, value = self.rng.choice(
            (
                ("state", int(self.rng.choice((State.NEW, State.VERIFIED, State.IN_PROGRESS, State.DONE)))),
                ("opd", self.rng.choice(("pu", "lh"))),
                ("holder", console.name),
                ("note of a newer program", self.said),
            )
        )
        at = console.clock.now().isoformat()
        return {"complaint": doc[5:], "state": int(State.NEW)} | before | {field: value, "by": console.name, "at": at}

    def edit(self) -> None:
        console = self._one()
        doc = self.rng.choice(("x:", "x:", "case:uji:")) + str(self.rng.randrange(DOCS // 2))
        seen = console.shelf.revision(PLACE, doc, "")
        self.lines.append(f"  edit {doc}")
        console.edit(doc, self._new_body(console, doc, seen and dict(seen.body)))

    def stale_edit(self) -> None:
        """What an operator does who has not seen the newest version."""
        console = self._one()
        docs = console.docs()
        if docs:
            doc = self.rng.choice(docs)
            path = console.shelf.leaves(PLACE, doc)[0].path
            saw = self.rng.choice(path)
            if console.shelf.revision(PLACE, doc, saw):
                self.lines.append(f"  stale edit {doc} {saw}")
                console.edit(doc, self._new_body(console, doc, None), saw=saw)

    def delete(self) -> None:
        console = self._one()
        docs = console.docs()
        if docs:
            doc = self.rng.choice(docs)
            winner = console.shelf.revision(PLACE, doc, "")
            if winner and not winner.deleted:
                self.lines.append(f"  delete {doc}")
                console.edit(doc, {"by": console.name}, deleted=True)

    def merge(self) -> None:
        console = self._one()
        for doc in console.docs():
            if doc.startswith("x:"):  # cases are merged by the store itself, where that can be done
                self.lines.append(f"  merge {doc}")
                console.merge(doc)

    # -- turns --------------------------------------------------------------------------------------------------------

    def turn(self) -> None:
        console = self._one()
        self.lines.append("  turn")
        self._do(console, console.cycle)
        if console.replicator.held_up:
            self.lines.append(f"  asked {console.replicator.held_up}")
            if self.rng.random() < 0.5:
                self._do(console, lambda: console.replicator.choose(self.rng.choice(("wait", "resend"))))

    def push(self) -> None:
        console = self._one()
        self.lines.append("  push")
        self._do(console, console.replicator.push)

    def pull(self) -> None:
        console = self._one()
        self.lines.append("  pull")
        self._do(console, console.replicator.pull)

    def restart(self) -> None:
        console = self._one()
        self.lines.append("  restart")
        console.start()

    # -- misfortunes --------------------------------------------------------------------------------------------------

    def backup(self) -> None:
        self.lines.append("hub: backup")
        self.backups.append((self.hub.uuid, self.hub.backup()))

    def restore(self) -> None:
        if self.backups:
            self.lines.append("hub: restored")
            self.hub.uuid, backup = self.rng.choice(self.backups)
            self.hub.restore(backup)

    def wipe(self) -> None:
        """All documents and notes gone, the database itself the same."""
        self.lines.append("hub: wiped")
        instance = self.hub.bases[PLACE].instance
        self.hub.make(PLACE).instance = instance

    def remake(self) -> None:
        self.lines.append("hub: made anew")
        self.hub.make(PLACE)

    def swap(self) -> None:
        """Another server behind the same name."""
        self.lines.append("hub: another one")
        self.hub.uuid = f"{self.rng.getrandbits(128):032x}"
        self.hub.make(PLACE)

    def compact(self) -> None:
        self.lines.append("hub: compacted")
        self.hub.compact(PLACE)

    def short(self) -> None:
        """A node goes or comes back."""
        self.hub.nodes_short = not self.hub.nodes_short
        self.lines.append(f"hub: nodes short {self.hub.nodes_short}")
        if not self.hub.nodes_short:
            if self.rng.random() < 0.5:
                self.hub.withheld.clear()  # that node is gone for good
            self.hub.nodes_meet()


def _traits(rng: random.Random) -> Traits:
    """One kind of server or another."""
    simple = Traits(pending=False, numbers=True, silent=True)
    return rng.choice((Traits(), Traits(), simple, Traits(bulk_get=False), Traits(ancestry=False)))


def run(seed: int, *, steps: int = STEPS) -> str:
    """One schedule; a failure says its seed and what happened."""
    schedule = Schedule(seed, steps=steps)
    try:
        return schedule.run()
    except BaseException as trouble:
        held = [fact for console in schedule.consoles for fact in console.facts if isinstance(fact, HeldUp)]
        trouble.add_note(f"seed {seed}: tests.sync.schedules.run({seed})\n" + "\n".join(schedule.lines) + f"\n{held}")
        raise
