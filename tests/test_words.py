"""Every sentence a person can see exists in each language, with the same places, and is used."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from console.core.phrases import LANGUAGES, Phrases
from console.core.settings import declared
from tests.tree import ROOT, docstrings, sources

FOLDER = ROOT / "resources" / "phrases"


def texts(language: str) -> dict[str, str]:
    """All phrases of a language by key, as the program itself flattens them."""
    files = [(language, path.read_bytes()) for path in sorted((FOLDER / language).glob("*.toml"))]
    phrases = Phrases.from_toml(files, language)
    return {key: phrases._texts[language][key] for key in phrases.keys(language)}


HOUSE = texts(LANGUAGES[0])
TOPS = {key.partition(".")[0] for key in HOUSE}
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)+")
ERRORS = ("Refused", "Away", "Denied", "BadAnswer", "BadPack", "BadSetting", "DiskTrouble")
SETTINGS = frozenset(declared((ROOT / "resources" / "settings.toml").read_bytes()))


def places(text: str) -> set[str]:
    """Names of the places of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def looks_like_a_key(text: str) -> bool:
    """A file's name (`pack.toml`) looks like a key and is none."""
    is_file = re.search(r"\.(toml|json|db|log|lock|py|csv)(\.|$)", text) is not None
    return KEY.fullmatch(text) is not None and text.partition(".")[0] in TOPS and not is_file


def _pattern(node: ast.JoinedStr) -> str:
    """An f-string as a pattern of the keys it can make."""
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[A-Za-z0-9_.-]+" for part in node.values
    )


def said_in_code() -> tuple[dict[str, str], dict[str, str]]:
    """Whole keys in the code, and patterns of keys that are pieced together there (`f"state.{state.name}"`)."""
    whole: dict[str, str] = {}
    pieced: dict[str, str] = {}
    for module, tree in sources().items():
        explained = docstrings(tree)
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            where = f"{module}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.JoinedStr):
                start = node.values[0].value if node.values and isinstance(node.values[0], ast.Constant) else ""
                if "." in str(start) and ".log." not in str(start) and str(start).partition(".")[0] in TOPS:
                    pieced[_pattern(node)] = where
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in explained | parts:
                continue
            if looks_like_a_key(node.value):
                whole[node.value] = where
    return whole, pieced


WHOLE, PIECED = said_in_code()


def test_the_house_speaks_its_languages() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_sentences(language: str) -> None:
    other = texts(language)
    assert not sorted(set(HOUSE) - set(other)), f"lacking in {language}"
    assert not sorted(set(other) - set(HOUSE)), f"only in {language}"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_sentences_have_the_same_places(language: str) -> None:
    other = texts(language)
    assert not {key for key in HOUSE.keys() & other.keys() if places(HOUSE[key]) != places(other[key])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_blank(language: str) -> None:
    assert not [key for key, text in texts(language).items() if not text.strip()]


def test_every_key_in_the_code_has_a_sentence() -> None:
    # A module of ours or a setting may look like a key.
    other = SETTINGS | set(sources())
    lacking = {key: where for key, where in WHOLE.items() if key not in HOUSE and key not in other}
    lacking |= {
        pattern: where for pattern, where in PIECED.items() if not any(re.fullmatch(pattern, key) for key in HOUSE)
    }
    assert not lacking


def test_what_is_raised_or_said_has_a_sentence() -> None:
    """Also below a name that no sentence begins with yet: such a key does not look like one to the test above."""
    lacking = {}
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = ast.unparse(node.func)
            key = node.args[1] if called == "Fault.at" and len(node.args) > 1 else node.args[0]
            name = called.rpartition(".")[2]
            speaks = called == "Fault.at" or name in ERRORS or name == "say"
            if speaks and isinstance(key, ast.Constant) and KEY.fullmatch(str(key.value)) and key.value not in HOUSE:
                lacking[key.value] = f"{module}:{node.lineno}"
    assert not lacking


def test_every_sentence_is_used() -> None:
    unused = [key for key in HOUSE if key not in WHOLE and not any(re.fullmatch(each, key) for each in PIECED)]
    assert not unused


def test_every_place_is_filled_where_a_sentence_is_made() -> None:
    """A call that names a sentence and gives values by name gives all of them (a list of faults gives `count`)."""
    lacking = []
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or any(each.arg is None for each in node.keywords):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            if name not in ("say", "at", *ERRORS):
                continue
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and argument.value in HOUSE:
                    given = {each.arg for each in node.keywords} | (
                        {"count"} if name in ("BadPack", "BadSetting") else set()
                    )
                    if places(HOUSE[argument.value]) - given:
                        lacking.append(f"{module}:{node.lineno} {argument.value}")
    assert not lacking
