"""The rival's scripts, fetched with npm into the benchmarks' own folder. None of it is part of the product."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

from bench.figures import CannotMeasure
from bench.fresh import WORK

PACKAGES = ("leaflet@1.9.4", "leaflet.markercluster@1.5.3")
FILES = {
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "markercluster/leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "markercluster/MarkerCluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "markercluster/MarkerCluster.Default.css": "leaflet.markercluster/dist/MarkerCluster.Default.css",
}
_ICONS = ("marker-icon.png", "marker-shadow.png", "marker-icon-2x.png")


def assets() -> Path:
    """The folder of the scripts, made where it is not yet there."""
    folder = WORK / "assets"
    if all((folder / name).is_file() for name in FILES):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise CannotMeasure("npm is not on this machine: the rival's scripts cannot be had")
    packed = WORK / "npm"
    packed.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([npm, "pack", "--silent", *PACKAGES], cwd=packed, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"npm pack {' '.join(PACKAGES)} did not work")
    for archive in packed.glob("*.tgz"):
        with tarfile.open(archive) as tar:
            tar.extractall(packed / archive.name.rpartition("-")[0], filter="data")
    for name, source in FILES.items():
        package, _, inside = source.partition("/")
        _place(packed / package / "package" / inside, folder / name)
    for icon in _ICONS:
        _place(packed / "leaflet" / "package" / "dist" / "images" / icon, folder / "leaflet" / "images" / icon)
    return folder


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
