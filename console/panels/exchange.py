"""Changes carried by hand: make a sealed bundle for another console, take one, and see what arrived where.

The engine does the work; nothing here waits for it. What a person must decide (whether a stranger's words are the
right ones, the passphrase of the key) is asked in place, and then it goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from console.core.people import Right
from console.core.records import Kind
from console.models.bundles import WORDS, Bundles, ContactLine, contact_line, wants_passphrase
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.errand import Errand, Stage
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.panels.exchange_trust import TrustBlock
from console.panels.flow import Flow
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.store.exchange import Exchange as Known
from console.store.read import Read
from widgets.file_pick import Pick, pick_file
from widgets.form import AskForm, FieldKind, FormField
from widgets.plain import Label, one_line
from widgets.roll import Roll
from widgets.row_table import Cell
from widgets.theme import Role

BUNDLE_SUFFIX, RECEIPT_SUFFIX = ".kiriman", ".terima"
_MOST_NAME = 28
"""Letters of a name that a button bears."""
_COPIED_MS = 3000
"""So long a button says that it was done."""
_HEADINGS = ("name", "made", "receipt", "taken")
_COLUMNS = (
    ItemColumn(Cell.TWO_LINES),
    ItemColumn(Cell.SECOND, 170, 2),
    ItemColumn(Cell.SECOND, 170, 1),
    ItemColumn(Cell.SECOND, 170, 3),
)
_OWN_WORDS = frozenset(
    "sync.bundle." + name
    for name in (
        "stranger", "not_for_us", "nothing", "too_much", "no_key", "key_lost", "made", "trusted", "is_receipt",
    )
)  # fmt: skip
"""What is said here in other words than at a terminal."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form in no language yet: the last parts of its phrase keys, and who takes the answers."""

    title: str
    asks: Sequence[tuple[str, str, FieldKind]]
    """Name of each field, its label, its kind."""
    then: Callable[[dict[str, str]], None]
    refused: Errand | None = None
    """Why the answers before were not the right ones."""


class Exchange(Panel):
    """Own key, other consoles, and what travels between them."""

    face = PanelFace("exchange", "panels.exchange.title", "exchange", frozenset({Kind.OUTBOX}))

    def build(self, desk: Desk) -> None:
        self.bundles = Bundles(desk, self)
        self.known: Known | None = None
        self._waits: Errand | None = None
        """An errand that can go on once a person has decided something."""
        self._mine: tuple[str, ...] = ()
        self.pick: Callable[[bool, str, Callable[[str], None]], None] = self._pick_by_dialog
        """Lets a person choose a file: whether to write it, its usual name, and who takes the path."""
        self.form: AskForm | None = None
        self._asked: _Asked | None = None
        """What the form that stands there asks."""
        self._copied = QTimer(self, singleShot=True, interval=_COPIED_MS)
        self._copied.timeout.connect(self._name_copy)
        self._make_parts(desk)
        self._lay_out()
        self._connect()
        self._query = self.live(lambda: _read_known, self._take)

    def _make_parts(self, desk: Desk) -> None:
        self.intro = Label("", Role.SECOND, wrap=True)
        self.take, self.make, self.add = QPushButton(), QPushButton(), QPushButton()
        self.take.setProperty("role", "first")
        self.under_way, self.progress, self.cancel = Label("", wrap=True), QProgressBar(), QPushButton()
        self.progress.setTextVisible(False)
        self.outcome = Label("", wrap=True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trust = TrustBlock(desk.phrases)
        self.key_title, self.key_hint = Label("", Role.STRONG), Label("", Role.SECOND, wrap=True)
        self.words = Label("", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.new_key, self.copy_key = QPushButton(), QPushButton()
        self.others_title, self.nobody = Label("", Role.STRONG), Label("", Role.SECOND, wrap=True)
        self.table = ItemTable(_COLUMNS)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.forget = QPushButton()

    def _lay_out(self) -> None:
        self.paper = QWidget()
        self._column = column = QVBoxLayout(self.paper)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.intro)
        column.addWidget(_beside(self.take, self.make, self.add))
        column.addWidget(self.under_way)
        column.addWidget(self.progress)
        column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.outcome)
        column.addWidget(self.trust)
        self._form_at = column.count()
        for part in (self.others_title, self.nobody, self.table):
            column.addWidget(part)
        column.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(8)
        for part in (self.key_title, self.key_hint, self.words):
            column.addWidget(part)
        column.addWidget(_beside(self.new_key, self.copy_key))
        column.addStretch(1)
        for hidden in (self.under_way, self.progress, self.cancel, self.outcome, self.trust, self.forget):
            hidden.hide()
        self.roll = Roll(self.paper)
        self.setFocusProxy(self.take)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.roll)

    def _connect(self) -> None:
        self.take.clicked.connect(lambda: self.pick(False, "", self._take_file))
        self.make.clicked.connect(self._ask_where)
        self.add.clicked.connect(self._ask_key)
        self.cancel.clicked.connect(self.bundles.cancel)
        self.new_key.clicked.connect(lambda: self.bundles.ask("key"))
        self.copy_key.clicked.connect(self._copy_key)
        self.forget.clicked.connect(lambda: self.bundles.ask("forget", to=self.table.current_key))
        self.table.chosen.connect(lambda _key: self._draw_choice())
        self.table.opened.connect(lambda _key: self._ask_where())
        self.trust.agreed.connect(self._trusted)
        self.trust.declined.connect(self._declined)
        self.bundles.moved.connect(self._moved)
        self.bundles.ended.connect(self._ended)
        self.desk.people.changed.connect(self._draw_choice)

    # reading

    def _take(self, known: Known) -> None:
        self.known = known
        if known.mine and not self._mine:
            self.bundles.ask(WORDS, key=known.mine)
        self._word()
        self.show_ready()

    def _lines(self) -> list[ContactLine]:
        desk, now = self.desk, self.desk.clock.now()
        contacts = self.known.contacts if self.known is not None else ()
        return [contact_line(each, desk.pack, desk.phrases, now) for each in contacts]

    def _word(self) -> None:
        """Say everything as it stands now."""
        if self.known is None:
            return
        lines = self._lines()
        self.table.rows.show([_entry(line) for line in lines])
        self.table.setFixedHeight(self.table.needed(len(lines)))
        self.table.setVisible(bool(lines))
        self.nobody.setVisible(not lines)
        has_key = bool(self.known.mine)
        self.words.setText(_in_rows(self._mine))
        self.words.setVisible(bool(self._mine))
        self.key_hint.setText(self.say("panels.exchange.key_hint" if has_key else "panels.exchange.key_none"))
        self.copy_key.setVisible(has_key)
        self._draw_choice()

    def _draw_choice(self) -> None:
        chosen = next((line for line in self._lines() if line.key == self.table.current_key), None)
        busy = self.bundles.under_way is not None
        may = self.desk.people.may(Right.EXCHANGE)
        for part in (self.take, self.make, self.add):
            part.setVisible(may)
        self.new_key.setVisible(may and self.known is not None and not self.known.mine)
        name = one_line(chosen.name, _MOST_NAME) if chosen is not None else ""
        self.make.setText(self.say("panels.exchange.make_for" if name else "panels.exchange.make", name=name))
        self.make.setEnabled(may and chosen is not None and not busy)
        self.take.setEnabled(may and not busy)
        self.forget.setVisible(may and chosen is not None)
        if chosen is not None:
            self.forget.setText(self.say("panels.exchange.forget", name=name))
        self.foot()

    # files

    def _take_file(self, path: str) -> None:
        self._begin()
        self.bundles.ask("receipt" if path.endswith(RECEIPT_SUFFIX) else "take", path=path)

    def _ask_where(self) -> None:
        line = next((each for each in self._lines() if each.key == self.table.current_key), None)
        if line is None or not self.make.isEnabled():
            return
        name = "".join(letter if letter.isalnum() else "-" for letter in line.name.lower())
        day = self.desk.clock.now().astimezone(self.desk.pack.zone).strftime("%Y-%m-%d")
        self.pick(True, f"kiriman-{name}-{day}{BUNDLE_SUFFIX}", lambda path: self._make_file(line.key, path))

    def _make_file(self, to: str, path: str) -> None:
        self._begin()
        self.bundles.ask("make", to=to, path=path, name=self.desk.operator)

    def _pick_by_dialog(self, write: bool, name: str, then: Callable[[str], None]) -> None:
        suffixes = f"*{BUNDLE_SUFFIX}" if write else f"*{BUNDLE_SUFFIX} *{RECEIPT_SUFFIX}"
        pick = Pick(
            self.say("panels.exchange.pick_to" if write else "panels.exchange.pick_from"),
            write,
            kinds=[self.say("panels.exchange.pick_kind", suffixes=suffixes)],
            accept=self.say("panels.exchange.pick_save" if write else "panels.exchange.pick_open"),
            name=name,
        )
        pick_file(self.desk.phrases, self, pick, lambda paths: then(paths[0]))

    # what came of it

    def _begin(self) -> None:
        self._waits = None
        self.outcome.hide()
        self.trust.hide()
        self._close_form()

    def _moved(self, errand: Errand) -> None:
        if errand.do == WORDS:
            return
        self.under_way.setText(self.say(f"panels.exchange.doing.{errand.do}"))
        self.progress.setRange(0, 1000 if errand.part is not None else 0)
        if errand.part is not None:
            self.progress.setValue(round(errand.part * 1000))
        self.progress.setAccessibleName(self.under_way.text())
        for part in (self.under_way, self.progress, self.cancel):
            part.show()
        self._draw_choice()

    def _ended(self, errand: Errand) -> None:
        if self.bundles.under_way is None:
            for part in (self.under_way, self.progress, self.cancel):
                part.hide()
        if errand.stage is Stage.DONE:
            self._done(errand)
        elif errand.do == WORDS and "called" not in errand.asked:
            pass  # our own words: they are asked for again when the panel is next read
        elif errand.says == "sync.bundle.is_receipt":
            self.bundles.again(errand, "receipt")
        elif errand.says == "sync.bundle.is_bundle":
            self.bundles.again(errand, "take")
        elif wants_passphrase(errand):
            self._ask_passphrase(errand)
        elif errand.says == "sync.bundle.stranger":
            self._waits = errand
            words = str(errand.values.get("words", "")).split()
            self.trust.ask(str(errand.values.get("key", "")), str(errand.values.get("name", "")), words)
        else:
            self._tell(errand)
        self._draw_choice()

    def _done(self, errand: Errand) -> None:
        if errand.do in ("key", WORDS):
            self._show_words(errand)
            return
        if errand.do == "trust" and self._waits is not None:
            waits, self._waits = self._waits, None
            self.bundles.again(waits)
        else:
            self._tell(errand)
        self._query.again()

    def _show_words(self, errand: Errand) -> None:
        words = errand.texts("words")
        mine = self.known.mine if self.known is not None else ""
        if errand.do == "key" or errand.text("key") == mine:
            self._mine = tuple(words)
            self._word()
            self._query.again()
        else:
            self.trust.ask(errand.text("key"), str(errand.asked.get("called", "")), words)

    def _tell(self, errand: Errand) -> None:
        """What came of it, with the files it made."""
        key = errand.says
        if key in _OWN_WORDS:
            key = f"panels.exchange.said.{key.rpartition('.')[2]}"
        told = [self.say(key, **errand.values)] if key else []
        told += errand.texts("paths")
        if errand.text("receipt"):
            told.append(self.say("panels.exchange.receipt_at", path=errand.text("receipt")))
        self.outcome.setText("\n".join(told))
        self.outcome.setVisible(bool(told))
        self.roll.ensureWidgetVisible(self.outcome)

    # asking

    def _ask_key(self) -> None:
        asks = (("name", "other_name", FieldKind.TEXT), ("key", "other_key", FieldKind.LINES))
        self._open_form(_Asked("add", asks, self._send_key))

    def _send_key(self, answers: dict[str, str]) -> None:
        self._begin()
        self.bundles.ask(WORDS, key=answers["key"], called=answers["name"])

    def _ask_passphrase(self, errand: Errand) -> None:
        asks = (("passphrase", "passphrase", FieldKind.SECRET),)
        refused = errand if errand.asked.get("passphrase") else None
        self._open_form(_Asked("open_key", asks, lambda answers: self._go_on(errand, answers), refused))

    def _go_on(self, errand: Errand, answers: dict[str, str]) -> None:
        self._close_form()
        self.bundles.again(errand, **answers)

    def _open_form(self, asked: _Asked) -> None:
        self._put_form(asked, {}).start()

    def _put_form(self, asked: _Asked, typed: Mapping[str, str]) -> AskForm:
        self._close_form()
        fields = [
            FormField(name, self.say(f"panels.exchange.{label}"), kind, value=typed.get(name, ""))
            for name, label, kind in asked.asks
        ]
        form = AskForm(self.say(f"panels.exchange.{asked.title}"), fields, self.desk.phrases)
        if asked.refused is not None:
            form.show_refusal(self.say(asked.refused.says, **asked.refused.values))
        form.submitted.connect(asked.then)
        form.cancelled.connect(self._close_form)
        self._column.insertWidget(self._form_at, form)
        self._asked, self.form = asked, form
        return form

    def _say_form(self) -> None:
        """The form that stands there, in the language of now, with what was typed into it."""
        if self.form is not None and self._asked is not None:
            held = self.form.isAncestorOf(self.window().focusWidget() or self)
            form = self._put_form(self._asked, self.form.values())
            if held:
                form.start()

    def _close_form(self) -> None:
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = self._asked = None

    def _trusted(self, key: str, name: str) -> None:
        self.trust.hide()
        self.bundles.ask("trust", key=key, name=name)

    def _declined(self) -> None:
        self._waits = None
        self.trust.hide()
        self.outcome.setText(self.say("panels.exchange.declined"))
        self.outcome.show()

    def take_draft(self) -> Draft | None:
        self._close_form()
        return None

    def _copy_key(self) -> None:
        if self.known is not None:
            QGuiApplication.clipboard().setText(self.known.mine)
            self.copy_key.setText(self.say("widgets.frame.copied"))
            self._copied.start()

    def _name_copy(self) -> None:
        self.copy_key.setText(self.say("panels.exchange.copy_key"))

    # words

    def counts(self) -> str:
        count = len(self.known.contacts) if self.known is not None else 0
        return self.say("panels.exchange.rows", count=count) if count else ""

    def retranslate(self) -> None:
        say = self.say
        for part, key in (
            (self.intro, "intro"),
            (self.take, "take"),
            (self.add, "add_dots"),
            (self.cancel, "cancel"),
            (self.key_title, "key"),
            (self.new_key, "new_key"),
            (self.copy_key, "copy_key"),
            (self.others_title, "others"),
            (self.nobody, "nobody"),
        ):
            part.setText(say(f"panels.exchange.{key}"))
        self.table.setAccessibleName(say("panels.exchange.others"))
        self.table.rows.name([say(f"panels.exchange.column.{name}") for name in _HEADINGS])
        self.trust.retranslate()
        self.outcome.hide()
        self._say_form()
        self.make.setText(say("panels.exchange.make"))
        self._word()


def _entry(line: ContactLine) -> Entry:
    return Entry(line.key, (Said(line.name, line.trust), Said(line.made), Said(line.receipt), Said(line.taken)))


def _beside(*parts: QWidget) -> QWidget:
    row = QWidget()
    flow = Flow(row, gap=8)
    for part in parts:
        flow.addWidget(part)
    return row


def _in_rows(words: tuple[str, ...] | list[str]) -> str:
    """Words as they are read aloud, five a line."""
    return "\n".join("  ".join(words[start : start + 5]) for start in range(0, len(words), 5))


def _read_known(read: Read) -> Known:
    return read.exchange()
