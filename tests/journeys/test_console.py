"""The whole console on its real processes: unplugged at the start, its centre killed, its screen killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.commands.work import Note
from console.core.clock import SystemClock
from console.core.command import Outcome, Receipt
from console.core.errors import DiskTrouble
from console.core.records import ComplaintId, QueueFilter
from console.models.news import LinkState
from console.models.people import Stand
from console.shell.options import RunOptions
from console.shell.preferences import Preferences
from console.shell.virtual import wall
from console.shell.workstation import Start, Workstation
from console.store.files import Profile, load_phrases
from console.store.read import Read
from console.store.store import Store
from sync.chosen import pack_of
from sync.city_key import new_key
from tests.offscreen_wall import ONE, set_screens

ROOT = Path(__file__).parents[2]
COUNT = 40
SOON_MS = 30_000
"""Two processes start and a town is read meanwhile, on a machine that does other things too."""

Opened = Callable[..., Workstation]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A few real-looking answers for the centre to serve at once."""
    at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    served = [
        {
            "service_request_id": f"R-{nth}",
            "status": "open",
            "service_name": "Jalan rusak",
            "service_code": "jalan",
            "description": f"Lubang nomor {nth}",
            "requested_datetime": (at + timedelta(minutes=nth)).isoformat(),
            "updated_datetime": (at + timedelta(minutes=nth)).isoformat(),
            "lat": -6.18,
            "long": 106.63,
        }
        for nth in range(COUNT)
    ]
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps(served), "utf-8")
    return file


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "profile")


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, profile: Profile, recording: Path) -> Iterator[Opened]:
    """Opens a console in this process, its engine and centre as the real children."""
    stations: list[Workstation] = []
    set_screens(ONE)

    def make(*, centre: bool = True) -> Workstation:
        program = (sys.executable, str(ROOT / "main.py"))
        options = RunOptions(profile.folder, program, replay=recording, pace=0.0, centre=centre)
        start = Start(profile, SystemClock(), Preferences(profile), load_phrases(), options)
        station = Workstation(start, qapp)
        stations.append(station)
        with qtbot.waitSignal(station.shell.complete, timeout=SOON_MS):
            station.open()
        return station

    yield make
    for station in stations:
        if station.shell.wall.windows:
            close(station)


def give_key(profile: Profile) -> None:
    """The city has a data key, made on another day."""
    clock, pack = SystemClock(), pack_of(profile)
    store = Store.open(profile, clock, pack)
    store.add_data_key(new_key(pack.id, "Dewi", clock)[0])
    store.close()


def close(station: Workstation) -> None:
    station.close()
    for window in station.shell.wall.windows:
        window.deleteLater()
    station.shell.wall.windows.clear()
    QApplication.processEvents()


def banner(station: Workstation) -> str:
    return station.shell.wall.windows[0].strip.banner.text


def rows(profile: Profile) -> int:
    """Rows on disk, 0 while the engine still makes the file."""
    try:
        read = Read.open(profile)
    except DiskTrouble:
        return 0
    try:
        return read.span(QueueFilter()).count
    finally:
        read.close()


def shown(station: Workstation) -> int:
    """Rows the queue on screen says it has."""
    panel: Any = next(slot.panel for slot in station.shell.wall.windows[0].content.slots() if slot.panel is not None)
    return int(panel.model.rowCount())


def filled(station: Workstation, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: station.processes.connection.state is LinkState.ONLINE, timeout=SOON_MS)
    qtbot.waitUntil(lambda: shown(station) == COUNT, timeout=SOON_MS)


def test_cold_start_unplugged_shows_the_last_data_and_says_so(opened: Opened, qtbot: QtBot) -> None:
    first = opened()
    assert banner(first).startswith("Menyambungkan")
    filled(first, qtbot)
    assert banner(first) == "Daring"
    assert QCoreApplication.translate("QLineEdit", "&Paste") == "&Tempel"
    close(first)
    assert QCoreApplication.translate("QLineEdit", "&Paste") == "&Paste"
    station = opened(centre=False)
    # Without the embedded centre it is no demo any more: it wants an administrator, or somebody who only looks.
    qtbot.waitUntil(lambda: station.desk.people.stand is Stand.FIRST, timeout=SOON_MS)
    station.desk.people.look()
    qtbot.waitUntil(lambda: shown(station) == COUNT, timeout=SOON_MS)
    qtbot.waitUntil(lambda: station.processes.connection.state is LinkState.OFFLINE, timeout=SOON_MS)
    assert banner(station).startswith("Luring sejak ")
    assert station.shell.settled()


@pytest.mark.nightly
def test_the_switch_cuts_and_joins_and_holds_over_a_start(opened: Opened, profile: Profile, qtbot: QtBot) -> None:
    station = opened()
    filled(station, qtbot)
    station.shell.do("cut")
    qtbot.waitUntil(lambda: banner(station).startswith("Sambungan diputuskan sejak "), timeout=SOON_MS)
    close(station)
    again = opened()
    assert banner(again).startswith("Sambungan diputuskan sejak ")
    again.shell.do("cut")
    qtbot.waitUntil(lambda: banner(again) == "Daring", timeout=SOON_MS)


def test_the_centre_killed_and_back(opened: Opened, qtbot: QtBot) -> None:
    station = opened()
    filled(station, qtbot)
    assert station.processes.centre is not None
    os.kill(station.processes.centre.pid, signal.SIGSTOP)  # a centre that hangs: worse than one that is gone
    killed = station.processes.centre.pid
    os.kill(killed, signal.SIGKILL)
    qtbot.waitUntil(
        lambda: station.processes.centre is not None and station.processes.centre.pid not in (0, killed),
        timeout=SOON_MS,
    )
    qtbot.waitUntil(lambda: station.processes.connection.state is LinkState.ONLINE, timeout=SOON_MS)
    assert shown(station) == COUNT


def test_what_was_done_unplugged_is_there_after_the_screen_was_killed(
    opened: Opened, profile: Profile, qtbot: QtBot
) -> None:
    give_key(profile)
    station = opened()
    filled(station, qtbot)
    qtbot.waitUntil(lambda: station.desk.city_key.key is not None, timeout=SOON_MS)
    station.shell.preferences.change("operator", "Sari")
    station.shell.do("cut")
    read = Read.open(profile)
    complaint = ComplaintId(read.page(read.span(QueueFilter()), 0)[0].id)
    read.close()
    station.desk.links.select_complaint(complaint)
    qtbot.waitUntil(lambda: station.shell.deeds.sheet is not None, timeout=SOON_MS)
    receipts: list[Receipt] = []
    station.desk.news.receipt.connect(receipts.append)
    station.shell.do("deed.take")
    station.desk.do(Note(complaint, "Sudah ditelepon di 0812-3456-7890"))
    qtbot.waitUntil(lambda: len(receipts) == 2, timeout=SOON_MS)
    assert {receipt.outcome for receipt in receipts} == {Outcome.TAKEN}
    qtbot.waitUntil(lambda: "perubahan menunggu" in banner(station), timeout=SOON_MS)
    engine = psutil.Process(station.processes.engine.pid)
    os.kill(station.processes.engine.pid, signal.SIGKILL)
    psutil.wait_procs([engine], timeout=10)
    close(station)
    files = [path for path in profile.folder.rglob("*") if path.is_file()]
    assert any(profile.blackbox in path.parents for path in files)
    assert not [path.name for path in files if b"3456-7890" in path.read_bytes()]

    again = opened(centre=False)
    again.desk.links.select_complaint(complaint)
    qtbot.waitUntil(lambda: again.shell.deeds.sheet is not None, timeout=SOON_MS)
    sheet = again.shell.deeds.sheet
    assert sheet is not None
    assert sheet.complaint.holder == "Sari"
    assert "Sudah ditelepon di ••••90" in [event.text for event in sheet.events]
    qtbot.waitUntil(lambda: "perubahan menunggu" in banner(again), timeout=SOON_MS)


def seen_words(station: Workstation) -> set[str]:
    """Words of labels, buttons, fields and names that are in sight."""
    seen: set[str] = set()
    for window in station.shell.wall.windows:
        for widget in window.findChildren(QWidget):
            if widget.isVisible():
                for told in ("text", "title", "placeholderText", "accessibleName", "toolTip"):
                    value = getattr(widget, told, "")
                    value = value() if callable(value) else value
                    seen.add(value if isinstance(value, str) else "")
    return seen


def test_no_indonesian_word_stays_when_english_is_spoken(opened: Opened, qtbot: QtBot) -> None:
    set_screens(wall(4))
    station = opened()
    filled(station, qtbot)
    qtbot.waitUntil(station.shell.settled, timeout=SOON_MS)
    house, english = load_phrases("id"), load_phrases("en")
    theirs = {english.say(key) for key in english.keys("en")}
    ours = {house.say(key) for key in house.keys("id")} - theirs
    assert seen_words(station) & ours
    station.shell.do("set.language.en")
    ours = {each for each in ours if "—" not in each}
    qtbot.waitUntil(lambda: not seen_words(station) & ours, timeout=2000)


def program(profile: Profile, *arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), "run", "--profile", str(profile.folder), *arguments]


def test_kill_9_of_the_screen_leaves_no_process_and_the_next_start_opens(
    profile: Profile, recording: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    served = ["--replay", str(recording), "--pace", "0", "--screens", "1"]
    screen = psutil.Popen(program(profile, *served), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    qtbot.waitUntil(lambda: rows(profile) == COUNT, timeout=SOON_MS)
    children = screen.children(recursive=True)
    assert children
    screen.kill()
    screen.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    pictures = tmp_path / "pictures"
    done = subprocess.run(
        program(profile, *served, "--shots", str(pictures)), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [Path(line).name for line in done.stdout.split()] == ["monitor-1.png", "wall.png"]
    assert (pictures / "wall.png").stat().st_size > 20_000
    assert rows(profile) == COUNT


def test_a_second_start_raises_the_first_and_ends(profile: Profile, recording: Path, qtbot: QtBot) -> None:
    first = psutil.Popen(
        program(profile, "--screens", "1", "--no-centre"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    qtbot.waitUntil(lambda: (profile.folder / "engine.lock").exists(), timeout=SOON_MS)
    second = subprocess.run(program(profile, "--screens", "1"), capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 0
    assert "sudah terbuka" in second.stdout
    with_pictures = subprocess.run(
        program(profile, "--shots", "x"), capture_output=True, text=True, timeout=30, check=False
    )
    assert with_pictures.returncode == 2
    assert str(profile.folder) in with_pictures.stderr
    first.terminate()
    assert first.wait(timeout=20) == 0
    assert first.stderr.read() == b""
    first.stderr.close()
