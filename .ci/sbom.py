"""The components of a bundle (SBOM) as CycloneDX 1.6 JSON: what of the lock stands in it, with hashes and licence.

`python .ci/sbom.py OUT.json [BUNDLE]`. Names, versions and hashes are those of requirements.lock, and what is installed
has to be just that; licences and who needs whom are told by the packages themselves. Beside them stand what comes with
the machine it was built on: Python, its SQLite (the bundle's own, where one is named) and the loader of the bundle, and
the fonts. The same lock gives the same bytes (SOURCE_DATE_EPOCH).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
FORM, VERSION = "CycloneDX", "1.6"
_CLASSIFIED = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Licences told by their classifiers alone, by their SPDX names."""
_SPDX = re.compile(r"[A-Za-z0-9.+\-]+( (AND|OR|WITH) [A-Za-z0-9.+\-]+)*")


@dataclass(frozen=True)
class Pin:
    """One line of the lock: a package of exactly that version, from a file of one of these hashes."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its name among all packages there are."""
        return f"pkg:pypi/{self.name}@{self.version}"


def pins(lock: str) -> Iterator[Pin]:
    """The packages of a lock that stand in a bundle made here."""
    for entry in lock.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        told, *hashes = entry.split("--hash=sha256:")
        wanted = Requirement(told.strip())
        if wanted.marker is None or wanted.marker.evaluate():
            (version,) = wanted.specifier
            yield Pin(str(canonicalize_name(wanted.name)), version.version, tuple(each.strip() for each in hashes))


def licence(metadata: Mapping[str, Any], classifiers: list[str]) -> str:
    """What a package says of its licence, as SPDX where it does, "" where it says nothing."""
    for told in (metadata.get("License-Expression"), metadata.get("License")):
        if told and len(told) < 200 and "\n" not in told:
            return str(told).strip()
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    return " AND ".join(_CLASSIFIED.get(each, each) for each in named)


def licences(told: str) -> list[dict[str, Any]]:
    """The same as CycloneDX has it: an expression where it is one, else a name."""
    if not told:
        return []
    return [{"expression": told}] if _SPDX.fullmatch(told) else [{"license": {"name": told}}]


def component(pin: Pin) -> tuple[dict[str, Any], list[str]]:
    """A package, and the names of those it needs. What is installed has to be what the lock says."""
    found = importlib.metadata.distribution(pin.name)
    if found.version != pin.version:
        sys.exit(f"sbom: {pin.name} {found.version} is installed, the lock has {pin.version}")
    told = found.metadata
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "scope": "required",
        "licenses": licences(licence(dict(told.items()), told.get_all("Classifier") or [])),
        "hashes": [{"alg": "SHA-256", "content": each} for each in pin.hashes],
    }
    wanted = [Requirement(each) for each in found.requires or []]
    needs = [str(canonicalize_name(each.name)) for each in wanted if each.marker is None or each.marker.evaluate()]
    return made, sorted(set(needs))


def beside(bundle: Path | None) -> Iterator[dict[str, Any]]:
    """What the lock does not name and a bundle holds all the same."""
    python = platform.python_version()
    yield _other("python", python, "PSF-2.0", f"pkg:generic/python@{python}")
    sqlite = _bundled_sqlite(bundle) or sqlite3.sqlite_version
    yield _other("sqlite", sqlite, "blessing", f"pkg:generic/sqlite@{sqlite}")
    try:
        loader = importlib.metadata.version("pyinstaller")
    except importlib.metadata.PackageNotFoundError:
        loader = ""
    if loader:
        told = "GPL-2.0-or-later WITH Bootloader-exception"
        yield _other("pyinstaller-bootloader", loader, told, f"pkg:pypi/pyinstaller@{loader}")
    for font in sorted((ROOT / "resources" / "fonts").glob("*.ttf")):
        digest = hashlib.sha256(font.read_bytes()).hexdigest()
        made = _other(font.stem, digest[:12], "OFL-1.1", f"pkg:generic/{font.stem}@{digest[:12]}")
        yield {**made, "type": "file", "hashes": [{"alg": "SHA-256", "content": digest}]}


def _other(name: str, version: str, told: str, purl: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "scope": "required",
        "licenses": licences(told),
    }


def _bundled_sqlite(bundle: Path | None) -> str:
    """The version the built program itself names, "" where there is none to ask."""
    if bundle is None:
        return ""
    done = subprocess.run([str(bundle / "kendali-engine"), "parts"], capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["sqlite"])


def made_of(lock: str, project: Mapping[str, Any], at: datetime, bundle: Path | None = None) -> dict[str, Any]:
    """The whole list."""
    found = [component(pin) for pin in sorted(pins(lock), key=lambda pin: pin.name)]
    refs = {made["name"]: made["bom-ref"] for made, _ in found}
    others = list(beside(bundle))
    name, version = project["name"], project["version"]
    root = f"pkg:generic/{name}@{version}"
    direct = sorted({str(canonicalize_name(Requirement(each).name)) for each in project["dependencies"]})
    needs = {made["bom-ref"]: [refs[each] for each in wanted if each in refs] for made, wanted in found}
    top = [*(refs[each] for each in direct if each in refs), *(each["bom-ref"] for each in others)]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(f"{root}\n{lock}".encode()).hexdigest())
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": FORM,
        "specVersion": VERSION,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": at.isoformat().replace("+00:00", "Z"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": name,
                "version": version,
                "licenses": [{"license": {"id": project["license"]["text"]}}],
            },
            "properties": [{"name": "kendali:lock:sha256", "value": hashlib.sha256(lock.encode()).hexdigest()}],
        },
        "components": [*(made for made, _ in found), *others],
        "dependencies": [
            {"ref": root, "dependsOn": sorted(top)},
            *({"ref": ref, "dependsOn": sorted(wanted)} for ref, wanted in sorted(needs.items())),
        ],
    }


def main(out: Path, bundle: Path | None = None) -> int:
    """Write the list of the lock that stands here; the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    at = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "1700000000")), UTC)
    listed = made_of(LOCK.read_text("utf-8"), project, at, bundle)
    out.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"sbom: {len(listed['components'])} components in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
