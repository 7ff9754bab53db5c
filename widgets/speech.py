"""Ties a widget's own words to the language now spoken, without keeping the widget alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import shiboken6
from PySide6.QtWidgets import QWidget

from console.core.phrases import Phrases


def follow(phrases: Phrases, widget: QWidget, say_all: Callable[[], None]) -> None:
    """Call `say_all` (a method of `widget`) now and after each change of language, until the widget is gone."""
    weak = weakref.WeakMethod(say_all)
    stop: list[Callable[[], None]] = []

    def again() -> None:
        method = weak()
        if method is None or not shiboken6.isValid(widget_of()):
            leave()
            return
        method()

    def leave(*_: object) -> None:
        while stop:
            stop.pop()()

    widget_of = weakref.ref(widget)
    stop.append(phrases.on_change(again))
    widget.destroyed.connect(leave)
    say_all()
