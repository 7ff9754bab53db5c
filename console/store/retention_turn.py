"""One turn of retention on a store: what has run out goes, slice by slice, and a row of the ledger says what went.

Operators are let in between two slices. What is too much at once (console/core/retention.py) stays until a person says
so. Cut off anywhere it is whole: the next turn goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from console.core.records import Changes, Kind, few
from console.core.retention import DEEDS, FILES, Report
from console.store.pause import NO_PAUSE, Pause
from console.store.retention import SLICE, Due
from console.store.store import ENTERED, Store

DEED = "retention"
"""Of its rows in the ledger."""
_SHOWN = frozenset({Kind.COMPLAINT, Kind.EVENT, Kind.FILE})


def turn(
    store: Store, due: Due, *, anyway: bool = False, who: str = "", pause: Pause = NO_PAUSE
) -> tuple[Report, Changes]:
    """Erase what has run out, and also what is very much where that is wanted `anyway`. Raises `DiskTrouble`: what was
    erased until then stays erased."""
    much = () if anyway else tuple(name for name, holding in due.holdings.items() if holding.much)
    # First the files: by what deeds say of them it is known whose they are.
    files, touched = (0, set[str]()) if FILES in much else _files(store, due, pause)
    left = (*much, DEEDS) if FILES in much else much
    erased, theirs = _rows(store, due, left, pause)
    erased[FILES] = files
    touched |= theirs
    while store.forget_words():
        _let_in(pause)
    report = Report(due.at, tuple(due.holdings.values()), dict(erased), much)
    store.enter(DEED, who=who, told=report.told())
    return report, Changes(_SHOWN, few(touched), "retention") | ENTERED if touched else ENTERED


def _rows(store: Store, due: Due, much: Sequence[str], pause: Pause) -> tuple[Counter[str], set[str]]:
    fields = [name for name in due.rows if name not in much]
    numbers = sorted({number for name in fields for number in due.rows[name]})
    erased: Counter[str] = Counter()
    touched: set[str] = set()
    for start in range(0, len(numbers), SLICE):
        some = numbers[start : start + SLICE]
        for number, gone in store.expire(lambda eraser, n=some: eraser.erase(n, fields, due.at)).items():  # type: ignore[misc]
            erased.update(gone)
            touched.add(store.read.id_of(number))
        _let_in(pause)
    return erased, touched


def _files(store: Store, due: Due, pause: Pause) -> tuple[int, set[str]]:
    """Bytes go after their rows: where that is cut off, who looks after the folder takes them up again, and the next
    turn finds them."""
    if not due.blobs:
        return 0, set()
    names = store.expire(lambda eraser: eraser.blobs_over(due.blobs, due.at))
    complaints = store.expire(lambda eraser: eraser.note_files(names))
    for start in range(0, len(names), SLICE):
        some = names[start : start + SLICE]
        store.pieces_lost(some, ())
        for name in some:
            store.blobs.drop(name)
            store.blobs.give_up(name)
        _let_in(pause)
    return len(names), complaints


def _let_in(pause: Pause) -> None:
    if pause.urgent():
        pause.let_in()
