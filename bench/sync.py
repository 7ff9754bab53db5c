"""Replication with an independent server: documents a second into our store and out of it.

One express-pouchdb serves both sides. Rival: PouchDB 9 on leveldb, with pages of 1,000 documents, ten under way. For
the share of what the server can serve, the very pages the product asks for are fetched by its wire and thrown away.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.figures import CannotMeasure, Figure, figure
from bench.fresh import WORK, in_turn, pooled, run
from bench.sizes import Sizes

METRICS = {"sync.pull_docs_per_s": "1/s", "sync.pull_share_of_server": "ratio", "sync.push_docs_per_s": "1/s"}
FULL, SMALL = 100_000, 4_000
PULLED = "kendali-bench-pull"
_LAST = re.compile(rb'"last_seq":\s*("?[^",}]*"?)')


@contextmanager
def express() -> Iterator[str]:
    """An express-pouchdb in memory; its address."""
    from tests.peers.node import node_folder
    from tests.peers.once import HERE

    found = node_folder()
    if isinstance(found, str):
        raise CannotMeasure(found)
    folder = WORK / "express"
    shutil.rmtree(folder, ignore_errors=True)
    process = subprocess.Popen(
        ["node", str(HERE / "express.js"), str(folder)],
        cwd=found,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_node_env(found),
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


def _node_env(folder: Path) -> dict[str, str]:
    from bench.fresh import environment

    return environment() | {"NODE_PATH": str(folder / "node_modules")}


def fill(url: str, database: str, count: int) -> Mapping[str, Any]:
    """A database at the server with so many documents; 0 makes an empty one."""
    from bench.post import Post, documents, revised
    from sync.couch import Call, bulk_docs
    from sync.lanes import Lane

    post = Post("fill")
    post.replicator(url, database)
    assert post.hub is not None
    net = post.hub.on(Lane.REST)
    status = net.call(Call("PUT", f"/{database}")).status
    if status not in (201, 202, 412):
        return {"cannot": f"the server made no database: {status}"}
    for some in revised(documents(count)) if count else ():
        reply = net.call(bulk_docs(database, some))
        if reply.status != 201 or reply.body:
            return {"cannot": f"the server took no documents: {reply.status}"}
    post.close()
    return {}


def pull(url: str, count: int) -> Mapping[str, Any]:
    """All of it into our store, each page on the disk with its checkpoint."""
    from bench.post import Post

    post = Post("pull")
    replicator = post.replicator(url, PULLED)
    start = time.perf_counter()
    replicator.meet()
    replicator.pull()
    took_s = time.perf_counter() - start
    found = post.count()
    post.close()
    if found < count:
        return {"cannot": f"{found} documents came, not {count}"}
    return {"rate": count / took_s}


def thrown(url: str, count: int) -> Mapping[str, Any]:
    """The same pages by the same wire, unread."""
    from bench.post import Post
    from sync.couch import changes
    from sync.lanes import Lane
    from sync.peering import Pages

    post = Post("thrown")
    post.replicator(url, PULLED)
    assert post.hub is not None
    net = post.hub.on(Lane.REST)
    since, size, rows = "0", Pages().size, 0
    start = time.perf_counter()
    while rows < count:
        body = net.call(replace(changes(PULLED, since, size, docs=True), accept="*/*")).body
        last = _LAST.search(body[-400:])
        if last is None:
            return {"cannot": "a page without an end"}
        since = last[1].decode().strip('"')
        rows += size
        size = min(2 * size, Pages.MOST)
    took_s = time.perf_counter() - start
    post.close()
    return {"rate": count / took_s}


def pouch_pull(url: str, count: int) -> Mapping[str, Any]:
    """PouchDB from the same database."""
    return _pouch("pull", f"{url}/{PULLED}", count)


def push(url: str, count: int, number: int) -> Mapping[str, Any]:
    """All that waits in our outbox into an empty database, until the server was asked and holds all of it."""
    from bench.post import Post, documents

    database = f"kendali-bench-push-{number}-ours"
    fill(url, database, 0)
    post = Post("push")
    post.fill(documents(count), held=False)
    replicator = post.replicator(url, database)
    start = time.perf_counter()
    replicator.meet()
    held = replicator.push().held
    took_s = time.perf_counter() - start
    waiting = post.shelves.mine().offers(_place(), most=1, most_bytes=1 << 20)
    post.close()
    if waiting or held < count:
        return {"cannot": f"{held} documents are held, not {count}"}
    return {"rate": count / took_s}


def _place() -> str:
    from bench.post import PLACE

    return PLACE


def pouch_push(url: str, count: int, number: int) -> Mapping[str, Any]:
    """PouchDB into an empty database."""
    database = f"kendali-bench-push-{number}-theirs"
    fill(url, database, 0)
    return _pouch("push", f"{url}/{database}", count)


def _pouch(mode: str, url: str, count: int) -> Mapping[str, Any]:
    from bench.post import documents
    from tests.peers.node import node_folder

    folder = WORK / f"pouch-{mode}"
    shutil.rmtree(folder, ignore_errors=True)
    found = node_folder()
    if isinstance(found, str):
        raise CannotMeasure(found)
    script = Path(__file__).with_name("pouch.js")
    done = subprocess.run(
        ["node", str(script), mode, url, str(folder), str(documents(count))],
        cwd=found,
        env=_node_env(found),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        return {"cannot": f"PouchDB: {done.stderr[-300:]}"}
    told = json.loads(done.stdout)
    if told["count"] < count:
        return {"cannot": f"PouchDB has {told['count']} documents, not {count}"}
    return {"rate": count / told["seconds"]}


SIDES = {
    "fill": fill,
    "pull": pull,
    "thrown": thrown,
    "pouch_pull": pouch_pull,
    "push": push,
    "pouch_push": pouch_push,
}
POUCH = "PouchDB 9 on leveldb"


def measure(size: Sizes, wanted: tuple[str, ...]) -> list[Figure]:
    """Pulling and pushing."""
    count = SMALL if size.small else FULL
    figures: list[Figure] = []
    with express() as url:
        if {"sync.pull_docs_per_s", "sync.pull_share_of_server"} & set(wanted):
            figures += _pulled(url, count, size.runs)
        if "sync.push_docs_per_s" in wanted:
            figures.append(_pushed(url, count, size.runs))
    return figures


def _pulled(url: str, count: int, runs: int) -> list[Figure]:
    run(__name__, "fill", url=url, database=PULLED, count=count)
    given = {"url": url, "count": count}
    told = in_turn(__name__, {"pouch_pull": given, "pull": given, "thrown": given}, runs=runs)
    ours, theirs, most = (pooled(told[side], "rate") for side in ("pull", "pouch_pull", "thrown"))
    shares = [rate / served for rate, served in zip(ours, most, strict=True)]
    return [
        figure("sync.pull_docs_per_s", "1/s", ours, rival=POUCH, rival_samples=theirs, rate=True),
        figure("sync.pull_share_of_server", "ratio", shares, rival="same pages thrown away, 1/s", rival_samples=most),
    ]


def _pushed(url: str, count: int, runs: int) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(runs + 1):
        given: dict[str, Any] = {"url": url, "count": count, "number": number}
        rival = run(__name__, "pouch_push", **given)
        product = run(__name__, "push", **given)
        if number:
            theirs.append(rival["rate"])
            ours.append(product["rate"])
    return figure("sync.push_docs_per_s", "1/s", ours, rival=POUCH, rival_samples=theirs, rate=True)
