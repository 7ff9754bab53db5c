"""What has run out goes daily beside the engine's work, and from a terminal; what is very much is asked about."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import main as program
from console.core.errors import DiskTrouble, Refused
from console.core.personal import SEALED
from console.core.records import ComplaintId, LedgerFilter
from console.core.retention import Holding, Report
from console.store import retention as stored
from console.store.files import load_phrases
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.store import Store
from sync.daily import EVERY_S
from sync.engine_log import EngineLog
from sync.retention import FIRST_S, Retention
from sync.retention_terminal import WAITS, RetentionDesk
from tests.cities import small_pack
from tests.store.conftest import roomy
from tests.store.test_retention import City, city
from tests.sync.stand_ins import TalkWire
from tests.sync.test_engine import EMPTY, Running

__all__ = ["city"]


class Daily:
    """A city whose engine looks after it."""

    def __init__(self, on: City) -> None:
        self.city = on
        self.reports: list[Report] = []
        self.keeper = Keeper(on.store)
        self.log = EngineLog(on.store.profile.folder, on.clock)
        self.retention = Retention(on.store.profile, self.keeper, on.clock, self.log, self.reports.append)

    def later(self, seconds: float) -> None:
        self.city.clock.turn(seconds)
        self.retention.look()
        if self.retention._thread is not None:
            self.retention._thread.join(20)

    def told(self) -> list[str]:
        path = self.log.path
        return [json.loads(line)["what"] for line in path.read_text().splitlines()] if path.exists() else []

    def end(self) -> None:
        self.retention.stop()
        self.keeper.close()


def five(on: City, ended: int) -> list[ComplaintId]:
    names = [on.told(number) for number in range(5)]
    for name in names[:ended]:
        on.ended(name)
    return names


@pytest.fixture
def daily(city: City) -> Iterator[Daily]:
    made = Daily(city)
    yield made
    made.end()


def test_it_runs_some_time_after_the_start_and_then_daily(daily: Daily) -> None:
    five(daily.city, 1)
    daily.city.later(400)
    daily.retention._due_s = daily.city.clock.monotonic_s() + FIRST_S
    daily.later(FIRST_S - 1)
    assert not daily.reports
    daily.later(2)
    assert daily.reports[0].erased["reporter_nik"] == 1
    daily.later(EVERY_S - 10)
    assert len(daily.reports) == 1
    daily.later(20)
    assert daily.reports[1].erased == {"files": 0}
    assert daily.told() == ["engine.retention"] * 2
    page = daily.city.store.read.ledger(LedgerFilter(deed="retention"))
    assert [entry.who for entry in page.entries] == ["", ""] and all(entry.fits for entry in page.entries)


def test_very_much_at_once_is_told_and_stays(daily: Daily) -> None:
    five(daily.city, 3)
    daily.city.later(400)
    daily.later(FIRST_S)
    [report] = daily.reports
    assert report.held_back == tuple(SEALED) and not any(report.erased.values())


def test_a_disk_that_cannot_be_read_is_logged_and_tried_again(daily: Daily, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise DiskTrouble("store.broken_disk", reason="EIO")

    monkeypatch.setattr(stored, "look", broken)
    daily.later(FIRST_S)
    assert daily.told() == ["engine.retention_not"]
    assert not daily.reports


def test_an_engine_that_ends_first_is_no_trouble(daily: Daily) -> None:
    daily.keeper.close()
    daily.later(FIRST_S)
    assert daily.told() == [] and not daily.reports


def desk(on: City, said: list[str], who: str = "os:dewi") -> RetentionDesk:
    return RetentionDesk(on.store.profile.folder, load_phrases("id"), said.append, who, on.clock)


def test_the_report_is_read_beside_a_running_engine_and_a_run_is_refused(city: City) -> None:
    five(city, 2)
    city.later(400)
    said: list[str] = []
    assert desk(city, said).report() == WAITS
    [line] = [each for each in said if each.startswith("NIK pelapor")]
    assert "365 hari" in line and "Ada 5, sudah habis 2" in line
    assert "Belum pernah dijalankan." in said
    assert not any("«" in each for each in said)
    with pytest.raises(Refused) as why:
        desk(city, said).run()
    assert why.value.says == "retention.running"


def test_a_run_asks_first_and_erases_with_yes(city: City) -> None:
    five(city, 2)
    city.later(400)
    city.store.close()
    said: list[str] = []
    assert desk(city, said).run() == WAITS
    assert "NIK pelapor: 2 dari 5 habis sekaligus. Belum dihapus." in said
    said.clear()
    assert desk(city, said).run(yes=True) == 0
    assert "NIK pelapor: 2 dihapus." in said and not any("«" in each for each in said)
    said.clear()
    assert desk(city, said).report(as_json=True) == 0
    told = json.loads(said[0])
    assert told["fields"]["reporter_nik"]["held"] == 3
    assert told["last"]["erased"]["reporter_nik"] == 2
    with closing(Read.open(city.store.profile)) as read:
        assert [each.who for each in read.ledger(LedgerFilter(deed="retention")).entries] == ["os:dewi"] * 2
    city.store = Store.open(city.store.profile, city.clock, small_pack(), room=roomy(city.store.profile))


def test_the_command_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["retention", "run", "--profile", str(tmp_path / "a")], {}, sys.platform) == 0
    assert program.main(["retention", "report", "--profile", str(tmp_path / "a"), "--json"], {}, sys.platform) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["fields"]["title"]["held"] == 0
    assert program.main(["retention", "report", "--profile", str(tmp_path / "none")], {}, sys.platform) == 2


def test_what_has_run_out_and_is_very_much_is_told_until_it_is_no_longer_so(tmp_path: Path) -> None:
    on = Running(tmp_path / "profile", TalkWire({"ids": [1]}, EMPTY))
    engine, now = on.engine, on.clock.now()
    fields = (Holding("title", held=10, due=4), Holding("text", held=10, due=3))
    much = Report(now, fields, {}, ("title", "text"))
    engine._retained(much)
    told = on.until("trouble", lambda values: values["says"] == "engine.retention_asks")
    assert (told["values"], told["gone"]) == ({"fields": 2, "due": 4}, False)
    engine._retained(Report(now, (), {}))
    assert on.until("trouble", lambda values: values["says"] == "engine.retention_asks")["gone"] is True
    assert on.hang_up() == 0
