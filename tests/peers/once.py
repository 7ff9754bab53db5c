"""What the tests install of others: once for each lock, whichever test wants it first."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from console.store.files import FileLock

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "peers"
INSTALL_S = 180


def once(locks: Sequence[str], install: Callable[[Path], str]) -> Path | str:
    """The folder of what these locks (files beside this one) name, or why there is none.

    `install` fills the folder it is given, within `INSTALL_S`, and says why it could not ("" where it could).
    """
    raw = b"".join((HERE / name).read_bytes() for name in locks)
    folder = BUILD / hashlib.sha256(raw).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "install.lock")
    pause = threading.Event()
    for _ in range(INSTALL_S * 5):
        if lock.take():
            break
        pause.wait(0.2)
    try:
        ready = folder / "ready"
        if not ready.exists():
            if why := install(folder):
                return why
            ready.touch()
        return folder
    finally:
        lock.drop()
