"""mastodon-mock (MIT): a server of others that speaks Mastodon's API and keeps what is posted, as a process.

Installed once into `build/peers` from `mastodon.lock`, by hash and apart from our own packages; where that cannot be
done, what needs it is skipped with the reason. The lock is made by `uv pip compile --universal --generate-hashes`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from tests.listeners import listening
from tests.peers.once import HERE, INSTALL_S, once

_LOCK = "mastodon.lock"
_TOKEN = "mock_token"
"""Of the one account the server has from its beginning."""
_START_S = 60


@cache
def _folder() -> Path | str:
    return once([_LOCK], _install)


def _install(folder: Path) -> str:
    ask = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    try:
        done = subprocess.run(
            [*ask, "--target", str(folder / "site"), "-r", str(HERE / _LOCK)],
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "the registry of Python packages did not answer in time"
    return f"pip could not install: {done.stderr.strip()[-200:]}" if done.returncode else ""


class MastodonServer:
    """One that has no posts yet, on loopback."""

    def __init__(self) -> None:
        folder = _folder()
        if isinstance(folder, str):
            pytest.skip(folder)
        self.url = ""
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {_TOKEN}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mastodon_mock", "serve", "--in-memory", "--port", "0"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(folder / "site")},
        )
        pause = threading.Event()
        for _ in range(_START_S * 5):
            assert self._process.poll() is None, "mastodon-mock has ended"
            if places := listening(self._process.pid):
                self.url = f"http://{places.pop()}"
                self.ask("GET", "/api/v1/instance")
                return
            pause.wait(0.2)
        self.close()
        raise TimeoutError("mastodon-mock does not listen")

    def ask(self, method: str, path: str, **fields: Any) -> Any:
        """What it answers to its own account."""
        reply = self._session.request(method, self.url + path, data=fields or None, timeout=20)
        assert reply.ok, reply.text
        self.now = parsedate_to_datetime(reply.headers["Date"])
        return reply.json()

    def post(self, words: str, **fields: Any) -> str:
        """The id of a new post, public unless said otherwise."""
        return str(self.ask("POST", "/api/v1/statuses", status=words, **{"visibility": "public", **fields})["id"])

    def close(self) -> None:
        """End it."""
        self._session.close()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
