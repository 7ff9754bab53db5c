"""A bare CouchDB becomes a city's centre, and one that is a centre already is left as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer, ConsoleError, Denied, Refused
from console.store.files import Profile, load_phrases, resource
from sync.chosen import pack_of
from sync.hub_server import Server
from sync.hub_terminal import RULES, hub_prepare
from sync.provision import DESIGN, area_role, city_role, databases, kecamatan_of
from tests.cities import small_pack
from tests.sync.fake_couch import ADMIN, PASSWORD, FakeCouch
from tests.sync.talk_server import Said, TalkServer

PHRASES = load_phrases()


@pytest.fixture
def couch() -> FakeCouch:
    return FakeCouch()


@pytest.fixture
def server(couch: FakeCouch) -> Iterator[TalkServer]:
    server = TalkServer(couch.answer)
    yield server
    server.close()


def prepared(server: TalkServer, folder: Path, secret: str = PASSWORD) -> list[str]:
    said: list[str] = []
    assert hub_prepare(folder, Server(server.url, ADMIN), lambda: secret, PHRASES, said.append) == 0
    return said


def test_a_bare_server_becomes_a_centre(couch: FakeCouch, server: TalkServer, tmp_path: Path) -> None:
    said = prepared(server, tmp_path)
    pack = pack_of(Profile(tmp_path))
    wanted = databases(pack)
    assert set(couch.databases) == {"_users", "_replicator", *wanted}
    for name, roles in wanted.items():
        assert couch.security[name]["members"]["roles"] == sorted(roles)
        assert couch.security[name]["admins"]["roles"] == ["_admin"]
        assert "function (newDoc, oldDoc, userCtx, secObj)" in couch.databases[name][DESIGN]["validate_doc_update"]
    assert "3.4.3" in said[0]
    assert str(len(couch.writes)) in said[-1]


def test_the_second_time_nothing_is_changed(couch: FakeCouch, server: TalkServer, tmp_path: Path) -> None:
    prepared(server, tmp_path)
    couch.writes.clear()
    said = prepared(server, tmp_path)
    assert couch.writes == []
    assert " 0 hal diubah" in said[-1]


def test_only_what_differs_is_changed(couch: FakeCouch, server: TalkServer, tmp_path: Path) -> None:
    prepared(server, tmp_path)
    couch.writes.clear()
    name = sorted(databases(pack_of(Profile(tmp_path))))[3]
    couch.databases[name][DESIGN]["validate_doc_update"] = "function () {}"
    couch.security[name] = {"members": {"roles": []}, "cloudant": {"x": 1}}
    prepared(server, tmp_path)
    assert couch.writes == [f"/{name}/_security", f"/{name}/{DESIGN}"]
    assert couch.security[name]["cloudant"] == {"x": 1}


def test_a_post_of_one_kecamatan_sees_its_own(tmp_path: Path) -> None:
    pack = small_pack()
    first, *others = kecamatan_of(pack)
    seen = {name for name, roles in databases(pack).items() if area_role(pack.id, first) in roles}
    assert len(seen) == 3
    assert all(city_role(pack.id) in roles for roles in databases(pack).values())
    assert not any(code.replace(".", "-") in name for name in seen for code in others)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"version": "1.7.2"}, Refused, "sync.prepare.old"),
        ({"roles": ["kendali-x"]}, Denied, "sync.prepare.no_admin"),
        ({"nodes": (2, 3)}, Refused, "sync.prepare.nodes_missing"),
        ({"party": True}, Refused, "sync.prepare.open"),
    ],
)
def test_what_is_no_centre_is_said(
    server: TalkServer, tmp_path: Path, change: dict[str, Any], kind: type[ConsoleError], says: str
) -> None:
    couch: FakeCouch = server.answering.__self__  # type: ignore[attr-defined]
    for name, value in change.items():
        setattr(couch, name, value)
    with pytest.raises(kind) as caught:
        prepared(server, tmp_path)
    assert caught.value.says == says
    assert PHRASES.tell(caught.value)


def test_a_wrong_secret_changes_nothing(couch: FakeCouch, server: TalkServer, tmp_path: Path) -> None:
    with pytest.raises(Denied):
        prepared(server, tmp_path, "salah")
    assert couch.writes == []


def test_what_is_no_couchdb_is_said(tmp_path: Path) -> None:
    server = TalkServer(lambda heard: Said({"hello": "world"}, headers={"Set-Cookie": "AuthSession=x"}))
    with pytest.raises(BadAnswer):
        prepared(server, tmp_path)
    server.close()


def test_a_write_the_server_refuses_ends_it(couch: FakeCouch, server: TalkServer, tmp_path: Path) -> None:
    whole = couch.answer
    server.answering = lambda heard: (
        Said({"error": "file_exists", "reason": "no"}, 400) if heard.path.endswith("_security") else whole(heard)
    )
    with pytest.raises((Refused, BadAnswer)):
        prepared(server, tmp_path)


def test_the_rules_begin_with_their_function() -> None:
    """Servers put something before it; a comment there would swallow it."""
    assert resource(RULES).startswith(b"function (")


NODE = shutil.which("node")
JUDGE = """
const rules = eval("(" + require("fs").readFileSync(0, "utf8").split("\\n//CASES\\n")[0] + ")");
const cases = JSON.parse(process.argv[1]);
const said = cases.map(([doc, old, user]) => {
  try { rules(doc, old, user, {}); return ""; } catch (no) { return no.forbidden || "BUG " + no; }
});
console.log(JSON.stringify(said));
"""
OURS = {"name": "posko", "roles": ["kendali-x"]}
DEED = {"_id": "deed:1", "type": "deed", "complaint": "o:1", "deed": "note", "at": "2026-03-01T00:00:00Z"}
CASE = {"_id": "case:o:1", "_rev": "2-b", "type": "case", "complaint": "o:1", "state": 3}


def judged(*cases: tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]) -> list[str]:
    rules = resource(RULES).decode("utf-8").strip()
    done = subprocess.run(
        [str(NODE), "-e", JUDGE, json.dumps(cases)], input=rules, capture_output=True, text=True, timeout=30, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(NODE is None, reason="no JavaScript engine on this machine")
def test_the_rules_take_what_consoles_write() -> None:
    hub = {"name": "kecamatan", "roles": ["kendali-hub"]}
    assert (
        judged(
            (DEED, None, OURS),
            ({**DEED, "_revisions": {"start": 1, "ids": ["a"]}}, None, OURS),
            (CASE, {**CASE, "state": 1}, OURS),
            ({"_id": "case:o:1", "_deleted": True}, CASE, OURS),
            ({"_id": "complaint:c1", "type": "complaint", "id": "x:c1", "at": "2026-03-01T00:00:00Z"}, None, OURS),
            ({"_id": "canary:c1", "n": 1}, None, OURS),
            ({**DEED, "author": "posko"}, None, OURS),
            ({**DEED, "author": "posko"}, None, hub),
            ({"_id": "_design/kendali"}, None, {"name": "kepala", "roles": ["_admin"]}),
        )
        == [""] * 9
    )


@pytest.mark.skipif(NODE is None, reason="no JavaScript engine on this machine")
def test_the_rules_keep_histories_and_names() -> None:
    said = judged(
        ({**DEED, "_deleted": True}, None, OURS),
        ({**DEED, "text": "lain"}, DEED, OURS),
        ({**DEED, "_revisions": {"start": 2, "ids": ["b", "a"]}}, None, OURS),
        ({**DEED, "_rev": "2-b"}, None, OURS),
        ({name: value for name, value in DEED.items() if name != "complaint"}, None, OURS),
        ({**DEED, "at": 5}, None, OURS),
        ({**CASE, "complaint": "o:2"}, None, OURS),
        ({**CASE, "state": "3"}, None, OURS),
        ({**DEED, "author": "orang lain"}, None, OURS),
        (DEED, None, {"name": None, "roles": []}),
        ({"_id": "_design/lain"}, None, OURS),
    )
    assert all(said)
    assert not [each for each in said if each.startswith("BUG")]
