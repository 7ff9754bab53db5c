"""Photos and files of a complaint: tiles, looking at one, and bringing more by button, paste and drop.

What is decoded, is decoded on a worker. Nothing is opened by another program: a copy is saved where the person says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.core.errors import ConsoleError, DiskTrouble, Refused
from console.core.file_kinds import ENDINGS, FileKind, Judged
from console.core.masking import masked
from console.core.pieces import joined
from console.core.records import Complaint, FileRow
from console.models.desk import Desk
from console.store.bring import Brought, bring, read_given
from console.store.files import atomic_write
from console.store.read import Read
from widgets.file_pick import Pick, pick_file
from widgets.file_tiles import FileFace, FileTiles
from widgets.file_view import FileView
from widgets.pictures import SMALL_PX, drawn, encoded, small_jpeg
from widgets.plain import Label
from widgets.theme import Role

MOST_AT_ONCE = 20
"""Files brought by one drop."""
MOST_PX = 4096
"""A picture is looked at no larger than that."""
_MOST_WORDS = 200_000
_MB = 1 << 20


class ComplaintFiles(QWidget):
    """The section of the complaint's page."""

    brought = Signal(object, object, int)
    """The `Complaint` it was given for, fields of the command `Attach` (its bytes lie in the store), and the number of
    the form it was asked in, 0 for none."""
    refused = Signal(object, str, int)
    """`ConsoleError`: why a file was not brought, shown or saved; the id of its complaint; the number of the form."""
    stirred = Signal()
    """What is under way changed."""

    def __init__(self, desk: Desk, over: QWidget) -> None:
        """`over` is what a file that is looked at covers."""
        super().__init__()
        self._desk = desk
        self._rows: dict[str, FileRow] = {}
        self.complaint: Complaint | None = None
        """Whose files are shown, and who gets what is added by the button."""
        self._under_way: list[str] = []
        self.title = Label("", Role.STRONG)
        self.add = QPushButton()
        self.none = Label("", Role.SECOND, wrap=True)
        self.tiles = FileTiles()
        self.view = FileView(over)
        self.choose_files: Callable[[Callable[[list[str]], None]], None] = self._ask_files
        self.choose_place: Callable[[str, Callable[[str], None]], None] = self._ask_place
        self.add.clicked.connect(self._add)
        self.tiles.opened.connect(self.open_file)
        self.view.save_asked.connect(self.save_copy)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.add)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.none)
        column.addWidget(self.tiles)

    # drawing

    def show_files(self, complaint: Complaint | None, rows: Sequence[FileRow]) -> None:
        """Show these, of that complaint; nothing can be added while there is none."""
        self.complaint = complaint
        before = self._rows
        self._rows = {row.command or str(row.n): row for row in rows}
        self.tiles.set_faces([self._face(key, row) for key, row in self._rows.items()])
        self.tiles.setVisible(bool(self._rows))
        self.none.setVisible(not self._rows)
        for key, row in self._rows.items():
            old = before.get(key)
            if (row.thumb_here and not (old and old.thumb_here)) or (row.whole and not (old and old.whole)):
                self._desk.work.run(_small(row), partial(self._show_small, key), fail=_unseen, owner=self)
        if self.view.key:
            self._follow(before.get(self.view.key))

    def _follow(self, old: FileRow | None) -> None:
        """What is looked at may have come whole, or be gone."""
        row = self._rows.get(self.view.key)
        if row is None:
            self.view.close_it()
        elif old is not None and (old.here, old.waiting) != (row.here, row.waiting):
            self.open_file(self.view.key)

    def _face(self, key: str, row: FileRow) -> FileFace:
        return FileFace(key, masked(row.name), self._says(row), row.here / row.bytes)

    def _says(self, row: FileRow) -> str:
        say = self._desk.phrases.say
        size = say("files.size_mb", size_mb=row.bytes / _MB) if row.bytes >= _MB else self._kb(row.bytes)
        if row.erased:
            return say("files.erased")
        if not row.whole:
            if not row.here:
                return say("files.not_here", size=size)
            return say("files.some_here", size=size, share=int(100 * row.here / row.bytes))
        return say("files.waits", size=size) if row.waiting else size

    def _kb(self, size: int) -> str:
        return self._desk.phrases.say("files.size_kb", size_kb=-(-size // 1024))

    def _show_small(self, key: str, picture: QImage | None) -> None:
        self.tiles.set_picture(key, picture)

    # looking

    def open_file(self, key: str) -> None:
        """Look at a file, or say that it is not here yet and ask for it before others."""
        row = self._rows.get(key)
        if row is None:
            return
        say = self._desk.phrases.say
        self.view.open_file(key, row.name, self._says(row))
        if not row.whole:
            if not row.erased:
                self._desk.fetch_file(row.sha256)
            return
        ratio = self.devicePixelRatioF()
        most = QSize(min(MOST_PX, int(self.view.width() * ratio)), min(MOST_PX, int(self.view.height() * ratio)))
        about = [say("files.by", who=row.by, at=self._at(row))]
        if row.placed:
            about.append(say("files.placed"))
        self.view.say(" · ".join([self._says(row), *about]))
        fail = self._failing()
        self._desk.work.run(_content(row, most), partial(self._show, key), fail=fail, owner=self, key="look")

    def _failing(self) -> Callable[[ConsoleError], None]:
        """Says why something was not done with a file of the complaint that is shown now, whichever is shown then."""
        whose = self.complaint.id if self.complaint is not None else ""
        return lambda why: self.refused.emit(why, whose, 0)

    def _at(self, row: FileRow) -> str:
        desk = self._desk
        return desk.phrases.moment(row.at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())

    def _show(self, key: str, content: tuple[bool, QImage | str | None]) -> None:
        row = self._rows.get(key)
        if row is None or self.view.key != key:
            return
        sound, shown = content
        if not sound:
            self._desk.fetch_file(row.sha256)
            self.view.say(self._desk.phrases.say("files.damaged_here"))
            return
        self.view.save.setEnabled(True)
        if isinstance(shown, QImage):
            self.view.show_image(shown)
        elif shown is not None:
            self.view.show_words(shown)
        else:
            self.view.say(self._desk.phrases.say("files.no_view"))

    def save_copy(self, key: str) -> None:
        """Save a copy where the person says."""
        row, fail = self._rows.get(key), self._failing()
        if row is not None:
            save = partial(_saving, row)
            self.choose_place(
                row.name, lambda place: self._desk.work.run(save(Path(place)), self._saved, fail=fail, owner=self)
            )

    def _saved(self, place: str) -> None:
        self.view.say(self._desk.phrases.say("files.saved", path=place))

    # bringing

    def under_way_on(self, complaint: str) -> bool:
        """Whether files for that complaint are being brought."""
        return complaint in self._under_way

    def _add(self) -> None:
        complaint = self.complaint  # while one chooses, the page may turn to another
        if complaint is not None:
            self.choose_files(partial(self.bring_paths, complaint))

    def bring_paths(
        self, complaint: Complaint, paths: Sequence[str], *, keep_position: bool = False, form: int = 0
    ) -> None:
        """Bring files by their paths, for that complaint. Each that cannot be taken says why."""
        for path in paths[:MOST_AT_ONCE]:
            self._bring(complaint, partial(_given, Path(path)), Path(path).name, keep_position, form)
        if len(paths) > MOST_AT_ONCE:
            self.refused.emit(Refused("files.too_many", most=MOST_AT_ONCE), complaint.id, form)

    def takes(self, mime: QMimeData) -> bool:
        """Whether there is a file or a picture in what was dropped or copied."""
        return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())

    def bring_mime(self, complaint: Complaint, mime: QMimeData) -> None:
        """Bring what was dropped or pasted: files of this computer, else a picture."""
        paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        if paths:
            self.bring_paths(complaint, paths)
            return
        image = QImage(mime.imageData()) if mime.hasImage() else QImage()
        if not image.isNull():
            name = self._desk.phrases.say("files.pasted")
            self._bring(complaint, partial(_encoded, image), name + ENDINGS[FileKind.PNG])

    def _bring(
        self, complaint: Complaint, data: Callable[[], bytes], name: str, keep_position: bool = False, form: int = 0
    ) -> None:
        job = partial(_bringing, data, name, keep_position)
        brought, failed = partial(self._brought, complaint, form), partial(self._not_brought, complaint, form)
        self._under_way.append(complaint.id)
        self._desk.work.run(job, brought, fail=failed, owner=self)
        self.stirred.emit()

    def _brought(self, complaint: Complaint, form: int, brought: Brought) -> None:
        self._under_way.remove(complaint.id)
        self.brought.emit(complaint, brought.fields, form)
        self.stirred.emit()

    def _not_brought(self, complaint: Complaint, form: int, why: ConsoleError) -> None:
        self._under_way.remove(complaint.id)
        self.stirred.emit()
        self.refused.emit(why, complaint.id, form)

    def retranslate(self) -> None:
        """Say everything in the language of now."""
        say = self._desk.phrases.say
        self.title.setText(say("files.title"))
        self.add.setText(say("files.add"))
        self.none.setText(say("files.none"))
        self.tiles.setAccessibleName(say("files.title"))
        self.view.name_buttons(say("files.save"), say("files.close"))
        self.show_files(self.complaint, list(self._rows.values()))

    def _ask_files(self, then: Callable[[list[str]], None]) -> None:
        phrases = self._desk.phrases
        kinds = phrases.say("files.pick_kinds", suffixes=" ".join(f"*{each}" for each in (*ENDINGS.values(), ".jpeg")))
        pick_file(phrases, self, Pick(phrases.say("files.add"), several=True, kinds=[kinds]), then)

    def _ask_place(self, name: str, then: Callable[[str], None]) -> None:
        pick = Pick(self._desk.phrases.say("files.save"), write=True, name=str(Path.home() / name))
        pick_file(self._desk.phrases, self, pick, lambda paths: then(paths[0]))


# jobs for workers: they hold no widget


def _given(path: Path) -> bytes:
    return read_given(path)


def _encoded(image: QImage) -> bytes:
    return encoded(image)


def _thumb(judged: Judged) -> bytes:
    return small_jpeg(judged.data, judged.kind)


def _bringing(data: Callable[[], bytes], name: str, keep_position: bool, read: Read) -> Brought:
    return bring(read.blobs, data(), name, keep_position=keep_position, thumb=_thumb, spare=read.spare_pieces)


def _whole(row: FileRow, read: Read) -> bytes | None:
    """All bytes of a file, None where they are not, or not what the file's name says."""
    blobs = read.blobs
    parts = [blobs.peek(name) for name in row.pieces]
    return joined((part or b"" for part in parts), row.sha256, row.bytes)


def _content(row: FileRow, most: QSize) -> Callable[[Read], tuple[bool, QImage | str | None]]:
    def job(read: Read) -> tuple[bool, QImage | str | None]:
        data = _whole(row, read)
        if data is None:
            return False, None
        if row.type.picture:
            return True, drawn(data, row.type, most)
        if row.type is FileKind.TEXT:
            return True, data.decode("utf-8-sig", "replace")[:_MOST_WORDS]
        return True, None

    return job


def _small(row: FileRow) -> Callable[[Read], QImage | None]:
    def job(read: Read) -> QImage | None:
        size = QSize(SMALL_PX, SMALL_PX)
        small = read.blobs.peek(row.thumb) if row.thumb_here else None
        if small is not None:
            return drawn(small, FileKind.JPEG, size)
        data = _whole(row, read) if row.whole and row.type.picture else None
        return drawn(data, row.type, size) if data is not None else None

    return job


def _saving(row: FileRow, place: Path) -> Callable[[Read], str]:
    def job(read: Read) -> str:
        data = _whole(row, read)
        if data is None:
            raise Refused("files.damaged_here")
        atomic_write(place, data)
        return str(place)

    return job


def _unseen(error: ConsoleError) -> None:
    """A small picture that cannot be read is drawn as the mark of a file; trouble with the disk is told elsewhere."""
    if not isinstance(error, DiskTrouble):
        raise error
