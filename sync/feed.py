"""What a feed is: it says what to ask and reads what was answered. It has no loop, no retry, no log, no store.

The engine owns polling, back-off, "lost" and "back", storing. A feed is pure: the same memo gives the same
asks, the same bytes the same batch. Each feed is one file in `sync/feeds/`, found by walking that package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from console.core.errors import ConsoleError
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch


@dataclass(frozen=True, slots=True)
class FeedFace:
    """What is known of a kind of source before one is set up."""

    kind: str
    """As packs and `feed try` name it: "open311"."""
    title: str
    """Phrase key."""
    accept: str = "application/json, application/xml;q=0.9"
    """What `feed try` asks an address for."""
    binary: bool = False
    """True where its answers are bytes and no text: a zip, protocol buffers."""
    probes: bool = False
    """True where what is asked for is whether there is an answer at all: `feed try` asks an address as the feed does,
    and an ask that comes to nothing is news too."""
    folder_is_one: bool = False
    """True where a folder of files is one answer that was unpacked (GTFS): `feed try` packs it as a zip again. Else
    each file of a folder is an answer by itself."""
    by_plan: bool = False
    """True where an address answers nothing of use unless it is asked with the feed's own parameters: `feed try` then
    asks as the source would be asked, and not the address as it stands."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to make."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    accept: str = "application/json"
    tag: str = ""
    """Given back with the answer, so that a feed with several asks knows which one it reads."""
    binary: bool = False
    """True where bytes of any type may come; a portal's page is refused all the same."""
    page: bool = False
    """True where a web page is an answer like any other."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside the wire's own, which they never replace. A token goes to the host of `url` alone."""
    deadline_s: float | None = None
    """Longer than the wire's own for what is large on purpose."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: whole, inflated, within its limits."""

    body: bytes
    content_type: str
    """Lower case, without parameters; "" where none was given."""
    charset: str
    at: datetime
    """When it was received."""
    url: str
    etag: str = ""
    unchanged: bool = False
    """True for 304: `body` is empty."""
    tag: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    took_s: float = 0.0
    """From the first name asked to the last byte read."""
    tls_ends_at: datetime | None = None
    """When the certificate ends that the other side showed; None without TLS, and where nobody looked."""


Memo = Mapping[str, Any]


class Feed:
    """Base of all feeds: one instance per declared source."""

    face: ClassVar[FeedFace]

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        self.entry = entry
        self.pack = pack

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:
        """What to ask now, in order. Must not change anything."""
        raise NotImplementedError

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """What the answer says. Raises `BadAnswer` where its form is not what was promised; a bad record among
        good ones is refused by itself, with its place and reason."""
        raise NotImplementedError

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:  # noqa: ARG002 a default
        """What it means that an ask came to nothing (`Away`, `Denied`, or a `BadAnswer` of the wire or of `decode`).
        None, the default: the source stands so, and the visit ends. A batch goes on with the next ask: one warning of
        many that is gone, an application that does not answer and whose health is the news."""
        return None
