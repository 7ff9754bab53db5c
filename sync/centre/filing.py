"""Reports filed at the embedded centre: kept while it runs, under the next number or a token for it.

It takes reports for its own services and for two more: one that asks for attributes, one that gives a token first. Its
moods are those of servers that lose their answer, or say no, after they kept what they were sent.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from console.core.clock import Clock, from_millis, millis
from sync.centre.query import Query, Request

DEMO_KEY = "kunci-peragaan"
"""The key of the demonstration. It opens a server on loopback that keeps nothing."""
MOST_BYTES = 64 << 10
MOST_KEPT = 10_000
TOKEN_MS = 20_000
"""So long a token stands for no number yet."""
ASKING, BATCH = "lampu-padam", "usulan"

SERVICES: Sequence[Mapping[str, Any]] = (
    {
        "service_code": ASKING,
        "service_name": "Lampu jalan padam",
        "description": "Lampu jalan padam atau rusak",
        "metadata": True,
        "type": "realtime",
        "keywords": "lampu, jalan",
        "group": "Dishub",
    },
    {
        "service_code": BATCH,
        "service_name": "Usulan warga",
        "description": "Usulan yang diberi nomor belakangan",
        "metadata": False,
        "type": "batch",
        "keywords": "usulan",
        "group": "Bappeda",
    },
)


def _asks(code: str, datatype: str, required: bool, order: int, words: str, *values: str) -> Mapping[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": datatype,
        "required": required,
        "datatype_description": "",
        "order": order,
        "description": words,
        "values": [{"key": value, "name": value.capitalize()} for value in values],
    }


ATTRIBUTES: Sequence[Mapping[str, Any]] = (
    _asks("tiang", "string", True, 1, "Nomor tiang"),
    _asks("jumlah", "number", False, 2, "Berapa lampu"),
    _asks("sejak", "datetime", False, 3, "Sejak kapan"),
    _asks("ceritanya", "text", False, 4, "Keterangan lain"),
    _asks("jenis", "singlevaluelist", True, 5, "Jenis lampu", "led", "merkuri"),
    _asks("bahaya", "multivaluelist", False, 6, "Yang terganggu", "pejalan", "kendaraan", "pasar"),
)


class Mood(StrEnum):
    """What goes wrong with the next report."""

    LOST = "lost"
    """It is kept, and the connection ends without an answer."""
    LOST_BEFORE = "lost_before"
    """The connection ends, and it is not kept."""
    TROUBLE = "trouble"
    """It is kept, and the answer is 500."""
    DENIED = "denied"
    BUSY = "busy"
    REDIRECT = "redirect"
    GARBLED = "garbled"
    """It is kept, and the answer cannot be read."""


class No(Exception):
    """The report is not taken; the words are the interface's own."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class Kept:
    """One report that was filed."""

    at: int
    number: str
    token: str
    row: Request


class Filed:
    """What was filed. Threads may share it."""

    def __init__(self, clock: Clock, key: str = DEMO_KEY) -> None:
        self._clock = clock
        self._key = key
        self._lock = threading.Lock()
        self.kept: list[Kept] = []
        """The newest last."""
        self.moods: deque[Mood] = deque()
        """Of the next reports, one each."""

    def mood(self) -> Mood | None:
        """That of the report that comes now."""
        with self._lock:
            return self.moods.popleft() if self.moods else None

    def take(self, body: bytes, services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Keep a report; what is answered. Raises `No`."""
        try:
            fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=400, errors="strict")
        except (ValueError, UnicodeError):
            raise No(400, "the form was not understood") from None

        def one(name: str) -> str:
            return fields.get(name, [""])[-1].strip()

        if one("api_key") != self._key:
            raise No(403, "api_key was not recognised: requests cannot be filed here")
        code = one("service_code")
        service = next((each for each in services if each["service_code"] == code), None)
        if service is None:
            raise No(404 if code else 400, f"service_code was not found: {code[:80]}")
        if not (one("lat") and one("long")) and not one("address_string"):
            raise No(400, "a location was not given: lat and long, or address_string")
        for each in ATTRIBUTES if code == ASKING else ():
            given = [*fields.get(f"attribute[{each['code']}]", []), *fields.get(f"attribute[{each['code']}][]", [])]
            if each["required"] and not any(given):
                raise No(400, f"attribute {each['code']} is required")
        now = millis(self._clock.now())
        with self._lock:
            if len(self.kept) >= MOST_KEPT:
                raise No(400, "this centre keeps no more reports")
            number = f"PRG-{len(self.kept) + 1:06}"
            token = f"tanda-{len(self.kept) + 1}" if service["type"] == "batch" else ""
            self.kept.append(Kept(now, number, token, self._row(number, service, fields, now)))
        return [{"token": token}] if token else [{"service_request_id": number, "service_notice": "", "account_id": ""}]

    def _row(self, number: str, service: Mapping[str, Any], fields: Mapping[str, list[str]], now: int) -> Request:
        def one(name: str) -> str | None:
            return fields.get(name, [""])[-1].strip() or None

        at = from_millis(now).isoformat(timespec="seconds")
        return {
            "service_request_id": number,
            "status": "open",
            "status_notes": None,
            "service_name": service["service_name"],
            "service_code": service["service_code"],
            "description": one("description"),
            "agency_responsible": service["group"],
            "service_notice": None,
            "requested_datetime": at,
            "updated_datetime": at,
            "expected_datetime": None,
            "address": one("address_string"),
            "lat": _number(one("lat")),
            "long": _number(one("long")),
            "media_url": None,
        }

    def requests(self, query: Query) -> list[Request]:
        """Those a query wants, the newest first: on its first page."""
        if query.page > 1:
            return []
        with self._lock:
            kept = list(reversed(self.kept))
        if query.ids:
            return [each.row for each in kept if each.number in query.ids]
        return [
            each.row
            for each in kept
            if (each.at >= query.updated_after if query.updated_after else query.since <= each.at <= query.until)
            and (not query.services or each.row["service_code"] in query.services)
            and (not query.statuses or each.row["status"] in query.statuses)
        ]

    def token(self, token: str, now: int) -> list[dict[str, str]]:
        """What a token stands for. Raises `No`."""
        with self._lock:
            found = next((each for each in self.kept if each.token and each.token == token), None)
        if found is None:
            raise No(404, "token was not found")
        return [{"service_request_id": found.number if now - found.at >= TOKEN_MS else "", "token": token}]


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
