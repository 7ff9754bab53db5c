"""The same world as the schedules, driven by Hypothesis: it looks for the shortest way to break an invariant."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.core.errors import ConsoleError
from tests.sync.model_hub import known_revs
from tests.sync.model_world import FAULTS, PLACE, Crash, quiet
from tests.sync.schedules import Schedule

who = st.integers(0, 2)
which = st.integers(0, 3).map("x:{}".format)
fault = st.none() | st.tuples(st.integers(0, 12), st.sampled_from(sorted(set(FAULTS))))


class Exchange(RuleBasedStateMachine):
    """Three consoles, a hub, one fault at a chosen call of a turn."""

    @initialize(seed=st.integers(0, 4))
    def begin(self, seed: int) -> None:
        self.world = Schedule(seed, fault_share=0)
        self.hub, self.consoles = self.world.hub, self.world.consoles
        self.said = 0

    @rule(who=who, doc=which)
    def edit(self, who: int, doc: str) -> None:
        self.said += 1
        seen = self.consoles[who].shelf.revision(PLACE, doc, "")
        before = list(seen.body.get("said", [])) if seen else []
        self.consoles[who].edit(doc, {"by": who, "said": [*before, self.said][-4:]})

    @rule(who=who, doc=which)
    def delete(self, who: int, doc: str) -> None:
        seen = self.consoles[who].shelf.revision(PLACE, doc, "")
        if seen and not seen.deleted:
            self.consoles[who].edit(doc, {"by": who}, deleted=True)

    @rule(who=who)
    def merge(self, who: int) -> None:
        for doc in self.consoles[who].docs():
            self.consoles[who].merge(doc)

    @rule(who=who, fault=fault, step=st.sampled_from(["cycle", "pull", "push"]))
    def turn(self, who: int, fault: tuple[int, str] | None, step: str) -> None:
        console = self.consoles[who]
        calls = iter(range(1_000_000))
        console.net.dice = lambda _: fault[1] if fault and next(calls) == fault[0] else None
        try:
            if step == "cycle":
                console.cycle()
            elif step == "pull":
                console.replicator.pull()
            else:
                console.replicator.push()
        except ConsoleError:
            pass
        except Crash:
            console.start()
        console.net.dice = lambda _: None

    @rule(who=who, write=st.integers(0, 20))
    def killed(self, who: int, write: int) -> None:
        console = self.consoles[who]
        writes = iter(range(1_000_000))
        console.slip = lambda: next(writes) == write
        try:
            console.cycle()
        except (ConsoleError, Crash):
            console.start()
        console.slip = lambda: False

    @rule()
    def backup(self) -> None:
        self.world.backup()

    @precondition(lambda self: self.world.backups)
    @rule()
    def restore(self) -> None:
        self.world.restore()

    @rule(how=st.sampled_from(["wipe", "swap", "remake", "compact", "short"]))
    def misfortune(self, how: str) -> None:
        getattr(self.world, how)()

    @invariant()
    def nobody_forgets_what_was_saved(self) -> None:
        """I1 and I7 hold at every moment, not only after quiet."""
        for console in getattr(self, "consoles", ()):
            assert console.saved <= console.known()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.hub.nodes_short = False
        self.hub.nodes_meet()
        quiet(self.consoles)
        self.world.judge()
        assert known_revs(self.hub.bases[PLACE]) or not any(console.saved for console in self.consoles)


_DEEP = bool(os.environ.get("KENDALI_NIGHTLY"))
TestExchange = Exchange.TestCase
TestExchange.settings = settings(
    max_examples=2000 if _DEEP else 40,
    stateful_step_count=40 if _DEEP else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
