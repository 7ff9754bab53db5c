"""The centre on top of the sources: how we stand with it, what the exchange costs, what it asks, and signing in."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from console.core.people import Right
from console.core.records import HubState
from console.models.desk import Desk
from console.models.hub import (
    clocks,
    first_sync,
    host,
    note_words,
    size,
    standing,
    state_word,
    untaken_words,
    wants_sign_in,
)
from console.panels import standing as told
from console.panels.hub_question import Question
from console.panels.row_head import row_head
from widgets import marks, theme
from widgets.age_bar import AgeBar
from widgets.form import AskForm, FieldKind, FormField
from widgets.glyphs import SourceMark
from widgets.plain import Elided, Label
from widgets.theme import Role


class HubRow(QWidget):
    """One centre. Hidden while nothing is known of one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.hub: HubState | None = None
        self.mark, self.name, self.state = SourceMark(), Elided("", Role.STRONG), Label("")
        self.sign_in, self.again = QPushButton(), QPushButton()
        self.why = Label("", wrap=True)
        self.clocks = Label("", wrap=True)
        self.untaken, self.notes = Label("", wrap=True), Label("", Role.SECOND, wrap=True)
        self.progress_words, self.progress = Label("", Role.SECOND), QProgressBar()
        self.progress.setTextVisible(False)
        self.times, self.bytes = Label("", Role.SECOND, wrap=True), Label("", Role.SECOND, wrap=True)
        self.budget = AgeBar()
        self.questions: dict[str, Question] = {}
        """By their place."""
        self.form: AskForm | None = None
        self.asked = Label("", Role.SECOND, wrap=True)
        """What was asked of the engine and is on its way."""
        self.sign_in.clicked.connect(self.open_form)
        self.again.clicked.connect(lambda: desk.try_now(""))
        desk.people.changed.connect(self._follow_person)
        self._lay_out()

    def _lay_out(self) -> None:
        spent = QHBoxLayout()
        spent.setSpacing(16)
        spent.addWidget(self.bytes, 1)
        spent.addWidget(self.budget, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 10, 16, 12)
        self._column.setSpacing(4)
        self._column.addLayout(row_head(self.mark, self.name, self.state, self.sign_in, self.again))
        for part in (self.why, self.clocks, self.untaken, self.notes, self.progress_words, self.progress, self.times):
            self._column.addWidget(part)
        self._column.addLayout(spent)
        self._questions = QVBoxLayout()
        self._questions.setSpacing(8)
        self._column.addLayout(self._questions)
        self._column.addWidget(self.asked)
        self.asked.hide()

    # showing

    def show_hub(self, hub: HubState | None) -> None:
        """Show how it stands now; None hides the row."""
        if hub != self.hub:
            self.asked.hide()  # what was asked has had its answer
        self.hub = hub
        self.setVisible(hub is not None)
        if hub is None:
            return
        say, phrases = self._desk.phrases.say, self._desk.phrases
        self.name.set_text(say("panels.hub.name", host=host(hub)) if hub.url else say("panels.hub.title"))
        why = say(hub.trouble, **hub.values) if hub.trouble else "" if hub.url else say("panels.hub.none_hint")
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self._show_happened(hub)
        first = first_sync(hub)
        self.progress_words.setText(say("panels.hub.first", done=hub.places_done, count=hub.places))
        self.progress.setRange(0, max(1, hub.places))
        self.progress.setValue(hub.places_done)
        self.progress.setAccessibleName(self.progress_words.text())
        good, following = told.moment(self._desk, hub.last_good_at), told.moment(self._desk, hub.next_at)
        listens = hub.next_at is None and not hub.trouble and hub.last_good_at is not None
        key = "panels.hub.listens" if listens else "panels.sources.times"
        self.times.setText(say(key, good=good, next=following))
        spent = size(hub.bytes_hour, phrases)
        limit = size(hub.bytes_limit, phrases)
        key = "panels.hub.bytes_of" if hub.bytes_limit else "panels.hub.bytes"
        self.bytes.setText(say(key, spent=spent, limit=limit))
        self.budget.show_part(hub.bytes_hour / hub.bytes_limit if hub.bytes_limit else None, self.bytes.text())
        for part, shown in (
            (self.progress_words, first),
            (self.progress, first),
            (self.times, bool(hub.url)),
            (self.bytes, bool(hub.url)),
            (self.budget, bool(hub.bytes_limit)),
            (self.sign_in, bool(hub.url) and self._may),
            (self.again, bool(hub.url)),
        ):
            part.setVisible(shown)
        self._name_buttons(hub)
        self._show_questions(hub)
        self.tell_age()

    def _show_happened(self, hub: HubState) -> None:
        """What people should know of and need not answer, the newest first."""
        desk, pack, phrases = self._desk, self._desk.pack, self._desk.phrases
        now = desk.clock.now()
        notes = [
            f"{phrases.moment(each.at, pack.zone, pack.zone_label, now)} · {note_words(each, pack, phrases)}"
            for each in hub.notes
        ]
        for part, words in (
            (self.clocks, clocks(hub, phrases)),
            (self.untaken, "\n".join(untaken_words(hub, pack, phrases))),
            (self.notes, "\n".join(notes)),
        ):
            part.setText(words)
            part.setVisible(bool(words))

    def _name_buttons(self, hub: HubState) -> None:
        say = self._desk.phrases.say
        self.sign_in.setText(say("panels.hub.sign_in"))
        self.sign_in.setProperty("role", "first" if wants_sign_in(hub) else "")
        self.sign_in.style().polish(self.sign_in)
        self.again.setText(say("panels.sources.again"))
        self.again.setAccessibleName(say("panels.sources.again_name", title=self.name.text))

    def tell_age(self) -> None:
        """How it stands by now; told again every second."""
        if self.hub is None:
            return
        now, cut = self._desk.clock.now(), bool(self._desk.settings["sync.cut"])
        self.mark.show_state(standing(self.hub, now, cut))
        self.state.setText(state_word(self.hub, now, cut, self._desk.phrases))
        self.update()

    def _show_questions(self, hub: HubState) -> None:
        asked = {each.place: each for each in hub.questions}
        for gone in self.questions.keys() - asked.keys():
            question = self.questions.pop(gone)
            self._questions.removeWidget(question)
            question.hide()
            question.deleteLater()
        for place, each in asked.items():
            if place not in self.questions:
                self.questions[place] = Question(place)
                self.questions[place].chosen.connect(self._choose)
                self._questions.addWidget(self.questions[place])
            self.questions[place].show_question(each, self._desk)

    def retranslate(self) -> None:
        """Say everything again. An open form is said anew too; a secret typed into it is not carried over."""
        self.show_hub(self.hub)
        if self.form is not None:
            self.open_form()

    # asking

    @property
    def _may(self) -> bool:
        """Whether whoever is here may say who this console is at the centre."""
        return self._desk.people.may(Right.EXCHANGE, Right.SETTINGS)

    def _follow_person(self) -> None:
        """Nobody finds a secret that another has typed, nor a choice that is not theirs."""
        if not self._may:
            self.close_form()
        self.show_hub(self.hub)

    def _choose(self, choice: str, place: str) -> None:
        self._hand("hub", {"choice": choice, "place": place}, "panels.hub.chosen")

    def open_form(self) -> None:
        """Ask for name and secret, below the row."""
        user = self.form.value("user") if self.form is not None else ""
        self.close_form()
        say = self._desk.phrases.say
        fields = [
            FormField("user", say("panels.hub.user"), value=user),
            FormField("secret", say("panels.hub.secret"), FieldKind.SECRET),
        ]
        title = say("panels.hub.sign_in_title", host=host(self.hub) if self.hub is not None else "")
        self.form = AskForm(title, fields, self._desk.phrases, ok=say("panels.hub.sign_in"))
        self.form.submitted.connect(self._sign_in)
        self.form.cancelled.connect(self.close_form)
        self._column.addWidget(self.form)
        self.form.start()

    def close_form(self) -> None:
        """Put the form away, with what was typed."""
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
            self.sign_in.setFocus()

    def _sign_in(self, answers: dict[str, str]) -> None:
        if self._hand("sign_in", dict(answers), "panels.hub.signing_in"):
            self.close_form()
        elif self.form is not None:
            self.form.show_refusal(self._desk.phrases.say("panels.hub.no_engine"))

    def _hand(self, note: str, values: dict[str, object], done: str) -> bool:
        """Hand a note to the engine and say so; nothing is kept where none listens."""
        taken = self._desk.tell(note, values)
        self.asked.setText(self._desk.phrases.say(done if taken else "panels.hub.no_engine"))
        self.asked.show()
        return taken

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            if self.mark.state in marks.HATCHED:
                painter.fillRect(0, 0, tokens.unit, self.height() - 1, marks.hatch(tokens))
            painter.setPen(theme.pen(tokens.edge))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
