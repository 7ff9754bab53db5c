"""Commands of operators, from their envelope to their receipt, through whatever the disk does.

A command that meets a disk that takes nothing is told so and stays in the black box; it is tried again, in order,
when there is room. One that cannot be opened is refused for good, so that no later start tries it again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Protocol

from console.commands import open_envelope
from console.core.command import Command, Envelope, Outcome, Receipt
from console.core.errors import BadAnswer, DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.people import Right
from sync.engine_log import EngineLog

LATER = "engine.later"
"""Says that a command is kept and will be done when the disk takes it."""


class Doing(Protocol):
    """The keeper, as far as it is needed here."""

    def do(self, envelope: Envelope, command: Command) -> Future[Receipt]:
        """Do it, before anything else."""
        ...

    def refuse(self, envelope: Envelope, refusal: Refused) -> Future[Receipt]:
        """Keep that it was refused."""
        ...


class Allowing(Protocol):
    """Who knows what whoever asked may do."""

    def asked(self, envelope: Envelope, right: Right, *, replayed: bool = False) -> Refused | None:
        """Why it may not be done, None where it may."""
        ...


class Orders:
    """Hands commands to the keeper and their receipts to whoever listens."""

    def __init__(
        self,
        keeper: Doing,
        pack: CityPack,
        log: EngineLog,
        tell: Callable[[Receipt], None],
        on_disk: Callable[[DiskTrouble], None],
        *,
        taken: Callable[[], None],
        people: Allowing | None = None,
    ) -> None:
        """`tell`, `on_disk` and `taken`, the disk took something, are called from the keeper's thread. Without
        `people` everybody may do everything."""
        self._keeper = keeper
        self._pack = pack
        self._log = log
        self._tell = tell
        self._on_disk = on_disk
        self._taken = taken
        self._people = people
        self._lock = threading.Lock()
        self._later: list[Envelope] = []

    @property
    def waiting(self) -> int:
        """How many wait for room."""
        with self._lock:
            return len(self._later)

    def replay(self, left: Iterable[Envelope]) -> None:
        """Hand over what stands in the black box and has no outcome. One that stands there twice is told once."""
        for envelope in left:
            command = self._judged(envelope, replayed=True)
            if command is not None:
                self._hand_over(envelope, command, again=False)

    def do(self, envelope: Envelope) -> None:
        """A command of the screen: its receipt comes in any case, also for a repeat."""
        command = self._judged(envelope, replayed=False)
        if command is None:
            return
        with self._lock:
            if self._later:
                self._later.append(envelope)
                later = True
            else:
                later = False
        if later:
            self._tell(_postponed(envelope))
        else:
            self._hand_over(envelope, command, again=True)

    def retry(self) -> None:
        """There may be room again: everything that waits, in its order. It was judged when it was asked."""
        with self._lock:
            waiting, self._later = self._later, []
        for envelope in waiting:
            command = self._opened(envelope)
            if command is not None:
                self._hand_over(envelope, command, again=True, told=True)

    def _opened(self, envelope: Envelope) -> Command | None:
        """The command in it; None where it cannot be opened and is refused for good."""
        try:
            return open_envelope(envelope, self._pack)
        except BadAnswer as fault:
            self._refuse(envelope, Refused(fault.says, **fault.values))
            return None

    def _judged(self, envelope: Envelope, *, replayed: bool) -> Command | None:
        """The command in it, where whoever asked may do it; None where it is refused for good."""
        command = self._opened(envelope)
        if command is None or self._people is None:
            return command
        refusal = self._people.asked(envelope, command.right, replayed=replayed)
        if refusal is None:
            return command
        self._refuse(envelope, refusal)
        return None

    def _hand_over(self, envelope: Envelope, command: Command, *, again: bool, told: bool = False) -> None:
        future = self._keeper.do(envelope, command)
        future.add_done_callback(lambda done: self._landed(envelope, done, again=again, told=told))

    def _landed(self, envelope: Envelope, future: Future[Receipt], *, again: bool, told: bool) -> None:
        if future.cancelled():
            return  # the keeper ended first: the line stands in the black box
        try:
            receipt = future.result()
        except DiskTrouble as trouble:
            with self._lock:
                self._later.append(envelope)
            self._on_disk(trouble)
            if not told:
                self._tell(_postponed(envelope))
        except Exception as bug:  # noqa: BLE001 - ours: logged, told, and kept from being tried at every start
            self._log.bug(bug, "keeper")
            self._refuse(envelope, Refused("engine.bug_command"))
        else:
            if not receipt.again:
                self._taken()
            if again or not receipt.again:
                self._tell(receipt)

    def _refuse(self, envelope: Envelope, refusal: Refused) -> None:
        """Keep the refusal. Where even that is not possible the line in the black box is asked again next time."""

        def landed(future: Future[Receipt]) -> None:
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                self._tell(future.result())
            elif not isinstance(error, DiskTrouble):
                self._log.bug(error, "keeper")

        self._keeper.refuse(envelope, refusal).add_done_callback(landed)


def _postponed(envelope: Envelope) -> Receipt:
    return Receipt(envelope.id, Outcome.REFUSED, str(envelope.fields.get("complaint", "")), LATER)
