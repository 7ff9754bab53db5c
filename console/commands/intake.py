"""A complaint told to the operator is recorded; an open one is taken to look after."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from console.commands.steps import LONGEST_TEXT, may_follow, text_between
from console.core.clock import Clock
from console.core.command import GIVEN, Ask, Command, CommandFace, Looking, Patch
from console.core.errors import Refused
from console.core.geometry import inside
from console.core.lifecycle import Deed, State
from console.core.pack import CityPack, Level
from console.core.people import Right
from console.core.personal import COVERED, SEALED, WHOLE, is_sealed
from console.core.records import Case, ComplaintId

LONGEST_TITLE = 200
_WHOLE = tuple(WHOLE[name] for name in COVERED)
_OWN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}:[0-9a-f]{32}")


class Channel(StrEnum):
    """The way a complaint reached the operator. The values stand in stored files."""

    PHONE = "telepon"
    FACE_TO_FACE = "tatap muka"
    SOCIAL_MEDIA = "media sosial"
    EMERGENCY = "112"


def new_complaint_id(clock: Clock, console: str = "konsol") -> ComplaintId:
    """A fresh id for a complaint recorded at this console."""
    return ComplaintId(f"{console}:{clock.new_id()}")


@dataclass(frozen=True, slots=True)
class Record(Command):
    """Make a new complaint of what somebody told. `complaint` is a fresh id of `new_complaint_id`."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.RECORD,
        "commands.record.title",
        "commands.record.says",
        key="Ctrl+N",
        asks=(
            Ask("channel", "commands.ask.channel", "channel"),
            Ask("title", "commands.ask.title"),
            Ask("text", "commands.ask.story", "lines", required=False),
            Ask("category", "commands.ask.category", "category", required=False),
            Ask("area", "commands.ask.area", "area", required=False),
            Ask("address", "commands.ask.address", required=False),
            *(Ask(name, f"commands.ask.{name}", required=False) for name in SEALED),
        ),
        undoable=False,
        right=Right.RECORD,
    )

    title: str
    channel: str
    text: str = ""
    category: str = ""
    area: str = ""
    """Kemendagri code, where the place is known by name only."""
    lat: float | None = None
    lon: float | None = None
    address: str = ""
    reporter_name: str = ""
    """Who told it, as the three below: sealed (console/store/sealing.py), or "" where they did not say."""
    reporter_phone: str = ""
    reporter_nik: str = ""
    reporter_home: str = ""
    sealed_title: str = ""
    """The whole words, sealed, where those above stand covered (core/covering.py); as the two below."""
    sealed_text: str = ""
    sealed_address: str = ""
    pack: CityPack | None = field(default=None, repr=False, compare=False, metadata={GIVEN: True})

    def check(self, read: Looking) -> None:
        """Refuse a taken id, a lacking or overlong title, a channel, code or place that cannot be."""
        if not _OWN_ID.fullmatch(self.complaint):
            raise Refused("commands.record.id_form", complaint=self.complaint)
        text_between(self.title, "commands.record.title_lacks", most=LONGEST_TITLE)
        for text in (self.text, self.address):
            if len(text) > LONGEST_TEXT:
                raise Refused("commands.text_long", length=len(text), most=LONGEST_TEXT)
        if self.channel not in Channel._value2member_map_:
            raise Refused("commands.record.channel_unknown", channels=", ".join(Channel))
        if not all(is_sealed(value) for value in self._sealed().values()):
            raise Refused("commands.record.reporter_open")
        self._check_place()
        if self.pack is not None and self.category and self.category not in self.pack.categories:
            raise Refused("commands.record.category_unknown", category=self.category)
        if self.pack is not None and self.area and self.area not in self.pack.areas:
            raise Refused("commands.record.area_unknown", area=self.area)
        if read.complaint(self.complaint) is not None:
            raise Refused("commands.record.exists", complaint=self.complaint)

    def _sealed(self) -> dict[str, str]:
        """What is known of who told it, and whole words."""
        return {name: value for name in (*SEALED, *_WHOLE) if (value := getattr(self, name))}

    def _check_place(self) -> None:
        if (self.lat is None) != (self.lon is None):
            raise Refused("commands.record.place_half")
        if self.lat is not None and self.lon is not None and not (abs(self.lat) <= 90 and abs(self.lon) <= 180):
            raise Refused("commands.record.place_impossible", lat=self.lat, lon=self.lon)
        if not (self.area or self.address.strip() or self.lat is not None):
            raise Refused("commands.record.place_lacks")

    def patch(self, case: Case) -> Patch:
        """The whole new complaint, in the first state."""
        record = {
            "title": self.title.strip(),
            "text": self.text.strip(),
            "category": self.category,
            "area": self.area or self._area_there(),
            "lat": self.lat,
            "lon": self.lon,
            "address": self.address.strip(),
            "channel": self.channel,
            **self._sealed(),
        }
        return Patch({"state": State.NEW}, record=record)

    def _area_there(self) -> str:
        """Code of the kelurahan the point lies in, "" where there is none."""
        lat, lon = self.lat, self.lon
        if self.pack is None or lat is None or lon is None:
            return ""
        wards = (area for area in self.pack.areas.values() if area.level is Level.KELURAHAN)
        return next((area.code for area in wards if inside(lon, lat, area.polygons)), "")


@dataclass(frozen=True, slots=True)
class Take(Command):
    """Look after a complaint. Taking over from another is possible for who saw that other's name on it."""

    face: ClassVar[CommandFace] = CommandFace(Deed.TAKE, "commands.take.title", "commands.take.says", key="A")

    seen_holder: str = ""
    """Whose name the operator saw on it, "" for nobody's."""
    by: str = field(default="", metadata={GIVEN: True})

    def check(self, read: Looking) -> None:
        """Refuse a finished complaint, one already held by oneself, one that another took in between."""
        found = may_follow(read, self.complaint, Deed.TAKE, None)
        if found.holder and found.holder == self.by:
            raise Refused("commands.take.own")
        if found.holder != self.seen_holder:
            raise Refused("commands.take.taken" if found.holder else "commands.take.released", who=found.holder)

    def patch(self, case: Case) -> Patch:
        """The asking operator holds it."""
        return Patch({"holder": self.by})
