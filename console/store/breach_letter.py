"""The draft of a notice of a breach, in words: what is known filled in, blanks where only a person knows.

One list of parts, written as plain text or as a page that needs nothing else. Sentences are in resources/phrases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from html import escape
from textwrap import fill

from console.core.phrases import Phrases
from console.store.breach import LEFT, NOTICE, WATCHED, Facts

BLANK = "………………………………………………"
_WIDTH = 96


@dataclass(slots=True)
class Part:
    """A heading with what stands below it."""

    title: str
    lines: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Letter:
    """One draft."""

    title: str
    parts: Sequence[Part]

    def text(self) -> str:
        """As plain text."""
        blocks = [self.title]
        for part in self.parts:
            block = [part.title, *(fill(line, _WIDTH) for line in part.lines)]
            block += [fill(point, _WIDTH, initial_indent="  - ", subsequent_indent="    ") for point in part.points]
            blocks.append("\n".join(block))
        return "\n\n".join(blocks) + "\n"

    def page(self, language: str) -> str:
        """As a page: no script, no address, nothing to be fetched."""
        body = [f"<h1>{escape(self.title)}</h1>"]
        for part in self.parts:
            body.append(f"<h2>{escape(part.title)}</h2>")
            body += [f"<p>{escape(line)}</p>" for line in part.lines]
            if part.points:
                body.append("<ul>" + "".join(f"<li>{escape(point)}</li>" for point in part.points) + "</ul>")
        style = "body{font:12pt/1.5 serif;max-width:42em;margin:2em auto}h1{font-size:15pt}h2{font-size:12pt}"
        return (
            f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><title>{escape(self.title)}</title>'
            f"<style>{style}</style>{''.join(body)}</html>\n"
        )


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes drafts of one city."""

    phrases: Phrases
    city: str
    zone: tzinfo
    label: str

    def letter(self, facts: Facts, known_at: datetime, now: datetime) -> Letter:
        """The draft for a breach within the span of `facts`, of which somebody knows since `known_at`."""
        span = {"since": self._moment(facts.since), "until": self._moment(facts.until)}
        parts = [
            Part(self._say("to"), points=[self._say("to_people"), self._say("to_agency", blank=BLANK)]),
            Part(self._say("deadline"), [self._deadline(facts, known_at, now)]),
            self._what(facts),
            Part(
                self._say("when"),
                [self._say("when_span", **span), self._say("when_how", blank=BLANK)],
                [self._count(deed, facts.deeds[deed]) for deed in (*LEFT, *WATCHED) if facts.deeds.get(deed)],
            ),
            self._who(facts),
            Part(
                self._say("many"),
                [self._say("many_most", tellers=facts.tellers, complaints=facts.complaints)],
                [self._say("many_opened", complaints=facts.opened_of), self._say("many_sure", blank=BLANK)],
            ),
            Part(
                self._say("handling"),
                [self._say("handling_lead")],
                [self._say(f"handling_{each}", blank=BLANK) for each in ("cut", "ended", "keys", "told", "next")],
            ),
            Part(self._say("proof"), self._proof(facts)),
            Part(self._say("sign"), [self._say("sign_at", blank=BLANK), self._say("sign_contact", blank=BLANK)]),
            Part(self._say("check"), [self._say("check_law"), self._say("check_none")]),
        ]
        return Letter(self._say("title", city=self.city), parts)

    def _deadline(self, facts: Facts, known_at: datetime, now: datetime) -> str:
        at = known_at + NOTICE
        left = self.phrases.span((at - now).total_seconds()) if at > now else self._say("over")
        return self._say(
            "deadline_at",
            known=self._moment(known_at),
            at=self._moment(at),
            left=left,
            earliest=self._moment(facts.since + NOTICE),
        )

    def _what(self, facts: Facts) -> Part:
        say = self.phrases.say
        points = [
            self._say("what_sealed", field=say(f"personal.field.{name}"), count=count)
            for name, count in facts.sealed.items()
            if count
        ]
        points += [
            self._say("what_opened", field=say(f"personal.field.{name}"), count=count)
            for name, count in sorted(facts.opened.items())
        ]
        points.append(self._say("what_text", count=facts.complaints))
        return Part(self._say("what"), [self._say("what_lead")], [*points, self._say("what_sure", blank=BLANK)])

    def _who(self, facts: Facts) -> Part:
        roles = [
            self._say("who_role", role=self.phrases.say(f"people.role.{role}"), count=count)
            for role, count in facts.roles.items()
        ]
        if facts.accounts:
            roles.append(self._say("who_system", count=facts.accounts))
        if not roles:
            roles = [self._say("who_none")]
        if facts.without_case:
            roles.append(self._say("who_without_case", count=facts.without_case))
        return Part(self._say("who"), [self._say("who_lead")], [*roles, self._say("who_others", blank=BLANK)])

    def _proof(self, facts: Facts) -> list[str]:
        rows = "proof_rows" if facts.last else "proof_no_rows"
        lines = [self._say(rows, first=facts.first, last=facts.last)]
        lines.append(self._say("proof_end", end=facts.end, hash=facts.hash, anchored=facts.anchored))
        return [*lines, self._say("proof_sound" if facts.sound else "proof_broken")]

    def _count(self, deed: str, count: int) -> str:
        return self._say("count", deed=self.phrases.say(f"ledger.deed.{deed}"), count=count)

    def _moment(self, at: datetime) -> str:
        return f"{self.phrases.day(at, self.zone)} {self.phrases.time(at, self.zone, self.label)}"

    def _say(self, what: str, **values: object) -> str:
        return self.phrases.say(f"breach.{what}", **values)
