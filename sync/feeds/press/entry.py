"""One article as its feed tells it, whichever of the four forms that has: texts and addresses, nothing judged."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_ENTRIES = 5_000
"""Of one answer: a newspaper gives some dozens."""


@dataclass(slots=True)
class Entry:
    """Texts by our names for them: title, summary, content, id, published, updated, lat, lon."""

    texts: dict[str, str] = field(default_factory=dict)
    """The first one that is not empty."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Of title, summary and content: "html", or "text" for what is plain already."""
    links: list[str] = field(default_factory=list)
    """Where the article itself may be read, the likeliest first."""
    related: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)

    def put(self, name: str, text: str, kind: str = "text") -> None:
        """Keep a text where there is none yet."""
        if text and not self.texts.get(name):
            self.texts[name] = text
            self.kinds[name] = kind


@dataclass(slots=True)
class Paper:
    """A feed: what it says of itself, and its articles in their order."""

    form: str
    """"rss", "rdf", "atom" or "jsonfeed"."""
    title: str = ""
    updated: str = ""
    entries: list[object] = field(default_factory=list)
    """`Entry`, or a `BadField` for what is none."""
