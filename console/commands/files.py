"""A photo or file is attached to a complaint. Its bytes lie in the store before the command is sealed, in pieces: the
command names them, so the line in the black box speaks of nothing that could be lost.

The deed itself tells all about the file, so that wherever the deed is known it is known what to ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.commands.steps import standing, text_between
from console.core.command import Ask, Command, CommandFace, Looking, Patch
from console.core.errors import Refused
from console.core.file_kinds import LONGEST_NAME, MOST_BYTES, FileKind, safe_name
from console.core.lifecycle import Deed
from console.core.pieces import is_name, sound_list
from console.core.records import Case

KEPT = "kept"
"""Value of `place` where the photo still tells where it was taken."""


@dataclass(frozen=True, slots=True)
class Attach(Command):
    """Add a photo or file to the complaint. Possible in every state, also on a view that is no longer the newest."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.ATTACH,
        "commands.attach.title",
        "commands.attach.says",
        key="L",
        asks=(Ask("name", "commands.ask.file", "file"), Ask("place", "commands.ask.place", "position", required=False)),
    )

    name: str = ""
    """How the file is called, without a folder, ending as its kind does."""
    type: str = ""
    """A `FileKind`."""
    bytes: int = 0
    sha256: str = ""
    pieces: tuple[str, ...] = ()
    """SHA-256 of each piece in order (console/core/pieces.py)."""
    thumb: str = ""
    """SHA-256 of a small JPEG of it, "" for none."""
    place: str = ""
    """`KEPT` or ""."""

    def check(self, read: Looking) -> None:
        """Refuse what no file can be, and what was attached already."""
        standing(read, self.complaint)
        text_between(self.name, "commands.attach.file_lacks", most=LONGEST_NAME)
        if self.type not in FileKind._value2member_map_ or self.name != safe_name(self.name, FileKind(self.type)):
            raise Refused("commands.attach.unsound")
        named = is_name(self.sha256) and (not self.thumb or is_name(self.thumb)) and self.place in ("", KEPT)
        if not named or not 0 < self.bytes <= MOST_BYTES or not sound_list(self.pieces, self.bytes):
            raise Refused("commands.attach.unsound")
        for event in read.events_of(self.complaint):
            if event.deed == Deed.ATTACH and not event.undone and event.fields.get("sha256") == self.sha256:
                raise Refused("commands.attach.again", who=event.by)

    def patch(self, case: Case) -> Patch:
        """Its name in the history, and bytes that must be on the disk."""
        named = dict.fromkeys((*([self.thumb] if self.thumb else []), *self.pieces))
        return Patch(text=self.name, pieces=tuple(named))
