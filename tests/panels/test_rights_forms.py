"""The forms of the panel of a person's rights: what is offered for what was found, and what is warned of."""

from __future__ import annotations

import pytest

from console.core.clock import from_millis
from console.core.phrases import Phrases
from console.models.errand import Errand
from console.models.rights import Held, Search
from console.panels.rights_forms import Erasing, RightsForms
from console.store.files import load_phrases

OWN, OTHER, SPOKEN = (Held(name, "", (("complaint.text", 1),), 0) for name in ("k:1", "k:2", "k:3"))
ITEM = Held("item:1a", "warga", (("item.text", 1),), 0)
ROWS = (OWN, OTHER, SPOKEN, ITEM)


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return load_phrases("id")


def forms(phrases: Phrases, chosen: Held | None, told_by: tuple[str, ...] = ("k:1", "k:2")) -> RightsForms:
    found = Search("1", "HAK-1", from_millis(0), ROWS, told_by, ("k:3",), Errand("1", "find"))
    return RightsForms(phrases, "HAK-1", found, chosen)


def asked(made: RightsForms, kind: str) -> dict[str, list[str]]:
    return {field.name: [value for value, _ in field.choices] for field in made.fields(kind)}


@pytest.mark.parametrize(
    ("chosen", "told_by", "offered"),
    [
        (OWN, ("k:1", "k:2"), {"scope": ["all", "who"], "whose": ["this", "all"]}),
        (OWN, ("k:1",), {"scope": ["all", "who"]}),
        (SPOKEN, ("k:1", "k:2"), {"scope": ["all", "words"]}),
        (ITEM, ("k:1", "k:2"), {}),
        (None, ("k:1", "k:2"), {"scope": ["all"]}),
    ],
    ids=["one of several", "the only one", "of another", "an item", "nothing"],
)
def test_what_can_be_erased_follows_from_what_was_found(phrases, chosen, told_by, offered):
    made = asked(forms(phrases, chosen, told_by), "erase")
    assert made.pop("stores") == ["keep", "now"]
    assert made == offered


def test_the_form_for_finding_keeps_the_case_and_asks_for_one_of_two(phrases):
    case, typed, complaint = forms(phrases, None).fields("find")
    assert case.value == "HAK-1" and case.required
    assert not typed.required and not complaint.required


def test_what_is_about_to_go_is_named_and_many_are_counted(phrases):
    made = forms(phrases, OWN)
    assert made.warning(None) == ""
    many = made.warning(Erasing(tuple(f"k:{number}" for number in range(9)), "all", backups=True))
    assert "k:5 +3" in many and "k:6" not in many
    item = made.warning(Erasing(("item:1a",), "all", backups=False))
    assert "warga" in item and "item:1a" not in item
    assert made.says("sure") == "" and "k:1" in made.says("erase")
