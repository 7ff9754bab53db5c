"""One view of a file: what others write meanwhile is not seen, and nothing stays open after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.store.database import open_reader, open_writer, plain
from console.store.view import one_view


def test_what_others_write_meanwhile_is_not_seen(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "x.db")
    writer.execute("CREATE TABLE a (x)")
    reader = open_reader(tmp_path / "x.db")
    count = "SELECT count(*) FROM a"
    with one_view(reader) as db:
        assert plain(db.execute(count).fetchone()) == 0
        writer.execute("INSERT INTO a VALUES (1)")
        with one_view(db) as inner:  # a look within a look is the same look
            assert plain(inner.execute(count).fetchone()) == 0
        assert db.in_transaction
    assert plain(reader.execute(count).fetchone()) == 1
    with pytest.raises(ZeroDivisionError), one_view(reader):
        raise ZeroDivisionError
    assert not reader.in_transaction
    reader.close()
    writer.close()
