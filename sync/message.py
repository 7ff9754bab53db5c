"""What a line of the wire is given to send, and what it brings back. Values only; no wire attached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One request of a line."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    accept: str = "application/json"
    deadline_s: float = 0.0
    """0 for the usual one. A long poll gives its own."""
    still: bool = False
    """True for an answer that may keep silent for long: it is asked for unsqueezed, since gzip may hold it back."""
    repeatable: bool = False
    """True where doing it twice is as doing it once: then it is sent anew when a kept connection turns out closed."""
    candid: bool = False
    """True where every answer is for the caller to read, whatever its status: also trouble, a no, and a redirect."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a line was answered: whole, inflated, within its limits."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; of a name given twice the last."""
    body: bytes
    at: datetime
    sent: int
    got: int
    """Bytes over the wire, heads among them."""
