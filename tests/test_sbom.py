"""The list of components: all of the lock, each with its hashes and a licence, and the same twice."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.tree import ROOT

SCRIPT = ROOT / ".ci" / "sbom.py"
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
AT = datetime(2026, 11, 22, tzinfo=UTC)
BESIDE = {"python", "sqlite", "pyinstaller-bootloader"}


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sbom"] = module
    spec.loader.exec_module(module)
    return module


sbom = _loaded()


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    made: dict[str, Any] = sbom.made_of(LOCK, PROJECT, AT)
    return made


def libraries(listed: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        each for each in listed["components"] if each["purl"].startswith("pkg:pypi/") and each["name"] not in BESIDE
    ]


def test_it_has_the_form_of_cyclonedx(listed: dict[str, Any]) -> None:
    assert (listed["bomFormat"], listed["specVersion"], listed["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", listed["serialNumber"])
    assert listed["metadata"]["timestamp"] == "2026-11-22T00:00:00Z"
    assert listed["metadata"]["component"]["name"] == PROJECT["name"]
    refs = [each["bom-ref"] for each in listed["components"]]
    assert len(refs) == len(set(refs))
    for each in listed["components"]:
        assert {"type", "bom-ref", "name", "version", "purl", "licenses"} <= each.keys()
        assert each["type"] in ("library", "file")
        assert all(re.fullmatch("[0-9a-f]{64}", digest["content"]) for digest in each.get("hashes", ()))
        assert {digest["alg"] for digest in each.get("hashes", ())} <= {"SHA-256"}
        for told in each["licenses"]:
            assert told.keys() in ({"expression"}, {"license"})
    known = {*refs, listed["metadata"]["component"]["bom-ref"]}
    for each in listed["dependencies"]:
        assert each["ref"] in known and set(each["dependsOn"]) <= known


def test_it_holds_the_lock_to_the_letter(listed: dict[str, Any]) -> None:
    found = {each["name"]: each for each in libraries(listed)}
    for name, each in found.items():
        assert re.search(rf"^{re.escape(name)}=={re.escape(each['version'])}[ \\]", LOCK, re.MULTILINE), name
        assert importlib.metadata.version(name) == each["version"]
        assert each["hashes"], name
        for digest in each["hashes"]:
            assert f"--hash=sha256:{digest['content']}" in LOCK
    for wanted in PROJECT["dependencies"]:
        name = re.split("[=><]", wanted)[0].strip().lower().replace("_", "-")
        assert name in found, name
    assert not found.keys() & {"pytest", "ruff", "mypy", "hypothesis"}, "what checks is not what runs"


def test_no_hash_of_the_lock_is_lost(listed: dict[str, Any]) -> None:
    one = next(each for each in libraries(listed) if each["name"] == "cryptography")
    block = LOCK[LOCK.index("cryptography==") :]
    block = block[: re.search(r"\n(?=\S)", block).start()]  # type: ignore[union-attr]
    assert len(one["hashes"]) == block.count("--hash=")


def test_each_says_under_which_licence_it_comes(listed: dict[str, Any]) -> None:
    for each in listed["components"]:
        assert each["licenses"], f"{each['name']} says nothing of its licence"


def test_who_needs_whom_begins_at_the_program(listed: dict[str, Any]) -> None:
    needs = {each["ref"]: set(each["dependsOn"]) for each in listed["dependencies"]}
    root = listed["metadata"]["component"]["bom-ref"]
    reached, left = set(), [root]
    while left:
        here = left.pop()
        if here not in reached:
            reached.add(here)
            left += needs.get(here, ())
    assert {each["bom-ref"] for each in listed["components"]} <= reached, "everything is there for something"


def test_what_comes_with_the_machine_is_named(listed: dict[str, Any]) -> None:
    others = {each["name"]: each for each in listed["components"] if each not in libraries(listed)}
    assert {"python", "sqlite"} <= others.keys()
    assert others["python"]["version"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    fonts = [each for each in others.values() if each["type"] == "file"]
    assert len(fonts) == len(list((ROOT / "resources" / "fonts").glob("*.ttf")))


def test_the_same_lock_gives_the_same_bytes_and_another_one_another_number(listed: dict[str, Any]) -> None:
    again = sbom.made_of(LOCK, PROJECT, AT)
    assert json.dumps(again) == json.dumps(listed)
    assert sbom.made_of(f"{LOCK}\n# x\n", PROJECT, AT)["serialNumber"] != listed["serialNumber"]


def test_another_version_than_the_locks_is_refused() -> None:
    pin = sbom.Pin("requests", "0.0.1", ())
    with pytest.raises(SystemExit, match="the lock has"):
        sbom.component(pin)


@pytest.mark.parametrize(
    ("told", "classifiers", "said"),
    [
        ({"License-Expression": "MIT"}, [], [{"expression": "MIT"}]),
        ({"License": "LGPL-3.0-only OR GPL-2.0-only"}, [], [{"expression": "LGPL-3.0-only OR GPL-2.0-only"}]),
        ({"License": "GPLv2-or-later with a special exception"}, [], None),
        (
            {"License": "a whole text\nof many lines"},
            ["License :: OSI Approved :: MIT License"],
            [{"expression": "MIT"}],
        ),
        ({}, ["License :: OSI Approved :: Apache Software License"], [{"expression": "Apache-2.0"}]),
        ({}, [], []),
    ],
)
def test_a_licence_is_told_as_the_package_tells_it(told: Any, classifiers: list[str], said: Any) -> None:
    found = sbom.licences(sbom.licence(told, classifiers))
    assert found == (said if said is not None else [{"license": {"name": told["License"]}}])


def test_the_package_is_made_with_its_list(tmp_path: Path) -> None:
    assert ".ci/sbom.py" in (ROOT / ".ci" / "package.sh").read_text("utf-8")
    out = tmp_path / "kendali.cdx.json"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(out)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(out.read_text("utf-8"))["bomFormat"] == "CycloneDX"
