"""What holds for every process: no core dump, and no bug told with its words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

PROGRAM = """
import resource, runpy, sys, threading
sys.argv = ["main.py", "parts"]
try:
    runpy.run_path("main.py", run_name="__main__")
except SystemExit as ended:
    assert ended.code == 0, ended.code
print(resource.getrlimit(resource.RLIMIT_CORE))
class Ends:
    def __del__(self):
        raise ValueError("Budi")
def work(secret):
    raise ValueError(secret)
thread = threading.Thread(target=work, args=("Budi",))
thread.start()
thread.join()
ends = Ends()
del ends
work("Budi")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no core dumps")
def test_a_process_of_ours_leaves_no_core_and_says_nothing_of_what_it_had_in_hand(tmp_path: Path) -> None:
    started = 'ulimit -c unlimited 2>/dev/null; exec "$0" -c "$1"'
    done = subprocess.run(
        ["bash", "-c", started, sys.executable, PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "(0, 0)"
    assert done.stderr.count("ValueError") == 3, "in a thread, at the end of an object, and in the open"
    assert "Budi" not in done.stderr.replace('"Budi"', ""), "but for the line of code, which is ours"
    assert "in work" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_the_children_of_a_process_have_none_either() -> None:
    program = (
        "import subprocess, sys; from console.terminal.process import guard; guard();"
        "print(subprocess.check_output(['cat', '/proc/self/limits'], text=True))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [each for each in told.splitlines() if each.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]


def test_every_way_into_the_program_is_guarded_first() -> None:
    source = (ROOT / "main.py").read_text("utf-8")
    _, _, begins = source.partition('if __name__ == "__main__":\n')
    assert begins.splitlines()[0].strip() == "guard()"
    assert '"main.py"' in (ROOT / "installer.spec").read_text("utf-8"), "the bundle's programs begin there too"
