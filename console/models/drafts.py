"""What somebody had typed into a form when another came: kept aside under its owner's name, in memory alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.core.lifecycle import Deed

MOST = 20
"""Drafts of one person."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was open, and what stood in its fields."""

    deed: Deed
    complaint: str
    """Its id, "" for a complaint that is only being recorded."""
    answers: Mapping[str, str] = field(repr=False)

    @property
    def number(self) -> str:
        """The complaint's own number."""
        return self.complaint.partition(":")[2] or self.complaint


class Drafts:
    """Drafts by the id of the person who typed them."""

    def __init__(self) -> None:
        self._of: dict[str, list[Draft]] = {}

    def keep(self, owner: str, drafts: Iterable[Draft]) -> None:
        """Put these aside, the latest of each form; of very many the oldest are let go."""
        kept = self._of.setdefault(owner, [])
        for draft in drafts:
            kept[:] = [each for each in kept if (each.deed, each.complaint) != (draft.deed, draft.complaint)]
            kept.append(draft)
        del kept[:-MOST]

    def of(self, owner: str) -> tuple[Draft, ...]:
        """What is kept for that person, the oldest first."""
        return tuple(self._of.get(owner, ()))

    def drop(self, owner: str, draft: Draft) -> None:
        """It is open again, or not wanted any more."""
        self._of[owner] = [each for each in self._of.get(owner, ()) if each is not draft]
