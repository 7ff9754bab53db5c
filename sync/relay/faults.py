"""What a peer is told when it asked for what cannot be: a status with CouchDB's `{"error", "reason"}`.

The words are for programs of others and stay English, as theirs are.
"""

from __future__ import annotations

from collections.abc import Mapping


class Fault(Exception):
    """Ends one request with that answer. Nothing was changed."""

    def __init__(self, status: int, error: str, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {error}: {reason}")
        self.status = status
        self.error = error
        self.reason = reason
        self.headers = dict(headers or {})

    @property
    def told(self) -> dict[str, str]:
        """The body of the answer."""
        return {"error": self.error, "reason": self.reason}


class Hangup(Exception):
    """The other side is gone, or too slow to be waited for: nobody is there to be answered."""


def bad(reason: str) -> Fault:
    """400: the request is no sound request."""
    return Fault(400, "bad_request", reason)


def missing(reason: str = "missing") -> Fault:
    """404: there is no such thing here."""
    return Fault(404, "not_found", reason)


def conflict() -> Fault:
    """409: the change stands on a revision that is no open end."""
    return Fault(409, "conflict", "Document update conflict.")


def forbidden(reason: str) -> Fault:
    """403: known, and not allowed."""
    return Fault(403, "forbidden", reason)


def not_offered(what: str) -> Fault:
    """501: CouchDB may have it, a console's relay has not."""
    return Fault(501, "not_implemented", f"{what} is not offered by this relay.")


def too_large(what: str) -> Fault:
    """413: bigger than is taken here."""
    return Fault(413, "document_too_large", what)
