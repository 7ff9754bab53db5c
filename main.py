"""The one door in: what was typed decides what is imported. No window, no Qt, no wire before that.

Faults of the world leave as one sentence on stderr and exit code 2; anything else is our bug and is shown whole.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from console.core import notes
from console.core.errors import BadPack, BadSetting, ConsoleError, Refused
from console.core.phrases import LANGUAGES, Phrases
from console.store.files import Profile, default_profile, load_phrases

if TYPE_CHECKING:
    from console.shell.options import RunOptions
    from sync.bundle.terminal import Counter

_SEED = 21
VERSION = "0.1.0"
SYNC_PARTS = ("hub", "sync", "snapshot", "bundle", "relay")


def parser(environ: Mapping[str, str], platform: str) -> argparse.ArgumentParser:
    """All subcommands. Without one, `run` is meant."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--profile", type=Path, metavar="DIR", help="data folder (default: the local one of this user)")
    common.add_argument("--language", choices=LANGUAGES, help="language of screen and messages")
    common.set_defaults(profile=default_profile(environ, platform))
    top = argparse.ArgumentParser(prog="kendali", description="Console of a city's command centre.")
    top.add_argument("--version", action="version", version=VERSION)
    subs = top.add_subparsers(dest="part", required=True, metavar="COMMAND")

    run = subs.add_parser("run", parents=[common], help="open the console (the default)")
    run.add_argument("--shots", type=Path, metavar="DIR", help="write a picture of every monitor there, and end")
    run.add_argument("--replay", type=Path, metavar="FILE", help="recorded answers for the embedded centre to serve")
    run.add_argument("--pace", type=float, default=1.0, metavar="X", help="how many times faster than they happened")
    run.add_argument("--screens", metavar="N|SPEC", help="virtual monitors: 4, or 1920x1080+0+0,1280x1024+1920+0@2")
    run.add_argument("--no-centre", action="store_true", help="do not start the embedded centre")
    run.add_argument("--stalls", action="store_true", help="log what holds up the screen")
    run.set_defaults(do=_run)

    engine = subs.add_parser("engine", parents=[common], help="sync in the background, no window; notes on the pipes")
    engine.add_argument("--notes", action="store_true", help="speak notes on the pipes, as the console's own engine")
    engine.add_argument("--centre", default="", metavar="URL", help="where the embedded centre listens, if one runs")
    engine.set_defaults(do=_engine)

    centre = subs.add_parser("centre", parents=[common], help="the embedded centre: a city's interface on loopback")
    centre.add_argument("--port", type=int, default=0)
    centre.add_argument("--seed", type=int, default=_SEED)
    centre.add_argument("--replay", type=Path, metavar="FILE")
    centre.add_argument("--pace", type=float, default=1.0, metavar="X")
    centre.set_defaults(do=_centre)

    parts = subs.add_parser("parts", parents=[common], help="name all panels, feeds and commands, as JSON")
    parts.set_defaults(do=_parts)

    _relay_parser(subs.add_parser("relay", help="who may use this console's relay"), common)
    _pack_parser(subs.add_parser("pack", help="city packs"), common)
    _store_parser(subs.add_parser("store", help="the local store"), common)
    _feed_parser(subs.add_parser("feed", help="sources"), common)
    _hub_parser(subs.add_parser("hub", help="the centre's server"), common)
    _sync_parser(subs.add_parser("sync", help="exchange with a centre"), common)
    _snapshot_parser(subs.add_parser("snapshot", help="a first store for a new console"), common)
    _bundle_parser(subs.add_parser("bundle", help="exchange by hand, without a link"), common)
    return top


def _pack_parser(pack: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = pack.add_subparsers(dest="what", required=True)
    for name, says in (("check", "list every fault of a pack"), ("add", "install a pack, or make one of a raw pair")):
        one = subs.add_parser(name, parents=[common], help=says)
        one.add_argument("path", type=Path)
        one.set_defaults(do=_pack_check if name == "check" else _pack_add)
    use = subs.add_parser("use", parents=[common], help="take an installed pack from the next start on")
    use.add_argument("pack", metavar="ID")
    use.set_defaults(do=_pack_use)
    subs.add_parser("list", parents=[common], help="packs that can be used").set_defaults(do=_pack_list)


def _relay_parser(relay: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = relay.add_subparsers(dest="what", required=True)
    add = subs.add_parser("add", parents=[common], help="make an account; its secret is shown once")
    add.add_argument("name")
    add.add_argument("--read", action="append", default=[], metavar="PLACE", help="a database, or its beginning and *")
    add.add_argument("--write", action="append", default=[], metavar="PLACE", help="(default: reads and writes all)")
    add.set_defaults(do=_relay_add)
    drop = subs.add_parser("drop", parents=[common], help="take an account away")
    drop.add_argument("name")
    drop.set_defaults(do=_relay_drop)
    subs.add_parser("list", parents=[common], help="accounts and their rights").set_defaults(do=_relay_list)


def _store_parser(store: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = store.add_subparsers(dest="what", required=True)
    subs.add_parser("check", parents=[common], help="check the files").set_defaults(do=_store_check)
    subs.add_parser("backup", parents=[common], help="make a backup and restore it as a test").set_defaults(
        do=_store_backup
    )
    restore = subs.add_parser("restore", parents=[common], help="put a backup in place; the old file is kept beside")
    restore.add_argument("source", type=Path, nargs="?", help="a backup (default: the newest)")
    restore.add_argument(
        "--start-empty", metavar="WORD", default="", help="no backup at all: begin with an empty store"
    )
    restore.set_defaults(do=_store_restore)
    export = subs.add_parser("export", parents=[common], help="write records to standard output")
    export.add_argument("kind")
    export.add_argument("--format", choices=("json", "csv", "geojson"), default="json")
    export.set_defaults(do=_store_export)


def _feed_parser(feed: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = feed.add_subparsers(dest="what", required=True)
    subs.add_parser("list", parents=[common], help="kinds of sources").set_defaults(do=_feed_list)
    one = subs.add_parser("try", parents=[common], help="decode a file or an address, and say what came of it")
    one.add_argument("kind")
    one.add_argument("source")
    one.set_defaults(do=_feed_try)


def _hub_parser(hub: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = hub.add_subparsers(dest="what", required=True)
    prepare = subs.add_parser("prepare", parents=[common], help="make a CouchDB ready to be this city's centre")
    prepare.add_argument("url", metavar="URL")
    _account_arguments(prepare)
    prepare.set_defaults(do=_hub_prepare)


def _sync_parser(sync: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = sync.add_subparsers(dest="what", required=True)
    once = subs.add_parser(
        "once",
        parents=[common],
        help="one exchange: exit code 0 clean, 3 out of reach, 4 denied, 5 a person has to decide something",
    )
    once.add_argument("--hub", default="", metavar="URL", help="the centre's server (default: that of the settings)")
    once.add_argument("--json", action="store_true", help="say what came of it as one JSON object")
    _account_arguments(once)
    once.set_defaults(do=_sync_once)


def _account_arguments(one: argparse.ArgumentParser) -> None:
    """How to sign in. A secret is never an argument: others on the machine can read those."""
    one.add_argument("--user", default="", metavar="NAME", help="account at the server")
    one.add_argument("--secret-stdin", action="store_true", help="read its secret from standard input, one line")
    one.add_argument("--sign-in", choices=("cookie", "basic", "jwt"), default=None, help="how to sign in")
    one.add_argument("--pin", default="", metavar="SHA256", help="trust this certificate or key, and no other")
    one.add_argument("--clear", action="store_true", help="the secret may travel unencrypted: your own cable")


def _snapshot_parser(snapshot: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = snapshot.add_subparsers(dest="what", required=True)
    make = subs.add_parser("make", parents=[common], help="what the centre holds of this store, as one file")
    make.add_argument("path", type=Path, metavar="FILE")
    make.set_defaults(do=_snapshot_make)
    adopt = subs.add_parser("adopt", parents=[common], help="begin with such a file; unsent work of this store stays")
    adopt.add_argument("source", metavar="FILE|URL")
    adopt.add_argument("--unsigned", action="store_true", help="also from nobody we trust: then every value is checked")
    adopt.add_argument("--pin", default="", metavar="SHA256", help="trust this certificate or key of the server")
    adopt.set_defaults(do=_snapshot_adopt)


def _bundle_parser(bundle: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
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
        each.set_defaults(do=_bundle)


class Terminal:
    """Where a subcommand speaks: sentences in the person's language, data on standard output."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.profile: Path = arguments.profile
        self.phrases: Phrases = load_phrases(arguments.language or LANGUAGES[0])
        self.out: TextIO = sys.stdout
        self.err: TextIO = sys.stderr

    def line(self, text: str) -> None:
        """One line on standard output."""
        print(text, file=self.out, flush=True)

    def aside(self, text: str) -> None:
        """One line that is not the output: how far it is."""
        print(text, file=self.err, flush=True)

    def passphrase(self) -> str:
        """The passphrase of the key file, typed unseen, or a line of standard input."""
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        from getpass import getpass

        return getpass(self.phrases.say("sync.bundle.ask_passphrase"))

    def secret(self, user: str, server: str) -> str:
        """What a person types, or the first line of standard input where that was asked for. Never an argument."""
        if self.arguments.secret_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not user or not sys.stdin.isatty():
            return ""
        from getpass import getpass

        return getpass(self.phrases.say("sync.prepare.ask", user=user, server=server))


def _run(at: Terminal, environ: Mapping[str, str], platform: str) -> int:
    from console.shell.run import run

    return run(_options(at.arguments, environ, platform))


def _options(arguments: argparse.Namespace, environ: Mapping[str, str], platform: str) -> RunOptions:
    from console.shell.options import RunOptions

    return RunOptions(
        profile=arguments.profile,
        program=own_program(),
        version=VERSION,
        language=arguments.language,
        shots=arguments.shots,
        replay=arguments.replay,
        pace=arguments.pace,
        screens=arguments.screens,
        centre=not arguments.no_centre,
        stalls=arguments.stalls,
        display=has_display(environ, platform),
    )


def own_program() -> tuple[str, ...]:
    """How to call this program again. A bundle has a second one without Qt for its children."""
    if getattr(sys, "frozen", False):
        here = Path(sys.executable)
        return (str(here.with_name(f"kendali-engine{here.suffix}")),)
    return (sys.executable, str(Path(__file__).resolve()))


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Whether there is a screen to open windows on."""
    if not platform.startswith(("linux", "freebsd")):
        return True
    wanted = environ.get("QT_QPA_PLATFORM", "")
    if wanted:
        return not wanted.startswith(("offscreen", "minimal"))
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _engine(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.engine import run_engine, run_headless

    if at.arguments.notes:
        return run_engine(at.profile)
    return run_headless(at.profile, at.phrases, at.line, centre=at.arguments.centre)


def _centre(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.centre import run_centre

    given = at.arguments
    try:
        return run_centre(given.port, given.seed, given.replay, given.pace, profile=at.profile)
    except ConsoleError as trouble:
        # the console that started it listens for notes, not to what is said in a terminal
        values = {name: str(value) for name, value in trouble.values.items()}
        at.line(notes.line("trouble", says=trouble.says, values=values).decode().rstrip())
        raise


def _relay_add(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.relay import terminal

    given = at.arguments
    return terminal.add(at.profile, given.name, at.phrases, at.line, reads=given.read, writes=given.write)


def _relay_drop(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.relay import terminal

    return terminal.drop(at.profile, at.arguments.name, at.phrases, at.line)


def _relay_list(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.relay import terminal

    return terminal.listed(at.profile, at.line)


def _parts(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    """What this program is made of: a bundle must name the same as the sources."""
    import json

    from console import commands, panels
    from console.store.database import SQLITE
    from sync import feeds

    named: dict[str, list[str]] = {
        "panels": list(panels.found()),
        "feeds": list(feeds.found()),
        "commands": [*commands.found()],
    }
    at.line(json.dumps({**{kind: sorted(found) for kind, found in named.items()}, "sqlite": SQLITE}))
    return 0


def _pack_check(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store.packs import pack_check

    return pack_check(at.arguments.path, at.phrases.say, at.line)


def _pack_add(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store.packs import pack_add

    return pack_add(Profile.at(at.profile), at.arguments.path, at.phrases.say, at.line)


def _pack_use(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.shell.preferences import Preferences
    from console.store.packs import load

    profile = Profile.at(at.profile)
    pack = load(profile, at.arguments.pack)
    Preferences(profile).change("pack", pack.id)
    at.line(at.phrases.say("pack.used", pack=pack.id, city=pack.name))
    return 0


def _pack_list(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store.packs import installed

    for each in installed(Profile(at.profile)):
        at.line(f"{each.id}\t{each.name}")
    return 0


def _store_check(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store import terminal

    return terminal.check(at.profile, at.phrases, at.out)


def _store_backup(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store import terminal

    return terminal.backup(at.profile, at.phrases, at.out)


def _store_restore(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store import terminal

    given = at.arguments
    return terminal.restore(at.profile, given.source, at.phrases, at.out, empty=given.start_empty)


def _store_export(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from console.store import terminal

    return terminal.export(at.profile, at.arguments.kind, at.arguments.format, at.out)


def _feed_try(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.terminal import feed_try

    return feed_try(at.arguments.kind, at.arguments.source, at.phrases, at.out, at.err)


def _feed_list(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.terminal import feed_list

    return feed_list(at.phrases, at.out)


def _hub_prepare(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.hub_terminal import Server, hub_prepare

    given = at.arguments
    secret = at.secret(given.user, given.url)
    if not secret:
        raise Refused("sync.prepare.no_secret")
    server = Server(given.url, given.user, lambda: secret, given.sign_in or "cookie", given.pin, given.clear)
    return hub_prepare(at.profile, server, at.phrases, at.line)


def _sync_once(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.credentials import Credentials
    from sync.exchange import Server
    from sync.once import sync_once

    given = at.arguments
    known = Credentials()
    typed = at.secret(given.user, given.hub) if given.secret_stdin else ""

    def secret(server: Server) -> str:
        found = typed or known.secret(server.url, server.user)
        if not found:
            # for this run: a machine that is asked at a terminal may be anybody's
            found = at.secret(server.user, server.url)
            known.keep(server.url, server.user, found, durably=False)
        return found

    server = Server(given.hub.rstrip("/"), given.user, given.sign_in or "cookie", given.pin, given.clear)
    return sync_once(at.profile, server if given.hub else None, secret, at.phrases, at.line, as_json=given.json)


def _counter(at: Terminal) -> Counter:
    from sync.bundle.terminal import Counter

    return Counter.at(at.profile, at.phrases, at.line, at.passphrase)


def _snapshot_make(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.snapshot_terminal import make

    return make(_counter(at), at.arguments.path, at.aside)


def _snapshot_adopt(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.snapshot_terminal import take

    given = at.arguments
    return take(_counter(at), given.source, at.aside, unsigned=given.unsigned, pin=given.pin)


def _bundle(at: Terminal, _environ: Mapping[str, str], _platform: str) -> int:
    from sync.bundle.make import Wanted

    counter, given = _counter(at), at.arguments
    match given.what:
        case "key":
            return counter.key(new=given.new)
        case "trust":
            return counter.trust(given.key, given.name)
        case "forget":
            return counter.forget(given.whom)
        case "contacts":
            return counter.contacts()
        case "take":
            return counter.take(given.paths, given.receipt)
        case "receipt":
            return counter.receipt(given.path)
    to, city = counter.key_of(given.to), counter.pack.id
    split = given.split << 20
    return counter.make(Wanted(to, given.path, city, given.name, given.all, tuple(given.place), split, given.days))


def tell(error: ConsoleError, phrases: Phrases) -> str:
    """The sentence of an error, and a line for each fault it lists."""
    lines = [phrases.tell(error)]
    if isinstance(error, BadPack | BadSetting):
        lines += [f"  {fault.where}: {phrases.tell(fault)}" for fault in error.faults]
    return "\n".join(lines)


def main(argv: Sequence[str], environ: Mapping[str, str], platform: str) -> int:
    """Run what was asked for; the exit code."""
    top = parser(environ, platform)
    known = {*("run", "engine", "centre", "parts", "pack", "store", "feed"), *SYNC_PARTS}
    first = argv[0] if argv else ""
    asked = argv if first in known or first in ("-h", "--help", "--version") else ["run", *argv]
    arguments = top.parse_args(asked)
    at = Terminal(arguments)
    do: Callable[[Terminal, Mapping[str, str], str], int] = arguments.do
    try:
        return do(at, environ, platform)
    except ConsoleError as error:
        print(tell(error, at.phrases), file=at.err)
        return 2
    except BrokenPipeError:
        # who read our output has had enough (`| head`): nothing failed; what is left goes nowhere, also at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:], os.environ, sys.platform))
