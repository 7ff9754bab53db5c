"""One CAP message: what is taken of it, and each way to be none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import ItemKind
from sync.feeds.cap.alert import MOST_ALERT, rings
from tests.feeds.cap.cases import RING, alert, decoded, info, one, refusal


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=UTC)


def test_a_sound_message() -> None:
    item = one(alert())
    assert item.native_id == "cuaca@rekaan.invalid,rekaan-1,2026-11-21T03:00:00+00:00"
    assert (item.id, item.source, item.kind) == (f"rekaan:{item.native_id}", "rekaan", ItemKind.ALERT)
    assert item.title == "Hujan lebat di Kota Rekaan"
    assert item.text == "Hujan lebat akan turun di Sukamaju.\n\nJauhi saluran air."
    assert (item.observed_at, item.starts_at, item.ends_at) == (at(3), at(3, 10), at(6))
    assert (item.level, item.url, item.area) == ("Moderate", "https://rekaan.invalid/1.jpg", "")
    assert item.lat == pytest.approx(-6.02) and item.lon == pytest.approx(106.02)
    assert not item.zone_assumed and item.revised_at is None
    body = item.body
    assert (body["cap"], body["identifier"], body["sent"]) == ("1.2", "rekaan-1", "2026-11-21T10:00:00+07:00")
    (block,) = body["infos"]
    assert block["category"] == ["Met"] and block["eventCode"] == [{"name": "OET:v1.2", "value": "OET-194"}]
    assert block["areas"][0]["polygons"][0][0] == [106.01, -6.01]
    assert not {"flags", "extra", "references", "signed"} & set(body)


def test_several_languages_are_one_message() -> None:
    english = info(language="en-US", headline="Heavy rain", description="Heavy rain.", instruction=...)
    body = alert(english, info())
    assert one(body).title == "Hujan lebat di Kota Rekaan"
    item = one(body, language="en")
    assert (item.title, item.text) == ("Heavy rain", "Heavy rain.")
    assert [each["language"] for each in item.body["infos"]] == ["en-US", "id"]
    french = [info(language="fr", headline=each, description=each, instruction=...) for each in ("un", "deux")]
    assert one(alert(*french)).text == "un\n\ndeux"


def test_polygons_and_circles_stay_apart() -> None:
    other = RING.replace("106.0", "107.0")
    areas = [
        {"areaDesc": "a", "polygon": [RING, other], "geocode": {"valueName": "kode", "value": "99.71.01.1001"}},
        {"areaDesc": "b", "circle": "-6.05,106.04 2.5", "altitude": "10", "ceiling": "20"},
    ]
    item = one(alert(info(area=areas)))
    told = item.body["infos"][0]["areas"]
    assert [len(each.get("polygons", [])) for each in told] == [2, 0]
    assert len(rings(item.body["infos"])) == 2
    assert told[1] == {
        "areaDesc": "b",
        "altitude": "10",
        "ceiling": "20",
        "circles": [{"lat": -6.05, "lon": 106.04, "km": 2.5}],
    }
    assert item.area == "99.71.01.1001"
    circle = one(alert(info(area=areas[1:])))
    assert (circle.lat, circle.lon) == (-6.05, 106.04)


def test_codes_of_several_areas_come_to_the_smallest_that_holds_them() -> None:
    def coded(*codes: str) -> str:
        pairs = [{"valueName": "kode", "value": each} for each in codes]
        return one(alert(info(area=[{"areaDesc": "x", "geocode": pairs}]))).area

    assert coded("99.71.01.1001", "99.71.01.1002") == "99.71.01"
    assert coded("99.71.01.1001", "99.71.02.1001") == "99.71"
    assert coded("99.71.01", "99.71.01.1002") == "99.71.01"
    assert coded("36.71", "x") == ""


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_what_it_takes_the_place_of(kind: str) -> None:
    triples = "cuaca@rekaan.invalid,a,2026-11-21T09:00:00+07:00 cuaca@rekaan.invalid,b,2026-11-21T09:30:00+07:00"
    item = one(alert(msgType=kind, references=triples))
    assert (item.body["msgType"], item.body["references"]) == (kind, triples.split())
    assert refusal(alert(msgType=kind)).where == "alert.references"
    assert refusal(alert(msgType=kind, references="")).says == "sync.refused.missing"


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft"])
def test_what_is_no_earnest_warning_says_so_instead_of_how_grave(status: str) -> None:
    item = one(alert(info(severity="Extreme"), status=status.lower()))
    assert (item.level, item.body["status"]) == (status, status)
    assert item.body["infos"][0]["severity"] == "Extreme"


def test_the_gravest_word_counts_and_an_own_word_is_kept() -> None:
    assert one(alert(info(severity="Minor"), info(severity="Severe"))).level == "Severe"
    assert one(alert(info(severity="Gawat"))).level == "Gawat"


def test_times_as_they_should_not_be_written() -> None:
    item = one(alert(sent="2026-11-21T03:00:00Z"))
    assert (item.observed_at, item.body["flags"], item.zone_assumed) == (at(3), ["z"], False)
    item = one(alert(info(expires="2026-11-21T13:00:00"), sent="2026-11-21T10:00:00"))
    assert (item.observed_at, item.ends_at, item.body["flags"], item.zone_assumed) == (at(3), at(6), ["zone"], True)
    assert one(alert(sent="2026-11-21T03:00:00-00:00")).observed_at == at(3)


def test_without_an_end_it_holds_until_told_otherwise() -> None:
    assert one(alert(info(expires=...))).ends_at is None
    assert one(alert(info(), info(expires=...))).ends_at is None
    item = one(alert(info(effective=...)))
    assert item.starts_at == item.observed_at
    assert one(alert(info(onset="2026-11-21T11:00:00+07:00"))).starts_at == at(4)


def test_the_least_a_message_says() -> None:
    item = one(
        b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.1">'
        + alert().split(b"\n", 2)[2].partition(b"<info>")[0]
        + b"</alert>"
    )
    assert (item.title, item.text, item.level, item.ends_at) == ("rekaan-1", "", "", None)
    assert one(alert(note="Catatan", **{"info": ...}), language="xx").title == "Hujan lebat di Kota Rekaan"


def test_version_1_0() -> None:
    item = one(
        alert(
            info(eventCode="SAME=EQW", certainty="Very Likely", area=[{"areaDesc": "x", "geocode": "FIPS6=006"}]),
            space="http://www.incident.com/cap/1.0",
            scope=...,
            password="rahasia",
        )
    )
    assert item.body["cap"] == "1.0" and "rahasia" not in str(item)
    assert item.body["infos"][0]["eventCode"] == [{"name": "SAME", "value": "EQW"}]
    assert item.body["infos"][0]["areas"][0]["geocode"] == [{"name": "FIPS6", "value": "006"}]


def test_what_is_unknown_is_kept_and_what_is_large_is_not() -> None:
    resource = {"resourceDesc": "peta", "mimeType": "image/png", "derefUri": "QUJD" * (MOST_ALERT // 4)}
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><a>b</a></Signature></alert>'
    body = alert(info(resource=resource, baru=["1", {"x": "2"}]), lain="3").decode().replace("</alert>", signature)
    item = one(body.encode())
    assert item.body["extra"] == {"lain": ["3"]} and item.body["signed"] is True
    (block,) = item.body["infos"]
    assert block["extra"] == {"baru": ["1", "2"]}
    assert block["resource"] == [{"resourceDesc": "peta", "mimeType": "image/png", "embedded": True}]


def test_a_ring_that_is_open_is_closed_and_flagged() -> None:
    item = one(alert(info(area=[{"areaDesc": "x", "polygon": [RING.rpartition(" ")[0], ""]}])))
    (ring,) = item.body["infos"][0]["areas"][0]["polygons"]
    assert ring[0] == ring[-1] and item.body["flags"] == ["ring"]


@pytest.mark.parametrize(
    ("ring", "place"),
    [
        ("0,10 0,20 10,20 10,18 2,18 2,10 0,10", (5.0, 19.0)),  # bent: its centre lies outside
        ("5,10 5,20 5,30 5,10", (5.0, 10.0)),  # flat
        ("0,10 10,15 0,20 10,25 0,30 0,10", (5.0, 15.0)),
    ],
)
def test_it_stands_inside_its_largest_polygon(ring: str, place: tuple[float, float]) -> None:
    item = one(alert(info(area=[{"areaDesc": "x", "polygon": ["0,0 0,1 1,1 0,0" if ring[0] == "0" else ring, ring]}])))
    assert (item.lat, item.lon) == place


def test_names_too_long_for_an_id_are_known_by_a_digest() -> None:
    item = one(alert(sender="x" * 150, identifier="y" * 150))
    assert len(item.native_id) == 32 and item.body["identifier"] == "y" * 150
    assert one(alert(sender="x" * 150, identifier="y" * 149)).native_id != item.native_id


AREA = "info[0].area[0]."


def _polygon(text: str) -> bytes:
    return alert(info(area=[{"areaDesc": "x", "polygon": text}]))


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        (alert(identifier=...), "identifier", "sync.refused.missing"),
        (alert(identifier="a b"), "identifier", "sync.refused.id"),
        (alert(sender="a,b"), "sender", "sync.refused.id"),
        (alert(identifier="x" * 201), "identifier", "sync.refused.id"),
        (alert(sent=...), "sent", "sync.refused.missing"),
        (alert(sent="kemarin"), "sent", "sync.refused.time"),
        (alert(sent="2026-11-23T10:00:00+07:00"), "sent", "sync.refused.when"),
        (alert(status="Aktual"), "status", "sync.cap.word"),
        (alert(status=...), "status", "sync.refused.missing"),
        (alert(msgType="Peringatan"), "msgType", "sync.cap.word"),
        (alert(scope=...), "scope", "sync.refused.missing"),
        (alert(info(event="")), "info[0].event", "sync.refused.missing"),
        (alert(info(), info(urgency=...)), "info[1].urgency", "sync.refused.missing"),
        (alert(info(expires="2026-11-21T09:59:59+07:00")), "info[0].expires", "sync.cap.over"),
        (alert(info(onset="besok")), "info[0].onset", "sync.refused.time"),
        (alert(info(headline="x" * 20_001)), "info[0].headline", "sync.refused.long"),
        (alert(info(baru="x" * 16_001)), "", "sync.refused.long"),
        (alert(info(area=[{"areaDesc": "x", "polygon": [RING] * 20_000}])), "", "sync.refused.long"),
        (_polygon("106.01,-6.01 106.03,-6.01 106.03,-6.03 106.01,-6.01"), AREA + "polygon", "sync.refused.swapped"),
        (_polygon("106.01,50.01 106.03,50.01 106.03,50.03 106.01,50.01"), AREA + "polygon", "sync.refused.swapped"),
        (_polygon("-6.01,206.01 -6.01,206.03 -6.03,206.03 -6.01,206.01"), AREA + "polygon", "sync.refused.place"),
        (_polygon("1e999,1 2,2 3,3 1,1"), AREA + "polygon", "sync.refused.degrees"),
        (_polygon("nan,1 2,2 3,3 1,1"), AREA + "polygon", "sync.cap.ring"),
        (_polygon("1,1 2,2 1,1"), AREA + "polygon", "sync.cap.ring"),
        (_polygon("1,1 2,2 3,3,1 1,1"), AREA + "polygon", "sync.cap.ring"),
        (_polygon("1 2,3,4 5,6 1,2"), AREA + "polygon", "sync.cap.ring"),
        (_polygon("1 2 3"), AREA + "polygon", "sync.cap.ring"),
        (alert(info(area=[{"circle": "-6.0,106.0"}])), AREA + "circle", "sync.cap.circle"),
        (alert(info(area=[{"circle": "-6.0,106.0 nan"}])), AREA + "circle", "sync.cap.circle"),
        (alert(info(area=[{"circle": "106.0,-6.0 1"}])), AREA + "circle", "sync.refused.swapped"),
    ],
)  # fmt: skip
def test_refused_by_name(body: bytes, where: str, says: str) -> None:
    told = refusal(body)
    assert (told.where, told.says) == (f"alert.{where}" if where else "alert", says)


RECORDED: dict[str, tuple[str, Any, Any, int]] = {
    # title's start, level, ends_at, polygons
    "google-australia.cap": ("Yerong Creek Structure Fire", "Minor", datetime(2011, 10, 6, 13, 4, tzinfo=UTC), 0),
    "google-canada.cap": ("severe thunderstorm watch", "Minor", datetime(2012, 5, 3, 0, 20, tzinfo=UTC), 4),
    "google-canada_signed.cap": ("snowfall warning", "Moderate", datetime(2013, 1, 25, 13, 26, tzinfo=UTC), 4),
    "google-earthquake-iso8859-1.cap": ("EQ 4.6 Usulután", "Unknown", datetime(2012, 10, 21, 22, 53, 4, tzinfo=UTC), 0),
    "google-earthquake.cap": ("EQ 6.3 Neiafu, Tonga", "Unknown", datetime(2010, 9, 2, 5, 9, 25, tzinfo=UTC), 0),
    "google-earthquake_signed.cap": ("EQ 1.3 The Geysers", "Unknown", datetime(2011, 9, 13, 17, 15, 38, tzinfo=UTC), 0),
    "google-no_optional_fields.cap": ("USGS-earthquakes-us2010apcd", "", None, 0),
    "google-wcatwc-warning.cap": ("The tsunami Warning", "Extreme", datetime(2011, 9, 2, 12, 36, 50, tzinfo=UTC), 0),
    "google-weather.cap": ("Flash Flood Watch issued August 30", "Severe", datetime(2010, 8, 30, 18, tzinfo=UTC), 0),
    "oasis-43b080713727.cap": ("Homeland Security Sets Code ORANGE", "Severe", None, 0),
    "oasis-KAR0-0306112239-SW.cap": ("AMBER ALERT", "Severe", None, 0),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_messages(shared_data: Path, name: str) -> None:
    item = one((shared_data / "cap" / name).read_bytes())
    title, level, ends_at, polygons = RECORDED[name]
    assert item.title.startswith(title)
    assert (item.level, item.ends_at, len(rings(item.body["infos"]))) == (level, ends_at, polygons)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("google-canada_errors.cap", "alert.references"),
        ("google-invalid.cap", "alert.scope"),
        ("google-noaa_errors.cap", "alert.info[0].urgency"),
        ("google-weather_invalid.atom", "entry[0].identifier"),
    ],
)
def test_recorded_messages_that_break_the_schema(shared_data: Path, name: str, where: str) -> None:
    assert refusal((shared_data / "cap" / name).read_bytes()).where == where


@pytest.mark.parametrize("name", ["google-xee.cap", "google-xee.atom"])
def test_recorded_attacks_are_not_expanded(shared_data: Path, name: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded((shared_data / "cap" / name).read_bytes())
    assert caught.value.says == "sync.bad.entities"


def test_recorded_details(shared_data: Path) -> None:
    item = one((shared_data / "cap" / "google-canada.cap").read_bytes())
    assert item.body["references"][0] == "cap@ec.gc.ca,2.49.0.1.124.a3f342a4.2012,2012-05-02T21:45:05-00:00"
    assert [each["language"] for each in item.body["infos"]] == ["en-CA", "fr-CA"]
    assert len(item.body["infos"][0]["areas"][0]["geocode"]) == 10
    signed = one((shared_data / "cap" / "google-canada_signed.cap").read_bytes())
    assert signed.body["signed"] is True
