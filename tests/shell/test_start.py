"""Small parts of the start: single instance, pictures, bugs, stalls, signals, options."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.core.records import Changes, Kind
from console.models.news import News
from console.shell import crash as crash_module
from console.shell import shots
from console.shell.crash import Crashes
from console.shell.ending import EndRequests
from console.shell.options import RunOptions
from console.shell.single import RAISE_FILE, RaiseRequests, ask_to_raise
from console.shell.stalls import LATE_S, StallMeter
from console.store.files import FileLock, Profile
from tests.offscreen_wall import WALL4, set_screens


def test_a_second_start_is_heard_once(profile: Profile, qtbot: QtBot) -> None:
    requests = RaiseRequests(profile.folder, look_ms=20)
    with qtbot.waitSignal(requests.asked):
        ask_to_raise(profile.folder)
    assert not (profile.folder / RAISE_FILE).exists()
    requests.look()


def test_a_request_left_over_from_another_day_means_nothing(profile: Profile, qtbot: QtBot) -> None:
    ask_to_raise(profile.folder)
    requests = RaiseRequests(profile.folder, look_ms=20)
    with qtbot.assertNotEmitted(requests.asked, wait=60):
        pass


def test_the_lock_is_one_and_goes_with_its_holder(profile: Profile) -> None:
    first, second = FileLock(profile.screen_lock), FileLock(profile.screen_lock)
    assert first.take()
    assert not second.take()
    first.drop()
    assert second.take()
    second.drop()


def coloured(colour: str, width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def test_the_wall_is_put_together_as_the_monitors_hang() -> None:
    wall = shots.composed(
        [(QRect(-100, 0, 100, 50), coloured("red", 100, 50)), (QRect(0, 50, 60, 50), coloured("blue", 120, 100))]
    )
    assert (wall.width(), wall.height()) == (160, 100)
    assert wall.pixelColor(10, 10) == QColor("red")
    assert wall.pixelColor(150, 90) == QColor("blue")
    assert wall.pixelColor(150, 10) == QColor("black")


def test_pictures_show_what_stands_on_each_monitor(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    set_screens(WALL4[:2])
    qapp.processEvents()
    labels = []
    for screen, colour in zip(qapp.screens(), ("#102030", "#a0b0c0"), strict=True):
        label = QLabel()
        qtbot.addWidget(label)
        label.setStyleSheet(f"background: {colour}")
        label.setGeometry(screen.geometry())
        label.show()
        labels.append(label)
    qapp.processEvents()
    paths = shots.take(qapp.screens(), tmp_path / "shots")
    assert [path.name for path in paths] == ["monitor-1.png", "monitor-2.png", "wall.png"]
    wall = QImage(str(paths[2]))
    assert (wall.width(), wall.height()) == (3840, 1080)
    assert wall.pixelColor(100, 100).name() == "#102030"
    assert wall.pixelColor(2000, 100).name() == "#a0b0c0"
    set_screens(WALL4[:1])


def test_a_folder_that_takes_nothing_is_told(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskTrouble):
        shots.take(qapp.screens(), tmp_path / "file" / "shots")


def test_the_photographer_waits_until_all_stands_still(clock: TurnedClock, qapp: QApplication) -> None:
    stands = False
    said: list[str] = []
    photographer = shots.Photographer(lambda: stands, clock, 10)
    photographer.ready.connect(lambda: said.append("now"))
    photographer.look()
    stands = True
    photographer.look()
    clock.turn(shots.STILL_S / 2)
    stands = False
    photographer.look()
    stands = True
    photographer.look()
    clock.turn(shots.STILL_S / 2)
    photographer.look()
    assert not said
    clock.turn(shots.STILL_S)
    photographer.look()
    assert said == ["now"]


def test_the_photographer_does_not_wait_for_ever(clock: TurnedClock, qapp: QApplication) -> None:
    said: list[str] = []
    photographer = shots.Photographer(lambda: False, clock, 10)
    photographer.ready.connect(lambda: said.append("now"))
    clock.turn(10)
    photographer.look()
    assert said == ["now"]


def test_intake_that_pours_in_is_no_moment_for_a_picture(clock: TurnedClock, qapp: QApplication) -> None:
    news = News()
    quiet = shots.Quiet(news, clock)
    assert quiet.now
    news.changed.emit(Changes(frozenset({Kind.COMPLAINT})))
    assert not quiet.now
    clock.turn(shots.STILL_S)
    assert quiet.now


def test_a_bug_is_written_down_shown_and_not_swallowed(
    profile: Profile, clock: TurnedClock, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    crashes = Crashes(profile, clock, "1.2")
    shown: list[str] = []
    crashes.happened.connect(shown.append)
    give_back = crashes.install()
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    give_back()
    kept = (profile.logs / "screen-faults.log").read_text("utf-8")
    assert "ZeroDivisionError" in kept
    assert "kendali 1.2" in kept
    assert shown == [kept]
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert sys.excepthook != crashes.take


def test_a_fault_of_the_world_is_told_and_is_no_bug(profile: Profile, clock: TurnedClock, qapp: QApplication) -> None:
    crashes = Crashes(profile, clock, "")
    told: list[object] = []
    crashes.told.connect(told.append)
    error = Refused("shell.deed.none_selected")
    crashes.take(Refused, error, None)
    assert told == [error]
    assert not profile.logs.exists()


def test_a_bug_in_a_loop_does_not_fill_the_disk(
    profile: Profile, clock: TurnedClock, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    crashes = Crashes(profile, clock, "")
    for _ in range(50):
        crashes.take(ValueError, ValueError("again"), None)
    assert (profile.logs / "screen-faults.log").read_text("utf-8").count("ValueError") == 20


def test_a_bug_with_a_full_disk_is_still_shown(
    profile: Profile, clock: TurnedClock, qapp: QApplication, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise DiskTrouble("store.full", path="x")

    monkeypatch.setattr(crash_module, "append_durable", full)
    crashes = Crashes(profile, clock, "")
    told: list[object] = []
    shown: list[str] = []
    crashes.told.connect(told.append)
    crashes.happened.connect(shown.append)
    crashes.take(ValueError, ValueError("x"), None)
    assert len(told) == len(shown) == 1


def test_the_stall_meter_counts_what_a_person_waits(clock: TurnedClock, qapp: QApplication) -> None:
    meter = StallMeter(clock)
    assert meter.report().beats == 0
    meter._last_s = clock.monotonic_s()
    for late_s in [0.0] * 98 + [0.3, 60.0]:
        clock.turn(0.005 + late_s)
        meter.beat()
    report = meter.report()
    assert report.beats == 99  # a minute's gap was a suspend, not a stall
    assert report.most_ms == 300.0
    assert report.p99_ms == 300.0


def test_the_stall_meter_beats_by_itself_and_names_the_guilty_line(qtbot: QtBot) -> None:
    meter = StallMeter(SystemClock())
    meter.start()
    qtbot.waitUntil(lambda: meter.report().beats > 3)
    for _ in range(100_000_000):  # held up here, and in no call elsewhere, until the other thread has seen where
        if _names_this_file(meter):
            break
    qtbot.waitUntil(lambda: meter.report().most_ms > LATE_S * 1000)
    meter.stop()
    assert _names_this_file(meter)


def _names_this_file(meter: StallMeter) -> bool:
    return any("test_start.py" in where for where in list(meter._guilty))


def test_a_signal_ends_the_loop(qapp: QApplication, qtbot: QtBot) -> None:
    quits: list[str] = []

    class App:
        def quit(self) -> None:
            quits.append("quit")

    requests = EndRequests(App())  # type: ignore[arg-type]
    os.kill(os.getpid(), signal.SIGTERM)
    qtbot.waitUntil(lambda: bool(quits))
    requests.close()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@pytest.mark.parametrize(
    ("display", "screens", "shots_to", "virtual", "pictures"),
    [
        (True, None, None, "", None),
        (True, "2", None, "2", None),
        (False, None, None, "4", Path("shots")),
        (False, "2", None, "2", None),
        (False, "2", Path("x"), "2", Path("x")),
        (True, None, Path("x"), "", Path("x")),
    ],
)
def test_what_a_start_does_without_a_display(
    display: bool, screens: str | None, shots_to: Path | None, virtual: str, pictures: Path | None
) -> None:
    options = RunOptions(Path("p"), ("python",), screens=screens, shots=shots_to, display=display)
    assert options.virtual == virtual
    assert options.pictures == pictures
