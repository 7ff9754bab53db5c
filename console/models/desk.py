"""What a panel may use, and no more: reads, deeds, news, the selection it shares, the clock, the city, the words.

One `Desk` serves one link group of windows; `Desk.open` makes the first, `beside` makes those of other groups,
which share everything but the selection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from console.core.audience import Audience
from console.core.clock import Clock
from console.core.command import Command
from console.core.pack import CityPack
from console.core.people import Right
from console.core.phrases import Phrases
from console.core.settings import Settings
from console.models.city_key import CityKey
from console.models.news import LinkGroup, LinkState, News, Ticks
from console.models.people import People
from console.models.sources import Sources
from console.models.work import Work
from console.store.read import Read

__all__ = ["Desk", "LinkGroup", "LinkState", "News", "People", "Sources", "Ticks", "Work"]


def _nothing(_source: str) -> None:
    """Stands for `try_now` where no engine is."""


def _nobody(_note: str, _values: Mapping[str, object]) -> bool:
    """Stands for `tell` where no engine is."""
    return False


@dataclass(frozen=True, eq=False)
class Desk:
    """What a panel may use."""

    work: Work
    do: Callable[[Command], str]
    """Hands a command to the engine by way of the black box; gives its id. Its `Receipt` comes by `news`.

    Raises `Refused` or `DiskTrouble` where it cannot even be asked."""
    news: News
    links: LinkGroup
    clock: Clock
    pack: CityPack
    phrases: Phrases
    settings: Settings
    ticks: Ticks
    sources: Sources
    """Health of all sources, read once for all panels."""
    city_key: CityKey
    """For whom what a reporter told of themselves is sealed."""
    people: People
    """Who is here, and what therefore may be seen and done."""
    try_now: Callable[[str], None] = _nothing
    """Ask the engine to try a source at once (`SourceHealth.id`)."""
    fetch_file: Callable[[str], None] = _nothing
    """Ask the engine to fetch a file (its SHA-256) before others, or anew where its bytes are damaged."""
    tell: Callable[[str, Mapping[str, object]], bool] = _nobody
    """Hand the engine a note by name and values (`hub`, `sign_in`, `rehearse`); false while no engine listens."""

    @classmethod
    def open(
        cls,
        open_read: Callable[[], Read],
        *,
        do: Callable[[Command], str],
        clock: Clock,
        pack: CityPack,
        phrases: Phrases,
        settings: Settings,
        try_now: Callable[[str], None] = _nothing,
        fetch_file: Callable[[str], None] = _nothing,
        tell: Callable[[str, Mapping[str, object]], bool] = _nobody,
        accounts: bool = False,
        audience: Audience = Audience.WORK,
    ) -> Desk:
        """The first desk, all it has but what is given of its own; the ticks are not started. `close` ends it.

        `accounts` says that nobody works here without one, also while none is made; `audience` for whom the profile
        is."""
        work, news, ticks = Work(open_read), News(), Ticks()
        titles = {each.id: each.title for each in pack.feeds}
        sources = Sources(
            work, news, ticks, clock, name=lambda source: titles.get(source, {}).get(phrases.language, "")
        )
        sources.destroyed.connect(phrases.on_change(sources.rename))
        city_key = CityKey(work, news, ticks, pack.id)
        people = People(work, news, ticks, clock, tell=tell, accounts=accounts, audience=audience)
        return cls(
            work,
            do,
            news,
            LinkGroup(),
            clock,
            pack,
            phrases,
            settings,
            ticks,
            sources,
            city_key,
            people,
            try_now=try_now,
            fetch_file=fetch_file,
            tell=tell,
        )

    def beside(self, links: LinkGroup) -> Desk:
        """The same desk for another link group."""
        return replace(self, links=links)

    @property
    def operator(self) -> str:
        """Name recorded with deeds: that of whoever has signed in, "" while nobody has; where nobody has to, the one of
        the settings."""
        return str(self.settings["operator"]) if self.people.free else self.people.by

    @property
    def session(self) -> str:
        """The sign-in of who works here, "" where nobody has to sign in."""
        return self.people.session

    def may(self, right: Right) -> bool:
        """Whether who works here may do that: everybody everything, where nobody has to sign in."""
        return self.people.may(right)

    def close(self) -> None:
        """End timer and workers. Nothing is delivered after it."""
        self.ticks.stop()
        self.work.close()
