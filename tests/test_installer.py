"""What the bundle is made of: the spec is run as PyInstaller runs it, with its hands tied."""

from __future__ import annotations

import importlib.util
import json
import os
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from main import main
from tests.tree import ROOT

pytest.importorskip("PyInstaller")


class Found:
    """What one program is made of."""

    pure = scripts = ()

    def __init__(self, scripts: list[str], *, hiddenimports: list[str], datas: list[Any], **_more: Any) -> None:
        self.hidden, self.datas = set(hiddenimports), datas
        self.binaries: list[Any] = []
        self.pure = self.scripts = tuple(scripts)


@pytest.fixture(scope="module")
def programs() -> dict[str, Found]:
    """Screen and engine, as the spec asks for them."""
    given = {
        "SPECPATH": str(ROOT),
        "Analysis": Found,
        "PYZ": lambda *_: None,
        "EXE": lambda *_, **__: None,
        "COLLECT": lambda *_, **__: None,
    }
    before = Path.cwd()
    try:
        exec(compile((ROOT / "installer.spec").read_text("utf-8"), "installer.spec", "exec"), given)
    finally:
        os.chdir(before)
    return {name: given[name] for name in ("screen", "engine")}  # type: ignore[misc]


@pytest.mark.parametrize("name", ["screen", "engine"])
def test_both_programs_have_every_keyring_there_is(programs: dict[str, Found], name: str) -> None:
    named = {entry.value.partition(":")[0] for entry in entry_points(group="keyring.backends")}
    assert {"keyring.backends.SecretService", "keyring.backends.Windows", "keyring.backends.macOS"} <= named
    hidden = programs[name].hidden
    assert named <= hidden
    assert {"keyring.backends.fail", "keyring.backends.null"} <= hidden, "by which it is told that there is none"
    if importlib.util.find_spec("secretstorage") is not None:
        assert {"secretstorage", "secretstorage.collection", "jeepney.io.blocking"} <= hidden


def test_keyrings_are_found_by_what_the_bundle_carries(programs: dict[str, Found]) -> None:
    """The library looks for its back ends in its own metadata; without it a bundle finds none, and says nothing."""
    for name, program in programs.items():
        carried = [Path(source) for source, target in program.datas if target.startswith("keyring-")]
        assert carried, name
        files = [path for folder in carried for path in (folder.rglob("*") if folder.is_dir() else [folder])]
        (entries,) = [path for path in files if path.name == "entry_points.txt"]
        assert "keyring.backends.SecretService" in entries.read_text("utf-8")


def test_a_bundle_says_which_keyrings_it_can_speak_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`make package` compares that with the sources."""
    assert main(["parts", "--profile", str(tmp_path)], {}, "linux") == 0
    named = json.loads(capsys.readouterr().out)["keyrings"]
    assert {entry.value for entry in entry_points(group="keyring.backends")} <= set(named)
    assert ("secretstorage" in named) is (importlib.util.find_spec("secretstorage") is not None)
