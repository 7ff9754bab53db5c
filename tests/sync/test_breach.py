"""The draft of a notice of a breach: what the ledger knows, a deadline in the city's time, blanks, nobody's data."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import main as program
from console.core.errors import Refused
from console.core.people import Person, Role
from console.core.records import LedgerFilter
from console.store.breach_letter import BLANK
from console.store.files import load_phrases
from console.store.people import Hand
from sync.breach_terminal import BreachDesk, instant
from tests.cities import small_pack
from tests.store.test_retention import ADDRESS, TEXT, TITLE, WROTE, City, city

__all__ = ["city"]
SECRETS = (
    TITLE,
    TEXT,
    ADDRESS,
    WROTE,
    "Rani",
    "Zulaikha Penjaga",
    "zulaikha",
    "penasaran-sekali",
    "kendali-s1:",
    "os:dewi",
)


class Desk:
    """A city in which something went wrong, and who writes about it."""

    def __init__(self, on: City, language: str = "id") -> None:
        self.city = on
        self.said: list[str] = []
        self.aside: list[str] = []
        folder = on.store.profile.folder
        self.desk = BreachDesk(folder, load_phrases(language), self.said.append, self.aside.append, "os:dewi", on.clock)

    def wrong(self) -> None:
        """Two people told of something; somebody signed in, opened what was not theirs, and carried all away."""
        on, store = self.city, self.city.store
        names = [on.told(number) for number in range(2)]
        who = Person(on.clock.new_id(), "zulaikha", "Zulaikha Penjaga", Role.OPERATOR)
        store.person(lambda people: people.first(who, "$argon2id$v=19$x"))
        store.person(lambda people: people.open("sesi", who.id))
        hand = Hand(who.name, "sesi")
        on.clock.turn(60)
        for field in ("reporter_nik", "reporter_nik", "reporter_name", "text"):
            store.enter(
                "reveal", who=hand.name, session="sesi", subject=names[0], why="penasaran-sekali", told={"field": field}
            )
        store.enter("export", who="os:dewi", subject="complaint", told={"format": "csv"})
        store.person(lambda people: people.wrong("digest", 1, who.id))

    def letter(self, **given: str) -> str:
        now = self.city.clock.now()
        since, until = ((now + timedelta(hours=hours)).isoformat() for hours in (-24, 1))
        assert self.desk.draft(given.pop("since", since), given.pop("until", until), **given) == 0  # type: ignore[arg-type]
        return "\n".join(self.said)


def test_it_says_what_when_who_and_how_many_and_nothing_of_anybody(city: City) -> None:
    desk = Desk(city)
    desk.wrong()
    letter = desk.letter()
    for told in (
        "NIK pelapor: 2 pengaduan, tersegel",
        "NIK pelapor: dibuka 2 kali",
        "Mengekspor data: 1 kali",
        "Kata sandi salah: 1 kali",
        "Operator: 1 orang",
        "tidak menangani pengaduannya: 4 kali",
        "Akun komputer yang bekerja di terminal: 1",
        "Paling banyak 2 pengaduan memuat data pelapor",
        "Data pelapor atau teks dari 1 pengaduan dibuka",
        "Baris-baris terakhir utuh",
        "Pasal 46",
    ):
        assert told in letter.replace("\n    ", " ").replace("\n", " "), told
    assert letter.count(BLANK) >= 10 and "«" not in letter
    assert not [value for value in SECRETS if value.lower() in letter.lower()]


def test_the_deadline_is_three_days_in_the_citys_time(city: City) -> None:
    desk = Desk(city)
    letter = desk.letter(known="2026-03-02T10:30").replace("\n", " ")
    assert "Diketahui Sen 2 Mar 2026 10.30 WIB" in letter
    assert "paling lambat 3 x 24 jam sesudahnya: Kam 5 Mar 2026 10.30 WIB (sisa 2 hr 22 jam)" in letter
    desk.said.clear()
    assert "sudah lewat" in desk.letter(known="2026-02-20T10:30")


def test_what_lies_outside_the_span_is_not_counted(city: City) -> None:
    desk = Desk(city)
    desk.wrong()
    letter = desk.letter(since="2025-01-01", until="2025-01-31")
    assert "dibuka" not in letter.partition("1.")[2].partition("2.")[0]
    assert "tidak memuat satu baris pun" in letter and "Tidak ada yang masuk" in letter


def test_a_broken_ledger_is_told(city: City) -> None:
    desk = Desk(city)
    desk.wrong()
    city.store._db.execute("DROP TRIGGER ledger_stays")
    city.store._db.execute("UPDATE ledger SET who = 'x' WHERE deed = 'export'")
    assert "RUSAK" in desk.letter()


class Seen(HTMLParser):
    """Tags of a page, and attributes that fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [name for name, _ in attrs if name in ("src", "href", "onload")]


def test_a_page_fetches_nothing_and_is_its_owners_alone(city: City, tmp_path: Path) -> None:
    desk, to = Desk(city, "en"), tmp_path / "draft.html"
    desk.wrong()
    desk.letter(form="html", to=to)  # type: ignore[arg-type]
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    raw = to.read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(raw)
    assert {"h1", "h2", "p", "li"} <= seen.tags and "script" not in seen.tags and not seen.fetched
    assert not [value for value in SECRETS if value.lower() in raw.lower()] and "«" not in raw
    with pytest.raises(Refused, match="exists"):
        desk.letter(form="html", to=to)  # type: ignore[arg-type]


def test_that_it_was_made_stands_in_the_ledger(city: City) -> None:
    Desk(city).letter()
    city.store.take_slips()
    [entry] = city.store.read.ledger(LedgerFilter(deed="breach")).entries
    assert entry.who == "os:dewi" and set(entry.told) >= {"since", "until", "known"}


def test_times_are_the_citys_and_a_last_day_is_all_of_it() -> None:
    jakarta = ZoneInfo("Asia/Jakarta")
    assert instant("2026-11-22", jakarta) == datetime(2026, 11, 21, 17, tzinfo=UTC)
    assert instant("2026-11-22", jakarta, ends=True) == datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert instant("2026-11-22T08:00Z", jakarta, ends=True) == datetime(2026, 11, 22, 8, tzinfo=UTC)
    with pytest.raises(Refused):
        instant("kemarin", jakarta)


def test_an_end_before_the_beginning_is_refused(city: City) -> None:
    with pytest.raises(Refused, match="turned"):
        Desk(city).letter(since="2026-03-02", until="2026-03-01")
    assert small_pack().zone is not None


def test_the_command_is_there(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["breach", "draft", "--since", "2026-01-01", "--until", "2026-12-31", "--profile"]
    assert program.main([*typed, str(city.store.profile.folder)], {}, sys.platform) == 0
    assert "3 x 24 jam" in capsys.readouterr().out
    assert program.main([*typed, str(city.store.profile.folder / "none")], {}, sys.platform) == 2
