"""City packs on disk: what is shipped, what is installed goes before it, and garbage is never installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadPack
from console.core.phrases import Phrases
from console.store import packs
from console.store.files import Profile, load_phrases
from tests.cities import LOWEST_CODES, geojson, small_files
from tests.tree import ROOT

SHIPPED = "tangerang"
PHRASES = load_phrases()
CODES = """kode,tingkat,nama,kode_induk
99.71,kota,Kota Rekaan,99
99.71.01,kecamatan,Sukamaju,99.71
99.71.02,kecamatan,Mekarsari,99.71
99.71.01.1001,kelurahan,Sukamaju Timur,99.71.01
99.71.01.1002,kelurahan,Sukamaju,99.71.01
99.71.01.1003,kelurahan,Mekarsari,99.71.01
99.71.02.1001,kelurahan,Kebon Baru,99.71.02
99.71.02.1002,kelurahan,Kebon Lama,99.71.02
"""


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "profile")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the invented city's pack."""
    return filled(tmp_path / "rekaan", small_files())


def filled(place: Path, files: dict[str, bytes]) -> Path:
    place.mkdir()
    for name, raw in files.items():
        (place / name).write_bytes(raw)
    return place


def says(trouble: BadPack) -> list[str]:
    return [fault.says.removeprefix("pack.fault.") for fault in trouble.faults]


def test_the_shipped_pack_is_found_without_a_profile() -> None:
    assert [entry.id for entry in packs.installed(None)] == [SHIPPED]
    assert packs.load(None, SHIPPED).id == SHIPPED


def test_an_installed_pack_is_found_and_loaded(profile: Profile, folder: Path) -> None:
    packs.add(profile, folder)
    assert [(entry.id, entry.name, entry.shipped) for entry in packs.installed(profile)] == [
        ("rekaan", "Kota Rekaan", False),
        (SHIPPED, "Kota Tangerang", True),
    ]
    assert packs.load(profile, "rekaan").name == "Kota Rekaan"
    assert packs.load(profile, SHIPPED).id == SHIPPED


def test_a_pack_in_the_profile_goes_before_a_shipped_one(profile: Profile, tmp_path: Path) -> None:
    files = small_files()
    files["pack.toml"] = files["pack.toml"].replace(b'"rekaan"', f'"{SHIPPED}"'.encode())
    packs.add(profile, filled(tmp_path / "own", files))
    assert packs.load(profile, SHIPPED).name == "Kota Rekaan"


def test_a_pack_is_replaced_whole_by_the_next_of_its_id(profile: Profile, folder: Path) -> None:
    packs.add(profile, folder)
    (folder / "pack.toml").write_bytes((folder / "pack.toml").read_bytes().replace(b'version = "1"', b'version = "2"'))
    packs.add(profile, folder)
    assert [entry.version for entry in packs.installed(profile) if entry.id == "rekaan"] == ["2"]


@pytest.mark.parametrize("id_", ["", "none", "..", "../profile", "pack_template", "rekaan/..", "C:\\x"])
def test_a_pack_that_is_not_there_is_told_with_those_that_are(profile: Profile, id_: str) -> None:
    with pytest.raises(BadPack) as trouble:
        packs.load(profile, id_)
    assert says(trouble.value) == ["absent"]
    assert dict(trouble.value.faults[0].values) == {"known": SHIPPED}


def test_an_unsound_pack_is_not_installed(profile: Profile, folder: Path) -> None:
    (folder / "feeds.toml").write_bytes(b"<html>")
    with pytest.raises(BadPack) as trouble:
        packs.add(profile, folder)
    assert says(trouble.value) == ["html"]
    assert not profile.packs.exists()


def spoil(profile: Profile) -> None:
    """Draw a kelurahan over its neighbour by hand, in the installed pack."""
    place = profile.packs / "rekaan" / "areas.geojson"
    lines = place.read_text("utf-8").splitlines()
    drawn = [line.replace("[106.02,", "[106.01,") if "99.71.01.1003" in line else line for line in lines]
    assert drawn != lines
    place.write_text("\n".join(drawn), "utf-8")


def test_an_edited_pack_is_judged_again_at_the_start(profile: Profile, folder: Path) -> None:
    packs.add(profile, folder)
    spoil(profile)
    with pytest.raises(BadPack) as trouble:
        packs.load(profile, "rekaan")
    assert "overlap" in says(trouble.value)


def test_a_torn_install_has_no_seal_and_is_judged_again(profile: Profile, folder: Path) -> None:
    packs.add(profile, folder)
    (profile.packs / "rekaan" / packs.SEAL).unlink()
    assert packs.load(profile, "rekaan").id == "rekaan"
    spoil(profile)
    with pytest.raises(BadPack):
        packs.load(profile, "rekaan")


def test_outlines_are_written_so_that_a_start_joins_nothing(profile: Profile, tmp_path: Path) -> None:
    files = small_files()
    files["areas.geojson"] = geojson(LOWEST_CODES)
    packs.add(profile, filled(tmp_path / "bare", files))
    code = (
        "import sys\nfrom pathlib import Path\nfrom console.store import packs\n"
        "from console.store.files import Profile\n"
        f"pack = packs.load(Profile(Path({str(profile.folder)!r})), 'rekaan')\n"
        f"packs.load(None, {SHIPPED!r})\n"
        "print(len(pack.city.polygons), [name for name in sys.modules if name in ('shapely', 'numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("1 []", "")


def pair(place: Path, *starts: str) -> Path:
    """A folder with raw pairs."""
    files = {}
    for start in starts:
        files[f"{start}kode.csv"] = CODES.encode()
        files[f"{start}kelurahan.geojson"] = geojson(LOWEST_CODES)
    return filled(place, files)


@pytest.mark.parametrize(
    ("start", "chosen"), [("", ""), ("rekaan-", ""), ("a-", "a-kode.csv"), ("a-", "a-kelurahan.geojson")]
)
def test_a_raw_pair_is_installed_by_its_folder_or_one_of_its_files(
    profile: Profile, tmp_path: Path, start: str, chosen: str
) -> None:
    place = pair(tmp_path / "raw", start)
    assert packs.add(profile, place / chosen if chosen else place).id == "99-71"
    assert packs.load(profile, "99-71").name == "Kota Rekaan"


@pytest.mark.parametrize("chosen", ["", "a-kode.csv", "a-kelurahan.json"])
def test_the_boundaries_may_be_the_answer_of_an_esri_layer(profile: Profile, tmp_path: Path, chosen: str) -> None:
    place = pair(tmp_path / "raw", "a-")
    features = json.loads((place / "a-kelurahan.geojson").read_bytes())["features"]
    (place / "a-kelurahan.geojson").unlink()
    told = [{"attributes": {"KODE": each["properties"]["kode"]}, "geometry": rings(each)} for each in features]
    whole = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, "features": told}
    (place / "a-kelurahan.json").write_text(json.dumps(whole))
    assert packs.add(profile, place / chosen if chosen else place).id == "99-71"
    (place / "a-kelurahan.geojson").write_bytes(b"x")
    if not chosen:  # two of one name: GeoJSON goes before
        with pytest.raises(BadPack):
            packs.add(profile, place)


def rings(feature: dict[str, Any]) -> dict[str, Any]:
    return {"rings": [ring[::-1] for ring in feature["geometry"]["coordinates"]]}


def test_several_pairs_in_one_folder_need_a_choice(profile: Profile, tmp_path: Path) -> None:
    place = pair(tmp_path / "raw", "a-", "b-")
    with pytest.raises(BadPack) as trouble:
        packs.add(profile, place)
    assert says(trouble.value) == ["many_pairs"]
    assert dict(trouble.value.faults[0].values) == {"pairs": "a-kode.csv, b-kode.csv"}
    assert packs.add(profile, place / "b-kode.csv").id == "99-71"


def test_places_without_a_pack_are_told(profile: Profile, tmp_path: Path) -> None:
    (tmp_path / "x-kode.csv").write_bytes(CODES.encode())
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    for name, reason in (("none", "no_place"), ("x-kode.csv", "no_pack"), ("photo.jpg", "no_pack"), ("", "no_pack")):
        with pytest.raises(BadPack) as trouble:
            packs.add(profile, tmp_path / name if name else tmp_path)
        assert says(trouble.value) == [reason], name


def test_a_huge_file_is_refused_unread(profile: Profile, folder: Path) -> None:
    with (folder / "areas.geojson").open("ab") as stream:
        stream.truncate(packs.MOST_BYTES + 1)
    with pytest.raises(BadPack) as trouble:
        packs.add(profile, folder)
    assert says(trouble.value) == ["too_big"]


def told(phrases: Phrases, run: str, *arguments: object) -> tuple[int, str]:
    lines: list[str] = []
    code = getattr(packs, run)(*arguments, phrases.say, lines.append)
    assert not [line for line in lines if "«" in line or "—" in line]
    return code, "\n".join(lines)


def test_checking_tells_what_is_sound(folder: Path) -> None:
    assert told(PHRASES, "pack_check", folder) == (
        0,
        "Paket rekaan (Kota Rekaan) baik: 2 kecamatan, 5 kelurahan, 4 OPD, 3 kategori, 1 sumber.",
    )


def test_checking_tells_every_fault_on_a_line_of_its_own(folder: Path) -> None:
    (folder / "feeds.toml").write_bytes(b"")
    (folder / "opd.csv").unlink()
    code, text = told(load_phrases("en"), "pack_check", folder)
    assert code == 2
    lines = text.splitlines()
    assert lines[0].startswith(f"The city pack cannot be used: {len(lines) - 1} faults in ")
    assert "  opd.csv: This file is missing." in lines
    assert "  feeds.toml: This file or list is empty." in lines


def test_installing_tells_what_was_taken_from_the_template(profile: Profile, tmp_path: Path) -> None:
    code, text = told(PHRASES, "pack_add", profile, pair(tmp_path / "raw", ""))
    assert code == 0
    assert "pack use 99-71" in text
    assert "Asia/Jakarta" in text
    assert "OPD belum diverifikasi" in text


def test_installing_garbage_says_why_and_installs_nothing(profile: Profile, tmp_path: Path) -> None:
    place = pair(tmp_path / "raw", "")
    (place / "kelurahan.geojson").write_bytes(b"<!doctype html><h1>Not found</h1>")
    code, text = told(PHRASES, "pack_add", profile, place)
    assert code == 2
    assert "  kelurahan.geojson: Ini halaman web, bukan data." in text
    assert not profile.packs.exists()


def test_real_boundaries_are_installed(profile: Profile, shared_data: Path) -> None:
    for start, id_, name in (("tangerang", "36-71", "Kota Tangerang"), ("semarang", "33-74", "Kota Semarang")):
        packs.add(profile, shared_data / "geo" / f"{start}-kode.csv")
        assert packs.load(profile, id_).name == name


def test_a_source_that_reaches_inside_is_told(profile: Profile, tmp_path: Path) -> None:
    """Somebody else's list opens the own network: who installs it is told which source and where to."""
    files = small_files()
    files["feeds.toml"] = files["feeds.toml"].replace(b"\naddress", b"\nallow_private = true\naddress", 1)
    said: list[str] = []
    given = filled(tmp_path / "given", files)
    assert packs.pack_check(given, PHRASES.say, said.append) == 0
    assert packs.pack_add(profile, given, PHRASES.say, said.append) == 0
    inside = [line for line in said if "di dalam jaringan sendiri" in line]
    assert len(inside) == 2
    feed = packs.load(profile, "rekaan").feeds[0]
    assert feed.id in inside[0]
    assert feed.address in inside[0]
    files = small_files()
    said.clear()
    plain = filled(tmp_path / "plain", files)
    assert packs.pack_check(plain, PHRASES.say, said.append) == 0
    wanted = any(each.allow_private for each in packs.read(plain)[0].feeds)
    assert any("di dalam jaringan sendiri" in line for line in said) is wanted
