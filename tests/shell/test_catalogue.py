"""Panels are found as the package finds them, and imported one at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console.core.audience import Audience
from console.panels import found
from console.shell.catalogue import Catalogue

ROOT = Path(__file__).parents[2]


def test_it_holds_what_the_package_holds() -> None:
    assert dict(Catalogue()) == found()
    assert len(Catalogue()) == len(found())


def test_each_is_found_by_itself() -> None:
    for name, kind in found().items():
        catalogue = Catalogue()
        assert name in catalogue
        assert catalogue[name] is kind


@pytest.mark.parametrize("name", ["cameras", "", "a.b", "../x"])
def test_what_is_not_there(name: str) -> None:
    catalogue = Catalogue()
    assert name not in catalogue
    assert 3 not in catalogue
    with pytest.raises(KeyError):
        catalogue[name]


def test_the_queue_comes_without_charts_maps_and_numbers() -> None:
    code = (
        "import sys, console.shell.run\nfrom console.shell.catalogue import Catalogue\n"
        "c = Catalogue()\nassert 'situation_map' in c\nc['queue']\n"
        "print(*[m for m in ('numpy', 'pyqtgraph', 'shapely', 'folium', 'requests', 'PySide6.QtWebEngineCore')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("audience", [each for each in Audience if each.narrow])
def test_for_who_only_looks_there_are_the_panels_that_open_for_them(audience: Audience) -> None:
    catalogue = Catalogue(audience)
    assert "queue" not in catalogue and "complaint" not in catalogue
    assert "situation_map" in catalogue
    with pytest.raises(KeyError):
        catalogue["people"]
    assert set(catalogue) == {"situation_map", "indicators", "sources", "warnings"}
    assert len(catalogue) == 4
    assert "ledger" not in catalogue and "sources" in catalogue
