"""What a CouchDB answers to a peer about attachments, asked of the relay."""

from __future__ import annotations

import base64
import hashlib
import json

from tests.sync.relay.conftest import Client, chain, named

PNG = {"content_type": "image/png", "data": base64.b64encode(b"x" * 5000).decode()}


def test_an_attachment_by_itself(db: Client) -> None:
    body = bytes(range(256)) * 400
    rev = db.put("a", {"v": 1})
    put = db.call("PUT", "/a/f.bin", body, {"rev": rev}, Content_Type="application/octet-stream")
    assert put.status == 201
    stub = db.call("GET", "/a").body["_attachments"]["f.bin"]
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    assert stub == {
        "content_type": "application/octet-stream",
        "digest": f"md5-{digest}",
        "length": len(body),
        "revpos": 2,
        "stub": True,
    }
    got = db.call("GET", "/a/f.bin")
    assert (got.raw, got.headers["ETag"], got.headers["Accept-Ranges"]) == (body, f'"{digest}"', "bytes")
    assert db.call("GET", "/a/f.bin", If_None_Match=got.headers["ETag"]).status == 304
    for asked, wanted in {
        "100-199": body[100:200],
        "102300-": body[102300:],
        "-7": body[-7:],
        "0-999999": body,
    }.items():
        part = db.call("GET", "/a/f.bin", Range=f"bytes={asked}")
        assert (part.status, part.raw) == (206, wanted)
    assert part.headers["Content-Range"] == f"bytes 0-{len(body) - 1}/{len(body)}"
    assert db.call("GET", "/a/f.bin", Range="bytes=999999-").status == 416
    assert db.call("GET", "/a/f.bin", Range="lines=1-2").status == 200
    gone = db.call("DELETE", "/a/f.bin", query={"rev": put.body["rev"]})
    assert gone.status == 200
    assert db.call("GET", "/a").body == {"_id": "a", "_rev": gone.body["rev"], "v": 1}
    assert db.call("GET", "/a/f.bin").status == 404
    assert db.call("GET", "/a/f.bin", query={"rev": put.body["rev"]}).raw == body
    assert db.call("PUT", "/a/f.bin", b"", {"rev": rev}).status == 409
    assert db.call("PUT", "/a/f.bin", b"x").status == 409
    assert db.call("PUT", "/new/in a/folder.txt".replace(" ", "%20"), b"x").status == 201


def test_texts_keep_the_digest_of_their_bytes(db: Client) -> None:
    body = b"hello " * 500
    db.call("PUT", "/a/f.txt", body, Content_Type="text/plain")
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    assert db.call("GET", "/a").body["_attachments"]["f.txt"]["digest"] == f"md5-{digest}"


def test_inline_attachments_and_stubs(db: Client) -> None:
    first = db.put("a", {"_attachments": {"f": PNG}})
    bare = db.put("a", {"_rev": first, "_attachments": {"f": {"stub": True}}})
    whole = db.call("GET", "/a").body
    db.put("a", {**whole, "v": 2})
    assert db.call("GET", "/a/f").raw == b"x" * 5000
    told = db.call("GET", "/a", query={"attachments": True}).body["_attachments"]["f"]
    assert told["data"] == PNG["data"]
    assert "stub" not in told
    since = db.call("GET", "/a", query={"attachments": True, "atts_since": [bare]}).body["_attachments"]["f"]
    assert since["stub"] is True
    assert db.call("PUT", "/b", {"_attachments": {"zz": {"stub": True}}}).body["error"] == "missing_stub"
    assert db.call("PUT", "/b", {"_attachments": {"f": {"data": "no base64"}}}).status == 400
    assert db.call("PUT", "/b", {"_attachments": {"f": 7}}).status == 400
    assert db.call("PUT", "/b", {"_attachments": {"_f": PNG}}).status == 400
    big = base64.b64encode(b"x" * (8 * 1024 * 1024 + 1)).decode()
    assert db.call("PUT", "/b", {"_attachments": {"f": {"data": big}}}).status == 413


def test_attachments_of_named_revisions(db: Client) -> None:
    assert db.push(named("a", chain(1), _attachments={"f": PNG})).body == []
    assert db.call("GET", "/a/f").raw == b"x" * 5000
    stub = db.call("GET", "/a").body["_attachments"]["f"]
    two = [chain(1, "new")[0], *chain(1)]
    assert db.push(named("a", two, _attachments={"f": {**stub, "stub": True}})).body == []
    lost = named("b", chain(1), _attachments={"f": {"stub": True, "digest": "md5-AAAA", "length": 3}})
    assert db.push(lost).body[0]["error"] == "missing_stub"


def test_documents_in_parts(db: Client) -> None:
    raw = b"\x00\x01\r\n--x" * 3000
    doc = named("a", chain(2), _attachments={"f.bin": {"follows": True, "length": len(raw)}})
    head = 'Content-Disposition: attachment; filename="f.bin"\r\n'
    for disposition in (head, ""):
        body = b"".join(
            (
                b"--edge\r\nContent-Type: application/json\r\n\r\n" + json.dumps(doc).encode(),
                b"\r\n--edge\r\n" + disposition.encode() + b"Content-Length: 1\r\n\r\n" + raw,
                b"\r\n--edge--",
            )
        )
        kind = 'multipart/related; boundary="edge"'
        assert db.call("PUT", "/a", body, {"new_edits": False}, Content_Type=kind).status == 201
        assert db.call("GET", "/a/f.bin").raw == raw
    parts = db.call("GET", "/a", query={"attachments": True}, Accept="multipart/related,application/json")
    assert parts.headers["Content-Type"].startswith("multipart/related")
    assert raw in parts.raw
    assert db.call("PUT", "/b", b"--edge--", Content_Type=kind).status == 400
    assert db.call("PUT", "/b", body, Content_Type="multipart/related").status == 400
