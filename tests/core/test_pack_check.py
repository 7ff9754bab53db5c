"""A pack is judged whole: each way to spoil one is told with file and place, and all of them at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.errors import BadPack
from console.core.geometry import inside
from console.core.pack import Level
from console.core.pack_check import FILES, read_pack
from console.core.phrases import LANGUAGES
from console.store.files import load_phrases
from tests.cities import SHAPES, geojson, small_files, small_pack

Files = dict[str, bytes]
PHRASES = [load_phrases(language) for language in LANGUAGES]


def faults_of(files: Files, *, deep: bool = True) -> list[tuple[str, str]]:
    """Place and key of every fault, [] for a sound pack."""
    try:
        read_pack(files, "uji", deep=deep)
    except BadPack as trouble:
        assert trouble.values["count"] == len(trouble.faults)
        for speaking in PHRASES:
            assert not [told for fault in trouble.faults if set(told := speaking.tell(fault)) & set("«—")]
        return [(fault.where, fault.says.removeprefix("pack.fault.")) for fault in trouble.faults]
    return []


def with_text(name: str, old: str, new: str) -> Files:
    files = small_files()
    text = files[name].decode()
    assert old in text
    return {**files, name: text.replace(old, new).encode()}


def with_shapes(**changed: Any) -> Files:
    """The shapes with some replaced (code with _ for its points), left out where None."""
    shapes: dict[str, Any] = {**SHAPES, **{code.replace("_", "."): ring for code, ring in changed.items()}}
    return {**small_files(), "areas.geojson": geojson({code: ring for code, ring in shapes.items() if ring})}


def test_the_invented_city_is_sound() -> None:
    pack = read_pack(small_files(), "uji")
    assert (pack.id, pack.name, pack.zone.key, pack.zone_label) == ("rekaan", "Kota Rekaan", "Asia/Jakarta", "WIB")
    assert len(pack.areas) == 8
    assert pack.areas["99.71.01"].bps == "9971020"
    assert pack.areas["99.71.01.1001"].centre == (106.02, -6.01)
    assert pack.opds["KEBERSIHAN"].successor == "DLH"
    assert pack.opds["PU"].verified
    assert not pack.opds["DLH"].verified
    assert pack.categories["jalan-rusak"].service_codes == {"jalan-rusak", "001"}
    assert [policy.working_days for policy in pack.sla] == [3, 5]
    feed = pack.feeds[0]
    assert (feed.id, feed.address, feed.cadence_s, feed.options["page_size"]) == ("pengaduan", "embedded:", 5.0, "1000")
    assert not pack.schematic


SPOILED: list[tuple[Callable[[], Files], list[tuple[str, str]]]] = [
    # areas.csv
    (
        lambda: with_text("areas.csv", "99.71.01.1003;", "99.71.01.103;"),
        [("areas.csv:7 kode", "code_form"), ("areas.geojson features[5]", "shape_unknown")],
    ),
    (
        lambda: with_text("areas.csv", "99.71.01.1003;", "9971011003;"),
        [("areas.csv:7 kode", "code_form"), ("areas.geojson features[5]", "shape_unknown")],
    ),
    (
        lambda: with_text("areas.csv", "99.71.02.1002;", "99.71.02.1001;"),
        [("areas.csv:9 kode", "code_twice"), ("areas.geojson features[7]", "shape_unknown")],
    ),
    (lambda: with_text("areas.csv", ";kelurahan;Kebon Lama", ";dusun;Kebon Lama"), [("areas.csv:9 tingkat", "level")]),
    (
        lambda: with_text("areas.csv", "Kebon Lama;99.71.02", "Kebon Lama;99.71.01"),
        [("areas.csv:9 induk", "parent_wrong")],
    ),
    (lambda: with_text("areas.csv", "Kebon Lama;99.71.02", "Kebon Lama;"), [("areas.csv:9 induk", "parent_wrong")]),
    (lambda: with_text("areas.csv", "Kota Rekaan;;", "Kota Rekaan;12;"), [("areas.csv:2 induk", "parent_wrong")]),
    (lambda: with_text("areas.csv", "Kebon Lama", ""), [("areas.csv:9 nama", "missing")]),
    (lambda: with_text("areas.csv", "9971010", "99710"), [("areas.csv:4 bps", "bps_form")]),
    (lambda: with_text("areas.csv", "9971010", "9971020"), [("areas.csv:4 bps", "code_twice")]),
    (lambda: with_text("areas.csv", "-6.05;106.04", "enam;106.04"), [("areas.csv:9 lat", "number")]),
    (lambda: with_text("areas.csv", "-6.05;106.04", "106.04;-6.05"), [("areas.csv:9 lat", "swapped")]),
    (lambda: with_text("areas.csv", "-6.05;106.04", "9330000;700000"), [("areas.csv:9 lat", "projected")]),
    (lambda: with_text("areas.csv", "-6.05;106.04", "-6.05;106.07"), [("areas.csv:9 lat", "centre_outside")]),
    (lambda: with_text("areas.csv", "kode;bps", "kode;BSP"), [("areas.csv:1", "column_unknown")]),
    (lambda: with_text("areas.csv", "Kebon Lama", "Kebon;Lama"), [("areas.csv:9", "cells")]),
    # areas.geojson
    (lambda: with_shapes(**{"99_71_02_1002": None}), [("areas.csv:9", "shape_missing")]),
    (lambda: with_shapes(**{"12_34": SHAPES["99.71"]}), [("areas.geojson features[8]", "shape_unknown")]),
    (
        lambda: with_shapes(
            **{"99_71_01_1003": [[106.02, -6.04], [106.04, -6.02], [106.04, -6.04], [106.02, -6.02], [106.02, -6.04]]}
        ),
        [("areas.geojson features[5].geometry.coordinates[0]", "ring_flat")],
    ),
    (
        lambda: with_shapes(
            **{"99_71_01_1003": [[106.02, -6.04], [106.04, -6.02], [106.04, -6.04], [106.02, -6.021], [106.02, -6.04]]}
        ),
        [("areas.geojson features[5].geometry", "geometry_invalid")],
    ),
    (
        lambda: with_shapes(
            **{"99_71_01_1003": [[106.01, -6.04], [106.04, -6.04], [106.04, -6.02], [106.01, -6.02], [106.01, -6.04]]}
        ),
        [("areas.geojson features[4].geometry", "overlap")],
    ),
    (lambda: {**small_files(), "areas.geojson": b"<!doctype html>"}, [("areas.geojson", "html")]),
    (
        lambda: {name: raw for name, raw in small_files().items() if name != "areas.geojson"},
        [("areas.geojson", "no_shapes")],
    ),
    # opd.csv
    (
        lambda: with_text("opd.csv", ";;;\nDLH;", ";;;\nPU;"),
        [
            ("opd.csv:3 kode", "code_twice"),
            ("opd.csv:5 pengganti", "opd_unknown"),
            ("categories.toml sampah.opd", "opd_unknown"),
        ],
    ),
    (lambda: with_text("opd.csv", "2019-12-31;DLH", "2019-12-31;HILANG"), [("opd.csv:5 pengganti", "opd_unknown")]),
    (
        lambda: with_text("opd.csv", "DLH;tidak;;;", "DLH;tidak;;;KEBERSIHAN"),
        [("opd.csv:3 pengganti", "successor_ring")],
    ),
    (lambda: with_text("opd.csv", "DLH;tidak;;;", "DLH;tidak;;;DLH"), [("opd.csv:3 pengganti", "successor_ring")]),
    (lambda: with_text("opd.csv", "2019-12-31", "2019-02-29"), [("opd.csv:5 berlaku_sampai", "day")]),
    (lambda: with_text("opd.csv", "2019-12-31", "2009-12-31"), [("opd.csv:5 berlaku_sampai", "span")]),
    (lambda: with_text("opd.csv", "PU;ya", "PU;mungkin"), [("opd.csv:2 terverifikasi", "choice")]),
    # categories.toml
    (
        lambda: with_text("categories.toml", 'opd = "PU"', 'opd = "HILANG"'),
        [("categories.toml jalan-rusak.opd", "opd_unknown")],
    ),
    (
        lambda: with_text("categories.toml", '"002"', '"001"'),
        [("categories.toml lampu-jalan.service_codes", "service_twice")],
    ),
    (lambda: with_text("categories.toml", 'id = "Sampah", ', ""), [("categories.toml sampah.name.id", "missing")]),
    (
        lambda: with_text("categories.toml", "[sampah]", "[sampah]\nwarna = 1"),
        [("categories.toml sampah.warna", "unknown_key")],
    ),
    (
        lambda: with_text("categories.toml", "[sampah]", '["sampah kota"]'),
        [("categories.toml sampah kota", "code_plain")],
    ),
    # calendar.toml
    (lambda: with_text("calendar.toml", "2026-05-01", "2026-02-30"), [("calendar.toml holidays.2026-02-30", "day")]),
    (lambda: with_text("calendar.toml", "2026-05-01", "mei-1"), [("calendar.toml holidays.mei-1", "day")]),
    (
        lambda: with_text("calendar.toml", "2026-05-01", "2028-05-01"),
        [("calendar.toml holidays.2028-05-01", "day_unknown")],
    ),
    (
        lambda: with_text("calendar.toml", "2026-12-24", "2026-12-25"),
        [("calendar.toml joint_leave.2026-12-25", "day_twice")],
    ),
    (
        lambda: with_text("calendar.toml", "revision", "workdays = [0]\nrevision"),
        [("calendar.toml workdays", "workdays")],
    ),
    (lambda: with_text("calendar.toml", "revision", "opens = 17:00:00\nrevision"), [("calendar.toml closes", "span")]),
    (
        lambda: with_text("calendar.toml", "[joint_leave]", "[joint_leaves]"),
        [("calendar.toml joint_leaves", "unknown_key")],
    ),
    # sla.toml
    (lambda: with_text("sla.toml", "first_answer", "verify"), [("sla.toml policy[1]", "sla_overlap")]),
    (lambda: with_text("sla.toml", "first_answer", "kapan"), [("sla.toml policy[1].stage", "choice")]),
    (
        lambda: with_text("sla.toml", "working_days = 3", "working_days = 0"),
        [("sla.toml policy[0].working_days", "range")],
    ),
    (
        lambda: with_text("sla.toml", "working_days = 3", "working_days = 3\nvalid_until = 2025-01-01"),
        [("sla.toml policy[0].valid_until", "span")],
    ),
    (
        lambda: with_text("sla.toml", "working_days = 3", ""),
        [("sla.toml policy[0].working_days", "missing"), ("sla.toml policy[0].working_days", "range")],
    ),
    # feeds.toml
    (lambda: with_text("feeds.toml", "cadence_s = 5", "cadence_s = 0"), [("feeds.toml pengaduan.cadence_s", "range")]),
    (lambda: with_text("feeds.toml", "cadence_s = 5", "cadence_s = -5"), [("feeds.toml pengaduan.cadence_s", "range")]),
    (
        lambda: with_text("feeds.toml", "cadence_s = 5", "cadence_s = " + "9" * 400),
        [("feeds.toml pengaduan.cadence_s", "range"), ("feeds.toml pengaduan.stale_after_s", "stale_before")],
    ),
    (
        lambda: with_text("feeds.toml", "cadence_s = 5", "cadence_s = nan"),
        [("feeds.toml pengaduan.cadence_s", "range"), ("feeds.toml pengaduan.stale_after_s", "stale_before")],
    ),
    (
        lambda: with_text("feeds.toml", "stale_after_s = 60", "stale_after_s = 1"),
        [("feeds.toml pengaduan.stale_after_s", "stale_before")],
    ),
    (
        lambda: with_text("feeds.toml", "[pengaduan]", "[pengaduan]\nzone = 'WIB'"),
        [("feeds.toml pengaduan.zone", "zone")],
    ),
    (
        lambda: with_text("feeds.toml", 'page_size = "1000"', "page_size = 1000"),
        [("feeds.toml pengaduan.options.page_size", "type")],
    ),
    # pack.toml
    (lambda: with_text("pack.toml", "Asia/Jakarta", "Asia/Nowhere"), [("pack.toml zone", "zone")]),
    (lambda: with_text("pack.toml", "Asia/Jakarta", "../../etc/passwd"), [("pack.toml zone", "zone")]),
    (lambda: with_text("pack.toml", '"rekaan"', '"../rekaan"'), [("pack.toml id", "id_form")]),
    (lambda: with_text("pack.toml", 'name = "Kota Rekaan"', ""), [("pack.toml name", "missing")]),
    (lambda: with_text("pack.toml", "credits", "kredit"), [("pack.toml kredit", "unknown_key")]),
    (lambda: with_text("pack.toml", "version", "schematic = 1\nversion"), [("pack.toml schematic", "type")]),
]


@pytest.mark.parametrize(("spoil", "faults"), SPOILED)
def test_each_way_to_spoil_a_pack_is_told_with_its_place(
    spoil: Callable[[], Files], faults: list[tuple[str, str]]
) -> None:
    assert faults_of(spoil()) == faults


@pytest.mark.parametrize(
    "address",
    [
        "http:///no-host",
        "ftp://host/x",
        "embedded",
        "javascript:alert(1)",
        "http://user:secret@host/",
        "http://host:0/",
        "http://host:99999/",
        "http://[::1",
        "file:",
        "/open311",
    ],
)
def test_an_address_nobody_can_ask_is_named(address: str) -> None:
    assert faults_of(with_text("feeds.toml", "embedded:", address)) == [("feeds.toml pengaduan.address", "address")]


@pytest.mark.parametrize("address", ["https://host/open311/v2", "http://127.0.0.1:8080/", "file:contoh.json"])
def test_addresses_that_can_be_asked(address: str) -> None:
    assert faults_of(with_text("feeds.toml", "embedded:", address)) == []


@pytest.mark.parametrize("name", [name for name in FILES if name != "areas.geojson"])
@pytest.mark.parametrize("raw", [None, b"", b"\xff\xfe\x00", b"<html><body>404</body></html>"])
def test_a_missing_or_garbled_file_is_named_with_all_the_others(name: str, raw: bytes | None) -> None:
    files = {key: value for key, value in {**small_files(), name: raw}.items() if value is not None}
    says = {None: "file_missing", b"": "empty", b"\xff\xfe\x00": "encoding"}.get(raw, "html")
    assert (name, says) in faults_of(files)


def test_nothing_at_all_is_every_fault_at_once() -> None:
    told = faults_of({})
    assert [where for where, says in told if says == "file_missing"] == [
        name for name in FILES if name != "areas.geojson"
    ]


def test_faults_of_all_files_come_together() -> None:
    files = with_text("areas.csv", "Kebon Lama", "")
    files["opd.csv"] = with_text("opd.csv", "PU;ya", "PU;mungkin")["opd.csv"]
    files["feeds.toml"] = with_text("feeds.toml", "cadence_s = 5", "cadence_s = 0")["feeds.toml"]
    assert {where.split(":")[0].split(" ")[0] for where, _ in faults_of(files)} == {
        "areas.csv",
        "opd.csv",
        "feeds.toml",
    }


def test_comma_and_byte_order_mark_are_read_too() -> None:
    files = small_files()
    files["areas.csv"] = b"\xef\xbb\xbf" + files["areas.csv"].replace(b";", b",").replace(b"\n", b"\r\n")
    assert faults_of(files) == []


def test_a_decimal_comma_is_read_where_it_separates_nothing() -> None:
    assert read_pack(with_text("areas.csv", "-6.05;106.04", "-6,05;106,04"), "uji").areas["99.71.02.1002"].centre == (
        106.04,
        -6.05,
    )


def test_a_name_that_belongs_to_another_code_is_told() -> None:
    whole = json.loads(small_files()["areas.geojson"])
    names = {code: area.name for code, area in small_pack().areas.items()}
    for feature in whole["features"]:
        feature["properties"]["nama"] = names[feature["properties"]["kode"]].upper()
    files = small_files()
    assert faults_of({**files, "areas.geojson": json.dumps(whole).encode()}) == []
    whole["features"][3]["properties"]["nama"] = "Kebon Baru"
    told = faults_of({**files, "areas.geojson": json.dumps(whole).encode()})
    assert told == [("areas.geojson features[3]", "name_differs")]


def test_without_shapes_cells_are_made_and_joined_upwards() -> None:
    files = with_text("pack.toml", "version", "schematic = true\nversion")
    del files["areas.geojson"]
    pack = read_pack(files, "uji")
    assert pack.schematic
    for area in pack.areas.values():
        assert inside(*area.centre, area.polygons)


def test_cells_need_every_centre_once() -> None:
    files = with_text("pack.toml", "version", "schematic = true\nversion")
    del files["areas.geojson"]
    files["areas.csv"] = (
        files["areas.csv"]
        .replace(b"-6.05;106.04", b";")
        .replace(b"-6.03;106.03\n99.71.02.1001", b"-6.03;106.01\n99.71.02.1001")
    )
    assert faults_of(files) == [("areas.csv:7 lat", "centre_twice"), ("areas.csv:9 lat", "centre_missing")]


def test_outlines_that_were_not_given_are_joined_from_below() -> None:
    pack = read_pack(with_shapes(**{"99_71": None, "99_71_01": None, "99_71_02": None}), "uji")
    for code in ("99.71", "99.71.01", "99.71.02"):
        wanted = {(lon, lat) for lon, lat in SHAPES[code]}
        assert wanted <= set(pack.areas[code].polygons[0][0])


def test_a_centre_that_was_left_blank_is_found() -> None:
    pack = read_pack(with_text("areas.csv", "-6.05;106.04", ";"), "uji")
    assert inside(*pack.areas["99.71.02.1002"].centre, pack.areas["99.71.02.1002"].polygons)


def test_without_depth_shapes_are_not_held_against_each_other() -> None:
    files = with_shapes(
        **{"99_71_01_1003": [[106.01, -6.04], [106.04, -6.04], [106.04, -6.02], [106.01, -6.02], [106.01, -6.04]]}
    )
    assert faults_of(files, deep=False) == []
    assert [says for _, says in faults_of(files)] == ["overlap"]


def test_a_kecamatan_without_kelurahan_and_a_second_city_are_told() -> None:
    files = small_files()
    files["areas.csv"] += b"99.71.03;;kecamatan;Kosong;99.71;;\n99.72;;kota;Lain;;;\n"
    told = faults_of(files)
    assert ("areas.csv", "one_city") in told
    assert ("areas.csv:10", "no_children") in told
    assert ("areas.csv:11", "no_children") in told


@settings(max_examples=40)
@given(st.sampled_from(FILES), st.integers(0, 3000), st.binary(max_size=4))
def test_no_spoiled_byte_ever_raises_anything_else(name: str, place: int, noise: bytes) -> None:
    files = small_files()
    raw = files[name]
    place %= len(raw)
    files[name] = raw[:place] + noise + raw[place + len(noise) :]
    try:
        pack = read_pack(files, "uji", deep=False)
    except BadPack as trouble:
        assert trouble.faults
    else:
        assert {area.level for area in pack.areas.values()} == set(Level)
