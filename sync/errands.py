"""What uses the link when nothing better does: photos and files. When such a turn is due, and what came of it.

Bookkeeping only; the caller holds its lock and owns the threads (sync/hub.py). One errand is run at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Protocol

from console.core.errors import ConsoleError
from console.core.records import HubQuestion
from sync.backoff import Backoff

REST_S, MOST_REST_S = 60.0, 3600.0
"""First and longest rest of an errand in which a bug of ours showed."""


class Errand(Protocol):
    """Something besides documents."""

    place: str
    """Where it is about."""

    @property
    def question(self) -> str:
        """The question a person has to answer before it goes on, a phrase key; "" for none."""
        ...

    def choose(self, choice: str) -> None:
        """A person's answer. Any thread."""
        ...

    def turn(self) -> bool:
        """Do a small portion. True where there is more."""
        ...

    @property
    def pause_s(self) -> float | None:
        """After a turn that left nothing: seconds until another is worth it, None until there is news."""
        ...


class Errands:
    """All errands of a hub, as one that is due or not."""

    def __init__(self, chance: Callable[[], float], bug: Callable[[Exception], None]) -> None:
        """`bug` hears of those of ours."""
        self.all: list[Errand] = []
        self._chance = chance
        self._bug = bug
        self._rests: dict[int, Backoff] = {}
        """Of those in which a bug showed, by their place in the list."""
        self.due = False
        self.busy = False
        self._not_before_s = 0.0
        self._again_s = math.inf

    def begins(self, now_s: float) -> bool:
        """Whether a turn is due now; then it has begun."""
        wanted = self.due or now_s >= self._again_s
        if not self.all or not wanted or self.busy or now_s < self._not_before_s:
            return False
        self.due, self.busy, self._again_s = False, True, math.inf
        return True

    def turn(self, now_s: float) -> bool:
        """A turn of each, without the lock. True where there is more. Raises what the world does to them. One in which
        a bug of ours shows rests for a while, and the others go on."""
        more = False
        pauses: list[float | None] = []
        for number, each in enumerate(self.all):
            rest = self._rests.get(number)
            if rest is None or rest.due_in_s(now_s) <= 0:
                try:
                    more = each.turn() or more
                    pauses.append(each.pause_s)
                except (ConsoleError, CancelledError):
                    raise
                except Exception as bug:  # noqa: BLE001 - logged and told
                    rest = self._rests.setdefault(number, Backoff(self._chance, first_s=REST_S, most_s=MOST_REST_S))
                    rest.failed(now_s)
                    self._bug(bug)
                else:
                    self._rests.pop(number, None)
                    continue
            pauses.append(rest.due_in_s(now_s))
        pause_s = min((pause for pause in pauses if pause is not None), default=None)
        self._again_s = math.inf if pause_s is None else now_s + pause_s
        return more

    @property
    def broken(self) -> bool:
        """Whether a bug of ours keeps one from its turn."""
        return bool(self._rests)

    def choose(self, choice: str) -> None:
        """A person's answer to the server's question."""
        for each in self.all:
            each.choose(choice)
        self.wanted()

    @property
    def questions(self) -> tuple[HubQuestion, ...]:
        """What a person has to answer, by place."""
        return tuple(HubQuestion(each.place, each.question) for each in self.all if each.question)

    def failed(self, now_s: float, pause_s: float) -> None:
        """The link did not carry them."""
        self._not_before_s = now_s + pause_s

    def wanted(self) -> None:
        """A person wants everything now."""
        self.due, self._not_before_s = True, 0.0
        for rest in list(self._rests.values()):
            rest.wanted()

    def due_in_s(self, now_s: float) -> float:
        """Seconds until a turn becomes due; infinite where one is under way, due already or not in sight."""
        at_s = max(self._not_before_s, 0.0 if self.due else self._again_s)
        return at_s - now_s if self.all and not self.busy and at_s > now_s else math.inf
