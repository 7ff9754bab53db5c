"""Every part of the house with invented values, for looking at: `python -m widgets`. Never part of the console."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from importlib.resources import files

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.core.lifecycle import State
from console.core.pack import Area, Level
from console.core.phrases import LANGUAGES, Phrases
from console.core.records import SourceState
from widgets import marks
from widgets.age_bar import AgeBar
from widgets.age_label import AgeLabel
from widgets.banner import Banner, BannerState
from widgets.bar_rows import BarRow, BarRows
from widgets.breadcrumb import Breadcrumb
from widgets.chip import Chip
from widgets.file_tiles import FileFace, FileTiles
from widgets.form import AskForm, FieldKind, FormField
from widgets.key_figure import Figure, KeyFigure
from widgets.map_points import Look
from widgets.map_view import AreaFacts, MapView
from widgets.marks import Severity
from widgets.palette_popup import PaletteItem, PalettePopup
from widgets.panel_frame import PanelFrame
from widgets.row_table import EXTRA_ROLE, Cell, RowTable
from widgets.severity_mark import SeverityMark
from widgets.state_mark import StateMark
from widgets.tick_strip import Tick, TickStrip
from widgets.time_chart import Slice, TimeChart
from widgets.tokens import load

NAMES = (
    "Batumerah", "Cibening", "Darmasari", "Genengan", "Jatiwangi", "Karangdalem", "Lebakwana", "Margaluyu",
    "Neglawangi", "Pasirhonje", "Ranca Badak", "Sukamaju Hilir", "Tegalpanjang",
)  # fmt: skip


TITLES = ("Lampu jalan padam depan pasar", "Sampah menumpuk tiga hari di tepi kali", "Jalan berlubang", "Banjir")


def phrases(language: str = LANGUAGES[0]) -> Phrases:
    """The shipped phrases of core and widgets."""
    home = files("resources").joinpath("phrases")
    names = [(spoken, name) for spoken in LANGUAGES for name in ("core.toml", "widgets.toml")]
    found = [(spoken, home.joinpath(spoken, name).read_bytes()) for spoken, name in names]
    return Phrases.from_toml(found, language)


def invented_city() -> tuple[list[Area], Area]:
    """Thirteen areas around a point at sea, and their outline."""
    lon, lat, step = 106.6, -6.2, 0.045
    rng = np.random.default_rng(7)
    corners = {
        (column, row): (
            lon + column * step + rng.uniform(-0.012, 0.012),
            lat + row * step * 0.8 + rng.uniform(-0.009, 0.009),
        )
        for column in range(6)
        for row in range(4)
    }
    cells = [(column, row) for row in range(3) for column in range(5)][: len(NAMES)]
    areas = []
    for number, (column, row) in enumerate(cells):
        ring = [corners[column + dx, row + dy] for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
        centre = (sum(x for x, _ in ring[:4]) / 4, sum(y for _, y in ring[:4]) / 4)
        code = f"99.01.{number + 1:02}"
        areas.append(Area(code, NAMES[number], Level.KECAMATAN, "99.01", centre=centre, polygons=((tuple(ring),),)))
    around = tuple(
        corners[at]
        for at in [(c, 0) for c in range(6)] + [(5, 1), (5, 2)] + [(4, 2), (3, 2)] + [(3, 3), (2, 3), (1, 3), (0, 3)]
        + [(0, 2), (0, 1), (0, 0)]
    )  # fmt: skip
    return areas, Area("99.01", "Kota Contoh", Level.KOTA, "", polygons=((around,),))


def invented_points(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Places, looks and ids of that many points; the places gather in a few spots."""
    rng = np.random.default_rng(3)
    middle = rng.uniform((106.62, -6.19), (106.80, -6.11), (9, 2))
    spot = rng.integers(0, 9, count)
    spread = rng.normal(0, 0.012, (count, 2))
    looks = np.where(rng.random(count) < 0.6, Look.OPEN, Look.DONE).astype(np.uint8)
    return middle[spot, 0] + spread[:, 0], middle[spot, 1] + spread[:, 1], looks, np.arange(count)


def framed(said: Phrases, title: str, icon: str, content: QWidget, age: SourceState = SourceState.FRESH) -> PanelFrame:
    """A part in a panel's face."""
    frame = PanelFrame(title, icon, said)
    frame.set_content(content)
    frame.age.show_age(age, "12 dtk" if age is SourceState.FRESH else "4 jam 12 mnt", "Sumber: contoh")
    frame.set_footer(counts="1.204 aduan · 1 terpilih", pending=2, refused=1, source="Open311 Kota Contoh")
    frame.show_ready()
    return frame


def bars(count: int = 8) -> BarRows:
    """A list of ranks with one loud row."""
    rows = BarRows("Terbuka per kecamatan")
    values = [412, 233, 187, 161, 150, 98, 77, 52, 31, 14, 9, 3, None][:count]
    rows.set_rows(
        [BarRow(str(index), NAMES[index], value, str(value), loud=index == 0) for index, value in enumerate(values)]
    )
    return rows


def state_bars(said: Phrases) -> BarRows:
    """By state, with the marks."""
    rows = BarRows("Menurut status")
    tokens = load("dark")
    counts = {state: 10 + 37 * (16 - state) for state in State}
    rows.set_rows(
        [
            BarRow(
                state.name,
                said.say(f"state.{state.name}"),
                count,
                said.show(count),
                mark=marks.state_pixmap(tokens, state, 14),
            )
            for state, count in counts.items()
        ]
    )
    return rows


def situation_map(said: Phrases, points: int = 800, *, schematic: bool = True) -> MapView:
    """The invented city with values and points."""
    view = MapView(said)
    areas, outline = invented_city()
    view.set_areas(areas, outline)
    values: dict[str, float | None] = {area.code: round(12 * math.exp(n / 3)) for n, area in enumerate(areas)}
    values[areas[4].code] = None
    texts = {code: "—" if value is None else said.show(int(value)) for code, value in values.items()}
    view.set_values(values, texts, "Aduan terbuka")
    view.set_facts(
        {area.code: AreaFacts(area.name, [("Terbuka", "128"), ("Terlambat", "12"), ("24 jam", "31")]) for area in areas}
    )
    lon, lat, looks, ids = invented_points(points)
    view.set_points(lon, lat, looks, ids)
    note = said.say("widgets.map.schematic") if schematic else ""
    view.set_notes(credit="Contoh: data buatan", schematic=note)
    return view


def states(said: Phrases) -> QWidget:
    """All five states of the panel face, and the ready one."""
    page = QWidget()
    left, right = QVBoxLayout(), QVBoxLayout()
    ages = [*list(SourceState)[:3], SourceState.LOST, SourceState.SILENT, SourceState.NEVER]
    frames = [framed(said, "Antrean aduan", "queue", bars(5), age) for age in ages]
    frames[1].loading.SKELETON_MS = 0
    frames[1].show_loading("Memuat 1.000.000 aduan…", 0.4, can_cancel=True)
    frames[1].loading.skeleton.show()
    frames[1].loading._foot.show()
    frames[2].show_stale("Basi sejak 10.42 WIB: sumber tidak memberi kabar 4 jam 12 mnt")
    frames[3].show_lost("Putus sejak 10.42 WIB", "alamat sumber tidak menjawab", "dicoba lagi 14.55 WIB")
    frames[4].show_empty(
        "Tidak ada aduan terbuka di Periuk", "Saringan: terbuka, Periuk, 7 hari terakhir.", "Hapus saringan"
    )
    frames[5].show_fault(
        "Basis data tidak dapat dibuka", "records.db, halaman 412", "Pulihkan dari cadangan pukul 09.00.", "Coba lagi"
    )
    for number, frame in enumerate(frames):
        (left, right)[number % 2].addWidget(frame)
    row = QHBoxLayout(page)
    for column in (left, right):
        column.setSpacing(12)
        row.addLayout(column)
    return page


def small_parts(said: Phrases) -> QWidget:
    """Marks, ages and banners."""
    page = QWidget()
    column = QVBoxLayout(page)
    for link, text, action in (
        (BannerState.ONLINE, "Daring · pusat menjawab 0,2 dtk", ""),
        (BannerState.OFFLINE, "Luring sejak 10.42 · 17 perubahan menunggu", "Coba sekarang"),
        (BannerState.CUT, "Sambungan diputuskan dengan sengaja sejak 10.42 · 3 perubahan menunggu", "Sambungkan"),
        (BannerState.STARTING, "Memulai mesin sinkron…", ""),
    ):
        banner = Banner()
        banner.show_state(link, text, action, right="Sab 21 Nov 2026 · 14.55 WIB")
        column.addWidget(banner)
    ages, severities = QHBoxLayout(), QHBoxLayout()
    for standing in SourceState:
        age = AgeLabel()
        age.show_age(standing, f"12 mnt {standing.value}")
        ages.addWidget(age)
    for severity in reversed(Severity):
        mark = SeverityMark()
        mark.show_severity(severity, severity.name.capitalize())
        severities.addWidget(mark)
    for row in (ages, severities):
        row.addStretch(1)
        column.addLayout(row)
    for group in (list(State)[:6], list(State)[6:12], list(State)[12:]):
        line = QHBoxLayout()
        for state in group:
            word = StateMark()
            word.show_state(state, said.say(f"state.{state.name}"), pending=state is State.DISPOSED)
            line.addWidget(word)
        line.addStretch(1)
        column.addLayout(line)
    column.addStretch(1)
    return page


def palette(said: Phrases) -> QWidget:
    """The palette over a panel."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.addWidget(framed(said, "Antrean aduan", "queue", bars(13)))
    popup = PalettePopup(said, page)
    items = [
        PaletteItem("take", "Ambil aduan", "Saya yang mengurus", "person", "A"),
        PaletteItem("dispose", "Disposisi ke OPD…", "Teruskan dengan alasan", "outbox", "D"),
        PaletteItem("close", "Tutup aduan…", "Dengan bukti", "check", "C", "belum didisposisikan"),
        PaletteItem("cut", "Putuskan sambungan", "Berhenti berbicara dengan pusat", "cut"),
        *(PaletteItem(name, name, "Kecamatan", "map") for name in NAMES),
    ]
    page.resize(1000, 640)
    popup.open_with(items)
    return page


def figures(_said: Phrases) -> QWidget:
    """Four headline numbers: calm, unusual, unknown, abnormal."""
    page = QWidget()
    row = QHBoxLayout(page)
    row.setSpacing(24)
    trend = [20 + 12 * math.sin(number / 3) + number % 5 for number in range(24)]
    for figure in (
        Figure("Aduan terbuka", "1.204", "▲ 42 dari biasanya pukul 14.00", trend=trend, target=28),
        Figure("Masuk hari ini", "318", "▼ 6 dari biasanya", trend=trend[::-1]),
        Figure("Terlambat", "57", "▲ 31 sejak kemarin", trend=trend, severity=Severity.SIAGA),
        Figure("Respons rata-rata", "", "", why="Sumber tidak memberi waktu tanggapan."),
    ):
        part = KeyFigure()
        part.show_figure(figure)
        row.addWidget(part)
    return page


def filters(said: Phrases) -> QWidget:
    """Breadcrumb, chips, ticks and age bars."""
    page = QWidget()
    column = QVBoxLayout(page)
    path = Breadcrumb()
    path.set_path([("99", "Kota Contoh"), ("99.01", "Karangdalem"), ("99.01.07", "Lebakwana")])
    column.addWidget(path)
    chips = QHBoxLayout()
    for number, name in enumerate(("Terbuka", "Periuk", "DLH", "7 hari")):
        chip = Chip(name, removable=number in (1, 2))
        chip.setChecked(number == 0)
        chips.addWidget(chip)
    chips.addStretch(1)
    column.addLayout(chips)
    rng = np.random.default_rng(5)
    for number in range(3):
        row = QHBoxLayout()
        strip, bar = TickStrip(said), AgeBar()
        kinds = rng.choice([1, 1, 1, 1, 2, 3, 0], 96) if number else np.ones(96, int)
        strip.set_ticks([Tick(int(kind)) for kind in kinds])
        bar.show_part((0.4, 1.3, None)[number], "umur")
        row.addWidget(strip, 3)
        row.addWidget(bar, 1)
        column.addLayout(row)
    column.addStretch(1)
    return page


def chart(said: Phrases, *, line: bool = False) -> TimeChart:
    """A day of arrivals, three of them out of the usual."""
    zone = timezone(timedelta(hours=7))
    made = TimeChart("Aduan masuk per jam", said, zone, line=line)
    made.setContentsMargins(12, 8, 12, 4)
    start = datetime(2026, 11, 20, 15, tzinfo=zone)
    slices = []
    for number in range(24):
        low = 18 + 14 * math.sin((number - 4) / 3.8)
        value = None if number == 5 else round(max(0, low + (40 if number in (17, 18) else 6 * (number % 3))))
        at = start + timedelta(hours=number)
        slices.append(Slice(at, value, (max(0, low - 4), low + 12), loud=number in (17, 18)))
    made.set_slices(slices, target=48)
    return made


class _Rows(QAbstractTableModel):
    """Invented rows for the table."""

    HEADS = ("", "", "No.", "Umur", "Aduan", "Wilayah", "OPD", "Status", "Petugas")

    def __init__(self, said: Phrases) -> None:
        super().__init__()
        self._said = said

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1000

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        return self.HEADS[section] if role == 0 and orientation is Qt.Orientation.Horizontal else None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        return self.value_at(index.row(), index.column(), role)

    def value_at(self, row: int, column: int, role: int) -> object:
        state = State(row * 7 % 17)
        if role == EXTRA_ROLE:
            late = Severity.SIAGA if row % 11 == 4 else None
            return {0: late, 1: int(row % 6 == 2), 3: row * 13 % 120 / 90, 7: state}.get(column)
        if role != 0:
            return None
        title = TITLES[row % 4]
        word = self._said.say(f"state.{state.name}")
        shown = ("", "", f"ADN-{20411 + row}", f"{row * 3 % 50 + 1} jam", title, NAMES[row % 13], "DLH", word, "rina")
        return shown[column]


def table(said: Phrases) -> QWidget:
    """The queue's look."""
    cell = Cell
    kinds = [cell.SEVERITY, cell.PENDING, cell.SECOND, cell.AGE, *3 * [cell.TEXT], cell.STATE, cell.SECOND]
    view = RowTable(kinds, "Antrean aduan")
    view.setModel(_Rows(said))
    for column, wide in enumerate((36, 28, 92, 92, 380, 140, 90, 160)):
        view.setColumnWidth(column, wide)
    view.selectRow(3)
    return framed(said, "Antrean aduan", "queue", view)


def form(said: Phrases) -> QWidget:
    """A form refused, one field missing."""
    fields = [
        FormField("opd", "OPD tujuan", FieldKind.CHOICE, choices=[(name, name) for name in NAMES]),
        FormField("reason", "Alasan", FieldKind.LINES, hint="Mengapa dinas ini yang menangani"),
        FormField("note", "Catatan", required=False),
    ]
    made = AskForm("Disposisi ADN-20414", fields, said, "Disposisikan")
    made.submit()
    made.show_refusal("Aduan ini sudah ditutup oleh Rina pukul 10.42.")
    return made


def files_page(_said: Phrases) -> QWidget:
    """Files as tiles: here, being fetched, not here, and one without a picture."""
    faces = [
        FileFace("1", "lubang di depan pasar.jpg", "1,2 MB"),
        FileFace("2", "dari arah sungai.jpg", "3,4 MB · terunduh 40 %", 0.4),
        FileFace("3", "bukti.pdf", "210 kB · belum terunduh", 0.0),
        FileFace("4", "berita acara.txt", "4 kB · menunggu kirim"),
    ]
    tiles = FileTiles()
    tiles.set_faces(faces)
    grey = QImage(160, 100, QImage.Format.Format_RGB32)
    grey.fill(QColor("#6B6F75"))
    for key in ("1", "2"):
        tiles.set_picture(key, grey)
    return tiles


PAGES: dict[str, tuple[Callable[[Phrases], QWidget], int, int]] = {
    "states": (states, 1280, 900),
    "parts": (small_parts, 1280, 420),
    "bars": (lambda said: framed(said, "Per kecamatan", "indicators", bars(13)), 420, 480),
    "by_state": (lambda said: framed(said, "Menurut status", "indicators", state_bars(said)), 420, 560),
    "map": (lambda said: framed(said, "Peta situasi", "map", situation_map(said)), 1280, 800),
    "map_clusters": (lambda said: framed(said, "Peta situasi", "map", situation_map(said, 50_000)), 1280, 800),
    "palette": (palette, 1000, 640),
    "figures": (figures, 1280, 110),
    "filters": (filters, 900, 200),
    "chart": (lambda said: framed(said, "Indikator", "indicators", chart(said)), 640, 320),
    "chart_line": (lambda said: framed(said, "Indikator", "indicators", chart(said, line=True)), 640, 320),
    "table": (table, 1280, 640),
    "form": (form, 480, 420),
    "files": (files_page, 700, 160),
}
"""Name of a page to what makes it and its size."""
