"""The benchmarks of sources read every kind there is, whole, and what they read is no less than they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import chosen
from bench.feeds import RATES, answer_of, feed_of, measure
from bench.figures import CannotMeasure
from bench.pages import city
from bench.recordings import KINDS, LEAST_BYTES, Recording, recording
from bench.sizes import SMALL
from bench.town import SEED, SOURCES, Telling, declared
from console.store.files import Profile, resource
from console.store.packs import load
from sync.centre.interfaces import HOUR_MS, Mood, Wanted
from sync.centre.sentences import Sentences
from sync.centre.sky import Message
from sync.centre.town import Town
from sync.feeds import found


def test_every_kind_is_measured() -> None:
    assert set(RATES.values()) == set(KINDS) == set(found())
    names = {metric for _, metrics in chosen([]) for metric in metrics}
    assert names >= {f"feeds.{kind.replace('-', '_')}.mb_per_s" for kind in found()}
    assert {"feeds.gtfs_load_s", "feeds.departures_p95_ms", "feeds.alert_to_screen_p95"} <= names
    assert {"feeds.cpu_20_sources", "feeds.memory_20_sources"} <= names


def test_the_twenty_sources_are_a_sound_pack_of_kinds_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bench.town.WORK", tmp_path)
    pack = load(Profile.at(declared("twenty")), city().id)
    assert len(pack.feeds) == SOURCES == 20
    assert {each.kind for each in pack.feeds} <= set(found())
    assert all(each.address.startswith("embedded:") for each in pack.feeds)


def test_a_warning_that_is_asked_for_is_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = city()
    made = Telling(pack, SEED, Town(pack, SEED, Sentences(resource("centre/complaints.toml"), pack)))
    asked = [Message(name, 0, "Alert", "Severe", HOUR_MS, "", pack.name) for name in ("satu", "dua")]
    monkeypatch.setattr(Telling, "asked", asked)
    served = made.answer(Wanted("/cap/index.xml", {}, HOUR_MS, "http://127.0.0.1:1", Mood.CALM))
    assert served is not None and served.body.index(b"/dua.xml") < served.body.index(b"/satu.xml")
    assert made.answer(Wanted("/cap/dua.xml", {}, HOUR_MS, "http://127.0.0.1:1", Mood.CALM)) is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("shared_data")
def test_a_recording_is_sound_and_no_row_in_it_is_another_one(kind: str) -> None:
    """Of the transit agency's some true faults are told, and 12,234 calls are taken."""
    made = recording(kind)
    assert made.size >= LEAST_BYTES
    body = made.bodies[0]
    batch = feed_of(kind, made).decode(answer_of(made, body), {})
    if batch.timetable is not None:
        assert {table.name: len(table.rows) for table in batch.timetable.tables}["stop_times"] == 12_234
        assert made.size > 4 * len(body)
        return
    ids = [each.id for each in (*batch.items, *batch.complaints)] + [(each.series, each.at) for each in batch.samples]
    assert len(set(ids)) == len(ids) >= 1
    assert not batch.refused


def test_what_is_not_there_costs_no_other_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_kind: str) -> Recording:
        raise CannotMeasure("recorded answers are not here")

    monkeypatch.setattr("bench.feeds._rate", lambda _metric, kind, _runs: absent(kind))
    first, second = measure(SMALL, ["feeds.press.mb_per_s", "feeds.cap.mb_per_s"])
    assert (first.value, first.why) == (second.value, second.why) == (None, "recorded answers are not here")


def test_recordings_that_are_not_here_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bench.recordings.DATA", tmp_path)
    with pytest.raises(CannotMeasure, match="not here"):
        recording("open311")
