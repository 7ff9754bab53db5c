"""Keys of sources: from the keyring of this machine alone, and to the source's own server alone.

A Mastodon server may show accounts and tags to those alone who sign in. Such a source says so (`token = "yes"`); its
token is given by `main.py feed key ID --stdin`, as is the key of a source that takes reports.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from console.core.forwarding import YES, takes_reports
from console.core.pack import FeedEntry
from sync.credentials import Credentials
from sync.feed import Ask

KIND = "mastodon"
TOKEN = "token"
"""The option of a source that is read with a token."""


def account(source: str) -> str:
    """Under which name the key of a source lies in the keyring, beside its address."""
    return f"source:{source}"


def takes_token(entry: FeedEntry) -> bool:
    """Whether that source is read with a token: it says so, and the token goes there unread by others."""
    wanted = entry.kind == KIND and entry.options.get(TOKEN, "").strip().lower() in YES
    return wanted and (urlsplit(entry.address).scheme == "https" or entry.allow_private)


def takes_key(entry: FeedEntry) -> bool:
    """Whether a key may be given for that source."""
    return takes_reports(entry) or takes_token(entry)


def signed(entry: FeedEntry, ask: Ask, credentials: Credentials) -> Ask:
    """The ask with the token of its source, where it has one. Without it, it is asked as anybody asks."""
    if not takes_token(entry) or urlsplit(ask.url)[:2] != urlsplit(entry.address)[:2]:
        return ask
    token = credentials.secret(entry.address, account(entry.id))
    if not token or not token.isascii() or not token.isprintable():
        return ask  # what is no token would break the request's head
    return replace(ask, headers={**ask.headers, "Authorization": f"Bearer {token}"})
