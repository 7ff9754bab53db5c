"""What the commands ask alike: does the complaint stand, may this step follow, is it still as it was seen.

A refusal says who did what, and what to do instead: one sentence per state, under `commands.stands` where the
table has no such step, under `commands.moved` where the operator saw another state than the present one.
"""

from __future__ import annotations

from console.core.command import Looking, require
from console.core.errors import Refused
from console.core.forwarding import DEEDS as FORWARDING
from console.core.lifecycle import Deed, State, after
from console.core.masking import COVER
from console.core.records import Complaint

LONGEST_TEXT = 4000
"""Letters a note, a reason or an evidence may have."""
SHORTEST_EVIDENCE = 10

SAID_BY_SOURCE = "source"
"""What stands for a deed in an event that came from the source."""

_ASIDE = frozenset({SAID_BY_SOURCE, Deed.NOTE, Deed.ATTACH, Deed.TAKE, Deed.UNDO, *FORWARDING})
"""Events that leave the state as it is, or give an earlier one back."""


def standing(read: Looking, complaint: str) -> Complaint:
    """The complaint as it stands, or a refusal."""
    found = read.complaint(complaint)
    if found is None:
        raise Refused("commands.absent", complaint=complaint)
    return found


def may_follow(read: Looking, complaint: str, deed: Deed, seen: State | None) -> Complaint:
    """The complaint, where the table allows the step and the operator saw the present state."""
    found = standing(read, complaint)
    if seen is not None and found.state is not seen:
        raise Refused(f"commands.moved.{found.state.name}", who=last_hand(read, found))
    if after(found.state, deed) is None:
        raise Refused(f"commands.stands.{found.state.name}", who=last_hand(read, found))
    return found


def following(state: State, deed: Deed) -> State:
    """The state that follows, after a check said that one does."""
    then = after(state, deed)
    if then is None:
        raise Refused(f"commands.stands.{state.name}", who="")
    return then


def last_hand(read: Looking, complaint: Complaint) -> str:
    """Who brought the complaint to its state: an operator's name, else the source's id."""
    for event in reversed(read.events_of(complaint.id)):
        if event.deed not in _ASIDE and not event.undone and event.after is complaint.state:
            return event.by
    return complaint.source


def text_between(text: str, lacks: str, least: int = 1, most: int = LONGEST_TEXT) -> None:
    """Refuse where the trimmed text has fewer letters than `least` (as `lacks`) or more than `most`."""
    require(text, lacks, least=least)
    length = len(text.strip())
    if length < least:
        raise Refused(lacks, least=least)
    if length > most:
        raise Refused("commands.text_long", length=length, most=most)


def words_between(text: str, lacks: str, least: int = 1) -> None:
    """The same of the words of a deed. Covered they were measured where they were written, and may be shorter by now,
    or longer."""
    if COVER in text:
        text_between(text, lacks, most=2 * LONGEST_TEXT)
    else:
        text_between(text, lacks, least)
