"""What accounts and personal data cost: proving a secret, covering a page of the queue, opening one sealed field.

Proving is argon2id as the engine calls it (rival: one SHA-256 with a salt, which proves as much and protects nothing).
Covering is the titles of 128 complaints in words, less the same page left as it is. Opening goes the engine's own way:
right, key, row of the ledger on the disk, value (rival: the row of the ledger alone).
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import WORK, in_turn, pooled
from bench.sizes import Sizes

METRICS = {"people.sign_in": "ms", "people.cover_page_128": "ms", "people.reveal": "ms"}
SECRET = "pelangi sore di atas jembatan"
FIELD, TOLD = "reporter_phone", "0812 0000 0001"
WHY = "menelepon pelapor untuk alamat"
_TURNS = {"sign_in": 5, "cover": 100, "reveal": 100}


def _ms(job: Callable[[], Any], times: int) -> list[float]:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        took.append((time.perf_counter() - start) * 1000)
    return took


def _titles() -> list[str]:
    from bench.pages import city, pages
    from bench.stock import answer, feed_of

    page = next(iter(pages(1000)))
    return [each.title for each in feed_of(city()).decode(answer(page.read_bytes()), {}).complaints[:128]]


class _Memory:
    """A keyring that lives in this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._kept.pop((service, username), None)


def product() -> Mapping[str, Any]:
    """All three, each by itself."""
    from bench.pages import city
    from console.commands import open_envelope, seal
    from console.commands.intake import Record, new_complaint_id
    from console.core.clock import SystemClock
    from console.core.masking import masked
    from console.store.files import Profile
    from console.store.keeper import Keeper
    from console.store.read import Read
    from console.store.sealing import sealed_all
    from console.store.store import Store
    from sync.city_key import CityKeys, new_key
    from sync.credentials import Credentials
    from sync.reveals import Reveals
    from sync.seal import proves, verifier_of

    verifier = verifier_of(SECRET)
    sign_in = _ms(lambda: proves(SECRET, verifier), _TURNS["sign_in"])
    titles = _titles()
    cover = _ms(lambda: [masked(each) for each in titles], _TURNS["cover"])

    folder = WORK / "people"
    shutil.rmtree(folder, ignore_errors=True)
    profile, clock, pack = Profile.at(folder), SystemClock(), city()
    store = Store.open(profile, clock, pack)
    keeper = Keeper(store)
    key, private, _ = new_key(pack.id, "bench", clock)
    keeper.write(lambda at, _pause: (None, at.add_data_key(key))).result()
    name = new_complaint_id(clock)
    area = next(code for code in pack.areas if code.count(".") == 3)
    record = Record(name, title="Jalan rusak", channel="telepon", area=area, **sealed_all({FIELD: TOLD}, key, name))  # type: ignore[arg-type]
    envelope = seal(record, clock, "bench")
    if keeper.do(envelope, open_envelope(envelope, pack)).result().outcome != "taken":
        return {"cannot": "the complaint was refused"}
    ring, said = _Memory(), list[dict[str, Any]]()
    keys = CityKeys(Credentials(lambda: ring))
    keys.keep(key, private)
    reveals = Reveals(
        keeper, lambda: Read.open(profile), pack.id, keys, lambda _, by: by, lambda _, **told: said.append(told)
    )
    wish = {"ask": "1", "complaint": str(name), "field": FIELD, "reason": WHY, "by": "bench"}
    reveal = _ms(lambda: reveals.do(wish), _TURNS["reveal"])
    keeper.close()
    store.close()
    shutil.rmtree(folder)
    if {each.get("value") for each in said} != {TOLD}:
        return {"cannot": f"not opened: {said[:1]}"}
    return {"sign_in": sign_in, "cover": cover, "reveal": reveal}


def rival() -> Mapping[str, Any]:
    """What the least would cost."""
    from bench.command import rival as insert

    salt = b"0123456789abcdef"
    titles = _titles()
    return {
        "sign_in": _ms(lambda: hashlib.sha256(salt + SECRET.encode()).digest(), _TURNS["sign_in"]),
        "cover": _ms(lambda: list(titles), _TURNS["cover"]),
        "reveal": list(insert()["took"]),
    }


SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The three figures."""
    results = in_turn(__name__, {"rival": {}, "product": {}}, runs=size.runs)
    mine, other = results["product"], results["rival"]
    told = (
        ("people.sign_in", "sign_in", "salted SHA-256"),
        ("people.cover_page_128", "cover", "the titles as they are"),
        ("people.reveal", "reveal", "bare INSERT with synchronous=FULL"),
    )
    return [
        figure(metric, "ms", pooled(mine, key), rival=beside, rival_samples=pooled(other, key))
        for metric, key, beside in told
    ]
