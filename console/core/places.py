"""Which database of the centre a document lives in: whole databases instead of filters, by subject and by kecamatan.

A field post follows the databases of its kecamatan and nothing else. The name of a database is called its place.
CouchDB allows lower-case letters, digits and `_$()+-/` in it, and wants a letter first.
"""

from __future__ import annotations

from collections.abc import Iterable

_HEAD = "kendali"
_NOWHERE = "0"
"""Part of the name for complaints whose kecamatan is not known."""


def complaints_place(city: str, area: str) -> str:
    """Place of all documents about a complaint. `city` is the pack's id, `area` the Kemendagri code of its kelurahan
    or kecamatan (`36.71.01.1001`), "" where it is not known."""
    parts = area.split(".")[:3]
    return f"{_HEAD}-{city}-complaints-{'-'.join(parts) if len(parts) == 3 else _NOWHERE}"


def shared_place(city: str) -> str:
    """Place of what concerns the whole city: canaries of consoles, and later people and settings."""
    return f"{_HEAD}-{city}-shared"


def is_of(place: str, city: str) -> bool:
    """Whether a place is one of that city's."""
    return place.startswith(f"{_HEAD}-{city}-")


def is_shared(place: str) -> bool:
    """Whether a place is one of those that concern the whole city."""
    return place.endswith("-shared")


def files_place(city: str) -> str:
    """Place of the pieces that photos and files are cut into. Not followed: pieces are fetched one by one."""
    return f"{_HEAD}-{city}-files"


def places_of(city: str, kecamatan: Iterable[str]) -> tuple[str, ...]:
    """All places a console of the whole city follows, the shared one first."""
    named = sorted({complaints_place(city, code) for code in kecamatan})
    return (shared_place(city), complaints_place(city, ""), *named)
