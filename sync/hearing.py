"""What the screen says to the engine, note by note: whether who says it may, who answers for it, and who does it.

What takes its time (a keyring asks a person, a proof is computed) is done aside: no command waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.core import notes
from console.core.audience import Audience
from console.core.clock import Clock
from console.core.errors import BadAnswer, Refused
from console.core.pack import CityPack
from console.core.people import Right, Session
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.walls import refuse_narrow
from sync.bookkeeping import Bookkeeping
from sync.credentials import Credentials
from sync.engine_log import EngineLog
from sync.exchange import Exchange
from sync.hub import THREAD as HUB_THREAD
from sync.inlet import Readable, lines_of
from sync.orders import Orders
from sync.own_sources import OwnSources
from sync.people import People
from sync.rehearsal import Rehearsal
from sync.sources import Sources

if TYPE_CHECKING:
    from sync.bundle.errands import Errands
    from sync.rights import Asked
    from sync.rights_errands import RightsErrands

REVEAL_THREAD = "reveal"
RIGHTS_THREAD = "rights"
KEPT: Mapping[str, tuple[Right, ...]] = {
    "hub": (Right.EXCHANGE,),
    "bundle": (Right.EXCHANGE,),
    "feed": (Right.SETTINGS, Right.EXCHANGE),
    "sign_in": (Right.EXCHANGE, Right.SETTINGS),
}
"""Notes that are for those alone who have one of these rights; the screen does not offer them to others."""
RESTING = frozenset({"pause", "resume"})
"""What others than those who govern the settings may ask about a source."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an engine that a note can move."""

    profile: Profile
    pack: CityPack
    clock: Clock
    log: EngineLog
    keeper: Keeper
    credentials: Credentials
    people: People
    orders: Orders
    sources: Sources
    exchange: Exchange
    rehearsal: Rehearsal
    books: Bookkeeping
    own_sources: OwnSources
    say: Callable[..., None]
    """Tells the screen a note."""
    cut: Callable[[bool], None]
    """Cuts the connection, or joins it."""
    is_cut: Callable[[], bool]
    stop: Callable[[], None]
    audience: Audience = Audience.WORK
    """For whom the profile is."""


class Hearing:
    """The ear of one engine. `listen` is a thread; `stop` ends what was begun for a note."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._errands: Errands | None = None
        self._rights: RightsErrands | None = None

    def listen(self, stream: Readable) -> None:
        """Heed note after note until the stream ends; then the engine ends too."""
        for line in lines_of(stream):
            try:
                self._hear(*notes.parse(line))
            except BadAnswer as fault:
                self._parts.log.tell("engine.note_bad", why=fault.says)
        self._parts.stop()

    def stop(self) -> None:
        """End what is under way with bundles, and for the rights of a person."""
        for each in (self._errands, self._rights):
            if each is not None:
                each.stop()

    def _hear(self, note: str, values: Mapping[str, Any]) -> None:
        parts = self._parts
        rights = KEPT.get(note, ())
        if note == "feed" and values.get("do") not in RESTING:
            rights = (Right.SETTINGS,)  # a source may be a file of this machine
        why = parts.people.kept_from(values.get("session"), rights) if rights else None
        if why is None or (note == "bundle" and values.get("do") == "cancel"):
            self._heed(note, values)
            return
        parts.log.tell("engine.note_kept", note=note, why=why.says)
        if note in ("bundle", "feed"):
            parts.say(note, id=str(values.get("id", "")), state="refused", says=why.says, values={})
        else:
            parts.say("trouble", says=why.says, values={})

    def _heed(self, note: str, values: Mapping[str, Any]) -> None:
        parts = self._parts
        match note:
            case "do":
                parts.orders.do(notes.read_envelope(values))
            case "cut":
                parts.cut(values.get("cut") is True)
            case "now":
                parts.sources.now(str(values.get("source", "")))
                parts.exchange.now()
            case "centre":
                parts.sources.centre(str(values.get("address", "")))
                self._embedded(values.get("hub"))
            case "hub":
                choice, place = str(values.get("choice", "")), str(values.get("place", ""))
                parts.books.enter("hub.choice", **_asker(values), subject=place, choice=choice[:20])
                parts.exchange.choose(choice, place)
            case "file":
                parts.exchange.fetch_file(str(values.get("sha256", "")))
            case "sign_in":
                user, secret = str(values.get("user", "")), str(values.get("secret", ""))
                parts.books.enter("hub.account", **_asker(values), subject=user)
                self._aside(lambda: self._sign_in(user, secret))
            case "feed":
                parts.own_sources.hear(values, **_asker(values))
            case "person":
                parts.people.hear(values)
            case "bundle":
                self._bundle(values)
            case "reveal":
                self._reveal(values)
            case "rights":
                self._see_to_rights(values)
            case "rehearse":
                self._rehearse(values.get("seconds"))
            case "bye":
                parts.stop()
            case _:
                parts.log.tell("engine.note_unknown", note=note)

    def _embedded(self, hub: object) -> None:
        """The databases of the embedded centre, with the account of this run."""
        if isinstance(hub, dict) and isinstance(hub.get("port"), int):
            url = f"http://127.0.0.1:{hub['port']}"
            user, secret = str(hub.get("user", "")), str(hub.get("secret", ""))
            self._aside(lambda: self._parts.exchange.embedded(url, user, secret))

    def _sign_in(self, user: str, secret: str) -> None:
        if not self._parts.exchange.sign_in(user, secret):
            self._parts.say("trouble", says="engine.secret_memory")

    @staticmethod
    def _aside(job: Callable[[], None]) -> None:
        threading.Thread(target=job, name=f"{HUB_THREAD}change", daemon=True).start()

    def _rehearse(self, seconds: Any) -> None:
        """Practise with the cable out. Where it is out already there is nothing to practise."""
        parts = self._parts
        if isinstance(seconds, int | float) and not parts.is_cut() and parts.rehearsal.begin(float(seconds)):
            parts.log.tell("engine.rehearsal", seconds=seconds)

    def _bundle(self, wish: Mapping[str, Any]) -> None:
        """Something with bundles. Whoever never asks for one need not load what seals them."""
        from sync.bundle.errands import Errands, Ground

        parts = self._parts
        if self._errands is None:
            ground = Ground(parts.profile, parts.pack.id, parts.clock, parts.keeper, parts.credentials)
            self._errands = Errands(ground, lambda told: parts.say("bundle", **told))
        self._errands.do(wish)

    def _allowed(self, session: str, right: Right) -> Session | None:
        """Whose session it is that may do that to what is personal, None where nobody signs in. Raises `Refused`, in a
        profile for who only looks and at a console that has closed itself to everybody."""
        refuse_narrow(self._parts.audience)
        read = Read.open(self._parts.profile)
        try:
            closed = read.closed()
        finally:
            read.close()
        if closed is not None:
            raise Refused(closed.says)
        return self._parts.people.who(session, right)

    def _revealing(self, session: str, by: str) -> str:
        """Name of who may open something personal. Raises `Refused`."""
        found = self._allowed(session, Right.REVEAL)
        name = by.strip() if found is None else found.name
        if not name:
            raise Refused("commands.nobody")
        return name

    def _reveal(self, wish: Mapping[str, Any]) -> None:
        """Open something personal. Whoever never does need not load what opens it."""
        from sync.city_key import CityKeys
        from sync.reveals import Reveals

        parts = self._parts
        keys = CityKeys(parts.credentials)
        read = lambda: Read.open(parts.profile)  # noqa: E731
        reveals = Reveals(parts.keeper, read, parts.pack.id, keys, self._revealing, parts.say)
        threading.Thread(target=reveals.do, args=(wish,), name=REVEAL_THREAD, daemon=True).start()

    def _see_to_rights(self, wish: Mapping[str, Any]) -> None:
        """Something a person may ask of us. Whoever never does need not load what finds, hands out and erases."""
        from sync.city_key import CityKeys
        from sync.rights import Desk, asked_by
        from sync.rights_errands import Ground, RightsErrands

        parts = self._parts

        def asker(session: str, by: str, case: str) -> Asked:
            return asked_by(self._allowed(session, Right.PERSONAL_RIGHTS), by.strip(), case)

        if self._rights is None:
            desk = Desk(parts.profile, parts.keeper, parts.pack, CityKeys(parts.credentials), parts.clock)
            ground = Ground(parts.profile, desk, asker, lambda told: parts.say("rights", **told), RIGHTS_THREAD)
            self._rights = RightsErrands(ground)
        self._rights.do(wish)


def _asker(values: Mapping[str, Any]) -> dict[str, str]:
    """Who asked, as a note of the screen says it."""
    return {"who": str(values.get("by", "")), "session": str(values.get("session", ""))}
