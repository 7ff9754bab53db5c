"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "mastodon"
TAKES = ()

POST: dict[str, Any] = {
    "id": "117020582177108552",
    "created_at": "2026-11-21T02:00:00.123Z",
    "edited_at": None,
    "in_reply_to_id": None,
    "sensitive": False,
    "spoiler_text": "",
    "visibility": "public",
    "language": "id",
    "uri": "https://tut.invalid/users/siti/statuses/117020582177108552",
    "url": "https://tut.invalid/@siti/117020582177108552",
    "replies_count": 2,
    "content": '<p>Jalan Melati <b>tergenang</b> &amp; macet</p><p><a href="https://tut.invalid/tags/banjir" '
    'class="mention hashtag" rel="tag">#<span>banjir</span></a></p>',
    "reblog": None,
    "account": {"id": "7", "acct": "siti", "display_name": "Siti Rekaan", "url": "https://tut.invalid/@siti"},
    "media_attachments": [{"type": "image", "url": "https://tut.invalid/1.jpg", "description": "genangan"}],
    "tags": [{"name": "banjir", "url": "https://tut.invalid/tags/banjir"}],
    "odd": {"a": 1},
}


def post(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A sound post with some fields changed; `...` takes a field away."""
    raw = {**POST, "id": str(117020582177108552 + number), **changes}
    return {name: value for name, value in raw.items() if value is not ...}


def as_json(*posts: Any) -> bytes:
    return json.dumps(list(posts), ensure_ascii=False).encode()


GOOD = [as_json(post(1), post()), json.dumps(post(2)).encode()]


def worded(strings: Sequence[str]) -> bytes:
    """A post with each string for its words."""
    return as_json(
        *(post(n, content=text, spoiler_text=text, odd=text, account={"acct": text}) for n, text in enumerate(strings))
    )
