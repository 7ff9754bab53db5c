"""A centre that was set back to an older copy of itself: given back what it lost, and said on every window."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from console.core.records import Changes, Kind
from console.core.settings import Settings, declared
from console.models.desk import Desk
from console.shell.hub_notice import HubNotice
from console.shell.notices import Notices
from console.store.files import resource
from console.store.read import Read
from tests.sync.centres import Centre, later_than_a_copy, settled
from tests.sync.posts import Post, recorded
from tests.town import phrases


def test_from_the_first_exchange_to_the_notice(tmp_path: Path, ending: ExitStack, qtbot: QtBot) -> None:
    centre, one = Centre(tmp_path / "centre", ending), Post(tmp_path / "one")
    ending.callback(one.close)
    hub = one.begin(centre.proxy.url)
    recorded(one, "Awal")
    settled(one)
    late = later_than_a_copy(centre, one, tmp_path / "copy")
    desk = Desk.open(
        lambda: Read.open(one.profile),
        do=lambda _: "",
        clock=one.clock,
        pack=one.pack,
        phrases=phrases(),
        settings=Settings(declared(resource("settings.toml"))),
    )
    ending.callback(desk.close)
    parent = QObject()
    notices, opened = Notices(parent), list[str]()
    HubNotice(desk, notices, lambda: opened.append("sources"), parent)
    assert notices.all() == []
    centre.stop()
    centre.set_back(tmp_path / "copy")
    centre.start()
    hub.now()
    one.waiting.until(lambda: all(centre.post.store.read.complaint(name) for name in late))

    def told() -> list[str]:
        desk.news.changed.emit(Changes(frozenset({Kind.HUB})))
        return [each.told(desk.phrases) for each in notices.all()]

    qtbot.waitUntil(lambda: bool(told()), timeout=30_000)
    [said] = told()
    assert "pusat kembali ke salinan yang lebih lama" in said
    assert "—" not in said
    [notice] = notices.all()
    assert notice.do is not None
    notice.do()
    assert opened == ["sources"]
    assert '"what":"engine.hub_restored"' in one.log.path.read_text("utf-8")
    notices.drop(notice.id)
    assert told() == [], "closed, it does not come again"
    # what was told outlives the engine
    one.end_hub()
    one.begin(centre.proxy.url)
    settled(one)
    assert [each.says for each in one.state().notes] == ["sync.happened.restored"]
