"""Thirty complaints vanish at once, at the centre or here: asked on the screen by name, and done as clicked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from console.core.places import complaints_place
from console.core.records import Changes, Kind
from console.core.settings import Settings, declared
from console.models.desk import Desk
from console.panels.sources import SourceList
from console.store.edits import Edit
from console.store.files import resource
from console.store.read import Read
from tests.cities import ONE
from tests.sync.posts import Post, recorded, serving
from tests.town import phrases

COUNT = 30


@pytest.fixture
def posts(tmp_path: Path, ending: ExitStack) -> tuple[Post, Post]:
    """A centre, and a console that exchanged thirty complaints with it."""
    centre, one = Post(tmp_path / "centre"), Post(tmp_path / "one")
    for post in (centre, one):
        ending.callback(post.close)
    for number in range(COUNT):
        recorded(one, f"Lampu padam nomor {number}")
    hub = one.begin(ending.enter_context(serving(centre)))
    one.waiting.until(lambda: hub.settled() and not one.waits())
    return centre, one


def deletes(post: Post) -> None:
    """Every complaint recorded there is deleted, by somebody who asked nobody."""
    place = complaints_place(post.pack.id, ONE)
    shelf = post.shelf()
    docs = [doc for doc in post.leaves() if doc.startswith("complaint:")]
    edits = [Edit(doc, {}, shelf.leaves(place, doc)[0].rev, True) for doc in docs]
    shelf.close()
    assert len(edits) == COUNT
    post.keeper.write(lambda store, _: store.replica.edit_all(place, edits)).result(20)


def live(post: Post) -> int:
    """Complaints whose documents live there."""
    shelf = post.shelf()
    try:
        place = complaints_place(post.pack.id, ONE)
        rows = shelf.changes(place, 0, 10_000).rows
        return sum(not row.deleted for row in rows if row.doc.startswith("complaint:"))
    finally:
        shelf.close()


@pytest.fixture
def panel(posts: tuple[Post, Post], qtbot: QtBot) -> Iterator[SourceList]:
    """The panel of the sources on the console's own store; what is clicked goes to its hub."""
    _, one = posts

    def tell(note: str, values: Mapping[str, Any]) -> bool:
        assert note == "hub"
        assert one.hub is not None
        one.hub.choose(str(values["choice"]), str(values["place"]))
        return True

    desk = Desk.open(
        lambda: Read.open(one.profile),
        do=lambda _: "",
        clock=one.clock,
        pack=one.pack,
        phrases=phrases(),
        settings=Settings(declared(resource("settings.toml"))),
        tell=tell,
    )
    made = SourceList(desk)
    made.resize(900, 700)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    desk.close()


def seen(panel: SourceList) -> SourceList:
    """The panel, once it has heard that there is news of the centre."""
    panel.desk.news.changed.emit(Changes(frozenset({Kind.HUB})))
    return panel


@pytest.mark.parametrize(
    "case",
    [
        ("there", "Pertahankan milik kita", COUNT),
        ("there", "Biarkan terhapus di sini", 0),
        ("here", "Kirim penghapusan", 0),
        ("here", "Batalkan penghapusan", COUNT),
    ],
)
def test_thirty_deletions_are_asked_about_by_name_and_done_as_clicked(
    posts: tuple[Post, Post], panel: SourceList, qtbot: QtBot, case: tuple[str, str, int]
) -> None:
    (centre, one), (where, words, left) = posts, case
    deletes(centre if where == "there" else one)
    row = panel.hub
    qtbot.waitUntil(lambda: bool(seen(panel).hub.questions), timeout=30_000)
    [question] = row.questions.values()
    assert f"{COUNT} " in question.words.text()
    assert "Pengaduan Sukamaju" in question.words.text()
    question.whole.click()
    shown = question.list.text().splitlines()
    assert sorted(shown) == sorted(f"· Lampu padam nomor {number}" for number in range(COUNT))
    assert live(one) == (COUNT if where == "there" else 0)
    assert live(centre) == (0 if where == "there" else COUNT)
    [button] = [each for each in question.buttons.values() if each.text() == words]
    button.click()
    qtbot.waitUntil(lambda: live(one) == live(centre) == left, timeout=30_000)
    qtbot.waitUntil(lambda: not seen(panel).hub.questions, timeout=30_000)
    one.waiting.until(lambda: not one.waits())
