"""The ways in which a person comes to the screen: what each asks. The form itself is in `sign_in.py`."""

from __future__ import annotations

from enum import StrEnum


class Way(StrEnum):
    """How somebody comes. The values are parts of phrase keys."""

    FIRST = "first"
    IN = "in"
    UNLOCK = "unlock"
    SECRET = "secret"


FIELDS = {
    Way.FIRST: ("login", "name", "secret", "again"),
    Way.IN: ("login", "secret"),
    Way.UNLOCK: ("secret",),
    Way.SECRET: ("old", "secret", "again"),
}
SECRETS = frozenset({"old", "secret", "again"})
