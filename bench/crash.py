"""How many acknowledged commands a kill loses: a real engine process, killed with -9 at random points, again and again.

The driver does what the screen does: a line in the black box, then the note on the pipe. What it read as a receipt
is acknowledged. After each kill the next engine starts on the same profile; at the end everything asked must be in
the store once, in the order asked, and every complaint in the state the table says.
"""

from __future__ import annotations

import json
import queue
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.commands import seal
from console.commands.triage import Dispose, Verify
from console.commands.work import Close, Note, Reopen, Start
from console.core import notes
from console.core.clock import Clock, SystemClock
from console.core.command import Command, Envelope, Outcome, Receipt
from console.core.errors import BadAnswer
from console.core.lifecycle import Deed, State, after
from console.core.pack import CityPack
from console.core.records import Batch, ComplaintId, SourceComplaint
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.packs import load as load_pack
from console.store.read import Read
from console.store.store import Store

ENGINE = (
    "import sys; from pathlib import Path; from sync.start import run_engine; sys.exit(run_engine(Path(sys.argv[1])))"
)
COMPLAINTS = 20
IN_A_RUN = 10
"""Commands asked of each engine before it is killed."""
EARLY = 0.15
"""Share of the engines that are killed while they start."""
PATIENCE_S = 30.0
_BY = "Operator"
_AT = datetime(2026, 11, 21, tzinfo=UTC)


class EngineProcess:
    """One engine and its pipes. What it says is read on a thread of its own."""

    def __init__(
        self, profile: Path, program: Sequence[str] = (sys.executable, "-c", ENGINE), more: Sequence[str] = ()
    ) -> None:
        """`more` are arguments after the profile."""
        command = [*program, str(profile), *more]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._said: queue.SimpleQueue[tuple[str, dict[str, Any]] | None] = queue.SimpleQueue()
        self._ended = False
        self._thread = threading.Thread(target=self._read, name="pipe", daemon=True)
        self._thread.start()

    def said(self, note: str) -> dict[str, Any]:
        """Wait for a note of that name; others are passed over. Raises `AssertionError` where the engine ends first."""
        while True:
            heard = self._said.get(timeout=PATIENCE_S)
            self._ended = heard is None
            assert heard is not None, f"the engine ended before {note}"
            if heard[0] == note:
                return heard[1]

    def rest(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything else it said until its end."""
        found = []
        while not self._ended and (heard := self._said.get(timeout=PATIENCE_S)) is not None:
            found.append(heard)
        self._ended = True
        return found

    def send(self, line: bytes) -> None:
        """One note. To an engine that is gone it is lost, as it is for the screen."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except (OSError, ValueError):
            return

    def kill(self) -> list[tuple[str, dict[str, Any]]]:
        """Kill -9. What it had said before."""
        self.process.kill()
        return self._close()

    def end(self) -> list[tuple[str, dict[str, Any]]]:
        """Let it end in order. What it said until then."""
        self.send(notes.line("bye"))
        return self._close()

    def _close(self) -> list[tuple[str, dict[str, Any]]]:
        self.process.wait(PATIENCE_S)
        rest = self.rest()
        self._thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be flushed to a dead engine
        return rest

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            try:
                name, values = notes.parse(raw)
            except BadAnswer:
                continue  # the last line of a killed one may be torn
            self._said.put((name, dict(values)))
        self._said.put(None)


@dataclass(slots=True)
class Count:
    """What was asked, what was acknowledged, and what the store says of it in the end."""

    asked: list[Envelope] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0
    kills: int = 0
    lost: int = 0
    twice: int = 0
    missing: int = 0
    out_of_order: int = 0
    wrong_state: int = 0
    outbox_off: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing at all is wrong."""
        wrong = (self.lost, self.twice, self.missing, self.out_of_order, self.wrong_state, self.outbox_off)
        return not any(wrong) and not self.refused


def measure(runs: int = 200, *, seed: int = 1, folder: Path | None = None) -> dict[str, Any]:
    """Kill `runs` engines at random points; acknowledged commands lost, with everything else that was counted."""
    with tempfile.TemporaryDirectory(prefix="kendali-crash-") as made:
        count = killed(Path(folder or made) / "profile", runs, seed)
    told = {name: getattr(count, name) for name in ("kills", "refused", "twice", "missing", "out_of_order")}
    told |= {"wrong_state": count.wrong_state, "outbox_off": count.outbox_off}
    return {
        "metric": f"crash.lost_of_{runs}",
        "value": count.lost,
        "unit": "count",
        "n": runs,
        "asked": len(count.asked),
        "acknowledged": len(count.acknowledged),
        **told,
    }


def killed(folder: Path, runs: int, seed: int, *, in_a_run: int = IN_A_RUN) -> Count:
    """The same on a profile that is kept, for a test that looks closer."""
    chance, clock = random.Random(seed), SystemClock()
    profile, pack = Profile.at(folder), load_pack(None, "tangerang")
    _fill(profile, clock, pack)
    box = BlackBox(profile.blackbox, clock)
    ahead, count = _deeds(pack), Count()
    for _ in range(runs):
        engine = EngineProcess(folder)
        if chance.random() < EARLY:
            threading.Event().wait(chance.random() * 0.5)  # while it starts, or does what the last one left
        else:
            engine.said("hello")
            for _ in range(chance.randrange(1, in_a_run)):
                envelope = seal(next(ahead), clock, _BY)
                box.keep(envelope)
                count.asked.append(envelope)
                engine.send(notes.line("do", **notes.envelope_values(envelope)))
            threading.Event().wait(chance.random() ** 2 * 0.02)  # anywhere in what commands do
        _hear(count, engine.kill())
        count.kills += 1
    engine = EngineProcess(folder)
    engine.said("hello")
    _hear(count, engine.end())
    _judge(count, profile)
    return count


def _hear(count: Count, said: list[tuple[str, dict[str, Any]]]) -> None:
    for name, values in said:
        if name == "receipt":
            _acknowledge(count, values)


def _acknowledge(count: Count, values: dict[str, Any]) -> None:
    receipt: Receipt = notes.read_receipt(values)
    if receipt.outcome is Outcome.TAKEN:
        count.acknowledged.add(receipt.command)
    else:
        count.refused += 1


def _deeds(pack: CityPack) -> Iterator[Command]:
    """Commands that may follow each other, round and round over all complaints."""
    first, second = sorted(pack.opds)[:2]
    rounds = 0
    while True:
        for number in range(COMPLAINTS):
            name = ComplaintId(f"uji:{number}")
            if rounds == 0:
                yield Verify(name)
            yield Dispose(name, first if rounds % 2 == 0 else second, "Sesuai bidangnya")
            yield Start(name)
            yield Note(name, f"Putaran {rounds}")
            yield Close(name, "Sudah diperiksa di tempat")
            yield Reopen(name, "Belum tuntas")
        rounds += 1


def _fill(profile: Profile, clock: Clock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack)
    store.take(Batch("uji", [a_record("uji", number) for number in range(COMPLAINTS)], memo={"at": 0}))
    store.close()


def a_record(source: str, number: int) -> SourceComplaint:
    """A complaint as a source says it."""
    return SourceComplaint(
        id=f"{source}:{number}",
        source=source,
        native_id=str(number),
        native_state="open",
        state=State.NEW,
        title=f"Jalan berlubang {number}",
        text="Di depan pasar.",
        category="",
        agency="",
        address="",
        lat=-6.17,
        lon=106.64,
        area="",
        requested_at=_AT,
        updated_at=None,
        expected_at=None,
        zone_assumed=False,
        media_url="",
    )


def _judge(count: Count, profile: Profile) -> None:
    """What the store says, against what was asked."""
    read = Read.open(profile)
    try:
        asked: dict[str, list[Envelope]] = {}
        for envelope in count.asked:
            asked.setdefault(str(envelope.fields["complaint"]), []).append(envelope)
        for name, envelopes in asked.items():
            done = [event.command for event in read.events_of(name) if event.command]
            times = Counter(done)
            count.twice += sum(each - 1 for each in times.values())
            count.missing += sum(1 for each in envelopes if each.id not in times)
            count.lost += sum(1 for each in envelopes if each.id in count.acknowledged and each.id not in times)
            count.out_of_order += done != [each.id for each in envelopes]
            found = read.complaint(name)
            count.wrong_state += found is None or found.state is not _state_after(envelopes)
        count.outbox_off = abs(read.outbox().waiting - len(count.asked))
    finally:
        read.close()


def _state_after(envelopes: Sequence[Envelope]) -> State:
    state = State.NEW
    for each in envelopes:
        state = after(state, Deed(each.kind)) or state
    return state


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
