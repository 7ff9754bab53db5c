"""Private halves of the city's data keys: in this machine's keyring, or under a recovery code that is printed once.

The key document holds the private half locked with the code (argon2id, AES-256-GCM); the code has 20 words, 152 bits
of chance and a check, so that a slip is told before anything is tried. A console whose keyring is empty, locked or
gone goes on sealing; opening asks for the code. Never a file, never plain text.

A key that follows others is signed by each of them, and carries their halves locked with its own: whoever holds the
newest opens everything, whoever holds an older one opens nothing that came after it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from console.core.clock import Clock, from_millis, millis
from console.core.errors import BadAnswer, Refused
from console.store.data_key import DataKey, NewCode, fingerprint_of
from console.store.files import resource
from console.store.sealing import (
    locked_half,
    new_private,
    opened_half,
    public_of,
    sealed_for,
    signed,
    signs_of,
)
from sync.keys import Secrets

SERVER = "data-key"
"""Under which a keyring keeps it, beside the accounts of servers."""
WORDS = 20
_CHANCE = WORDS - 1
_KDF: Mapping[str, Any] = {"kdf": "argon2id", "m": 65_536, "t": 3, "p": 4}
"""64 MB for each guess. A document must not choose to be guessed cheaply, nor to take all memory."""
_READ_ALOUD = 8
_OF_ANOTHER = frozenset({"personal.code_wrong", "personal.code_ended"})
"""The code may be another key's."""


@cache
def _list() -> tuple[str, ...]:
    words = tuple(resource("words/fingerprint.txt").decode("ascii").split())
    assert len(set(words)) == 256
    return words


def new_code(chance: Callable[[int], bytes] = os.urandom) -> str:
    """A recovery code that never was before."""
    raw = chance(_CHANCE)
    return " ".join(_list()[number] for number in raw + _check(raw))


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"kendali recovery code 1" + raw).digest()[:1]


def _read_code(code: str) -> bytes:
    """What the words say, however they were typed. Raises `Refused`, which tells of no word what it was."""
    words = code.casefold().replace("-", " ").replace(",", " ").split()
    if len(words) != WORDS:
        raise Refused("personal.code_form", words=WORDS, given=len(words))
    numbers = {word: number for number, word in enumerate(_list())}
    for place, word in enumerate(words, 1):
        if word not in numbers:
            raise Refused("personal.code_word", number=place)
    raw = bytes(numbers[word] for word in words)
    if _check(raw[:-1]) != raw[-1:]:
        raise Refused("personal.code_check")
    return raw[:-1]


def _locking(code: str, salt: bytes) -> AESGCM:
    stretched = Argon2id(salt=salt, length=32, iterations=_KDF["t"], lanes=_KDF["p"], memory_cost=_KDF["m"])
    return AESGCM(stretched.derive(_read_code(code)))


def wrapped(private: bytes, code: str, doc: str) -> dict[str, Any]:
    """The private half, to be opened by the code alone, and as that document's."""
    salt = os.urandom(16)
    box = _locking(code, salt).encrypt(bytes(12), private, doc.encode("utf-8"))  # the salt makes each key one of once
    return {**_KDF, "salt": base64.b64encode(salt).decode("ascii"), "box": base64.b64encode(box).decode("ascii")}


def unwrapped(key: DataKey, code: str) -> bytes:
    """The private half. Raises `BadAnswer` where the document is not of our form, `Refused` for a wrong code."""
    told = key.wrapped
    try:
        salt, box = (base64.b64decode(told[name], validate=True) for name in ("salt", "box"))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadAnswer("personal.key_form") from error
    if {name: told.get(name) for name in _KDF} != dict(_KDF) or len(salt) != 16 or len(box) != 48:
        raise BadAnswer("personal.key_form")
    try:
        private = _locking(code, salt).decrypt(bytes(12), box, key.doc.encode("utf-8"))
    except InvalidTag as error:
        if key.code_at is not None:
            raise Refused("personal.code_ended", date=key.code_at.date().isoformat()) from error
        raise Refused("personal.code_wrong") from error
    if public_of(private) != key.public:
        raise BadAnswer("personal.key_form")
    return private


def unwrapped_any(keys: Sequence[DataKey], code: str) -> tuple[DataKey, bytes]:
    """The key which that code opens, with its private half. Raises as `unwrapped` where it is the code of none."""
    wrong: Refused | None = None
    for key in keys:
        try:
            return key, unwrapped(key, code)
        except Refused as refusal:
            if refusal.says not in _OF_ANOTHER:
                raise
            wrong = wrong or refusal
    raise wrong or Refused("personal.key_none")


Held = Sequence[tuple[DataKey, bytes]]
"""Keys with their private halves."""


def new_key(city: str, by: str, clock: Clock, before: Held = ()) -> tuple[DataKey, bytes, str]:
    """A key that never was before, its private half, and the code that is to be printed. It takes the place of those
    `before`."""
    private, code = new_private(), new_code()
    public, signs = public_of(private), signs_of(private)
    bare = DataKey(city, fingerprint_of(public, signs), public, {}, by, from_millis(millis(clock.now())), signs)
    older = {key.fingerprint: locked_half(half, private, key.doc) for key, half in before}
    follows = dict.fromkeys(older, "")
    unsigned = replace(bare, wrapped=wrapped(private, code, bare.doc), older=older, follows=follows)
    follows = {key.fingerprint: signed(half, unsigned.message()) for key, half in before}
    return replace(unsigned, follows=follows), private, code


def recoded(key: DataKey, private: bytes, by: str, clock: Clock) -> tuple[NewCode, str]:
    """Another recovery code of a key, and its words that are to be printed. The ones before open it no more, but
    where somebody kept the old document as well."""
    code, at = new_code(), from_millis(millis(clock.now()))
    said = NewCode(key.city, key.fingerprint, clock.new_id(), wrapped(private, code, key.doc), by, at)
    return replace(said, signature=signed(private, said.message())), code


def read_aloud(fingerprint: str) -> tuple[str, ...]:
    """A fingerprint as words, to be compared over the telephone."""
    return tuple(_list()[number] for number in bytes.fromhex(fingerprint)[:_READ_ALOUD])


class CityKeys:
    """Private halves, as far as this console holds them. Any thread may ask; a keyring may take seconds."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    @property
    def durable(self) -> bool:
        """Whether one that is kept now is still there after a new start."""
        return self._secrets.durable

    def keep(self, key: DataKey, private: bytes) -> bool:
        """Hold it from now on; true where the keyring keeps it too."""
        return self._secrets.keep(SERVER, key.fingerprint, private.hex())

    def private(self, key: DataKey, keys: Sequence[DataKey] = ()) -> bytes:
        """The private half of a key, b"" where this console does not hold it: then its key is lost here. `keys`: all
        there are, one of which may hand it on."""
        try:
            found = bytes.fromhex(self._secrets.secret(SERVER, key.fingerprint))
        except ValueError:
            found = b""
        if len(found) == len(key.public) and public_of(found) == key.public:
            return found
        for heir in keys:
            half = self._handed_on(key, heir, keys)
            if half:
                self.keep(key, half)
                return half
        return b""

    def _handed_on(self, key: DataKey, heir: DataKey, keys: Sequence[DataKey]) -> bytes:
        """The private half of a key as one that came after it has it."""
        box = heir.older.get(key.fingerprint, "")
        private = self.private(heir, [each for each in keys if each is not key and each is not heir]) if box else b""
        half = opened_half(box, private, key.doc) if private else b""
        return half if len(half) == len(key.public) and public_of(half) == key.public else b""

    def unlock(self, key: DataKey, code: str) -> bool:
        """Hold the private half, by the recovery code; true where the keyring keeps it. Raises as `unwrapped`."""
        return self.keep(key, unwrapped(key, code))

    def ready(self, keys: Sequence[DataKey], sealed: str, code: str = "") -> bytes:
        """The private half that opens a sealed value; `code` where the key is lost here: that of its key, or of one
        that came after it. Raises `Refused`: "personal.key_lost" where a code is lacking."""
        mark = sealed_for(sealed)
        if not mark:
            raise Refused("personal.not_sealed")
        key = next((each for each in keys if each.mark == mark), None)
        if key is None:
            raise Refused("personal.key_strange", key=mark[:8])
        private = self.private(key, keys)
        if not private and code:
            self.keep(*unwrapped_any([each for each in keys if each is key or key.fingerprint in each.older], code))
            private = self.private(key, keys)
        if not private:
            raise Refused("personal.key_lost")
        return private
