"""Keys, words, signatures and seals: what is changed, cut, moved or meant for another is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer, ConsoleError, Refused
from sync import seal
from sync.seal import Identity, PublicKey

POST, CENTRE = Identity(b"p" * 32), Identity(b"c" * 32)
PHRASE = "tujuh kuda menyeberang sungai"


@pytest.fixture(autouse=True, scope="module")
def cheap() -> Iterator[None]:
    """Guesses cost a tenth of a millisecond here. What they cost outside is looked at below."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "_SCRYPT_N", 1 << 8)
        yield


SHIPPED = seal._SCRYPT_N


def test_a_guess_costs_memory_and_time() -> None:
    assert SHIPPED >= 1 << 17, "128 MB for each"


@cache
def key_file() -> bytes:
    return seal.locked(POST.secret, PHRASE)


def test_a_secret_always_gives_the_same_console() -> None:
    again = Identity(b"p" * 32)
    assert again.public == POST.public != CENTRE.public
    assert Identity.new().public != Identity.new().public
    assert POST.secret.hex() not in repr(POST)


def test_a_key_is_handed_on_as_one_line() -> None:
    text = POST.public.text
    assert PublicKey.parse(f" {text[:40]}\n{text[40:]} ") == POST.public
    assert text.startswith("kendali1-") and len(text) < 110


@given(st.integers(0, 99), st.characters(codec="ascii"))
def test_a_mistyped_key_is_noticed(place: int, other: str) -> None:
    text = POST.public.text
    wrong = text[:place] + other + text[place + 1 :]
    if "".join(wrong.split()) != text:
        with pytest.raises(Refused, match="key_form"):
            PublicKey.parse(wrong)


@given(st.text())
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(Refused):
        PublicKey.parse(text)


def test_words_name_a_key() -> None:
    assert len(POST.public.words) == 10
    assert POST.public.words != CENTRE.public.words
    words = seal._list()
    assert all(word.isascii() and word.islower() and 3 <= len(word) <= 10 for word in words)
    assert list(words) == sorted(set(words))


def test_a_signature_is_sound_for_its_bytes_its_comment_and_its_maker() -> None:
    text = POST.sign(b"isi", "channel=kota version=7")
    assert POST.public.verify(b"isi", text) == "channel=kota version=7"
    for data, said, who in (
        (b"lain", text, POST),
        (b"isi", text, CENTRE),
        (b"isi", text.replace("version=7", "version=8"), POST),
        (b"isi", text.replace("\n", "\r\n"), POST),
        (b"isi", text + "x", POST),
        (b"isi", "", POST),
        (b"isi", text.replace("trusted comment: ch", "trusted comment: Ch"), POST),
    ):
        with pytest.raises(BadAnswer):
            who.public.verify(data, said)


@given(st.text())
def test_no_text_is_taken_for_a_signature(text: str) -> None:
    with pytest.raises(BadAnswer):
        POST.public.verify(b"isi", text)


def test_the_signature_is_minisigns() -> None:
    """As its documentation has it: algorithm ED is Ed25519 over BLAKE2b-512; the comment is signed with the first."""
    lines = POST.sign(b"isi", "tepercaya").split("\n")
    public = base64.b64decode(POST.public.minisign)
    made = base64.b64decode(lines[1])
    assert (public[:2], made[:2]) == (b"Ed", b"ED") and public[2:10] == made[2:10]
    key = Ed25519PublicKey.from_public_bytes(public[10:])
    key.verify(made[10:], hashlib.blake2b(b"isi", digest_size=64).digest())
    key.verify(base64.b64decode(lines[3]), made[10:] + b"tepercaya")


@given(st.integers(0, 3 * seal.CHUNK), st.integers(1, 2 * seal.CHUNK))
def test_what_is_sealed_comes_out_again_however_it_is_cut(size: int, piece: int) -> None:
    key, data = seal.new_key(), bytes(size)
    box = b"".join(seal.sealed(key, "part-0001", [data[n : n + piece] for n in range(0, size, piece)]))
    assert len(box) == size + seal.TAG * max(1, -(-size // seal.CHUNK))
    assert b"".join(seal.opened(key, "part-0001", [box[n : n + piece] for n in range(0, len(box), piece)])) == data


def test_chunks_cannot_be_left_out_moved_added_or_changed() -> None:
    key, data, step = seal.new_key(), bytes(range(256)) * 1024, seal.CHUNK + seal.TAG
    box = b"".join(seal.sealed(key, "part-0001", [data]))
    one, two, three, four = (box[n : n + step] for n in range(0, len(box), step))
    for wrong in (
        b"",
        one,
        one + two + three,
        one + three + two + four,
        two + three + four,
        box + b"x",
        box[:-1],
        one + two + three + four + four,
        box[:100] + bytes([box[100] ^ 1]) + box[101:],
    ):
        with pytest.raises(BadAnswer):
            b"".join(seal.opened(key, "part-0001", [wrong]))
    with pytest.raises(BadAnswer):
        b"".join(seal.opened(key, "part-0002", [box]))


def test_only_a_receiver_finds_the_key() -> None:
    key = seal.new_key()
    slots = [seal.slot_for(key, CENTRE.public), seal.slot_for(key, POST.public)]
    assert POST.open_key(slots) == CENTRE.open_key(slots) == key
    with pytest.raises(Refused, match="not_for_us"):
        Identity(b"x" * 32).open_key(slots)
    for wrong in ("", "AAAA", "?" * 108):
        with pytest.raises(BadAnswer):
            POST.open_key([wrong])
    zero = base64.b64encode(bytes(80)).decode()  # a point that makes every shared secret zero
    with pytest.raises(Refused):
        POST.open_key([zero])


def test_a_key_file_opens_with_its_passphrase_alone() -> None:
    raw = key_file()
    assert seal.unlocked(raw, PHRASE) == POST.secret
    assert POST.secret not in raw and base64.b64encode(POST.secret) not in raw
    with pytest.raises(Refused, match="passphrase"):
        seal.unlocked(raw, PHRASE + "!")
    with pytest.raises(Refused, match="passphrase_short"):
        seal.locked(POST.secret, "pendek")


def test_a_key_file_does_not_choose_how_hard_it_is_to_guess() -> None:
    told = json.loads(key_file())
    for change in ({"n": 2}, {"n": 1 << 30}, {"n": "x"}, {"r": 1}, {"salt": ""}, {"box": "?"}, {"form": "lain"}):
        with pytest.raises(BadAnswer):
            seal.unlocked(json.dumps({**told, **change}).encode(), PHRASE)


@given(st.binary())
def test_anything_else_is_no_key_file(raw: bytes) -> None:
    with pytest.raises(ConsoleError):
        seal.unlocked(raw, PHRASE)


# what proves a person's secret


def test_a_secret_is_proved_and_stands_nowhere_in_what_proves_it() -> None:
    secret = "hujan turun di genteng, 雨が降る"
    one, other = seal.verifier_of(secret), seal.verifier_of(secret)
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and one != other
    assert seal.proves(secret, one) and seal.proves(secret, other)
    assert not seal.proves(secret + " ", one) and not seal.proves("", one)
    assert "hujan" not in one


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "hujan turun",
        seal.NOBODYS,
        "$argon2id$v=19$m=8,t=1,p=1$" + "A" * 22 + "$" + "A" * 43,
        "$argon2id$v=19$m=67108864,t=3,p=4$" + "A" * 22 + "$" + "A" * 43,
        "$argon2id$v=19$m=65536,t=9999,p=4$" + "A" * 22 + "$" + "A" * 43,
        "$argon2i$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43,
        "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$",
        "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43 + "\n",
    ],
)
def test_what_came_from_outside_neither_opens_for_less_nor_takes_all_memory(verifier: str, monkeypatch) -> None:
    asked = []
    real = seal.Argon2id.verify_phc_encoded

    def heard(material: bytes, phc: str) -> None:
        asked.append(phc)
        real(material, phc)

    monkeypatch.setattr(seal, "Argon2id", type("Heard", (), {"verify_phc_encoded": staticmethod(heard)}))
    assert not seal.proves("hujan turun di genteng", verifier)
    assert asked == [seal.NOBODYS], "as much work as for anybody's"


def test_a_cheap_one_proves_nothing_also_where_the_secret_is_right() -> None:
    kdf = seal.Argon2id(salt=b"0" * 16, length=32, iterations=1, lanes=1, memory_cost=64)
    assert not seal.proves("hujan turun di genteng", kdf.derive_phc_encoded(b"hujan turun di genteng"))
