"""Drafts are their owner's."""

from __future__ import annotations

from console.core.lifecycle import Deed
from console.models.drafts import MOST, Draft, Drafts


def test_each_has_their_own_and_the_latest_of_a_form_counts() -> None:
    drafts = Drafts()
    first = Draft(Deed.NOTE, "laksa:7", {"text": "Sudah dite"})
    later = Draft(Deed.NOTE, "laksa:7", {"text": "Sudah ditelepon"})
    other = Draft(Deed.RECORD, "", {"title": "Pohon"})
    drafts.keep("rani", [first, other])
    drafts.keep("rani", [later])
    drafts.keep("sari", [first])
    assert drafts.of("rani") == (other, later)
    assert drafts.of("sari") == (first,)
    assert drafts.of("budi") == ()
    drafts.drop("rani", other)
    assert drafts.of("rani") == (later,)
    assert later.number == "7"


def test_they_do_not_grow_for_ever() -> None:
    drafts = Drafts()
    drafts.keep("rani", [Draft(Deed.NOTE, f"laksa:{nth}", {"text": "x"}) for nth in range(MOST + 5)])
    assert len(drafts.of("rani")) == MOST
    assert drafts.of("rani")[-1].complaint == f"laksa:{MOST + 4}"
