"""Who may work here: everybody known, their roles, and what whoever governs them can do about it.

The engine does what is asked, and refuses it in words, which are said in the form. A secret stands in the form alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console.core.errors import Refused
from console.core.people import LEAST_SECRET, MOST_SECRET, Person, Right, Role
from console.core.people_notes import PersonAnswer, PersonOutcome, Wish
from console.core.records import Kind
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.models.people import Stand
from console.panels.flow import Flow
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.store.disk_guard import Guard
from console.store.read import Read
from widgets.form import AskForm, FieldKind, FormField
from widgets.plain import Label
from widgets.roll import Roll
from widgets.row_table import Cell

_COLUMNS = (ItemColumn(Cell.TWO_LINES), ItemColumn(Cell.SECOND, 130), ItemColumn(Cell.SECOND, 220, 1))
_HEADINGS = ("name", "role", "since")
_ON_ONE = (Wish.CHANGE, Wish.SECRET, Wish.END)


@dataclass(frozen=True, slots=True)
class _Form:
    """What is asked for: the wish, and the person it is about (None for a new one)."""

    wish: Wish
    person: Person | None


class PeopleList(Panel):
    """Everybody who can sign in, or could."""

    face = PanelFace("people", "panels.people.title", "person", frozenset({Kind.PERSON}))

    def build(self, desk: Desk) -> None:
        self.people: Sequence[Person] | None = None
        self.guard = Guard.UNKNOWN
        self.form: AskForm | None = None
        self._asked: _Form | None = None
        self._told = ("", "")
        """Phrase key of what was done last, and to whom."""
        self._make_parts()
        self._query = self.live(lambda: _read_people, self._take)
        self.table.chosen.connect(lambda _id: self._draw_choice())
        self.table.opened.connect(lambda _id: self.open_form(Wish.CHANGE))
        self.frame.action_asked.connect(lambda: self.wants.emit("do", "first"))
        desk.people.changed.connect(self._draw)
        desk.people.changed.connect(self._word)
        self.setFocusProxy(self.table)

    def _make_parts(self) -> None:
        self.add = QPushButton()
        self.add.setProperty("role", "first")
        self.buttons = {wish: QPushButton() for wish in _ON_ONE}
        self.outcome = Label("", wrap=True)
        self.outcome.hide()
        self.disk = Label("", wrap=True)
        self.disk.hide()
        self.table = ItemTable(_COLUMNS)
        self.add.clicked.connect(lambda: self.open_form(Wish.ADD))
        row = QWidget()
        beside = Flow(row, gap=8)
        for button in (self.add, *self.buttons.values()):
            beside.addWidget(button)
        for wish, button in self.buttons.items():
            button.clicked.connect(lambda _=False, wish=wish: self.open_form(wish))
        paper = QWidget()
        self._column = QVBoxLayout(paper)
        self._column.setContentsMargins(16, 12, 16, 16)
        self._column.setSpacing(8)
        self._column.addWidget(row)
        self._column.addWidget(self.outcome)
        self._column.addWidget(self.disk)
        self._form_at = self._column.count()
        self._column.addWidget(self.table)
        self._column.addStretch(1)
        self.roll = Roll(paper)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.roll)

    # showing

    def _take(self, found: tuple[Sequence[Person], Guard]) -> None:
        self.people, self.guard = found
        self._word()

    def _word(self) -> None:
        """Say everything as it stands now, to who may know it."""
        people = self.people
        if people is None:
            return
        governs = self.desk.people.may(Right.PEOPLE)
        if not people and self.desk.people.stand in (Stand.DEMO, Stand.FIRST):
            say = self.say
            self.show_empty(
                say("panels.people.nobody"), say("panels.people.nobody_hint"), say("panels.people.nobody_action")
            )
            return
        if not governs:
            self.close_form()
            self.table.rows.show([])
            self.show_empty(self.say("panels.people.only_admin"), self.say("panels.people.only_admin_hint"))
            return
        self.disk.setText(self.say("panels.people.disk_plain"))
        self.disk.setVisible(self.guard is Guard.PLAIN)
        self.table.rows.show([self._entry(each) for each in people])
        self.table.setFixedHeight(self.table.needed(len(people)))
        self._draw_choice()
        self.show_ready()

    def _entry(self, person: Person) -> Entry:
        who = self.desk.people.who
        you = self.say("panels.people.you") if who is not None and who.id == person.id else ""
        login = " · ".join(each for each in (person.login, you) if each)
        return Entry(person.id, (Said(person.name, login), Said(self.role(person.role)), Said(self._stands(person))))

    def role(self, role: Role) -> str:
        """A role in words."""
        return self.say(f"people.role.{role}")

    def _stands(self, person: Person) -> str:
        desk = self.desk

        def moment(at: object) -> str:
            return desk.phrases.moment(at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())  # type: ignore[arg-type]

        if person.ended_at is not None:
            return self.say("panels.people.ended", at=moment(person.ended_at))
        if person.clash:
            return self.say(f"people.clash_{person.clash}")
        if person.secret_at is None:
            return self.say("core.unknown")
        return self.say("panels.people.since", at=moment(person.secret_at))

    @property
    def current(self) -> Person | None:
        """The person of the chosen row."""
        return next((each for each in self.people or () if each.id == self.table.current_key), None)

    def _draw_choice(self) -> None:
        person = self.current
        who = self.desk.people.who
        own = person is not None and who is not None and who.id == person.id
        for wish, button in self.buttons.items():
            # One's own secret is changed with the old one, from the menu: whoever finds this list open has it not.
            button.setEnabled(person is not None and person.ended_at is None and not (own and wish is Wish.SECRET))
        self.foot()

    def counts(self) -> str:
        if not self.people or not self.desk.people.may(Right.PEOPLE):
            return ""
        ended = sum(each.ended_at is not None for each in self.people)
        told = [self.say("panels.people.rows", count=len(self.people) - ended)]
        return " · ".join([*told, *([self.say("panels.people.ended_rows", count=ended)] if ended else [])])

    # asking

    def open_form(self, wish: Wish) -> None:
        """Ask what that wish needs, for the chosen person or a new one."""
        person = None if wish is Wish.ADD else self.current
        why = self.desk.people.why_not(Right.PEOPLE)
        if why is not None or (wish is not Wish.ADD and (person is None or person.ended_at is not None)):
            return
        self.outcome.hide()
        self._put(_Form(wish, person), {}).start()

    def _put(self, asked: _Form, typed: dict[str, str]) -> AskForm:
        self.close_form()
        wish, person, say = asked.wish, asked.person, self.say
        name, login = (person.name, person.login) if person is not None else ("", "")
        says = say(f"panels.people.form.{wish}_says", least=LEAST_SECRET, most=MOST_SECRET)
        title = say(f"panels.people.form.{wish}", name=name)
        roles = [(role.value, self.role(role)) for role in Role]
        fields = {
            "login": FormField(
                "login", say("shell.people.field.login"), value=login, hint=say("shell.people.hint.login")
            ),
            "name": FormField("name", say("shell.people.field.name"), value=name, hint=say("shell.people.hint.name")),
            "role": FormField(
                "role",
                say("shell.people.field.role"),
                FieldKind.CHOICE,
                choices=roles,
                value=person.role.value if person is not None else "",
            ),
            "secret": FormField("secret", say("shell.people.field.new"), FieldKind.SECRET),
            "again": FormField("again", say("shell.people.field.again"), FieldKind.SECRET),
            "confirm": FormField("confirm", say("panels.people.form.end_confirm", login=login)),
        }
        wanted = {
            Wish.ADD: ("login", "name", "role", "secret", "again"),
            Wish.CHANGE: ("login", "name", "role"),
            Wish.SECRET: ("secret", "again"),
            Wish.END: ("confirm",),
        }[wish]
        form = AskForm(
            title,
            [replace(fields[each], value=typed.get(each, fields[each].value)) for each in wanted],
            self.desk.phrases,
            says=says,
        )
        form.submitted.connect(self._send)
        form.cancelled.connect(self.close_form)
        self._column.insertWidget(self._form_at, form)
        self._asked, self.form = asked, form
        return form

    def _send(self, answers: dict[str, str]) -> None:
        form, asked = self.form, self._asked
        if form is None or asked is None:
            return
        person = asked.person
        if "again" in answers and answers.pop("again") != answers["secret"]:
            form.show_refusal(self.say("shell.people.secrets_differ"))
            return
        if person is not None and "confirm" in answers and answers.pop("confirm").casefold() != person.login.casefold():
            form.show_refusal(self.say("panels.people.form.end_differs"))
            return
        if person is not None:
            same = {"login": person.login, "name": person.name, "role": person.role.value}
            answers = {name: value for name, value in answers.items() if same.get(name) != value}
            if asked.wish is Wish.CHANGE and not answers:
                self.close_form()
                return
            answers["person"] = person.id
        form.show_busy(self.say("panels.people.under_way"))
        name = answers.get("name") or (person.name if person is not None else "")
        self.desk.people.ask(asked.wish, self._answered(form, asked.wish, name), **answers)

    def _answered(self, form: AskForm, wish: Wish, name: str) -> Callable[[PersonAnswer], None]:
        """Hears the answer, which is told in its form while that stands there."""

        def then(answer: PersonAnswer) -> None:
            there = self.form is form
            if answer.outcome is PersonOutcome.TAKEN:
                if there:
                    self.close_form()
                self._told = (f"panels.people.done_{wish}", name)
                self._draw_told()
                self._query.again()
            elif there:
                form.show_busy("")
                form.show_refusal(self.desk.phrases.tell(Refused(answer.says, **answer.values)))

        return then

    def _draw_told(self) -> None:
        key, name = self._told
        self.outcome.setText(self.say(key, name=name) if key else "")
        self.outcome.setVisible(bool(key))

    def close_form(self) -> None:
        """Put the form away, with what was typed."""
        if self.form is not None:
            held = self.form.isAncestorOf(self.window().focusWidget() or self.window())
            self._column.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = self._asked = None
            if held:
                self.table.setFocus()

    def take_draft(self) -> Draft | None:
        self.close_form()
        self._told = ("", "")
        self._draw_told()
        return None

    # words

    def retranslate(self) -> None:
        self.add.setText(self.say("panels.people.add"))
        for wish, button in self.buttons.items():
            button.setText(self.say(f"panels.people.{wish}"))
        self.table.setAccessibleName(self.say("panels.people.list"))
        self.table.rows.name([self.say(f"panels.people.column.{name}") for name in _HEADINGS])
        self._draw_told()
        if self.form is not None and self._asked is not None:
            secrets = {"secret", "again"}
            self._put(self._asked, {name: value for name, value in self.form.values().items() if name not in secrets})
        self._word()


def _read_people(read: Read) -> tuple[Sequence[Person], Guard]:
    return tuple(read.people()), read.guard()
