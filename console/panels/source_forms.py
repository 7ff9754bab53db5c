"""The forms of the list of sources: to add one, which is tried out first, and to drop one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout

from console.core.records import SourceHealth
from console.models.desk import Desk
from console.models.own_sources import OwnSources, SourceAnswer, typed_entry
from widgets.form import AskForm, FieldKind, FormField

CADENCE_S = "300"


class SourceForms:
    """At most one form stands at a time, in the column of the list."""

    def __init__(self, desk: Desk, column: QVBoxLayout, told: Callable[[str], None], home: Callable[[], None]) -> None:
        """`told` says what came of it once the form is gone; `home` gives the keyboard back."""
        self._desk = desk
        self._column = column
        self._told = told
        self._home = home
        self._asks = OwnSources(desk)
        self.form: AskForm | None = None
        self._tried: dict[str, str] = {}
        """What was typed when a trial of it went well: the same again is kept."""

    def ask(self, do: str, source: str) -> None:
        """Pause a source, or go on with it."""
        self._asks.ask(
            do, lambda answer: self._told("" if answer.done else answer.told(self._desk.phrases)), source=source
        )

    def open_add(self, kinds: Sequence[str]) -> None:
        """Ask for a new source."""
        say = self._desk.phrases.say
        choices = [(kind, f"{kind} · {say(f'panels.sources.kind.{kind}')}") for kind in kinds]
        fields = [
            FormField("kind", say("panels.sources.form.kind"), FieldKind.CHOICE, choices=choices),
            FormField("address", say("panels.sources.form.address"), hint="https://…"),
            FormField("id", say("panels.sources.form.id"), hint=say("panels.sources.form.id_hint")),
            FormField("title", say("panels.sources.form.title")),
            FormField("cadence", say("panels.sources.form.cadence"), value=CADENCE_S),
            FormField("licence", say("panels.sources.form.licence"), required=False),
            FormField(
                "options",
                say("panels.sources.form.options"),
                FieldKind.LINES,
                required=False,
                hint=say("panels.sources.form.options_hint"),
            ),
        ]
        form = self._put(
            AskForm(
                say("panels.sources.form.add"),
                fields,
                self._desk.phrases,
                say("panels.sources.form.try"),
                says=say("panels.sources.form.add_says"),
            )
        )
        form.submitted.connect(self._add)

    def open_drop(self, rows: Sequence[SourceHealth]) -> None:
        """Ask which one to drop."""
        say = self._desk.phrases.say
        choices = [(each.id, each.title) for each in rows]
        form = self._put(
            AskForm(
                say("panels.sources.form.drop"),
                [FormField("source", say("panels.sources.form.which"), FieldKind.CHOICE, choices=choices)],
                self._desk.phrases,
                says=say("panels.sources.form.drop_says"),
            )
        )
        form.submitted.connect(self._drop)

    def close(self) -> None:
        """Put the form away."""
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
            self._tried = {}
            self._home()

    def _put(self, form: AskForm) -> AskForm:
        self.close()
        self.form = form
        form.cancelled.connect(self.close)
        self._column.insertWidget(0, form)
        form.start()
        return form

    def _add(self, typed: dict[str, str]) -> None:
        form, say = self.form, self._desk.phrases.say
        if form is None:
            return
        kept = typed == self._tried
        form.show_busy(say("panels.sources.form.keeping" if kept else "panels.sources.form.trying"))

        def then(answer: SourceAnswer) -> None:
            if self.form is not form:
                return
            form.show_busy("")
            if kept and answer.done:
                self.close()
                self._told(say("panels.sources.added", title=typed["title"]))
                return
            form.show_refusal(answer.told(self._desk.phrases))
            self._tried = typed if answer.done and not kept else {}
            form.ok.setText(say("panels.sources.form.keep" if self._tried else "panels.sources.form.try"))

        self._asks.ask("add" if kept else "try", then, entry=typed_entry(typed))

    def _drop(self, typed: dict[str, str]) -> None:
        form = self.form
        if form is None:
            return

        def then(answer: SourceAnswer) -> None:
            if self.form is not form:
                return
            if answer.done:
                self.close()
                self._told(self._desk.phrases.say("panels.sources.dropped"))
            else:
                form.show_refusal(answer.told(self._desk.phrases))

        self._asks.ask("drop", then, source=typed["source"])
