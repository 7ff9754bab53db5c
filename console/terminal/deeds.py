"""What each subcommand does: imports what it needs, and nothing before. The screen is opened by main.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.core import notes
from console.core.errors import ConsoleError, Refused
from console.store.files import Profile
from console.terminal.terminal import Terminal

if TYPE_CHECKING:
    from console.core.records import LedgerFilter
    from console.store.ledger_heads import Head
    from console.store.ledger_terminal import Auditor
    from sync.bundle.terminal import Counter


def _engine(at: Terminal) -> int:
    from sync.start import run_engine, run_headless

    reads = (*at.program, "read") if at.program else ()
    if at.arguments.notes:
        return run_engine(at.profile, reads=reads)
    return run_headless(at.profile, at.phrases, at.line, centre=at.arguments.centre, reads=reads)


def _read(_at: Terminal) -> int:
    from sync.feeds import found
    from sync.reading_child import run_reading

    return run_reading(found())


def _centre(at: Terminal) -> int:
    from sync.centre.run import run_centre

    given = at.arguments
    try:
        return run_centre(given.port, given.seed, given.replay, given.pace, profile=at.profile)
    except ConsoleError as trouble:
        # the console that started it listens for notes, not to what is said in a terminal
        values = {name: str(value) for name, value in trouble.values.items()}
        at.line(notes.line("trouble", says=trouble.says, values=values).decode().rstrip())
        raise


def _relay_add(at: Terminal) -> int:
    from sync.relay import terminal

    given = at.arguments
    return terminal.add(at.profile, given.name, at.phrases, at.line, reads=given.read, writes=given.write)


def _relay_drop(at: Terminal) -> int:
    from sync.relay import terminal

    return terminal.drop(at.profile, at.arguments.name, at.phrases, at.line)


def _relay_list(at: Terminal) -> int:
    from sync.relay import terminal

    return terminal.listed(at.profile, at.phrases, at.line)


def _parts(at: Terminal) -> int:
    """What this program is made of: a bundle must name the same as the sources."""
    import json

    from console import commands, panels
    from console.store.database import SQLITE
    from sync import feeds
    from sync.credentials import backends

    named: dict[str, list[str]] = {
        "panels": list(panels.found()),
        "feeds": list(feeds.found()),
        "commands": [*commands.found()],
        "keyrings": backends(),
    }
    at.line(json.dumps({**{kind: sorted(found) for kind, found in named.items()}, "sqlite": SQLITE}))
    return 0


def _pack_check(at: Terminal) -> int:
    from console.store.packs import pack_check

    return pack_check(at.arguments.path, at.phrases.say, at.line)


def _pack_add(at: Terminal) -> int:
    from console.store.packs import pack_add

    return pack_add(Profile.at(at.profile), at.arguments.path, at.phrases.say, at.line)


def _pack_use(at: Terminal) -> int:
    from console.shell.preferences import Preferences
    from console.store.packs import load

    profile = Profile.at(at.profile)
    pack = load(profile, at.arguments.pack)
    Preferences(profile, who=lambda: at.who).change("pack", pack.id)
    at.line(at.phrases.say("pack.used", pack=pack.id, city=pack.name))
    return 0


def _pack_list(at: Terminal) -> int:
    from console.core.safe_text import one_line
    from console.store.packs import installed

    for each in installed(Profile(at.profile)):
        at.line(f"{one_line(each.id)}\t{one_line(each.name)}")
    return 0


def _settings_list(at: Terminal) -> int:
    from console.terminal import settings

    return settings.listed(at.profile, at.phrases, at.line, at.aside)


def _settings_set(at: Terminal) -> int:
    from console.terminal import settings

    return settings.put(at.profile, at.arguments.key, at.arguments.value, at.phrases, at.line, who=at.who)


def _store_check(at: Terminal) -> int:
    from console.store import terminal

    return terminal.check(at.profile, at.phrases, at.out)


def _store_backup(at: Terminal) -> int:
    from console.store import terminal

    return terminal.backup(at.profile, at.phrases, at.out)


def _store_restore(at: Terminal) -> int:
    from console.store import terminal

    given = at.arguments
    return terminal.restore(at.profile, given.source, at.phrases, at.out, empty=given.start_empty, who=at.who)


def _store_export(at: Terminal) -> int:
    from console.core.audience import SETTING as AUDIENCE
    from console.core.audience import Audience
    from console.core.errors import DiskTrouble
    from console.store import slips, terminal
    from console.store.walls import refuse_narrow
    from sync.chosen import settings_of

    kind, form = at.arguments.kind, at.arguments.format
    refuse_narrow(Audience(settings_of(Profile(at.profile.absolute()))[AUDIENCE]))
    if at.profile.is_dir():
        try:  # what leaves stands in the ledger first; a disk that takes nothing keeps nobody from saving his data
            profile = Profile(at.profile.absolute())
            slips.hand_in(profile, at.clock, "export", who=at.who, subject=kind, told={"format": form})
        except DiskTrouble as trouble:
            at.aside(at.phrases.say("store.ledger.not_kept", fault=trouble.says))
    return terminal.export(at.profile, kind, form, at.out)


def _auditor(at: Terminal) -> Auditor:
    from console.store.ledger_terminal import Auditor

    return Auditor(at.profile, at.phrases, at.out, at.aside, who=at.who)


def _asked(at: Terminal) -> LedgerFilter:
    from console.core.records import LedgerFilter
    from console.store.ledger_terminal import instant

    given = at.arguments
    since, until = (instant(text) if text else None for text in (given.since, given.until))
    return LedgerFilter(getattr(given, "who", None), getattr(given, "deed_kind", None), since, until)


def _audit_verify(at: Terminal) -> int:
    given = at.arguments
    more: Sequence[Head] = ()
    if given.hub:
        from sync.anchor import anchored

        more = anchored(at.profile)
    return _auditor(at).verify(as_json=given.json, start=given.start, heads=given.heads, more=more)


def _audit_list(at: Terminal) -> int:
    given = at.arguments
    return _auditor(at).list(_asked(at), limit=given.limit, before=given.before, as_json=given.json)


def _audit_export(at: Terminal) -> int:
    return _auditor(at).export(at.arguments.format, _asked(at))


def _audit_heads(at: Terminal) -> int:
    return _auditor(at).heads(as_json=at.arguments.json)


def _audit_reveals(at: Terminal) -> int:
    asked = _asked(at)
    return _auditor(at).reveals(asked.since, asked.until, as_json=at.arguments.json)


def _feed_try(at: Terminal) -> int:
    from sync.terminal import feed_try

    return feed_try(at.arguments.kind, at.arguments.source, at.phrases, at.out, at.err)


def _feed_list(at: Terminal) -> int:
    from sync.terminal import feed_list

    return feed_list(at.phrases, at.out)


def _feed_add(at: Terminal) -> int:
    from sync.own_terminal import feed_add

    return feed_add(at.profile, at.arguments, at.line, at.phrases, who=at.who, clock=at.clock)


def _feed_drop(at: Terminal) -> int:
    from sync.own_terminal import feed_drop

    return feed_drop(at.profile, at.arguments.id, at.line, at.phrases, who=at.who, clock=at.clock)


def _feed_own(at: Terminal) -> int:
    from sync.own_terminal import feed_own

    return feed_own(at.profile, at.line, at.phrases)


def _feed_key(at: Terminal) -> int:
    from sync.own_terminal import feed_key

    key = at.person_secret("sync.own.ask_key").strip()
    return feed_key(at.profile, at.arguments.id, key, at.line, at.phrases, who=at.who, clock=at.clock)


def _forward(at: Terminal) -> int:
    from sync.forward_terminal import Forwarder

    given = at.arguments
    if given.what == "list":
        return Forwarder(at.profile, at.phrases, at.line, at.person_secret).listed()
    forwarder = Forwarder(at.profile, at.phrases, at.line, at.person_secret, given.by, at.who)
    if given.what == "look":
        return forwarder.look()
    asked = {"text": given.text, "attributes": given.attribute, "again": given.again}
    return forwarder.send(given.complaint, given.target, given.service, **asked)


def _hub_prepare(at: Terminal) -> int:
    from sync.hub_server import Server
    from sync.hub_terminal import hub_prepare

    given = at.arguments
    secret = at.secret(given.user, given.url)
    if not secret:
        raise Refused("sync.prepare.no_secret")
    server = Server(given.url, given.user, given.sign_in or "cookie", given.pin, given.clear)
    return hub_prepare(at.profile, server, lambda: secret, at.phrases, at.line)


def _sync_once(at: Terminal) -> int:
    from sync.credentials import Credentials
    from sync.hub_server import Server
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

    return Counter.at(at.profile, at.phrases, at.line, at.passphrase, at.who)


def _snapshot_make(at: Terminal) -> int:
    from sync.snapshot_terminal import hand, make

    if at.arguments.delegation:
        return hand(_counter(at), at.arguments.path)
    return make(_counter(at), at.arguments.path, at.aside)


def _snapshot_look(at: Terminal) -> int:
    from sync.snapshot_terminal import show

    return show(_counter(at), at.arguments.path, at.arguments.into)


def _snapshot_adopt(at: Terminal) -> int:
    from sync.snapshot_terminal import take

    given = at.arguments
    return take(_counter(at), given.source, at.aside, unsigned=given.unsigned, pin=given.pin)


def _bundle(at: Terminal) -> int:
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


def _key(at: Terminal) -> int:
    from sync.city_key_terminal import By, KeyDesk

    given = at.arguments
    desk = KeyDesk.at(at.profile, at.phrases, at.line, secret=at.person_secret, code=at.recovery_code, who=at.who)
    match given.what:
        case "open":
            return desk.open(at.recovery_code)
        case "show":
            return desk.show()
        case "status":
            return desk.status()
    by = By(given.by, given.login)
    match given.what:
        case "rotate":
            return desk.rotate(by)
        case "recovery":
            return desk.recovery(by)
    return desk.make(by)


def _retention(at: Terminal) -> int:
    from sync.retention_terminal import RetentionDesk

    given, desk = at.arguments, RetentionDesk(at.profile, at.phrases, at.line, who=at.who, clock=at.clock)
    return desk.report(as_json=given.json) if given.what == "report" else desk.run(yes=given.yes, as_json=given.json)


def _breach(at: Terminal) -> int:
    from sync.breach_terminal import BreachDesk

    given, desk = at.arguments, BreachDesk(at.profile, at.phrases, at.line, at.aside, at.who, at.clock)
    return desk.draft(given.since, given.until, known=given.known, form=given.format, to=given.to)


def _people(at: Terminal) -> int:
    from sync.people_terminal import Counter

    given = at.arguments
    counter = Counter(at.profile, at.phrases, at.line, at.person_secret)
    match given.what:
        case "list":
            return counter.listed()
        case "first":
            return counter.first(given.login, given.name)
        case "add":
            return counter.add(given.login, given.name, given.role, given.by)
        case "end":
            return counter.end(given.login, given.by)
        case "lost":
            return counter.lost(given.console, given.by, found=given.found)
    return counter.secret(given.login, given.by)


def _rights(at: Terminal) -> int:
    from sync.rights_terminal import Counter

    given = at.arguments
    counter = Counter(
        at.profile,
        at.phrases,
        at.line,
        at.person_secret,
        at.typed,
        given.case,
        login=given.by,
        account=at.who,
        recovery=at.person_secret if given.recovery_code else None,
    )
    match given.what:
        case "find":
            return counter.find(given.complaint, as_json=given.json)
        case "export":
            return counter.export(given.complaint, given.to)
        case "correct":
            return counter.correct(given.complaint, given.field)
        case "proof":
            return counter.proof(given.to)
    return counter.delete(
        given.complaint,
        fields=given.field,
        history=not given.keep_history,
        deeds=given.event,
        backups_now=given.backups == "now",
        sure=given.yes,
    )


DEEDS: Mapping[str, Callable[[Terminal], int]] = {
    "engine": _engine,
    "centre": _centre,
    "read": _read,
    "relay_add": _relay_add,
    "relay_drop": _relay_drop,
    "relay_list": _relay_list,
    "parts": _parts,
    "pack_check": _pack_check,
    "pack_add": _pack_add,
    "pack_use": _pack_use,
    "pack_list": _pack_list,
    "settings_list": _settings_list,
    "settings_set": _settings_set,
    "store_check": _store_check,
    "store_backup": _store_backup,
    "store_restore": _store_restore,
    "store_export": _store_export,
    "audit_verify": _audit_verify,
    "audit_list": _audit_list,
    "audit_export": _audit_export,
    "audit_heads": _audit_heads,
    "audit_reveals": _audit_reveals,
    "feed_try": _feed_try,
    "feed_list": _feed_list,
    "feed_add": _feed_add,
    "feed_drop": _feed_drop,
    "feed_own": _feed_own,
    "feed_key": _feed_key,
    "forward": _forward,
    "hub_prepare": _hub_prepare,
    "sync_once": _sync_once,
    "snapshot_make": _snapshot_make,
    "snapshot_look": _snapshot_look,
    "snapshot_adopt": _snapshot_adopt,
    "bundle": _bundle,
    "key": _key,
    "people": _people,
    "rights": _rights,
    "breach": _breach,
    "retention": _retention,
}
"""By the name that the arguments give them."""
