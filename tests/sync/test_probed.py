"""`feed try` of a kind that probes: that nobody answers is what it came to, and no error."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from console.core.clock import TurnedClock
from console.core.errors import Away
from console.core.pack import FeedEntry
from console.store.files import load_phrases
from sync.engine_log import EngineLog
from sync.feeds.health import Health
from sync.pull import Gate, Hands, Pull
from sync.terminal import feed_try
from sync.wire import Wire
from tests.cities import small_pack
from tests.sync.faults import FaultServer
from tests.sync.stand_ins import AT, SlowKeeper, TalkWire


def probed(source: str, wire: Wire | None = None) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    assert feed_try("health", source, load_phrases("id"), out, err, wire=wire) == 0, err.getvalue()
    told: dict[str, Any] = json.loads(out.getvalue())
    assert told["records"] == 1
    found: dict[str, Any] = told["sample"][0]["body"]
    return found


def test_a_probe_is_asked_as_the_feed_asks(tmp_path: Path, faults: FaultServer, wire: Wire) -> None:
    path = tmp_path / "halaman.html"
    path.write_bytes(b"<!doctype html><title>Layanan</title>")
    assert probed(str(path))["state"] == "up"
    good = probed(faults.url("good"), wire)
    assert (good["state"], good["status"]) == ("up", 200) and good["took_ms"] is not None
    portal = probed(faults.url("captive"), wire)
    assert portal["state"] == "up", "without the option `contains` nothing tells it from the application"
    assert probed(faults.url("redirect_portal"), wire)["side"] == "wire"
    gone = probed(faults.url("404"), wire)
    assert (gone["state"], gone["side"], gone["status"]) == ("down", "theirs", 404)
    assert probed("http://127.0.0.1:1/", wire)["side"] == "wire"


def test_an_application_that_is_away_is_news_of_a_source_that_is_well(tmp_path: Path) -> None:
    entry = FeedEntry("aplikasi", "health", {}, "https://app.invalid/", 60, 300)
    wire = TalkWire(Away("sync.away.server", source="app.invalid", status="503"), Away("sync.cut"))
    keeper, clock = SlowKeeper(), TurnedClock(AT, seed=1)
    gate = Gate(lambda _trouble: None, lambda: None)
    pull = Pull(Health(entry, small_pack()), Hands(wire, keeper, clock, EngineLog(tmp_path, clock), gate), memo={})
    pull.visit()
    (item,) = keeper.taken[-1].items
    assert (item.level, item.body["side"], item.observed_at) == ("down", "theirs", AT)
    assert (keeper.healths[-1].trouble, keeper.healths[-1].records_last) == ("", 1)
    pull.visit()
    assert len(keeper.taken) == 1, "the cable was cut on purpose"
    assert keeper.healths[-1].trouble == "cut"
