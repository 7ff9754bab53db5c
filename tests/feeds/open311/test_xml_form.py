"""Open311 XML as plain values, in time that grows with its length."""

from __future__ import annotations

from sync.feeds.open311.record import MOST_TEXT
from sync.feeds.open311.xml_form import MOST_FIELD, read


def one(description: bytes) -> bytes:
    return b"<service_requests><request><a>1</a><description>%s</description><z>2</z></request></service_requests>" % (
        description
    )


def test_a_field_in_many_pieces_is_one_text() -> None:
    [row] = read(one(b"lampu &amp; jalan\n<b>mati</b>"), "", "x")
    assert row == {"a": "1", "description": "lampu & jalan\nmati", "z": "2"}


def test_a_field_without_an_end_is_kept_no_longer_than_it_takes_to_refuse_it() -> None:
    """The parser gives it in half a million pieces."""
    [row] = read(one(b"x&#10;" * 500_000), "", "x")
    assert MOST_TEXT < len(row["description"]) <= MOST_FIELD
    assert row["z"] == "2"
