"""What is done with a console's relay at a terminal: its accounts, and the fingerprint clients are to be given."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from console.core.errors import Refused
from console.core.phrases import Phrases
from console.store.files import Profile
from sync.chosen import settings_of
from sync.relay.accounts import Account
from sync.relay.own import accounts_of, keep_accounts
from sync.relay.tls import fingerprint_of

EVERYWHERE = ("0.0.0.0", "::")
"""Addresses that stand for all of this machine's."""
Say = Callable[[str], object]


def add(folder: Path, name: str, phrases: Phrases, out: Say, *, reads: Sequence[str], writes: Sequence[str]) -> int:
    """Make an account; its secret is said once and kept nowhere. Patterns of places; none at all may write all."""
    profile = Profile.at(folder)
    accounts = accounts_of(profile)
    if any(each.name == name for each in accounts):
        raise Refused("relay.name_taken", name=name)
    secret = os.urandom(20).hex()
    everything = ("*",) if not reads and not writes else ()
    accounts.append(Account.made(name, secret, reads=reads, writes=(*writes, *everything)))
    keep_accounts(profile, accounts)
    out(phrases.say("relay.added", name=name, secret=secret))
    return 0


def drop(folder: Path, name: str, phrases: Phrases, out: Say) -> int:
    """Take an account away."""
    profile = Profile.at(folder)
    accounts = accounts_of(profile)
    if not any(each.name == name for each in accounts):
        raise Refused("relay.name_unknown", name=name)
    keep_accounts(profile, [each for each in accounts if each.name != name])
    out(phrases.say("relay.dropped", name=name))
    return 0


def listed(folder: Path, phrases: Phrases, out: Say) -> int:
    """Names and rights, a line each; then where this console serves, and the fingerprint clients pin."""
    profile = Profile(folder)
    for each in accounts_of(profile):
        reads, writes = ",".join(each.reads) or "-", ",".join(each.writes) or "-"
        out(phrases.say("relay.row", name=each.name, reads=reads, writes=writes))
    settings = settings_of(profile)
    port, address = str(settings["relay.port"]), str(settings["relay.address"]).strip()
    if port == "0":
        out(phrases.say("relay.off"))
    elif address in EVERYWHERE:
        out(phrases.say("relay.everywhere", port=port, machine=platform.node() or "?"))
    else:
        out(phrases.say("relay.address", address=f"[{address}]" if ":" in address else address, port=port))
    fingerprint = fingerprint_of(profile.folder)
    out(phrases.say("relay.fingerprint", fingerprint=fingerprint) if fingerprint else phrases.say("relay.no_key"))
    return 0
