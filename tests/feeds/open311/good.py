"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

from collections.abc import Sequence

from tests.feeds.cases import as_json, as_xml, row

KIND = "open311"
ROWS = [row(service_request_id=str(number)) for number in range(4)]
GOOD = [as_json(*ROWS), as_xml(*ROWS)]


def worded(strings: Sequence[str]) -> bytes:
    """A request with each string for its words."""
    return as_json(
        *(row(service_request_id=str(n), description=text, address=text, odd=text) for n, text in enumerate(strings))
    )
