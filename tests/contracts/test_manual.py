"""Every panel has its page in every language, every page tells what is there, and every setting has its words."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import commands
from console.core.phrases import LANGUAGES
from console.core.settings import declared
from console.panels import found
from console.shell.offers import PAGES
from console.store.files import load_phrases
from console.terminal.arguments import PARTS, parser
from tests.tree import ROOT

MANUAL = ROOT / "resources" / "manual"
SETTINGS = declared((ROOT / "resources" / "settings.toml").read_bytes())
WRITTEN = sorted(path.relative_to(MANUAL) for path in MANUAL.glob("*/*.md"))
KEY = re.compile(r"[A-Z]|F\d+|(?:Ctrl|Alt|Shift)\+.+")
HANDS = frozenset({"J", "K", "Ctrl+Enter", "Ctrl+C", "Ctrl+V"})
"""Keys of lists and forms, which no action and no deed declares; the widgets' own tests press them."""


def known_keys() -> set[str]:
    """All keys that the shell's actions and the deeds declare."""
    source = (ROOT / "console" / "shell" / "offers.py").read_text("utf-8")
    shell = set(re.findall(r'"(F\d+|(?:Ctrl|Alt)\+[^"{]+)"', source))
    return shell | {kind.face.key for kind in commands.found().values()} | HANDS


def parts_of(of: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def typable() -> dict[str, set[str]]:
    """`relay add` and its like, with their options."""
    told: dict[str, set[str]] = {}
    for name, part in parts_of(parser({}, "linux")):
        below = dict(parts_of(part))
        for each, one in {f"{name} {word}": one for word, one in below.items()}.items() if below else [(name, part)]:
            told[each] = {option for action in one._actions for option in action.option_strings}
    return told


def text(page: Path) -> str:
    return (MANUAL / page).read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("panel", found())
def test_every_panel_has_its_page(panel: str, language: str) -> None:
    page = MANUAL / language / f"{panel}.md"
    assert page.is_file()
    assert load_phrases(language).say(found()[panel].face.title) == page.read_text("utf-8").splitlines()[0].lstrip("# ")
    assert panel in PAGES, "the help menu has every panel's page"


def test_every_page_is_in_the_help_menu_and_in_every_language() -> None:
    names = [{path.stem for path in (MANUAL / language).glob("*.md")} for language in LANGUAGES]
    assert names == [{*PAGES, "keys"}] * len(LANGUAGES)


@pytest.mark.parametrize("page", WRITTEN, ids=str)
def test_every_key_it_tells_is_there(page: Path) -> None:
    bold = re.findall(r"\*\*([^*\n]+)\*\*", text(page))
    assert not {each for each in bold if KEY.fullmatch(each)} - known_keys()


@pytest.mark.parametrize("page", WRITTEN, ids=str)
def test_every_command_and_setting_it_tells_is_there(page: Path) -> None:
    known = typable()
    for code in re.findall(r"`([^`\n]+)`", text(page)):
        typed = re.sub(r"^(main\.py|kendali) ", "", code).split()
        if typed[0] in PARTS:
            name = next((name for name in (" ".join(typed[:2]), typed[0]) if name in known), None)
            assert name is not None, code
            assert not {word for word in typed if word.startswith("--")} - known[name], code
            if name == "settings set":
                assert typed[2] in SETTINGS, code
        elif re.fullmatch(r"(hub|relay|sync|wall|backup)\.[a-z_]+", code):
            assert code in SETTINGS, code


@pytest.mark.parametrize("page", WRITTEN, ids=str)
def test_it_is_short_and_opens_offline(page: Path) -> None:
    said = text(page)
    assert said.startswith("# ")
    assert len(said.split()) < 900
    assert "](http" not in said


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_its_words(name: str) -> None:
    says = SETTINGS[name].says
    assert list(says) == list(LANGUAGES)
    assert all(sentence.endswith(".") and len(sentence) > 10 for sentence in says.values())
    assert len(set(says.values())) == len(LANGUAGES)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_default_is_sound(name: str) -> None:
    assert SETTINGS[name].fault(SETTINGS[name].default, name) is None
