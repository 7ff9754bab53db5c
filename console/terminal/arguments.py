"""What may be typed: every subcommand with its arguments. Says nothing about what it does (console/terminal/deeds.py).

Only the part that was asked for is filled in: the screen's start waits for no other.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from console.core.people import Role
from console.core.phrases import LANGUAGES
from console.store.files import default_profile

SEED = 21
"""Of the embedded centre's city."""

Adder = Callable[[argparse.ArgumentParser, argparse.ArgumentParser], None]
"""Fills in a part's parser; the second is what all parts have in common."""


def parser(
    environ: Mapping[str, str], platform: str, *, version: str = "", part: str | None = None
) -> argparse.ArgumentParser:
    """All subcommands; with `part` only that one with its arguments. Where a deed is meant, its name is in `deed`."""
    common = _common()
    # one of its own: a default is written into the options themselves, which the parts share
    top = argparse.ArgumentParser(
        prog="kendali", description="Console of a city's command centre.", parents=[_common()]
    )
    top.set_defaults(profile=default_profile(environ, platform), language=None)
    top.add_argument("--version", action="version", version=version)
    subs = top.add_subparsers(dest="part", required=True, metavar="COMMAND")
    for name, (says, fill) in PARTS.items():
        one = subs.add_parser(name, help=says, parents=[] if name in GROUPS else [common])
        if part in (None, name):
            fill(one, common)
    return top


def _common() -> argparse.ArgumentParser:
    """What may stand before the part and behind it. It has no defaults: a part's would hide what stood before."""
    common = argparse.ArgumentParser(
        prog="kendali", add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS
    )
    common.add_argument("--profile", type=Path, metavar="DIR", help="data folder (default: the local one of this user)")
    common.add_argument("--language", choices=LANGUAGES, help="language of screen and messages")
    return common


def first_word(argv: Sequence[str]) -> str:
    """The first word that is no option all parts have, nor its value; "" where there is none."""
    return next(iter(_common().parse_known_args(argv)[1]), "")


def _run(run: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    run.add_argument("--shots", type=Path, metavar="DIR", help="write a picture of every monitor there, and end")
    run.add_argument("--replay", type=Path, metavar="FILE", help="recorded answers for the embedded centre to serve")
    run.add_argument("--pace", type=float, default=1.0, metavar="X", help="how many times faster than they happened")
    run.add_argument("--screens", metavar="N|SPEC", help="virtual monitors: 4, or 1920x1080+0+0,1280x1024+1920+0@2")
    run.add_argument("--no-centre", action="store_true", help="do not start the embedded centre")
    run.add_argument("--stalls", action="store_true", help="log what holds up the screen")
    run.set_defaults(deed="run")


def _engine(engine: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    engine.add_argument("--notes", action="store_true", help="speak notes on the pipes, as the console's own engine")
    engine.add_argument("--centre", default="", metavar="URL", help="where the embedded centre listens, if one runs")
    engine.set_defaults(deed="engine")


def _centre(centre: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    centre.add_argument("--port", type=int, default=0)
    centre.add_argument("--seed", type=int, default=SEED)
    centre.add_argument("--replay", type=Path, metavar="FILE")
    centre.add_argument("--pace", type=float, default=1.0, metavar="X")
    centre.set_defaults(deed="centre")


def _read(read: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    read.set_defaults(deed="read")


def _parts(parts: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parts.set_defaults(deed="parts")


def _pack(pack: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = pack.add_subparsers(dest="what", required=True)
    for name, says in (("check", "list every fault of a pack"), ("add", "install a pack, or make one of a raw pair")):
        one = subs.add_parser(name, parents=[common], help=says)
        one.add_argument("path", type=Path)
        one.set_defaults(deed=f"pack_{name}")
    use = subs.add_parser("use", parents=[common], help="take an installed pack from the next start on")
    use.add_argument("pack", metavar="ID")
    use.set_defaults(deed="pack_use")
    subs.add_parser("list", parents=[common], help="packs that can be used").set_defaults(deed="pack_list")


def _relay(relay: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = relay.add_subparsers(dest="what", required=True)
    add = subs.add_parser("add", parents=[common], help="make an account; its secret is shown once")
    add.add_argument("name")
    add.add_argument("--read", action="append", default=[], metavar="PLACE", help="a database, or its beginning and *")
    add.add_argument("--write", action="append", default=[], metavar="PLACE", help="(default: reads and writes all)")
    add.set_defaults(deed="relay_add")
    drop = subs.add_parser("drop", parents=[common], help="take an account away")
    drop.add_argument("name")
    drop.set_defaults(deed="relay_drop")
    subs.add_parser("list", parents=[common], help="accounts, address and fingerprint").set_defaults(deed="relay_list")


def _settings(settings: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = settings.add_subparsers(dest="what", required=True)
    subs.add_parser("list", parents=[common], help="every setting, its value and what it is for").set_defaults(
        deed="settings_list"
    )
    one = subs.add_parser("set", parents=[common], help="change a setting from the next start on")
    one.add_argument("key", metavar="KEY")
    one.add_argument("value", metavar="VALUE")
    one.set_defaults(deed="settings_set")


def _store(store: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = store.add_subparsers(dest="what", required=True)
    subs.add_parser("check", parents=[common], help="check the files").set_defaults(deed="store_check")
    subs.add_parser("backup", parents=[common], help="make a backup and restore it as a test").set_defaults(
        deed="store_backup"
    )
    restore = subs.add_parser("restore", parents=[common], help="put a backup in place; the old file is kept beside")
    restore.add_argument("source", type=Path, nargs="?", help="a backup (default: the newest)")
    restore.add_argument(
        "--start-empty", metavar="WORD", default="", help="no backup at all: begin with an empty store"
    )
    restore.set_defaults(deed="store_restore")
    export = subs.add_parser("export", parents=[common], help="write records to standard output")
    export.add_argument("kind")
    export.add_argument("--format", choices=("json", "csv", "geojson", "xlsx"), default="json")
    export.set_defaults(deed="store_export")


def _audit(audit: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = audit.add_subparsers(dest="what", required=True)
    verify = subs.add_parser(
        "verify", parents=[common], help="recompute the ledger, compare it with all heads: exit code 0 sound, 1 broken"
    )
    verify.add_argument("--from", dest="start", type=int, default=1, metavar="ROW", help="from a row judged before on")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="also with heads that another console wrote out")
    verify.add_argument("--hub", action="store_true", help="also with what the centre itself holds now")
    listed = subs.add_parser("list", parents=[common], help="rows of the ledger, the newest first")
    listed.add_argument("--limit", type=int, default=100, metavar="N", help="so many at most (default: 100)")
    listed.add_argument("--before", type=int, metavar="ROW", help="only rows before that one")
    export = subs.add_parser("export", parents=[common], help="all rows as they stand, the oldest first")
    export.add_argument("--format", choices=("json", "csv"), default="json")
    heads = subs.add_parser("heads", parents=[common], help="all heads known here, to be carried elsewhere")
    reveals = subs.add_parser(
        "reveals", parents=[common], help="sealed values that were opened: exit code 1 where any without a case"
    )
    for each in (listed, export):
        each.add_argument("--who", metavar="NAME", help="only that person's")
        each.add_argument("--deed", dest="deed_kind", metavar="DEED", help="only of that kind")
    for each in (listed, export, reveals):
        each.add_argument("--since", default="", metavar="TIME", help="from then on: 2026-11-22, or with an hour")
        each.add_argument("--until", default="", metavar="TIME", help="before then")
    for each in (verify, listed, heads, reveals):
        each.add_argument("--json", action="store_true", help="JSON instead of sentences")
    for name, each in {"verify": verify, "list": listed, "export": export, "heads": heads, "reveals": reveals}.items():
        each.set_defaults(deed=f"audit_{name}")


def _feed(feed: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = feed.add_subparsers(dest="what", required=True)
    subs.add_parser("list", parents=[common], help="kinds of sources").set_defaults(deed="feed_list")
    one = subs.add_parser("try", parents=[common], help="decode a file or an address, and say what came of it")
    one.add_argument("kind")
    one.add_argument("source")
    one.set_defaults(deed="feed_try")
    add = subs.add_parser("add", parents=[common], help="keep a source of one's own, asked from the next start on")
    add.add_argument("id")
    add.add_argument("kind")
    add.add_argument("address", metavar="URL")
    add.add_argument("--title", default="", metavar="WORDS", help="what it is called on screen (default: its id)")
    add.add_argument("--cadence", type=float, default=300.0, metavar="S", help="seconds between two asks")
    add.add_argument("--stale", type=float, metavar="S", help="seconds after which it is late (default: 6 cadences)")
    add.add_argument("--licence", default="", metavar="WORDS", help="the credit line shown beside its data")
    add.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    add.set_defaults(deed="feed_add")
    drop = subs.add_parser("drop", parents=[common], help="forget a source of one's own")
    drop.add_argument("id")
    drop.set_defaults(deed="feed_drop")
    own = subs.add_parser("own", parents=[common], help="the sources of one's own")
    own.set_defaults(deed="feed_own")
    key = subs.add_parser(
        "key", parents=[common], help="keep the key for handing reports on to a source; empty forgets"
    )
    key.add_argument("id")
    key.add_argument("--stdin", action="store_true", help="read the key from standard input, one line")
    key.set_defaults(deed="feed_key")


def _forward(forward: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = forward.add_subparsers(dest="what", required=True)
    listed = subs.add_parser("list", parents=[common], help="complaints handed on to other applications from here")
    send = subs.add_parser(
        "send", parents=[common], help="hand one on: exit code 0 taken, 1 refused or not sure, 3 it waits"
    )
    send.add_argument("complaint", metavar="ID")
    send.add_argument("target", metavar="SOURCE")
    send.add_argument("service", metavar="CODE")
    send.add_argument("--text", default="", metavar="WORDS", help="what is told (default: the complaint's own words)")
    send.add_argument("--attribute", action="append", default=[], metavar="CODE=ANSWER")
    send.add_argument("--again", action="store_true", help="also where it was handed on there before")
    look = subs.add_parser("look", parents=[common], help="send what waits and look for what is not sure, now")
    for each in (send, look):
        each.add_argument("--by", default="", metavar="LOGIN", help="who does it, where persons are known here")
        each.add_argument("--stdin", action="store_true", help="read the password from standard input")
    for each in (listed, send, look):
        each.set_defaults(deed="forward")


def _hub(hub: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = hub.add_subparsers(dest="what", required=True)
    prepare = subs.add_parser("prepare", parents=[common], help="make a CouchDB ready to be this city's centre")
    prepare.add_argument("url", metavar="URL")
    _account_arguments(prepare)
    prepare.set_defaults(deed="hub_prepare")


def _sync(sync: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = sync.add_subparsers(dest="what", required=True)
    once = subs.add_parser(
        "once",
        parents=[common],
        help="one exchange: exit code 0 clean, 3 out of reach, 4 denied, 5 a person has to decide something",
    )
    once.add_argument("--hub", default="", metavar="URL", help="the centre's server (default: that of the settings)")
    once.add_argument("--json", action="store_true", help="say what came of it as one JSON object")
    _account_arguments(once)
    once.set_defaults(deed="sync_once")


def _account_arguments(one: argparse.ArgumentParser) -> None:
    """How to sign in. A secret is never an argument: others on the machine can read those."""
    one.add_argument("--user", default="", metavar="NAME", help="account at the server")
    one.add_argument("--secret-stdin", action="store_true", help="read its secret from standard input, one line")
    one.add_argument("--sign-in", choices=("cookie", "basic", "jwt"), default=None, help="how to sign in")
    one.add_argument("--pin", default="", metavar="SHA256", help="trust this certificate or key, and no other")
    one.add_argument("--clear", action="store_true", help="the secret may travel unencrypted: your own cable")


def _snapshot(snapshot: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = snapshot.add_subparsers(dest="what", required=True)
    make = subs.add_parser("make", parents=[common], help="what the centre holds of this store, as one file")
    make.add_argument("path", type=Path, metavar="FILE")
    make.add_argument("--delegation", action="store_true", help="to hand to visitors: nothing about a person in it")
    make.set_defaults(deed="snapshot_make")
    look = subs.add_parser("look", parents=[common], help="look through a delegation's snapshot")
    look.add_argument("path", type=Path, metavar="FILE")
    look.add_argument("--into", type=Path, metavar="DIR", help="make a new profile there that only shows it")
    look.set_defaults(deed="snapshot_look")
    adopt = subs.add_parser("adopt", parents=[common], help="begin with such a file; unsent work of this store stays")
    adopt.add_argument("source", metavar="FILE|URL")
    adopt.add_argument("--unsigned", action="store_true", help="also from nobody we trust: then every value is checked")
    adopt.add_argument("--pin", default="", metavar="SHA256", help="trust this certificate or key of the server")
    adopt.set_defaults(deed="snapshot_adopt")


def _bundle(bundle: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = bundle.add_subparsers(dest="what", required=True)
    key = subs.add_parser("key", parents=[common], help="this console's public key, and its words to read aloud")
    key.add_argument("--new", action="store_true", help="make a new one; what was sealed for the old one is lost")
    trust = subs.add_parser("trust", parents=[common], help="take bundles of that console from now on")
    trust.add_argument("key", metavar="PUBKEY")
    trust.add_argument("--name", default="", help="what you call it")
    forget = subs.add_parser("forget", parents=[common], help="take nothing of that console any more")
    forget.add_argument("whom", metavar="NAME|PUBKEY")
    contacts = subs.add_parser("contacts", parents=[common], help="all consoles we exchange with")
    make = subs.add_parser("make", parents=[common], help="what a console is not known to have, sealed for it")
    make.add_argument("path", type=Path, metavar="FILE")
    make.add_argument("--to", required=True, metavar="NAME|PUBKEY", help="who alone can read it")
    make.add_argument("--all", action="store_true", help="all that changed, not only what the centre lacks")
    make.add_argument("--place", action="append", default=[], metavar="DATABASE", help="only this one (repeatable)")
    make.add_argument("--split", type=int, default=0, metavar="MB", help="several files of about that size")
    make.add_argument("--days", type=int, choices=range(1, 366), default=30, metavar="N", help="taken for so long")
    make.add_argument("--name", default="", help="what this console calls itself")
    take = subs.add_parser("take", parents=[common], help="take the files of a bundle, in any order")
    take.add_argument("paths", type=Path, nargs="+", metavar="FILE")
    take.add_argument("--receipt", type=Path, metavar="FILE", help="where to write the receipt (default: beside it)")
    receipt = subs.add_parser("receipt", parents=[common], help="take the receipt that came back")
    receipt.add_argument("path", type=Path, metavar="FILE")
    for each in (key, trust, forget, contacts, make, take, receipt):
        each.set_defaults(deed="bundle")


def _key(key: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = key.add_subparsers(dest="what", required=True)
    make = subs.add_parser("make", parents=[common], help="make the city's data key; its recovery code is shown once")
    rotate = subs.add_parser(
        "rotate", parents=[common], help="a new key takes its place; what was sealed before is opened as before"
    )
    recovery = subs.add_parser("recovery", parents=[common], help="another recovery code; the one before ends")
    recovery.add_argument("--new", action="store_true", required=True, help="make it, and show it once")
    for each in (make, rotate, recovery):
        who = each.add_mutually_exclusive_group(required=True)
        who.add_argument("--by", default="", metavar="NAME", help="who does it, while nobody is known here")
        who.add_argument("--as", dest="login", default="", metavar="LOGIN", help="the administrator who does it")
        each.add_argument(
            "--stdin", action="store_true", help="read password and code from standard input, a line each"
        )
    opened = subs.add_parser("open", parents=[common], help="hold the key at this console, by the recovery code")
    opened.add_argument("--stdin", action="store_true", help="read the code from standard input, one line")
    show = subs.add_parser("show", parents=[common], help="fingerprint and words of the key, to compare")
    status = subs.add_parser(
        "status", parents=[common], help="exit code 0 where this console can seal and open everything, else 1"
    )
    parts = {"make": make, "rotate": rotate, "recovery": recovery, "open": opened, "show": show, "status": status}
    for name, each in parts.items():
        each.set_defaults(deed="key", what=name)


def _retention(retention: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = retention.add_subparsers(dest="what", required=True)
    report = subs.add_parser(
        "report", parents=[common], help="how long each field is kept, what has run out: exit code 1 where any has"
    )
    run = subs.add_parser("run", parents=[common], help="erase what has run out; no console may run on the profile")
    run.add_argument("--yes", action="store_true", help="also where more than a fifth of a field goes at once")
    for name, each in (("report", report), ("run", run)):
        each.add_argument("--json", action="store_true", help="JSON instead of sentences")
        each.set_defaults(deed="retention", what=name)


def _breach(breach: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = breach.add_subparsers(dest="what", required=True)
    draft = subs.add_parser(
        "draft", parents=[common], help="draft of the notice within 3 x 24 hours, of what the ledger knows"
    )
    draft.add_argument("--since", required=True, metavar="TIME", help="when it may have begun: a day, or with an hour")
    draft.add_argument("--until", required=True, metavar="TIME", help="and ended then")
    draft.add_argument("--known", default="", metavar="TIME", help="since when it is known (default: now)")
    draft.add_argument("--format", choices=("txt", "html"), default="txt")
    draft.add_argument("--to", type=Path, metavar="FILE", help="write it there (default: standard output)")
    draft.set_defaults(deed="breach")


def _people(people: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = people.add_subparsers(dest="what", required=True)
    first = subs.add_parser("first", parents=[common], help="the first administrator, while nobody is known here")
    add = subs.add_parser("add", parents=[common], help="a new person")
    subs.add_parser("list", parents=[common], help="everybody, and who can sign in").set_defaults(deed="people")
    end = subs.add_parser("end", parents=[common], help="a person signs in no more")
    secret = subs.add_parser("secret", parents=[common], help="another password: one's own, or --as administrator")
    lost = subs.add_parser("lost", parents=[common], help="a console is lost: it closes itself at its next contact")
    lost.add_argument("console", metavar="CONSOLE", help="its name, or how that begins (audit heads names all)")
    lost.add_argument("--found", action="store_true", help="it was found again")
    lost.add_argument("--stdin", action="store_true", help="read the password from standard input")
    lost.add_argument("--as", dest="by", required=True, metavar="LOGIN", help="the administrator who says so")
    lost.set_defaults(deed="people")
    for one in (first, add, end, secret):
        one.add_argument("login", metavar="LOGIN")
        one.add_argument("--stdin", action="store_true", help="read passwords from standard input, a line each")
        one.set_defaults(deed="people")
    for one in (first, add):
        one.add_argument("--name", required=True, help="the name that is shown and recorded with deeds")
    add.add_argument("--role", required=True, choices=[str(role) for role in Role])
    for one in (add, end):
        one.add_argument("--as", dest="by", required=True, metavar="LOGIN", help="the administrator who does it")
    secret.add_argument("--as", dest="by", default="", metavar="LOGIN", help="the administrator who does it")


def _rights(rights: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = rights.add_subparsers(dest="what", required=True)
    find = subs.add_parser(
        "find",
        parents=[common],
        help="what is held about a person; whom is typed, never an argument: exit code 1 found",
    )
    find.add_argument("--complaint", default="", metavar="ID", help="what is held of that complaint instead")
    find.add_argument("--json", action="store_true", help="JSON instead of sentences")
    export = subs.add_parser("export", parents=[common], help="all of it as a folder to hand over")
    export.add_argument("--complaint", action="append", default=[], metavar="ID", help="one they told of (repeatable)")
    export.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder that is not there yet")
    correct = subs.add_parser("correct", parents=[common], help="another value in the place of a wrong one")
    correct.add_argument("complaint", metavar="ID")
    correct.add_argument("field", metavar="FIELD")
    delete = subs.add_parser("delete", parents=[common], help="erase it, here and wherever the centre is heard")
    delete.add_argument("complaint", metavar="ID", nargs="+")
    delete.add_argument("--field", action="append", default=[], metavar="NAME", help="only these fields (repeatable)")
    delete.add_argument("--keep-history", action="store_true", help="the words of its history stay")
    delete.add_argument("--event", action="append", default=[], metavar="ID", help="the words of that event alone")
    delete.add_argument("--backups", choices=("expire", "now"), default="expire", help="now: remove old backups too")
    delete.add_argument("--yes", action="store_true", help="the numbers were checked: it cannot be taken back")
    proof = subs.add_parser("proof", parents=[common], help="a page that says what was erased and what remains")
    proof.add_argument("--to", type=Path, required=True, metavar="FILE", help="HTML, or text for a name in .txt")
    for name, one in {"find": find, "export": export, "correct": correct, "delete": delete, "proof": proof}.items():
        one.add_argument("--case", required=True, metavar="NO", help="number of the case, stands in the ledger")
        one.add_argument("--as", dest="by", default="", metavar="LOGIN", help="who does it, where persons are known")
        one.add_argument(
            "--recovery-code", action="store_true", help="the keyring lacks the city's key: ask for its code"
        )
        one.add_argument("--stdin", action="store_true", help="read what is typed from standard input, a line each")
        one.set_defaults(deed="rights", what=name)


PARTS: Mapping[str, tuple[str, Adder]] = {
    "run": ("open the console (the default)", _run),
    "engine": ("sync in the background, no window; notes on the pipes", _engine),
    "centre": ("the embedded centre: a city's interface on loopback", _centre),
    "read": ("read answers of sources; an engine starts it by itself", _read),
    "parts": ("name all panels, feeds and commands, as JSON", _parts),
    "relay": ("who may use this console's relay", _relay),
    "pack": ("city packs", _pack),
    "settings": ("the settings of this console", _settings),
    "store": ("the local store", _store),
    "audit": ("who did what at this console, and whether that still stands as it was", _audit),
    "feed": ("sources", _feed),
    "forward": ("complaints handed on to other applications", _forward),
    "hub": ("the centre's server", _hub),
    "sync": ("exchange with a centre", _sync),
    "snapshot": ("a first store for a new console", _snapshot),
    "key": ("the city's data keys, for whom personal data is sealed", _key),
    "retention": ("how long personal data is kept, and erasing what has run out", _retention),
    "breach": ("the notice of a breach of personal data", _breach),
    "bundle": ("exchange by hand, without a link", _bundle),
    "people": ("who may sign in", _people),
    "rights": ("what a person may ask of us: find, hand out, set right, erase", _rights),
}
GROUPS = frozenset(
    {
        "audit",
        "key",
        "relay",
        "retention",
        "pack",
        "settings",
        "store",
        "feed",
        "forward",
        "hub",
        "sync",
        "snapshot",
        "bundle",
        "people",
        "rights",
    }
)
"""Parts whose next word says what to do."""
