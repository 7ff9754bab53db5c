"""The lists of a pack that are not territory: offices, categories, calendar, service clocks, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from console.core.pack import Category, FeedEntry, Opd, SlaPolicy, WorkCalendar
from console.core.pack_text import Faults, Row, Table, csv_rows, toml_table

OPDS, CATEGORIES, CALENDAR, SLA, FEEDS = "opd.csv", "categories.toml", "calendar.toml", "sla.toml", "feeds.toml"
EMBEDDED = "embedded:"
"""Address of the centre that the console starts by itself."""
STAGES = ("verify", "first_answer", "finish")
_OPD_NEEDED = ("kode", "nama", "singkatan")
_OPD_COLUMNS = (*_OPD_NEEDED, "terverifikasi", "berlaku_dari", "berlaku_sampai", "pengganti")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SCHEMES = ("https", "http", "file")


def known_zone(key: str) -> ZoneInfo | None:
    """The zone of that name, or None."""
    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError):
        return None


def read_opds(raw: bytes, faults: Faults) -> dict[str, Opd]:
    """Offices by code."""
    found: dict[str, Opd] = {}
    places: dict[str, Row] = {}
    for row in csv_rows(OPDS, raw, _OPD_NEEDED, _OPD_COLUMNS, faults):
        opd = _opd(row, faults)
        if opd.code in found:
            faults.add(row.where("kode"), "code_twice", code=opd.code, first=places[opd.code].where())
            continue
        found[opd.code], places[opd.code] = opd, row
    for code, opd in found.items():
        if opd.successor and opd.successor not in found:
            faults.add(places[code].where("pengganti"), "opd_unknown", opd=opd.successor)
        chain = _chain(code, found)
        if len(chain) > 1 and chain[-1] == code == min(chain):  # told once, not once for each office of the ring
            faults.add(places[code].where("pengganti"), "successor_ring", chain=" > ".join(chain))
    return found


def _opd(row: Row, faults: Faults) -> Opd:
    if not _CODE.fullmatch(row["kode"]):
        faults.add(row.where("kode"), "code_plain", code=row["kode"])
    for column in ("nama", "singkatan"):
        if not row[column]:
            faults.add(row.where(column), "missing")
    told = row["terverifikasi"].lower()
    if told not in ("ya", "tidak", ""):
        faults.add(row.where("terverifikasi"), "choice", found=told, choices="ya, tidak")
    since, until = _day(row, "berlaku_dari", faults), _day(row, "berlaku_sampai", faults)
    if since and until and until < since:
        faults.add(row.where("berlaku_sampai"), "span", since=since, until=until)
    return Opd(row["kode"], row["nama"], row["singkatan"], told == "ya", since, until, row["pengganti"])


def _day(row: Row, column: str, faults: Faults) -> date | None:
    if not row[column]:
        return None
    found = _iso_day(row[column])
    if found is None:
        faults.add(row.where(column), "day", found=row[column])
    return found


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _chain(code: str, opds: Mapping[str, Opd]) -> list[str]:
    """The office and its successors, until there is none or one comes back."""
    chain = [code]
    while (code := opds[code].successor) in opds:
        chain.append(code)
        if chain.count(code) > 1:
            break
    return chain


def read_categories(raw: bytes, opds: Mapping[str, Opd], faults: Faults) -> dict[str, Category]:
    """Categories by code."""
    found: dict[str, Category] = {}
    used: dict[str, str] = {}
    for code, values in toml_table(CATEGORIES, raw, faults).items():
        table = Table(f"{CATEGORIES} {code}", values, faults)
        if not _CODE.fullmatch(code):
            faults.add(table.where, "code_plain", code=code)
        name = _names(table, "name", faults)
        opd = table.take("opd", str)
        if opd and opd not in opds:
            faults.add(table.at("opd"), "opd_unknown", opd=opd)
        services = table.texts("service_codes")
        for service in services:
            if used.setdefault(service, code) != code:
                faults.add(table.at("service_codes"), "service_twice", service=service, other=used[service])
        table.close()
        found[code] = Category(code, name, opd, frozenset(services))
    return found


def _names(table: Table, key: str, faults: Faults) -> dict[str, str]:
    names = table.words(key)
    if names and not names.get("id"):
        faults.add(table.at(f"{key}.id"), "missing")
    return names


def read_calendar(raw: bytes, zone: str, faults: Faults) -> WorkCalendar:
    """The working calendar."""
    table = Table(CALENDAR, toml_table(CALENDAR, raw, faults), faults)
    since, until = table.take("known_from", date), table.take("known_until", date)
    if until < since:
        faults.add(table.at("known_until"), "span", since=since, until=until)
    opens, closes = table.take("opens", time, time(7, 30)), table.take("closes", time, time(16, 0))
    if closes <= opens:
        faults.add(table.at("closes"), "span", since=opens, until=closes)
    revision = table.take("revision", str)
    workdays = _workdays(table, faults)
    holidays = _days(table, "holidays", since, until, faults)
    leave = _days(table, "joint_leave", since, until, faults)
    for day in sorted(set(holidays) & set(leave)):
        faults.add(table.at(f"joint_leave.{day}"), "day_twice", day=day)
    table.close()
    return WorkCalendar(zone, opens, closes, workdays, holidays, leave, since, until, revision)


def _workdays(table: Table, faults: Faults) -> frozenset[int]:
    """Days of the week, 1 for Monday in the file, 0 for Monday inside."""
    given = table.take("workdays", list, [1, 2, 3, 4, 5])
    if not given or any(type(day) is not int or not 1 <= day <= 7 for day in given):
        faults.add(table.at("workdays"), "workdays")
        return frozenset({0, 1, 2, 3, 4})
    return frozenset(day - 1 for day in given)


def _days(table: Table, key: str, since: date, until: date, faults: Faults) -> dict[date, str]:
    found: dict[date, str] = {}
    for text, name in table.words(key, needed=False).items():
        day = _iso_day(text)
        if day is None:
            faults.add(table.at(f"{key}.{text}"), "day", found=text)
        elif not since <= day <= until:
            faults.add(table.at(f"{key}.{text}"), "day_unknown", day=day, since=since, until=until)
        else:
            found[day] = name
    return found


def read_sla(raw: bytes, faults: Faults) -> tuple[SlaPolicy, ...]:
    """Service clocks. Two that hold for the same channel and stage on one day are a fault."""
    whole = Table(SLA, toml_table(SLA, raw, faults), faults)
    found: list[tuple[str, SlaPolicy]] = []
    for index, values in enumerate(whole.take("policy", list, [])):
        table = Table(f"{SLA} policy[{index}]", values, faults)
        policy = SlaPolicy(
            table.take("channel", str),
            table.take("stage", str),
            table.take("working_days", int),
            table.take("valid_from", date),
            table.maybe("valid_until", date),
            table.take("source", str),
        )
        table.close()
        _check_policy(table, policy, faults)
        for where, other in found:
            if _overlap(policy, other):
                faults.add(table.where, "sla_overlap", other=where, channel=policy.channel, stage=policy.stage)
        found.append((table.where, policy))
    whole.close()
    return tuple(policy for _, policy in found)


def _check_policy(table: Table, policy: SlaPolicy, faults: Faults) -> None:
    if policy.stage and policy.stage not in STAGES:
        faults.add(table.at("stage"), "choice", found=policy.stage, choices=", ".join(STAGES))
    if not 1 <= policy.working_days <= 366:
        faults.add(table.at("working_days"), "range", found=policy.working_days, least=1, most=366)
    if policy.valid_until and policy.valid_until < policy.valid_from:
        faults.add(table.at("valid_until"), "span", since=policy.valid_from, until=policy.valid_until)


def _overlap(one: SlaPolicy, other: SlaPolicy) -> bool:
    if (one.channel, one.stage) != (other.channel, other.stage):
        return False
    ends = min(one.valid_until or date.max, other.valid_until or date.max)
    return max(one.valid_from, other.valid_from) <= ends


def read_feeds(raw: bytes, faults: Faults) -> tuple[FeedEntry, ...]:
    """Sources, in the order of the file."""
    return tuple(_feed(id_, values, faults) for id_, values in toml_table(FEEDS, raw, faults).items())


def _feed(id_: str, values: Any, faults: Faults) -> FeedEntry:
    table = Table(f"{FEEDS} {id_}", values, faults)
    if not _CODE.fullmatch(id_):
        faults.add(table.where, "code_plain", code=id_)
    entry = FeedEntry(
        id_,
        table.take("kind", str),
        _names(table, "title", faults),
        table.take("address", str),
        table.take("cadence_s", float),
        table.take("stale_after_s", float),
        table.take("licence", str, ""),
        table.take("zone", str, ""),
        table.words("options", needed=False),
        table.take("allow_private", bool, False),
    )
    table.close()
    if entry.kind and not _CODE.fullmatch(entry.kind):
        faults.add(table.at("kind"), "code_plain", code=entry.kind)
    if not 1 <= entry.cadence_s <= 7 * 86_400:
        faults.add(table.at("cadence_s"), "range", found=entry.cadence_s, least=1, most=7 * 86_400)
    if not entry.cadence_s <= entry.stale_after_s < float("inf"):
        faults.add(table.at("stale_after_s"), "stale_before", found=entry.stale_after_s, cadence=entry.cadence_s)
    if entry.zone and known_zone(entry.zone) is None:
        faults.add(table.at("zone"), "zone", found=entry.zone)
    if entry.address and not _sound_address(entry.address):
        faults.add(table.at("address"), "address", found=entry.address[:80], schemes=", ".join((*_SCHEMES, EMBEDDED)))
    return entry


def _sound_address(address: str) -> bool:
    if address.startswith(EMBEDDED):
        path = address.removeprefix(EMBEDDED)
        return not path or (path.startswith("/") and path.isascii() and path.isprintable())
    try:
        parts = urlsplit(address)
        bad_port = parts.port == 0
    except ValueError:
        return False
    if parts.scheme not in _SCHEMES or bad_port or parts.username is not None:
        return False
    return bool(parts.path if parts.scheme == "file" else parts.hostname)
