"""The store as the exchange of files sees it: read on the thread of that exchange, written by the keeper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.core.clock import Clock, SystemClock
from console.core.records import Changes, FileRow, Kind
from console.core.replica import Named, NotTaken, Offer
from console.store.attachments import FileShelf
from console.store.blobs import Blob, Blobs
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.pause import Pause
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.peering import PEER

_BYTES = 4 << 20
"""Of documents looked at for what to offer; they hold no bytes of files, so that is some ten thousand."""

MOST_BYTES = 20 << 30
"""All files together; beyond that only what people look at is fetched."""


class KeeperDesk:
    """Reads with connections of its own, opened when first needed, by one thread. `close` may come from another."""

    def __init__(
        self,
        keeper: Keeper,
        profile: Profile,
        room: Room,
        place: str,
        *,
        most_bytes: int = MOST_BYTES,
        clock: Clock | None = None,
    ) -> None:
        """Files whose time has run out by the `clock` (the machine's, if none is given) are not told."""
        self._keeper = keeper
        self._profile = profile
        self._room = room
        self._place = place
        self._most_bytes = most_bytes
        self._clock = clock or SystemClock()
        self._opened: tuple[FileShelf, Shelf] | None = None

    @property
    def blobs(self) -> Blobs:
        """Where the bytes lie."""
        return Blobs(self._profile.blobs)

    def _shelves(self) -> tuple[FileShelf, Shelf]:
        if self._opened is None:
            files = FileShelf.open(self._profile, any_thread=True)
            self._opened = files, Shelf.open(self._profile, any_thread=True)
        return self._opened

    def close(self) -> None:
        """Let go of the file."""
        opened, self._opened = self._opened, None
        for each in opened or ():
            each.close()

    def offers(self, most: int) -> Sequence[Offer]:
        """Pieces the centre does not hold, the oldest first."""
        return self._shelves()[1].offers(self._place, most=most, most_bytes=_BYTES)

    def waiting(self) -> int:
        """How many pieces the centre does not hold."""
        return self._shelves()[0].waiting_pieces()

    def since(self, number: int) -> tuple[Sequence[FileRow], int]:
        """Files heard of after a row of the history, and the last row looked at."""
        return self._shelves()[0].since(number, before=self._clock.now())

    def named(self, sha256: str) -> Sequence[FileRow]:
        """Files of that content."""
        return self._shelves()[0].named(sha256, before=self._clock.now())

    def lacking(self, names: Sequence[str]) -> Sequence[str]:
        """Those whose bytes are not known to be here."""
        return self._shelves()[0].lacking(names)

    def came(self, blobs: Sequence[Blob], complaints: Iterable[str]) -> None:
        """These pieces lie on the disk now."""
        names = frozenset(complaints)
        self._keeper.write(lambda store, _: (None, store.pieces_came(blobs, names))).result()

    def lost(self, names: Sequence[str], complaints: Iterable[str]) -> None:
        """These are not on the disk."""
        about = frozenset(complaints)
        self._keeper.write(lambda store, _: (None, store.pieces_lost(names, about))).result()

    def settle(self, held: Sequence[Named], refused: Sequence[NotTaken], complaints: Iterable[str]) -> None:
        """What the centre said of what it was offered."""
        changes = Changes(frozenset({Kind.FILE, Kind.OUTBOX}), frozenset(complaints), PEER)

        def settle(store: Store, _pause: Pause) -> tuple[None, Changes]:
            store.replica.settle(self._place, held, refused)
            return None, changes  # of no complaint but those the pieces are of

        self._keeper.write(settle).result()

    def enough(self) -> bool:
        """Whether the folder has grown to what it may take."""
        return self._shelves()[0].total_bytes() >= self._most_bytes

    def least_free(self) -> int:
        """Bytes that stay free. Raises `DiskTrouble` below it."""
        self._room.ask_intake(self._profile.folder)
        return self._room.intake_bytes
