"""Tries a built bundle out: it names what the sources name, draws its pictures, and says its size and start time.

`python .ci/bundle.py dist/kendali`. Nothing of the sources is in reach of the bundle while it is tried: another
folder, another home, an empty environment.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STARTS = 5


def bare(home: Path) -> dict[str, str]:
    """An environment that knows nothing of the sources."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


def said(command: list[str], home: Path) -> str:
    """What a command prints; its failure is ours."""
    done = subprocess.run(command, cwd=home, env=bare(home), capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        sys.exit(f"bundle: {' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def parts(command: list[str], home: Path) -> dict[str, Any]:
    """Panels, feeds, commands and the version of SQLite, as that program finds them."""
    found: dict[str, Any] = json.loads(said([*command, "parts"], home))
    return found


def main(bundle: Path) -> int:
    """Try it; the exit code."""
    bundle = bundle.resolve()
    screen = str(bundle / "kendali")
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file() and not path.is_symlink())
    with tempfile.TemporaryDirectory(prefix="kendali-bundle-") as made:
        home = Path(made)
        mine, theirs = parts([screen], home), parts([sys.executable, str(ROOT / "main.py")], home)
        sqlite = mine.pop("sqlite")
        theirs.pop("sqlite")
        if mine != theirs:
            sys.exit(f"bundle: it finds {mine}, the sources have {theirs}")
        shots = home / "shots"
        start = time.perf_counter()
        said([screen, "run", "--shots", str(shots), "--screens", "4", "--profile", str(home / "profile")], home)
        drawn_s = time.perf_counter() - start
        pictures = sorted(path.name for path in shots.glob("*.png"))
        if "wall.png" not in pictures or len(pictures) < 5:
            sys.exit(f"bundle: it drew {pictures}")
        if os.environ.get("KENDALI_KEEP_SHOTS"):
            shutil.copytree(shots, ROOT / "build" / "bundle-shots", dirs_exist_ok=True)
        windows = [first_window_ms(screen, home) for _ in range(STARTS)]
        kept = keyring_kept(str(bundle / "kendali-engine"), home)
        engines = [_start_ms([str(bundle / "kendali-engine"), "--version"], home) for _ in range(STARTS)]
    print(f"package: dist/kendali {size / 1e6:.0f} MB, SQLite {sqlite}")
    print(f"package: finds {', '.join(f'{len(names)} {kind}' for kind, names in mine.items())}, as the sources do")
    print(f"package: {len(pictures)} pictures in {drawn_s:.1f} s from its start, centre and engine included")
    print(f"package: first window painted after {statistics.median(windows):.0f} ms, with the data of the last time")
    print(f"package: {kept}")
    print(f"package: the engine's program is up in {statistics.median(engines):.0f} ms")
    return 0


def keyring_kept(engine: str, home: Path) -> str:
    """Whether the bundle finds a real Secret Service and keeps a key there over starts, in words."""
    sys.path.insert(0, str(ROOT))
    from tests.sync.secret_service import MISSING, Bus

    if MISSING:
        return f"a real keyring was not tried: not on this machine: {', '.join(MISSING)}"
    bus, profile = Bus(home / "bus"), str(home / "keys")
    try:
        bus.serve(home)
        for words in (("make", "--by", "Paket"), ("status",)):
            command = [engine, "key", *words, "--profile", profile]
            env = dict(bus.environment(home))
            done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=180, check=False)
            if done.returncode:
                sys.exit(f"bundle: no key in the keyring\n{done.stdout}{done.stderr}")
    finally:
        bus.end()
    return "a key made by the bundle lies in a real Secret Service and is found at the next start"


def first_window_ms(screen: str, home: Path) -> float:
    """Until the engine is asked for, which the screen does as soon as its first window is painted."""
    command = [screen, "run", "--screens", "1", "--no-centre", "--profile", str(home / "profile")]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=home, env=bare(home), stdout=subprocess.DEVNULL)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    try:
        while process.poll() is None and not children.read_text("ascii").strip():
            if time.perf_counter() - start > 30:
                sys.exit("bundle: no window within 30 s")
            time.sleep(0.001)
        took = (time.perf_counter() - start) * 1000
    finally:
        process.terminate()
    if process.wait(timeout=30):
        sys.exit(f"bundle: the console ended with {process.returncode}")
    return took


def _start_ms(command: list[str], home: Path) -> float:
    start = time.perf_counter()
    said(command, home)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
