"""Requests and answers of the protocol: their form, and what becomes of answers in no form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer
from console.core.replica import Named, Revised
from sync import couch
from sync.couch import Reply
from sync.strict_json import lenient

REV = "1-" + "a" * 32
DB = "kendali-contoh-complaints-99-71-01"
PROBE = Named("kendali-probe:x", "1-" + "0" * 32)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def replied(body: Any, status: int = 200) -> Reply:
    return Reply(status, body, 10, {})


def page(*rows: Any, **more: Any) -> Reply:
    return replied({"results": list(rows), "last_seq": "5-x", "pending": 0, **more})


def row(doc: str = "case:1", rev: str = REV, **more: Any) -> dict[str, Any]:
    return {"seq": "5-x", "id": doc, "changes": [{"rev": rev}], **more}


# -- what is asked ----------------------------------------------------------------------------------------------------


def test_names_are_quoted_once() -> None:
    assert couch.one("a/b", Named("complaint:x/ü y", REV)).path == "/a%2Fb/complaint%3Ax%2F%C3%BC%20y"
    assert couch.note(DB, "kendali-1").path == f"/{DB}/_local/kendali-1"


def test_the_feed_is_asked_for_all_leaves() -> None:
    call = couch.changes(DB, "7-y", 100, docs=True)
    assert call.query == {
        "style": "all_docs",
        "since": "7-y",
        "limit": "100",
        "seq_interval": "100",
        "include_docs": "true",
    }
    wait = couch.changes(DB, "7-y", 100, docs=False, wait_s=30)
    assert wait.query["feed"] == "longpoll"
    assert wait.query["timeout"] == "30000"
    assert wait.deadline_s > 30


def test_a_revision_is_sent_with_its_ancestry() -> None:
    revision = Revised("a", ("3-c", "2-b", "1-a"), {"v": 1, "_attachments": {"f": {"stub": True}}}, True)
    call = couch.bulk_docs(DB, [revision], urgent=True)
    assert call.urgent
    assert call.body == {
        "new_edits": False,
        "docs": [
            {
                "v": 1,
                "_attachments": {"f": {"stub": True}},
                "_id": "a",
                "_rev": "3-c",
                "_revisions": {"start": 3, "ids": ["c", "b", "a"]},
                "_deleted": True,
            }
        ],
    }


# -- who answers ------------------------------------------------------------------------------------------------------


def test_a_server_is_known_by_its_welcome() -> None:
    assert couch.read_server(replied({"couchdb": "Welcome", "uuid": "u", "version": "3.4.3"})) == ("u", "3.4.3")
    assert couch.read_server(replied({"express-pouchdb": "Welcome!", "uuid": "p"})).uuid == "p"


@pytest.mark.parametrize("body", [{}, {"login": "please"}, [], "ok", None, {"uuid": "x"}])
def test_a_portal_is_no_server(body: Any) -> None:
    with pytest.raises(BadAnswer):
        couch.read_server(replied(body))


def test_a_database_tells_when_it_was_made() -> None:
    body = {"db_name": DB, "instance_start_time": "1790000000", "doc_count": 5, "doc_del_count": 1}
    assert couch.read_database(replied(body)) == ("1790000000", 5, 1)
    assert couch.read_database(replied({"db_name": DB, "instance_start_time": "0"})) == ("", None, None)


def test_a_note_is_told_from_any_other_answer() -> None:
    assert couch.read_note(replied({"error": "not_found"}, 404)) is None
    assert couch.read_note(replied({"_id": "_local/x", "_rev": "0-3", "a": 1})) == ("0-3", {"a": 1})
    for body in ({}, {"_rev": "0-3"}, {"_id": "x", "_rev": "0-3"}, [], None):
        with pytest.raises(BadAnswer):
            couch.read_note(replied(body))
    assert couch.read_kept(replied({"ok": True, "id": "_local/x", "rev": "0-4"}, 201)) == "0-4"
    for body in ({}, {"ok": True}, {"ok": 1, "rev": "0-4"}, []):
        with pytest.raises(BadAnswer):
            couch.read_kept(replied(body, 201))


# -- the feed ---------------------------------------------------------------------------------------------------------


def test_a_page_of_changes() -> None:
    doc = {"_id": "case:1", "_rev": REV, "v": 1, "_conflicts": ["1-b"], "_attachments": {}}
    found = couch.read_changes(page(row() | {"doc": doc}, row("b", deleted=True)))
    first, second = found.rows
    assert (first.rev, first.body, first.deleted) == (REV, {"v": 1, "_attachments": {}}, False)
    assert second.change.deleted
    assert not second.rev
    assert (found.last, found.pending, found.count) == ("5-x", 0, 2)


@pytest.mark.parametrize(("seq", "text"), [("12-g1AA", "12-g1AA"), (12, "12"), ([7, "g1"], '[7, "g1"]'), (0, "0")])
def test_a_sequence_is_opaque(seq: Any, text: str) -> None:
    assert couch.read_changes(page(last_seq=seq)).last == text


@pytest.mark.parametrize("seq", [None, "", "x" * 20_000])
def test_no_sequence_no_page(seq: Any) -> None:
    with pytest.raises(BadAnswer):
        couch.read_changes(page(last_seq=seq))


def test_pending_may_be_missing_or_nonsense() -> None:
    for pending in (None, "7", -1, True, 1.5):
        assert couch.read_changes(page(pending=pending)).pending is None


@pytest.mark.parametrize(
    "bad", [None, 7, {}, {"id": "a"}, row(doc="") | {"id": ""}, row() | {"changes": []}, row() | {"changes": [{}]}]
)
def test_a_row_without_a_name_stops_its_page(bad: Any) -> None:
    with pytest.raises(BadAnswer) as trouble:
        couch.read_changes(page(row(), bad))
    assert "results[1]" in str(trouble.value.values["where"])


def test_a_name_that_is_none_costs_itself_alone() -> None:
    two = row() | {"changes": [{"rev": REV}, {"rev": "nonsense"}]}
    found = couch.read_changes(page(two, row("x" * 2000), row("good")))
    assert [each.change.doc for each in found.rows] == ["case:1", "good"]
    assert found.rows[0].change.leaves == (REV,)
    assert [(each.doc[:6], each.says) for each in found.misnamed] == [
        ("case:1", "store.not_taken.rev"),
        ("xxxxxx", "store.not_taken.id"),
    ]


def test_what_a_server_keeps_for_itself_is_left_out() -> None:
    found = couch.read_changes(page(row("_design/kendali")))
    assert not found.rows
    assert found.count == 1


def test_a_body_in_no_form_is_named() -> None:
    raw = b'{"results":[{"seq":1,"id":"a","changes":[{"rev":"1-a"}],"doc":{"_id":"a","_rev":"1-a","v":NaN}},'
    raw += b'{"seq":2,"id":"b","changes":[{"rev":"1-b"}],"doc":{"_id":"b","_rev":"1-b","v":1,"v":2}},'
    raw += b'{"seq":3,"id":"c","changes":[{"rev":"1-c"}],"doc":{"_id":"c","_rev":"1-c","_mine":1}},'
    raw += b'{"seq":4,"id":"d","changes":[{"rev":"1-d"}],"doc":{"_id":"d","_rev":"1-d","in":[{"x":1e999}]}}],'
    raw += b'"last_seq":4}'
    found = couch.read_changes(replied(lenient(raw).value))
    assert {named.doc: each.says for named, each in found.bad.items()} == {
        "a": "sync.refused.number",
        "b": "sync.refused.twice",
        "c": "sync.exchange.field",
        "d": "sync.refused.number",
    }
    assert all(not each.rev for each in found.rows)


def test_a_body_of_another_document_or_revision_is_not_taken() -> None:
    for doc in ({"_id": "other", "_rev": REV}, {"_id": "case:1", "_rev": "2-b"}, {"_id": "case:1"}, [], "x", None):
        assert not couch.read_changes(page(row() | {"doc": doc})).rows[0].rev


# -- bodies by name ---------------------------------------------------------------------------------------------------


def got(*docs: Any, doc: str = "a") -> Reply:
    return replied({"results": [{"id": doc, "docs": list(docs)}]})


def test_a_revision_with_its_ancestry() -> None:
    body = {"_id": "a", "_rev": "3-c", "_revisions": {"start": 3, "ids": ["c", "b", "a"]}, "v": 1}
    found = couch.read_bulk_get(got({"ok": body}), [Named("a", "3-c")])
    assert found.revisions == [Revised("a", ("3-c", "2-b", "1-a"), {"v": 1}, False)]


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"start": 3, "ids": []},
        {"start": 3, "ids": ["x", "b"]},
        {"start": 1, "ids": ["c", "b"]},
        {"start": "3", "ids": ["c"]},
        {"start": 3, "ids": ["c", 7]},
        {"start": 3, "ids": ["c", "with space"]},
    ],
)
def test_an_ancestry_that_is_none_is_asked_for_again(told: Any) -> None:
    found = couch.read_bulk_get(
        got({"ok": {"_id": "a", "_rev": "3-c", "_revisions": told}}), asked := [Named("a", "3-c")]
    )
    assert found.bare == (asked if not (isinstance(told, dict) and told.get("ids") == ["c", 7]) else found.bare)
    assert not found.revisions or found.revisions[0].path[0] == "3-c"


def test_a_first_revision_needs_no_ancestry() -> None:
    found = couch.read_bulk_get(got({"ok": {"_id": "a", "_rev": "1-a"}}), [Named("a", "1-a")])
    assert found.revisions[0].path == ("1-a",)


def test_what_is_missing_gone_or_withheld() -> None:
    asked = [Named("a", f"2-{each}") for each in "xyzw"]
    gone = {"error": {"id": "a", "rev": "2-x", "error": "not_found", "reason": "missing"}}
    held = {"error": {"id": "a", "rev": "2-y", "error": "forbidden", "reason": "no"}}
    found = couch.read_bulk_get(got(gone, held, {}), asked)
    assert found.gone == [asked[0]]
    assert [(each.rev, each.says) for each in found.bad] == [("2-y", "sync.exchange.withheld")]
    assert found.bare == asked[2:], "silence is no answer"


def test_what_was_not_asked_for_is_not_taken() -> None:
    body = {"_id": "a", "_rev": "1-a"}
    assert couch.read_bulk_get(got({"ok": body}, {"ok": body}), [Named("a", "1-a")]).revisions == [
        Revised("a", ("1-a",), {}, False)
    ]
    found = couch.read_bulk_get(got({"ok": body | {"_id": "b"}}), asked := [Named("a", "1-a")])
    assert not found.revisions
    assert found.bare == asked


def test_one_revision_alone() -> None:
    asked = Named("a", "2-b")
    body = {"_id": "a", "_rev": "2-b", "_revisions": {"start": 2, "ids": ["b", "a"]}, "_deleted": True}
    assert couch.read_one(replied(body), asked).revisions == [Revised("a", ("2-b", "1-a"), {}, True)]
    assert couch.read_one(replied({}, 404), asked).gone == [asked]
    with pytest.raises(BadAnswer):
        couch.read_one(replied(body | {"_rev": "2-c"}), asked)


# -- receipts ---------------------------------------------------------------------------------------------------------


def test_a_receipt_names_the_probe() -> None:
    body = {PROBE.doc: {"missing": [PROBE.rev]}, "a": {"missing": ["1-a"], "possible_ancestors": ["1-b"]}}
    assert couch.read_diff(replied(body), PROBE) == {"a": frozenset({"1-a"})}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {PROBE.doc: {}},
        {PROBE.doc: {"missing": []}},
        {PROBE.doc: {"missing": ["1-b"]}},
        {PROBE.doc: {"missing": [PROBE.rev, "1-b"]}},
        {"another-probe": {"missing": [PROBE.rev]}},
        [],
        None,
        {"ok": True},
    ],
)
def test_anything_else_is_no_receipt(body: Any) -> None:
    with pytest.raises(BadAnswer):
        couch.read_diff(replied(body), PROBE)


def test_refusals_stand_in_rows() -> None:
    rows = [{"id": "a", "rev": "1-a", "error": "forbidden", "reason": "type needed"}, {"ok": True, "id": "b"}]
    assert couch.read_bulk_docs(replied(rows, 201)) == {"a": ("forbidden", "type needed")}
    for body in ({}, {"ok": True}, [7], [{"error": "forbidden"}], None):
        with pytest.raises(BadAnswer):
            couch.read_bulk_docs(replied(body, 201))


# -- anything at all --------------------------------------------------------------------------------------------------


@given(body=json_values)
def test_whatever_comes_is_read_or_a_bad_answer(body: Any) -> None:
    asked = [Named("a", "2-b")]
    readers = (
        couch.read_server,
        couch.read_database,
        couch.read_note,
        couch.read_kept,
        couch.read_changes,
        couch.read_bulk_docs,
        lambda reply: couch.read_bulk_get(reply, asked),
        lambda reply: couch.read_one(reply, asked[0]),
        lambda reply: couch.read_diff(reply, PROBE),
    )
    for whole in (body, {"results": [body]}, {"results": [row() | {"doc": body}], "last_seq": body}, [body]):
        for read in readers:
            try:
                read(replied(whole))
            except BadAnswer:
                continue


@given(doc=json_values.filter(lambda value: isinstance(value, dict)))
def test_unknown_fields_are_kept_both_ways(doc: dict[str, Any]) -> None:
    body = {name: value for name, value in doc.items() if not name.startswith("_")}
    raw = couch.sent(Revised("a", ("1-a",), body))
    found = couch.read_bulk_get(got({"ok": raw}), [Named("a", "1-a")])
    assert found.revisions == [Revised("a", ("1-a",), body, False)]
