"""Fetching a snapshot over a link that breaks: by ranges, each piece proved as it comes, gone on with where it ended.

What was fetched stays in the profile until it is adopted; the next try goes on from there. How much is asked at once
follows the link. A server whose file became another one meanwhile is noticed by its head, of which a little is asked
again, or by the first piece that does not fit. The head is judged as soon as it is here, before the rest is fetched.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from console.core.clock import Clock
from console.core.errors import Away, BadAnswer, Refused
from console.store import snapshot_file
from console.store.backup import Progress, go_on, unheard
from console.store.files import Profile, append, drop_file
from console.store.snapshot import CANCELLED
from console.store.snapshot_file import Head
from sync.message import Message, Response

FIRST_BYTES = 128 << 10
LEAST_BYTES, MOST_BYTES = 8 << 10, 8 << 20
"""Asked at once."""
NAME_BYTES = 1 << 10
"""In so many at the beginning stands the name that every snapshot has for itself."""
WANTED_S = 4.0
"""Time a request should take: long enough to be worth its head, short enough to lose little with a break."""
TRIES = 8
"""Tries in a row that bring nothing, before it is given up for now."""
LONGEST_PAUSE_S = 60.0
_CUT = "sync.bad.cut"
"""The link broke in the middle of an answer."""
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


Judge = Callable[[Head, int], object]
"""Asked once a head is here, with the bytes that are still to come: raises what refuses it."""


def believed(_head: Head, _to_come: int) -> None:
    """Anything is fetched."""


class Sender(Protocol):
    """Sends requests: a line of the wire."""

    def send(self, message: Message) -> Response:
        """What the server says."""
        ...


@dataclass(slots=True)
class _State:
    """How far it is."""

    have: int
    """Bytes in the file."""
    proved: int = 0
    """Pieces of them that are the right ones."""
    asking: int = FIRST_BYTES
    restarts: int = 0
    sure: bool = True
    """The head came just now, or the server was seen to have the same."""
    judged: bool = False


def part_of(profile: Profile, url: str) -> Path:
    """Where the bytes from an address are kept until all are there."""
    return profile.folder / f"potret-{hashlib.sha256(url.encode('utf-8')).hexdigest()[:16]}.part"


def _begun(path: Path) -> _State:
    have = path.stat().st_size if path.exists() else 0
    return _State(have, sure=have == 0)


class Fetch:
    """One download."""

    def __init__(
        self,
        url: str,
        path: Path,
        line: Sender,
        clock: Clock,
        *,
        judge: Judge = believed,
        progress: Progress = unheard,
        cancelled: Callable[[], bool] = go_on,
    ) -> None:
        self._url = url
        self._path = path
        self._line = line
        self._clock = clock
        self._judge = judge
        self._progress = progress
        self._cancelled = cancelled
        self._state = _begun(path)
        self._head: Head | None = None
        self._never = threading.Event()

    def run(self) -> Path:
        """All of it, every piece proved. Raises `Away` where the link does not come back, `BadAnswer` where the
        server has no snapshot, `Refused` where it was cancelled, and what the judge says: what came so far is kept."""
        failed = 0
        while not self._whole():
            if self._cancelled():
                raise Refused(CANCELLED)
            try:
                self._more()
            except (Away, BadAnswer) as trouble:
                broke = isinstance(trouble, Away) or trouble.says == _CUT
                failed += 1
                if not broke or failed >= TRIES:
                    raise
                self._state.asking = max(LEAST_BYTES, self._state.asking // 4)
                asked = trouble.retry_after_s if isinstance(trouble, Away) else None
                self._clock.wait(self._never, asked or min(LONGEST_PAUSE_S, 2.0**failed))
            else:
                failed = 0
        self._progress(1.0)
        return self._path

    def _whole(self) -> bool:
        """Prove what is there; true where that is all."""
        if self._head is None:
            self._head = self._read_head()
        head = self._head
        if head is None and not self._state.sure:
            # Not even a head: nothing tells whose beginning it is, and two halves make none.
            drop_file(self._path)
            self._state = _State(0)
        if head is None or not self._state.sure:
            return False
        if not self._state.judged:
            self._judge(head, max(0, head.end - self._state.have))
            self._state.judged = True
        with self._path.open("rb") as stream:
            for piece in head.pieces[self._state.proved :]:
                if piece.start + piece.stored > self._state.have:
                    break
                stream.seek(piece.start)
                try:
                    snapshot_file.proved(piece, stream.read(piece.stored))
                except BadAnswer:
                    self._start_again()
                    return False
                self._state.proved += 1
        if self._state.have > head.end:
            self._start_again()
            return False
        self._progress(self._state.have / head.end)
        return self._state.proved == len(head.pieces)

    def _start_again(self) -> None:
        """The file there is another one than it was, or what we kept is damaged: once more from its beginning."""
        self._state = _State(0, restarts=self._state.restarts + 1)
        self._head = None
        drop_file(self._path)
        if self._state.restarts > 1:
            raise BadAnswer("store.snapshot.changing", url=self._url)

    def _read_head(self) -> Head | None:
        if self._state.have < 64:
            return None
        with self._path.open("rb") as stream:
            try:
                size = snapshot_file.head_size(stream.read(64))
                if self._state.have < size:
                    return None
                stream.seek(0)
                return snapshot_file.read_head(stream.read(size))
            except BadAnswer:
                drop_file(self._path)
                raise

    def _more(self) -> None:
        state = self._state
        if self._head is not None and not state.sure:
            self._compare(self._head)
            return
        last = state.have + state.asking - 1
        if self._head is not None:
            last = min(last, self._head.end - 1)
        began = self._clock.monotonic_s()
        body = self._asked(state.have, last)
        if not body:
            return
        with_room = len(body) == last - state.have + 1
        append(self._path, body)
        state.have += len(body)
        took = max(self._clock.monotonic_s() - began, 1e-3)
        if with_room:
            fits = int(len(body) * WANTED_S / took)
            state.asking = max(LEAST_BYTES, min(MOST_BYTES, fits, 4 * state.asking))

    def _compare(self, head: Head) -> None:
        """Something was here before anything was asked: does the server still have that one?"""
        with self._path.open("rb") as stream:
            ours = stream.read(min(NAME_BYTES, head.pieces[0].start))
        theirs = self._asked(0, len(ours) - 1)[: len(ours)]
        if not theirs:
            return
        if not ours.startswith(theirs):
            self._start_again()
        elif len(theirs) < len(ours):
            raise BadAnswer(_CUT, source=self._url, got=len(theirs))
        else:
            self._state.sure = True

    def _asked(self, start: int, last: int) -> bytes:
        """The bytes from `start` to `last`, or some of them; none where it is begun again. Raises `BadAnswer`."""
        wanted = {"Range": f"bytes={start}-{last}"}
        answer = self._line.send(Message("GET", self._url, headers=wanted, accept="*/*", still=True))
        if answer.status == 200 and start == 0:
            if not answer.body:
                raise BadAnswer("sync.bad.empty", source=self._url)
            return answer.body  # a server that knows no ranges, and a file that came whole
        if answer.status == 416:
            self._start_again()
            return b""
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if answer.status != 206 or found is None:
            raise BadAnswer("store.snapshot.no_ranges", url=self._url, status=answer.status)
        first, end, total = (int(number) for number in found.groups())
        if first != start or end - first + 1 != len(answer.body) or not answer.body:
            raise BadAnswer("store.snapshot.no_ranges", url=self._url, status=answer.status)
        if self._head is not None and total != self._head.end:
            self._start_again()
            return b""
        return answer.body
