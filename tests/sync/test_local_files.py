"""Files of this machine asked as addresses: unchanged or not, and what is not read."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer, ConsoleError, Denied
from sync import local_files
from sync.feed import Answer, Ask
from sync.local_files import FOLDER, WithFiles, is_local, path_of, read_local

NOW = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
PAST_NS = int((NOW - timedelta(days=1)).timestamp()) * 10**9


class At:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW


CLOCK: Any = At()


def put(path: Path, body: bytes = b"a;b\n1;2\n", changed_ns: int = PAST_NS) -> Path:
    path.write_bytes(body)
    os.utime(path, ns=(changed_ns, changed_ns))
    return path


def fetched(path: Path, etag: str = "") -> Answer:
    return read_local(Ask(path.as_uri(), etag=etag, tag="t", params={"a": "b"}), CLOCK)


def trouble(path: Path) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        fetched(path)
    return caught.value


def test_a_file_with_its_etag(tmp_path: Path) -> None:
    path = put(tmp_path / "a b.csv")
    answer = fetched(path)
    assert (answer.body, answer.content_type, answer.at) == (b"a;b\n1;2\n", "text/csv", NOW)
    assert (answer.tag, answer.params, answer.unchanged) == ("t", {"a": "b"}, False)
    assert answer.etag.startswith(f'"8-{PAST_NS}-')


def test_unchanged_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "a.csv")
    etag = fetched(path).etag
    monkeypatch.setattr("sync.local_files.hashlib.sha256", None)
    again = fetched(path, etag)
    assert (again.unchanged, again.body, again.etag) == (True, b"", etag)


def test_touched_or_written_anew(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv")
    etag = fetched(path).etag
    put(path, changed_ns=PAST_NS + 10**9)
    touched = fetched(path, etag)
    assert touched.unchanged and touched.etag != etag
    put(path, b"a;b\n1;3\n", PAST_NS + 10**9)
    assert not fetched(path, touched.etag).unchanged or touched.etag.startswith(f'"8-{PAST_NS + 10**9}')
    put(path, b"a;b\n1;4\n", PAST_NS + 2 * 10**9)
    assert fetched(path, touched.etag).body == b"a;b\n1;4\n"


def test_one_written_this_very_moment_is_read_again(tmp_path: Path) -> None:
    now_ns = int(NOW.timestamp()) * 10**9
    path = put(tmp_path / "a.csv", changed_ns=now_ns)
    etag = fetched(path).etag
    put(path, b"a;b\n1;9\n", now_ns)
    assert fetched(path, etag).body == b"a;b\n1;9\n"


def test_a_folder_is_a_list(tmp_path: Path) -> None:
    put(tmp_path / "b.csv")
    put(tmp_path / "a.csv")
    put(tmp_path / ".hidden")
    put(tmp_path / "~$b.xlsx")
    (tmp_path / "inner").mkdir()
    if sys.platform != "win32":
        (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    answer = fetched(tmp_path)
    told = json.loads(answer.body)
    assert answer.content_type == FOLDER and [each["name"] for each in told["files"]] == ["a.csv", "b.csv"]
    assert told["links"] == (sys.platform != "win32")
    assert fetched(tmp_path, answer.etag).unchanged
    put(tmp_path / "c.csv")
    assert not fetched(tmp_path, answer.etag).unchanged


def test_a_folder_with_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_files, "MOST_LISTED", 1)
    put(tmp_path / "a")
    put(tmp_path / "b")
    assert trouble(tmp_path).says == "sync.local.many"


def test_what_is_not_there_comes_back(tmp_path: Path) -> None:
    told = trouble(tmp_path / "x.csv")
    assert isinstance(told, Away) and told.says == "sync.file.missing"


@pytest.mark.skipif(sys.platform == "win32", reason="no links, no pipes")
def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(put(tmp_path / "a"))
    assert trouble(tmp_path / "link").says == "sync.local.link"
    os.mkfifo(tmp_path / "pipe")
    assert trouble(tmp_path / "pipe").says == "sync.local.kind"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_one_we_may_not_read(tmp_path: Path) -> None:
    path = put(tmp_path / "a")
    path.chmod(0)
    assert isinstance(trouble(path), Denied)


def test_one_that_is_too_large_or_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "a", b"x" * 100)
    monkeypatch.setattr(local_files, "MOST_BYTES", 50)
    assert trouble(path).says == "sync.file.big"
    monkeypatch.setattr(local_files, "MOST_BYTES", 1000)
    real, calls = os.fstat, []

    def growing(number: int) -> os.stat_result:
        calls.append(number)
        if len(calls) == 2:
            with path.open("ab") as stream:
                stream.write(b"y")
        return real(number)

    monkeypatch.setattr("sync.local_files.os.fstat", growing)
    told = trouble(path)
    assert isinstance(told, Away) and told.says == "sync.local.changing"


@pytest.mark.parametrize("url", ["file://server/share/a.csv", "file:a.csv", "file:///a%00b", "file:///%ff", "file://["])
def test_no_path(url: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        path_of(url)
    assert caught.value.says == "sync.url.form"


def test_paths() -> None:
    assert path_of("file:///data/a%20b.csv") == Path("/data/a b.csv")
    assert path_of("file://localhost/data") == Path("/data")
    assert is_local("FILE:///x") and not is_local("https://x/file:")


def test_everything_else_goes_over_the_wire(tmp_path: Path) -> None:
    class Wire:
        def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
            return Answer(b"wire", "", "", NOW, ask.url, tag=f"{allow_private} {deadline_s}")

    both = WithFiles(Wire(), CLOCK)
    assert both.fetch(Ask("https://a.invalid/"), allow_private=True, deadline_s=5).tag == "True 5"
    assert both.fetch(Ask(put(tmp_path / "a").as_uri())).body == b"a;b\n1;2\n"
