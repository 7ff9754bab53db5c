"""JSON Feed 1.0 and 1.1 as entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.core.errors import BadAnswer
from sync import strict_json
from sync.feeds.press.entry import MOST_ENTRIES, Entry, Paper
from sync.words_in import BadField, sound, table, text

_TAKEN = frozenset(
    (
        *("id", "url", "external_url", "title", "summary", "content_text", "content_html", "image", "banner_image"),
        *("date_published", "date_modified", "author", "authors", "tags", "language", "attachments"),
    )
)
_MOST_LISTED = 20


def read(body: bytes, charset: str, source: str) -> Paper:
    """The paper of an answer. Anything that is none raises `BadAnswer`."""
    answer = strict_json.lenient(body, charset, source)
    value = answer.value
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        raise BadAnswer("sync.press.shape", source=source)
    if not str(value.get("version", "")).startswith(("https://jsonfeed.org/", "http://jsonfeed.org/")):
        raise BadAnswer("sync.press.shape", source=source)
    if len(value["items"]) > MOST_ENTRIES:
        raise BadAnswer("sync.bad.many", source=source, count=len(value["items"]), most=MOST_ENTRIES)
    title = value.get("title")
    return Paper("jsonfeed", title if isinstance(title, str) else "", "", [_read(each) for each in value["items"]])


def _read(raw: Any) -> Entry | BadField:
    try:
        sound(raw)
        return _entry(table(raw))
    except BadField as bad:
        return bad


def _entry(raw: Mapping[str, Any]) -> Entry:
    entry = Entry()
    get = raw.get
    entry.put("id", str(get("id")) if type(get("id")) in (int, float) else text(get("id"), "id"))
    entry.put("title", text(get("title"), "title"))
    entry.put("summary", text(get("summary"), "summary"))
    html = get("content_html")
    if isinstance(html, str):
        entry.put("content", html, "html")
    elif html is not None:
        raise BadField("content_html", "sync.refused.kind")
    entry.put("content", _long(get("content_text"), "content_text"))
    entry.put("published", text(get("date_published"), "date_published"))
    entry.put("updated", text(get("date_modified"), "date_modified"))
    entry.links = [there for name in ("url", "external_url") if (there := text(get(name), name))]
    entry.images = [there for name in ("image", "banner_image") if (there := text(get(name), name))]
    authors = [*_tables(get("authors")), *_tables([get("author")])]
    entry.authors = [name for each in authors if (name := text(each.get("name"), "authors"))]
    tags = get("tags")
    entry.categories = [text(each, "tags") for each in (tags if isinstance(tags, list) else [])[:_MOST_LISTED]]
    entry.extra = {name: value for name, value in raw.items() if name not in _TAKEN and value not in (None, "")}
    return entry


def _long(value: Any, field: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise BadField(field, "sync.refused.kind")


def _tables(value: Any) -> list[dict[str, Any]]:
    rows: list[Any] = value if isinstance(value, list) else []
    return [each for each in rows if isinstance(each, dict)][:_MOST_LISTED]
