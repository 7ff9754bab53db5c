"""Handing on to other applications, in words: where to, what a service asks, how each report stands. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.core.forwarding import Forwarded, Post, described, takes_reports
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.store.read import Read

MANY = "multivaluelist"
ONE = "singlevaluelist"
NUMBER = "number"
WHEN = "datetime"
LONG = "text"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing a service asks for."""

    code: str
    datatype: str
    required: bool
    says: str
    values: tuple[tuple[str, str], ...]
    """Key and name of what can be chosen."""


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """A service that takes reports."""

    code: str
    name: str
    wanted: tuple[Wanted, ...] | None = ()
    """None where it asks for something that is not known yet."""


@dataclass(frozen=True, slots=True)
class Target:
    """An application that takes reports."""

    id: str
    titles: Mapping[str, str] = field(default_factory=dict)
    services: tuple[ServiceForm, ...] = ()

    def title(self, phrases: Phrases) -> str:
        """What it is called."""
        return self.titles.get(phrases.language) or next(iter(self.titles.values()), self.id)


def read_targets(read: Read, pack: CityPack) -> tuple[Target, ...]:
    """Where reports can be handed on to, with what each takes as far as it told."""
    return tuple(
        Target(entry.id, entry.title, _services(read.memo(entry.id).get("services")))
        for entry in pack.feeds
        if takes_reports(entry)
    )


def _services(kept: Any) -> tuple[ServiceForm, ...]:
    """From what the source's feed keeps; what is of another form is as good as nothing."""
    try:
        asked = {str(code): tuple(_wanted(each) for each in rows) for code, rows in kept["attributes"].items()}
        return tuple(
            ServiceForm(str(row[0]), str(row[1]), asked.get(str(row[0])) if row[4] else ()) for row in kept["services"]
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return ()


def _wanted(row: Sequence[Any]) -> Wanted:
    code, datatype, required, variable, _, says, _, values = row
    if not variable:
        return Wanted(str(code), "", False, str(says), ())
    pairs = tuple((str(key), str(name)) for key, name in values)
    return Wanted(str(code), str(datatype), bool(required), str(says) or str(code), pairs)


def attributes_of(wanted: Sequence[Wanted], answers: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], str]:
    """The answers as a command takes them, `code=answer`; and what is wrong with one, a phrase key, "" for nothing."""
    told: list[str] = []
    for each in wanted:
        given = [answer.strip() for answer in answers.get(each.code, ()) if answer.strip()]
        if each.required and not given:
            return (), "forward.page.required"
        if each.datatype == NUMBER and not all(_is_number(answer) for answer in given):
            return (), "forward.page.number"
        if each.datatype == WHEN and not all(_is_time(answer) for answer in given):
            return (), "forward.page.when"
        told += [f"{each.code}={answer}" for answer in given]
    return tuple(told), ""


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e15
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def preview(asked: Mapping[str, Any], phrases: Phrases) -> str:
    """All that goes out, word for word, and what does not."""
    say = phrases.say
    lat, lon = asked.get("lat"), asked.get("lon")
    place = f"{lat:.6f}, {lon:.6f}" if lat is not None and lon is not None else say("forward.page.no_point")
    parts = [
        say("forward.page.to", target=asked["target_name"]),
        say("forward.page.service", service=asked["service_name"]),
        say("forward.page.point", place=place),
        say("forward.page.address", address=asked.get("address") or "—"),
        *(each.replace("=", ": ", 1) for each in asked.get("attributes", ())),
        say("forward.page.words"),
        described(asked["text"], asked["reference"]),
        "",
        say("forward.page.not_sent"),
    ]
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class ForwardWording:
    """Tells reports that were handed on, in one language and city, as at `now`."""

    pack: CityPack
    phrases: Phrases
    now: datetime

    def state(self, each: Forwarded) -> str:
        """How it stands, in one sentence."""
        say, target = self.phrases.say, each.target_name or each.target
        if each.state is Post.TAKEN:
            return say(
                "forward.stands.taken" if each.report else "forward.stands.token", target=target, number=each.report
            )
        if not each.here:
            return say(f"forward.stands.elsewhere_{each.state}", target=target, console=each.console[:8])
        return say(f"forward.stands.{each.state}", target=target)

    def why(self, each: Forwarded) -> str:
        """Why it stands so, "" where there is nothing to say."""
        return self.phrases.say(each.says, **each.values) if each.says else ""

    def next_try(self, each: Forwarded) -> str:
        """What comes next, "" where nothing does by itself."""
        say = self.phrases.say
        if each.next_at is None:
            return ""
        at = self.moment(each.next_at) if each.next_at > self.now else say("panels.outbox.next.soon")
        return say("forward.next.send" if each.state is Post.WAITING else "forward.next.look", at=at)

    def looked(self, each: Forwarded) -> str:
        """When it was last looked for, "" where it was not."""
        return self.phrases.say("forward.looked", at=self.moment(each.looked_at)) if each.looked_at else ""

    def line(self, each: Forwarded) -> str:
        """Everything about it, for a paragraph."""
        first = f"{self.state(each)} ({each.service_name or each.service}, {each.by}, {self.moment(each.at)})."
        return " ".join(filter(None, (first, self.why(each), self.looked(each), self.next_try(each))))

    def age(self, each: Forwarded) -> str:
        """How long ago it was asked."""
        return self.phrases.span((self.now - each.at).total_seconds())

    def moment(self, at: datetime) -> str:
        """A time as people read it."""
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.now)
