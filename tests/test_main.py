"""The one door in: what is typed decides what is imported; a fault of the world is one sentence and exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import main as door

ROOT = Path(__file__).parents[1]
LINUX = "linux"


@pytest.mark.parametrize(
    ("environ", "platform", "there"),
    [
        ({}, LINUX, False),
        ({"DISPLAY": ":0"}, LINUX, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, LINUX, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, LINUX, False),
        ({"QT_QPA_PLATFORM": "offscreen:configfile=x"}, LINUX, False),
        ({"QT_QPA_PLATFORM": "vnc"}, LINUX, True),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_whether_there_is_a_screen(environ: dict[str, str], platform: str, there: bool) -> None:
    assert door.has_display(environ, platform) is there


def started(*typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *typed], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "typed",
    [
        ("run", "--screens", "9"),
        ("--replay", "/nowhere/at/all.json"),
        ("pack", "check", "/nowhere/at/all"),
        ("feed", "try", "nonsense", "x"),
        ("hub", "prepare", "http://127.0.0.1:9", "--user", "admin"),
        ("sync", "once"),
    ],
)
def test_a_fault_of_the_world_is_a_sentence_on_stderr_and_exit_2(typed: tuple[str, ...], tmp_path: Path) -> None:
    done = started(*typed, "--profile", str(tmp_path / "p"))
    assert done.returncode == 2
    assert done.stderr.strip() or done.stdout.strip()
    assert "Traceback" not in done.stderr
    assert "«" not in done.stderr.replace("«nonsense»", "").replace("«9»", "")


def test_a_pace_that_is_none_is_told(tmp_path: Path) -> None:
    recorded = [{"service_request_id": str(day), "requested_datetime": f"2026-03-0{day}"} for day in (1, 2)]
    (tmp_path / "recorded.json").write_text(json.dumps(recorded))
    typed = ("--replay", str(tmp_path / "recorded.json"), "--pace", "1e-320", "--profile", str(tmp_path / "p"))
    done = started("centre", *typed, "--language", "en")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "1e-320" in done.stderr


def test_what_all_parts_take_may_stand_before_the_part(tmp_path: Path) -> None:
    common = ("--language", "en", "--profile", str(tmp_path / "none"))
    done = started(*common, "store", "check")
    assert (done.returncode, done.stdout) == (2, started("store", "check", *common).stdout)
    assert "There is no profile folder" in done.stdout


def test_a_profile_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = started("run", "--screens", "1", "--profile", str(tmp_path / "file" / "p"), "--language", "en")
    assert done.returncode == 2
    assert done.stderr.startswith("The disk reports an error")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("typed", ["pack check x", "store check", "feed list", "centre --help", "engine --help"])
def test_only_the_screen_imports_qt(typed: str, tmp_path: Path) -> None:
    asked = [*typed.split(), "--profile", str(tmp_path)]
    code = (
        "import sys, main, os\n"
        f"try:\n    main.main({asked!r}, {{}}, 'linux')\n"
        "except (SystemExit, ImportError):\n    pass\n"
        "print([m for m in sys.modules if m.startswith('PySide6')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_the_version_and_the_help() -> None:
    assert started("--version").stdout.strip() == door.VERSION
    assert "run" in started("--help").stdout


def test_a_profile_for_who_only_looks_exports_nothing(tmp_path: Path) -> None:
    at = ("--profile", str(tmp_path / "p"))
    assert started("settings", "set", "profile.audience", "publik", *at).returncode == 0
    done = started("store", "export", "complaint", *at)
    assert (done.returncode, done.stdout) == (2, "")
    assert "publik" in done.stderr
