"""Making a CouchDB ready to be a city's centre: databases, who may read and write them, and what they take.

Everything is looked at first and changed only where it differs, so it may be run any number of times; what was done is
told step by step. Two kinds of roles: one for the whole city, and one for each kecamatan, for a post that follows no
more than its own. Accounts are made by who runs the server (resources/manual: hub).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from console.core.errors import BadAnswer, Denied, Refused
from console.core.pack import CityPack, Level
from console.core.places import complaints_place, files_place, places_of, shared_place
from sync.couch import Call, Reply, Server, read_server
from sync.strict_json import faults

Ask = Callable[[Call], Reply]
DESIGN = "_design/kendali"
LEAST_VERSION = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done, or found done, as a phrase."""

    says: str
    values: Mapping[str, Any] = field(default_factory=dict)
    changed: bool = False


def city_role(city: str) -> str:
    """Role of who works for the whole city."""
    return f"kendali-{city}"


def area_role(city: str, kecamatan: str) -> str:
    """Role of a post that follows one kecamatan. `kecamatan` is its Kemendagri code."""
    return f"kendali-{city}-{kecamatan.replace('.', '-')}"


def kecamatan_of(pack: CityPack) -> list[str]:
    """Codes of the city's kecamatan."""
    return sorted(code for code, area in pack.areas.items() if area.level is Level.KECAMATAN)


def databases(pack: CityPack) -> dict[str, list[str]]:
    """Every database of the city's centre, with the roles that may use it."""
    areas = kecamatan_of(pack)
    city = city_role(pack.id)
    everyone = [city, *(area_role(pack.id, code) for code in areas)]
    roles = {place: [city] for place in places_of(pack.id, areas)}
    roles |= {complaints_place(pack.id, code): [city, area_role(pack.id, code)] for code in areas}
    return {**roles, shared_place(pack.id): everyone, files_place(pack.id): everyone}


def prepare(ask: Ask, stranger: Ask, pack: CityPack, rules: str) -> Iterator[Step]:
    """Make the server ready, step by step. `ask` is signed in as its admin, `stranger` is nobody; `rules` is the source
    of the function that judges each document. Raises `Denied`, `Refused`, `Away` or `BadAnswer`; begin anew then."""
    yield _server(ask)
    yield _admin(ask)
    yield _nodes(ask)
    for name in ("_users", "_replicator"):
        yield _database(ask, name)
    for name, roles in databases(pack).items():
        yield _database(ask, name)
        yield _members(ask, name, roles)
        yield _rules(ask, name, rules)
    yield _closed(stranger, shared_place(pack.id))


def _server(ask: Ask) -> Step:
    server: Server = read_server(ask(Call("GET", "/")))
    major = server.version.partition(".")[0]
    if re.fullmatch(r"[0-9]{1,9}", major) and int(major) < LEAST_VERSION:
        raise Refused("sync.prepare.old", version=server.version, least=LEAST_VERSION)
    return Step("sync.prepare.server", {"version": server.version or "?", "uuid": server.uuid or "?"})


def _admin(ask: Ask) -> Step:
    session = _table(ask(Call("GET", "/_session")))
    person = _table(session.get("userCtx"))
    if "_admin" not in _listed(person.get("roles")):
        raise Denied("sync.prepare.no_admin", user=str(person.get("name") or "-"))
    return Step("sync.prepare.admin", {"user": str(person.get("name") or "-")})


def _nodes(ask: Ask) -> Step:
    reply = ask(Call("GET", "/_membership"))
    if reply.status == 404:
        return Step("sync.prepare.nodes", {"count": 1})
    nodes = _table(reply)
    here, all_of_them = nodes.get("all_nodes"), nodes.get("cluster_nodes")
    if not isinstance(here, list) or not isinstance(all_of_them, list):
        raise BadAnswer("sync.prepare.form", where="/_membership")
    missing = sorted(str(each) for each in set(map(str, all_of_them)) - set(map(str, here)))
    if missing:
        raise Refused("sync.prepare.nodes_missing", nodes=", ".join(missing))
    return Step("sync.prepare.nodes", {"count": len(all_of_them)})


def _database(ask: Ask, name: str) -> Step:
    if ask(Call("GET", f"/{name}")).status == 200:
        return Step("sync.prepare.database_there", {"name": name})
    reply = ask(Call("PUT", f"/{name}"))
    if reply.status not in (201, 202, 412):  # 412: somebody else made it meanwhile
        raise _refused(reply, f"/{name}")
    return Step("sync.prepare.database", {"name": name}, changed=True)


def _members(ask: Ask, name: str, roles: list[str]) -> Step:
    path = f"/{name}/_security"
    wanted = {"admins": {"names": [], "roles": ["_admin"]}, "members": {"names": [], "roles": sorted(roles)}}
    found = _table(ask(Call("GET", path)))
    if {part: _sorted(found.get(part)) for part in wanted} == wanted:
        return Step("sync.prepare.members_there", {"name": name})
    reply = ask(Call("PUT", path, body={**found, **wanted}))
    if reply.status != 200:
        raise _refused(reply, path)
    return Step("sync.prepare.members", {"name": name, "roles": ", ".join(sorted(roles))}, changed=True)


def _rules(ask: Ask, name: str, rules: str) -> Step:
    path = f"/{name}/{quote(DESIGN)}"
    reply = ask(Call("GET", path))
    found = _table(reply) if reply.status == 200 else {}
    if found.get("validate_doc_update") == rules:
        return Step("sync.prepare.rules_there", {"name": name})
    body = {**found, "_id": DESIGN, "language": "javascript", "validate_doc_update": rules}
    reply = ask(Call("PUT", path, body=body))
    if reply.status not in (201, 202):
        raise _refused(reply, path)
    return Step("sync.prepare.rules", {"name": name}, changed=True)


def _closed(stranger: Ask, name: str) -> Step:
    """Who does not sign in sees nothing, or it is no centre yet."""
    try:
        reply = stranger(Call("GET", f"/{name}"))
    except Denied:
        return Step("sync.prepare.closed")
    if reply.status == 200:
        raise Refused("sync.prepare.open", name=name)
    raise BadAnswer("sync.prepare.form", where=f"/{name}")


def _refused(reply: Reply, where: str) -> Refused:
    told = reply.body if isinstance(reply.body, dict) else {}
    reason = f"{reply.status} {told.get('error', '')} {told.get('reason', '')}".strip()[:200]
    return Refused("sync.prepare.refused", where=where, reason=reason)


def _table(found: Any) -> dict[str, Any]:
    value = found.body if isinstance(found, Reply) else found
    if isinstance(found, Reply) and found.status != 200:
        raise BadAnswer("sync.prepare.form", where=str(found.status))
    if not isinstance(value, dict) or faults(value, ""):
        raise BadAnswer("sync.prepare.form", where=str(type(value).__name__))
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _sorted(part: Any) -> Any:
    """Names and roles of a `_security` part, in order; an absent list is an empty one."""
    given = part if isinstance(part, dict) else {}
    return {name: sorted(str(each) for each in _listed(given.get(name))) for name in ("names", "roles")}
