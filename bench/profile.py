"""Profiles for benchmarks that start the console itself: a pack whose source is a prepared centre on loopback."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bench.fresh import ROOT, WORK
from bench.pages import city


def fresh(name: str, port: int) -> Path:
    """An empty profile whose only source is the centre at that port."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    point(folder, port)
    return folder


def point(folder: Path, port: int) -> None:
    """Give a profile a pack of its own that asks the centre at that port."""
    pack = city().id
    place = folder / "packs" / pack
    shutil.copytree(ROOT / "resources" / "packs" / pack, place, dirs_exist_ok=True)
    feeds = (place / "feeds.toml").read_text("utf-8")
    feeds = re.sub(r'address = ".*"', f'address = "http://127.0.0.1:{port}"\nallow_private = true', feeds)
    (place / "feeds.toml").write_text(feeds, "utf-8")
