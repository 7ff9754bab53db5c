"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

from collections.abc import Sequence

from tests.feeds.gtfs.cases import FILES, as_csv, files, zipped

KIND = "gtfs"
GOOD = [zipped(FILES), zipped({f"jadwal/{name}": text for name, text in FILES.items()}, 0)]


def worded(strings: Sequence[str]) -> bytes:
    """A stop with each string for its name; NUL no text file holds."""
    rows = [(f"n{n}", text.replace("\0", " "), "-6.01", "106.01", text) for n, text in enumerate(strings)]
    return zipped(files(stops=as_csv(("stop_id", "stop_name", "stop_lat", "stop_lon", "odd"), [*_CALLED, *rows])))


_CALLED = [(name, name, "-6.01", "106.01", "") for name in ("T1", "007", "K", "B")]
