"""The script that looks for the system's libraries: silent where all is there, exact where it may not install."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

SCRIPT = ROOT / ".ci" / "debian.sh"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Debian's packages are of no use elsewhere")


class Machine:
    """A made-up machine: only the programs put on it are there."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.typed = folder / "typed"
        for tool in ("bash", "uname", "mktemp", "tail", "rm", "cat", "env"):
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)
        self.put("uname", "echo Linux")

    def put(self, name: str, script: str) -> None:
        """A program of that name."""
        place = self.bin / name
        place.unlink(missing_ok=True)
        place.write_text(f"#!{self.bin / 'bash'}\n{script}\n", "utf-8")
        place.chmod(0o755)

    def libraries(self, *lacking: str) -> None:
        """All libraries the script knows, but these."""
        names = re.findall(r"(lib[\w.+-]+\.so[\d.]*)=", SCRIPT.read_text("utf-8"))
        told = "\\n".join(f"  {name} => /lib/{name}" for name in names if name not in lacking)
        self.put("ldconfig", f'printf "{told}\\n"')

    def person(self, number: int, apt: bool = True) -> None:
        """Who types, and whether there is an apt-get."""
        self.put("id", f"echo {number}")
        if apt:
            self.put("apt-get", f'echo "apt-get $*" >> {self.typed}')

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The script on that machine."""
        env = {"PATH": str(self.bin), "TMPDIR": str(self.bin.parent)}
        command = [str(self.bin / "bash"), str(SCRIPT), *arguments]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_said_where_nothing_lacks(machine: Machine) -> None:
    machine.libraries()
    machine.person(1000)
    done = machine.run("screen")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_ordinary_person_is_told_the_command_to_type(machine: Machine) -> None:
    machine.libraries("libEGL.so.1", "libxcb-cursor.so.0")
    machine.person(1000)
    done = machine.run("screen")
    assert done.returncode == 1
    assert (
        "sudo apt-get update && sudo apt-get install --yes --no-install-recommends libegl1 libxcb-cursor0"
        in done.stderr
    )
    assert not machine.typed.exists()


def test_root_gets_them_installed(machine: Machine) -> None:
    machine.libraries("libxkbcommon.so.0")
    machine.person(0)
    assert machine.run("screen").returncode == 0
    assert machine.typed.read_text("utf-8").splitlines() == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends libxkbcommon0",
    ]


def test_a_failed_install_says_what_was_tried(machine: Machine) -> None:
    machine.libraries("libEGL.so.1")
    machine.put("id", "echo 0")
    machine.put("apt-get", "echo no route; exit 100")
    done = machine.run("screen")
    assert done.returncode == 1
    assert "no route" in done.stderr
    assert "apt-get install --yes --no-install-recommends libegl1" in done.stderr


def test_a_system_without_apt_is_told_what_it_lacks(machine: Machine) -> None:
    machine.libraries("libEGL.so.1")
    machine.person(0, apt=False)
    done = machine.run("screen")
    assert done.returncode == 1
    assert "libegl1" in done.stderr


def test_the_web_view_asks_for_more(machine: Machine) -> None:
    machine.libraries("libnss3.so")
    machine.person(1000)
    assert machine.run("screen").returncode == 0
    assert "libnss3" in machine.run("web").stderr


def test_missing_tools_are_named_as_packages(machine: Machine) -> None:
    machine.person(1000)
    assert "python3-venv python3-pip" in machine.run("tools", "python3-venv", "python3-pip").stderr


@pytest.mark.parametrize(
    "script", [*sorted((ROOT / ".ci").glob("*.sh")), ROOT / ".ci" / "run"], ids=lambda path: path.name
)
def test_scripts_are_sound(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert "set -euo pipefail" in script.read_text("utf-8")
