"""Keys, their heirs and their codes by a whole exchange: what one console made another follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.commands.intake import Record, new_complaint_id
from console.store.key_line import KeyLine
from console.store.read import Read
from console.store.sealing import open_value, sealed_all
from sync import city_key
from sync.city_key import CityKeys, new_key, recoded
from sync.credentials import Credentials
from tests.cities import ONE
from tests.sync.posts import Post, serving
from tests.sync.test_credentials import MemoryRing

TOLD = {"reporter_name": "Siti Aminah"}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a code cost nothing here."""
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[tuple[Post, Post]]:
    """The centre, which makes keys, and a console that works with it."""
    made = Post(tmp_path / "centre"), Post(tmp_path / "console")
    yield made
    for each in made:
        each.close()


def line(post: Post) -> KeyLine:
    with closing(Read.open(post.profile)) as read:
        return read.key_line(post.pack.id)


def recorded(post: Post) -> tuple[str, str]:
    """A complaint whose reporter is sealed for the key that this post seals for now, and the seal."""
    key, name = line(post).current, new_complaint_id(post.clock)
    assert key is not None
    sealed = sealed_all(TOLD, key, name)
    post.do(Record(name, title="Lampu mati", channel="telepon", area=f"{ONE}.1001", **sealed))  # type: ignore[arg-type]
    return name, sealed["reporter_name"]


def test_a_console_follows_what_the_centre_made_and_opens_old_and_new_by_the_newest_code(
    posts: tuple[Post, Post],
) -> None:
    centre, console = posts
    write = centre.keeper.person
    with serving(centre) as url:
        console.begin(url)
        first, half, _ = new_key(centre.pack.id, "Dewi", centre.clock)
        write(lambda store: (None, store.add_data_key(first))).result(20)
        console.waiting.until(lambda: line(console).current == first)
        before = recorded(console)
        second, private, ended = new_key(centre.pack.id, "Dewi", centre.clock, [(first, half)])
        write(lambda store: (None, store.change_data_key(second))).result(20)
        console.waiting.until(lambda: line(console).current == second)
        after = recorded(console)
        said, code = recoded(second, private, "Dewi", centre.clock)
        write(lambda store: (None, store.add_recovery_code(said))).result(20)
        console.waiting.until(lambda: line(console) == line(centre) and line(console).current.code_at is not None)  # type: ignore[union-attr]
    keys = CityKeys(Credentials(MemoryRing))
    known = line(console).all
    assert [key.fingerprint for key in known] == [second.fingerprint, first.fingerprint]
    with pytest.raises(city_key.Refused, match="code_ended"):
        keys.ready(known, after[1], ended)
    for name, sealed in (before, after):
        assert open_value(sealed, keys.ready(known, sealed, code), name, "reporter_name") == TOLD["reporter_name"]
