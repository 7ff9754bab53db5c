"""Programs of Node for the tests: installed once into `build/peers` from the lock beside this file, by hash.

Where there is no Node, or no registry to install from, what needs them is skipped with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.peers.once import HERE, INSTALL_S, once

_LOCKS = ("package.json", "package-lock.json")


@cache
def node_folder() -> Path | str:
    """The folder with `node_modules`, or why there is none."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not on this machine"
    return once(_LOCKS, _install)


def _install(folder: Path) -> str:
    for name in _LOCKS:
        shutil.copyfile(HERE / name, folder / name)
    ask = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000"]
    try:
        done = subprocess.run(ask, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return "the registry of npm did not answer in time"
    return f"npm could not install: {done.stderr.strip()[-200:]}" if done.returncode else ""


class Node:
    """A program of Node that answers lines of JSON with lines of JSON."""

    def __init__(self, script: str, *arguments: str) -> None:
        folder = node_folder()
        if isinstance(folder, str):
            pytest.skip(folder)
        self._process = subprocess.Popen(
            ["node", str(HERE / script), *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "NODE_PATH": str(folder / "node_modules")},
        )

    def read(self) -> Any:
        """The next line it says."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the program of Node has ended"
        return json.loads(line)

    def ask(self, **what: Any) -> Any:
        """Its answer. An error of its own fails the test."""
        told = self.tell(**what)
        assert "error" not in told, told
        return told.get("ok")

    def tell(self, **what: Any) -> Any:
        """Its answer, an error as it stands."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        self._process.stdin.flush()
        return self.read()

    def close(self) -> None:
        """End it: it stops when its input closes."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def pouch() -> Node:
    """A PouchDB in memory: `pouch.js` says what it can be asked."""
    return Node("pouch.js")


def express_pouchdb(folder: Path) -> tuple[Node, str]:
    """An express-pouchdb, and its address. Anybody may do anything there."""
    server = Node("express.js", str(folder))
    return server, f"http://127.0.0.1:{server.read()['port']}"
