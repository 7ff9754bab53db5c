"""Sync between consoles and a centre of ours: a first store by snapshot, an edit on another screen, thin links.

The centre is a process that serves a store as the embedded centre does; engines are real processes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure, median
from bench.fresh import ROOT, WORK, in_turn, pooled, run
from bench.sizes import Sizes

METRICS = {
    "sync.snapshot_1m": "s",
    "sync.edit_to_other_screen_p95": "ms",
    "sync.thin_bytes_per_doc": "bytes",
    "sync.thin_urgent": "s",
}
EDITS = 40
THIN_DOCS, THIN_PAGE = 3_000, 50
THIN_BYTES_S, THIN_TRIP_S = 1_200.0, 2.0
"""9.6 kbit/s, and so long there and back."""
_COMPLAINTS = 20


def stock(count: int) -> Mapping[str, Any]:
    """The store of a centre with so many documents, made once; and a snapshot of it."""
    from bench.pages import city
    from bench.post import Post, documents
    from console.core.clock import SystemClock
    from console.store import snapshot

    folder = WORK / f"hub-{count}"
    file = WORK / f"hub-{count}.potret"
    if not (folder / "whole").exists():
        post = Post(folder.name)
        post.fill(documents(count), held=True)
        post.close()
        (folder / "whole").touch()
    if not file.exists():
        from console.store.files import Profile

        snapshot.make(Profile(folder), file, city().id, SystemClock())
    return {"folder": str(folder), "file": str(file)}


def adopted(file: str, count: int) -> Mapping[str, Any]:
    """A new store from the snapshot, every page proved, ready to be opened."""
    from bench.pages import city
    from console.core.clock import SystemClock
    from console.store.adopt import adopt
    from console.store.files import Profile

    folder = WORK / "adopt"
    shutil.rmtree(folder, ignore_errors=True)
    profile = Profile.at(folder)
    start = time.perf_counter()
    with Path(file).open("rb") as stream:
        done = adopt(profile, city(), SystemClock(), stream, trusted=lambda _head: False)
    took_s = time.perf_counter() - start
    shutil.rmtree(folder)
    if done.documents < count:
        return {"cannot": f"{done.documents} documents came, not {count}"}
    return {"seconds": took_s}


def pulled(port: int, user: str, secret: str, count: int) -> Mapping[str, Any]:
    """The same documents by `_changes` from our relay."""
    from bench.post import PLACE, Post

    post = Post("pull-far")
    replicator = post.replicator(f"http://127.0.0.1:{port}", PLACE, user=user, secret=secret)
    start = time.perf_counter()
    replicator.meet()
    replicator.pull()
    took_s = time.perf_counter() - start
    found = post.count()
    post.close()
    if found < count:
        return {"cannot": f"{found} documents came, not {count}"}
    return {"seconds": took_s}


def thin_bytes(port: int, user: str, secret: str, count: int) -> Mapping[str, Any]:
    """Bytes over the wire for a document, both ways and heads among them, in the small pages of a thin link; and the
    bytes of the same documents as plain JSON."""
    from bench.post import PLACE, Post, documents, revised
    from console.store.arrivals import canonical

    post = Post("thin")
    replicator = post.replicator(
        f"http://127.0.0.1:{port}", PLACE, user=user, secret=secret, size=THIN_PAGE, fixed=True
    )
    replicator.meet()
    assert post.hub is not None
    before = post.hub.lanes.budget.hour
    replicator.pull()
    size = post.hub.lanes.budget.hour - before
    found = post.count()
    post.close()
    if found < count:
        return {"cannot": f"{found} documents came, not {count}"}
    plain = sum(
        len(canonical({"_id": each.doc, "_rev": each.rev, **each.body}).encode())
        for some in revised(documents(count))
        for each in some
    )
    return {"bytes": size / count, "plain": plain / count}


class Console:
    """A profile of a few known complaints, and an engine on it that exchanges with a hub."""

    def __init__(self, name: str, port: int, user: str, secret: str) -> None:
        from bench.crash import EngineProcess
        from bench.pages import city
        from console.core import notes
        from console.core.clock import SystemClock
        from console.core.records import Batch
        from console.store.blackbox import BlackBox
        from console.store.files import Profile
        from console.store.store import Store

        folder = WORK / name
        shutil.rmtree(folder, ignore_errors=True)
        self.clock = SystemClock()
        self.profile = Profile.at(folder)
        store = Store.open(self.profile, self.clock, city())
        store.take(Batch("rekaan", [_complaint(number) for number in range(_COMPLAINTS)]))
        store.close()
        self.box = BlackBox(self.profile.blackbox, self.clock)
        self.engine = EngineProcess(folder)
        self.engine.said("hello")
        hub = {"port": port, "user": user, "secret": secret}
        self.engine.send(notes.line("centre", address="", hub=hub))

    def do(self, number: int, text: str) -> None:
        """A note on a complaint, as the screen hands it on."""
        from console.commands import seal
        from console.commands.work import Note
        from console.core import notes
        from console.core.records import ComplaintId

        envelope = seal(Note(ComplaintId(f"rekaan:{number:08}"), text), self.clock, "Operator")
        self.box.keep(envelope)
        self.engine.send(notes.line("do", **notes.envelope_values(envelope)))

    def hears(self, number: int, text: str) -> None:
        """Wait until the engine told of that complaint and a reader finds the note."""
        from console.store.read import Read

        name = f"rekaan:{number:08}"
        read = Read.open(self.profile)
        try:
            while not any(event.text == text for event in read.events_of(name)):
                self.engine.said("changes")
        finally:
            read.close()


def _complaint(number: int) -> Any:
    from datetime import timedelta

    from bench.pages import END
    from console.core.lifecycle import State
    from console.core.records import SourceComplaint

    at = END - timedelta(hours=number)
    words = ("Lampu jalan padam", "Di depan pasar", "", "", "Jl. Merdeka")
    name = f"{number:08}"
    return SourceComplaint(
        f"rekaan:{name}", "rekaan", name, "", State.NEW, *words, None, None, "", at, None, None, False, ""
    )


def edits(port: int, user: str, secret: str, count: int) -> Mapping[str, Any]:
    """From the hand at one console, black box and all, to a reader of the other: milliseconds of each edit."""
    here, there = (Console(f"edit-{name}", port, user, secret) for name in ("here", "there"))
    samples: list[float] = []
    try:
        for turn in range(count + 3):
            number, text = turn % _COMPLAINTS, f"Catatan {turn} {time.time_ns()}"
            start = time.perf_counter()
            here.do(number, text)
            there.hears(number, text)
            if turn >= 3:
                samples.append((time.perf_counter() - start) * 1000)
    finally:
        for each in (here, there):
            each.engine.end()
    return {"ms": samples}


def urgent(port: int, user: str, secret: str) -> Mapping[str, Any]:
    """Seconds until the centre has a note that is made while a first sync runs over a thin link."""
    from bench.post import PLACE, Post
    from console.core.clock import SystemClock
    from tests.sync.fault_proxy import FaultProxy, Thin

    clock = SystemClock()
    proxy = FaultProxy(port, thin=Thin(clock, THIN_BYTES_S, THIN_TRIP_S))
    console = Console("urgent", proxy.server_address[1], user, secret)
    watcher = Post("urgent-watch")
    watcher.replicator(f"http://127.0.0.1:{port}", PLACE, user=user, secret=secret)
    assert watcher.hub is not None
    never = threading.Event()
    try:
        while proxy.thin is not None and proxy.thin.carried < 20_000:
            never.wait(0.2)  # the first sync has begun
        text = f"Segera {time.time_ns()}"
        start = time.perf_counter()
        console.do(1, text)
        while not _has(watcher, text) and time.perf_counter() - start < 300:
            never.wait(0.2)
        took_s = time.perf_counter() - start
    finally:
        console.engine.kill()
        watcher.close()
        proxy.close()
    return {"seconds": took_s}


def _has(watcher: Any, text: str) -> bool:
    from bench.post import PLACE
    from sync.couch import Call
    from sync.lanes import Lane

    query = {"descending": "true", "limit": "20", "include_docs": "true"}
    body = watcher.hub.on(Lane.REST).call(Call("GET", f"/{PLACE}/_changes", query)).body
    return any(row.get("doc", {}).get("text") == text for row in body["results"])


SIDES: dict[str, Callable[..., Mapping[str, Any]]] = {
    "stock": stock,
    "adopted": adopted,
    "pulled": pulled,
    "thin_bytes": thin_bytes,
    "edits": edits,
    "urgent": urgent,
}


def measure(size: Sizes, wanted: tuple[str, ...]) -> list[Figure]:
    """What was asked for."""
    figures: list[Figure] = []
    if "sync.snapshot_1m" in wanted:
        figures.append(_snapshot(size))
    if "sync.edit_to_other_screen_p95" in wanted:
        figures.append(_edits(size))
    if "sync.thin_bytes_per_doc" in wanted:
        figures.append(_thin(size))
    if "sync.thin_urgent" in wanted:
        figures.append(_urgent(size))
    return figures


class _Served:
    """A centre's process on a copy of a store, so that what is written there is gone afterwards."""

    def __init__(self, folder: str, name: str) -> None:
        self.folder = WORK / name
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(folder, self.folder)
        command = [sys.executable, "-m", "bench.post", str(self.folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.told: dict[str, Any] = json.loads(self._process.stdout.readline())

    def __enter__(self) -> dict[str, Any]:
        return self.told

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _stock(count: int) -> dict[str, Any]:
    return run(__name__, "stock", timeout_s=1800, count=count)


def _snapshot(size: Sizes) -> Figure:
    made = _stock(size.rows)
    with _Served(made["folder"], "hub-snapshot") as server:
        sides = {"pulled": {**server, "count": size.rows}, "adopted": {"file": made["file"], "count": size.rows}}
        told = in_turn(__name__, sides, runs=size.runs, timeout_s=1800)
    ours, theirs = (pooled(told[side], "seconds") for side in ("adopted", "pulled"))
    return figure("sync.snapshot_1m", "s", ours, rival="the same by _changes", rival_samples=theirs)


def _edits(size: Sizes) -> Figure:
    made = _stock(1_000)
    with _Served(made["folder"], "hub-edits") as server:
        told = in_turn(__name__, {"edits": {**server, "count": EDITS}}, runs=size.runs)
    return figure("sync.edit_to_other_screen_p95", "ms", pooled(told["edits"], "ms"), judged=0.95)


def _thin(size: Sizes) -> Figure:
    made = _stock(THIN_DOCS)
    with _Served(made["folder"], "hub-thin") as server:
        told = in_turn(__name__, {"thin_bytes": {**server, "count": THIN_DOCS}}, runs=size.runs)["thin_bytes"]
    plain = [median(pooled(told, "plain"))]
    bytes_per = pooled(told, "bytes")
    return figure("sync.thin_bytes_per_doc", "bytes", bytes_per, rival="plain JSON", rival_samples=plain)


def _urgent(size: Sizes) -> Figure:
    made = _stock(20_000)
    with _Served(made["folder"], "hub-urgent") as server:
        told = in_turn(__name__, {"urgent": server}, runs=size.runs, warm=0)
    return figure("sync.thin_urgent", "s", pooled(told["urgent"], "seconds"), judged=1.0)
