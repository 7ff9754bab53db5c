"""The only place with cryptography: who a console is, what it signs, and what only its receivers can read.

A console has one secret of 32 bytes; its signing key (Ed25519) and its reading key (X25519) are made of it. Signatures
are minisign's (Ed25519 over BLAKE2b, with a trusted comment that is signed too), so that they can be checked without
us. What is sealed is cut into chunks of 64 KB (ChaCha20-Poly1305), each numbered and the last one marked: none can be
left out, moved or added. What a person types to sign in is proved by argon2id. Nothing here is our own invention but
the order of these parts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from cryptography.exceptions import InvalidKey, InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from console.core.errors import BadAnswer, Refused
from console.store.files import resource

CHUNK = 1 << 16
"""Bytes of a chunk before it is sealed."""
TAG = 16
SECRET_BYTES = 32
LEAST_PASSPHRASE = 12
"""Characters."""
HEAD = "kendali1-"
"""Begins every public key."""
_CHECK = 4
_WORDS = 10
_SCRYPT_N = 1 << 17
"""128 MB and about half a second for each guess."""
_ED = b"ED"


def _raw(key: Ed25519PublicKey | X25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _derived(secret: bytes, info: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)


@cache
def _list() -> tuple[str, ...]:
    words = tuple(resource("words/fingerprint.txt").decode("ascii").split())
    assert len(set(words)) == 256
    return words


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What others know of a console: who may read what is sealed for it, and whose signature it is."""

    signing: bytes
    reading: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the text a person pasted. Raises `Refused` where it is none or was mistyped."""
        told = "".join(text.split())
        raw = b""
        if told.startswith(HEAD) and told.isascii():
            try:
                raw = base64.b64decode(told[len(HEAD) :], altchars=b"-_", validate=True)
            except binascii.Error:
                raw = b""
        body, check = raw[:-_CHECK], raw[-_CHECK:]
        if len(body) != 64 or hashlib.sha256(body).digest()[:_CHECK] != check:
            raise Refused("sync.bundle.key_form")
        return cls(body[:32], body[32:])

    @property
    def text(self) -> str:
        """As it is handed on."""
        body = self.signing + self.reading
        raw = body + hashlib.sha256(body).digest()[:_CHECK]
        return HEAD + base64.b64encode(raw, altchars=b"-_").decode("ascii")

    @property
    def fingerprint(self) -> str:
        """Its short name in files and lists: 32 hex digits."""
        return self._digest()[:16].hex()

    @property
    def words(self) -> tuple[str, ...]:
        """The same as words, to be read aloud and compared."""
        return tuple(_list()[number] for number in self._digest()[:_WORDS])

    def _digest(self) -> bytes:
        return hashlib.sha256(b"kendali fingerprint 1" + self.signing + self.reading).digest()

    @property
    def _id(self) -> bytes:
        return hashlib.sha256(self.signing).digest()[:8]

    @property
    def minisign(self) -> str:
        """The signing key as minisign's tools take it."""
        return base64.b64encode(b"Ed" + self._id + self.signing).decode("ascii")

    def verify(self, data: bytes, signature: str) -> str:
        """The trusted comment of a sound signature of these bytes. Raises `BadAnswer`."""
        made, comment, above = _signature(signature)
        key = Ed25519PublicKey.from_public_bytes(self.signing)
        if made[:2] != _ED or made[2:10] != self._id:
            raise BadAnswer("sync.bundle.signature")
        try:
            key.verify(made[10:], hashlib.blake2b(data).digest())
            key.verify(above, made[10:] + comment.encode("utf-8"))
        except InvalidSignature as error:
            raise BadAnswer("sync.bundle.signature") from error
        return comment


def _signature(text: str) -> tuple[bytes, str, bytes]:
    """Signature with its head, trusted comment, and the signature over both. Raises `BadAnswer`."""
    lines = text.split("\n")
    head, trusted = "untrusted comment: ", "trusted comment: "
    if len(lines) != 5 or lines[4] or not lines[0].startswith(head) or not lines[2].startswith(trusted):
        raise BadAnswer("sync.bundle.signature")
    try:
        made, above = (base64.b64decode(lines[n], validate=True) for n in (1, 3))
    except (binascii.Error, ValueError) as error:
        raise BadAnswer("sync.bundle.signature") from error
    if len(made) != 74 or len(above) != 64:
        raise BadAnswer("sync.bundle.signature")
    return made, lines[2].removeprefix(trusted), above


class Identity:
    """A console's own key pair."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise Refused("sync.bundle.key_form")
        self.secret = secret
        self._sign = Ed25519PrivateKey.from_private_bytes(_derived(secret, b"kendali sign 1"))
        self._read = X25519PrivateKey.from_private_bytes(_derived(secret, b"kendali read 1"))
        self.public = PublicKey(_raw(self._sign.public_key()), _raw(self._read.public_key()))

    def __repr__(self) -> str:
        return f"Identity({self.public.fingerprint})"

    @classmethod
    def new(cls) -> Self:
        """One that never was before."""
        return cls(os.urandom(SECRET_BYTES))

    def sign(self, data: bytes, comment: str) -> str:
        """A minisign signature of these bytes; the comment is covered by it."""
        assert "\n" not in comment
        made = self._sign.sign(hashlib.blake2b(data).digest())
        above = self._sign.sign(made + comment.encode("utf-8"))
        lines = (
            f"untrusted comment: kendali {self.public.fingerprint}",
            base64.b64encode(_ED + self.public._id + made).decode("ascii"),
            f"trusted comment: {comment}",
            base64.b64encode(above).decode("ascii"),
            "",
        )
        return "\n".join(lines)

    def open_key(self, slots: Sequence[str]) -> bytes:
        """The key of what was sealed for us, out of its slots. Raises `Refused` where none is ours."""
        for slot in slots:
            try:
                raw = base64.b64decode(slot, validate=True)
            except (binascii.Error, ValueError) as error:
                raise BadAnswer("sync.bundle.form", what="keys") from error
            if len(raw) != 32 + 32 + TAG:
                raise BadAnswer("sync.bundle.form", what="keys")
            try:
                shared = self._read.exchange(X25519PublicKey.from_public_bytes(raw[:32]))
                return _wrapper(shared, raw[:32], self.public.reading).decrypt(bytes(12), raw[32:], None)
            except (InvalidTag, ValueError):  # another's slot, or a point that is none
                continue
        raise Refused("sync.bundle.not_for_us")


def _wrapper(shared: bytes, passing: bytes, reader: bytes) -> ChaCha20Poly1305:
    """What one slot is sealed with; used once, so its nonce may be zero."""
    return ChaCha20Poly1305(_derived(shared, b"kendali slot 1", passing + reader))


def new_key() -> bytes:
    """A key for one bundle."""
    return ChaCha20Poly1305.generate_key()


def slot_for(key: bytes, reader: PublicKey) -> str:
    """The key, to be opened by that reader alone."""
    passing = X25519PrivateKey.generate()
    shared = passing.exchange(X25519PublicKey.from_public_bytes(reader.reading))
    mine = _raw(passing.public_key())
    return base64.b64encode(mine + _wrapper(shared, mine, reader.reading).encrypt(bytes(12), key, None)).decode("ascii")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _chunks(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The same bytes cut anew, each with whether it is the last. No bytes at all are one empty last chunk."""
    held = bytearray()
    for piece in pieces:
        held += piece
        start = 0
        while len(held) - start > size:
            yield bytes(held[start : start + size]), False
            start += size
        del held[:start]
    yield bytes(held), True


def sealed(key: bytes, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of the part of that name, sealed."""
    cipher = ChaCha20Poly1305(_derived(key, b"kendali part 1 " + name.encode("ascii")))
    for number, (chunk, last) in enumerate(_chunks(pieces, CHUNK)):
        yield cipher.encrypt(_nonce(number, last), chunk, None)


def opened(key: bytes, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What was sealed as that part. Each chunk is sound when it is given; only with the last is it the whole.
    Raises `BadAnswer`."""
    cipher = ChaCha20Poly1305(_derived(key, b"kendali part 1 " + name.encode("ascii")))
    for number, (chunk, last) in enumerate(_chunks(pieces, CHUNK + TAG)):
        try:
            yield cipher.decrypt(_nonce(number, last), chunk, None)
        except (InvalidTag, ValueError) as error:
            raise BadAnswer("sync.bundle.sealed", name=name) from error


def locked(secret: bytes, passphrase: str) -> bytes:
    """A secret as a file that only the passphrase opens. Raises `Refused` for one that is too short."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Refused("sync.bundle.passphrase_short", least=LEAST_PASSPHRASE)
    salt = os.urandom(16)
    box = ChaCha20Poly1305(_stretched(passphrase, salt, _SCRYPT_N)).encrypt(bytes(12), secret, HEAD.encode("ascii"))
    told = {"form": "kendali-key", "kdf": "scrypt", "n": _SCRYPT_N, "r": 8, "p": 1}
    made = {**told, "salt": base64.b64encode(salt).decode("ascii"), "box": base64.b64encode(box).decode("ascii")}
    return json.dumps(made, indent=1).encode("ascii") + b"\n"


def unlocked(raw: bytes, passphrase: str) -> bytes:
    """The secret of such a file. Raises `BadAnswer` for no such file, `Refused` for the wrong passphrase."""
    try:
        told = json.loads(raw)
        salt, box = (base64.b64decode(told[name], validate=True) for name in ("salt", "box"))
        fits = (told["form"], told["kdf"], told["r"], told["p"]) == ("kendali-key", "scrypt", 8, 1)
        work = told["n"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadAnswer("sync.bundle.key_file") from error
    # A file must not choose to be guessed cheaply, nor to take all memory.
    if not fits or work != _SCRYPT_N or len(salt) != 16 or len(box) != SECRET_BYTES + TAG:
        raise BadAnswer("sync.bundle.key_file")
    try:
        return ChaCha20Poly1305(_stretched(passphrase, salt, work)).decrypt(bytes(12), box, HEAD.encode("ascii"))
    except InvalidTag as error:
        raise Refused("sync.bundle.passphrase") from error


def _stretched(passphrase: str, salt: bytes, work: int) -> bytes:
    return Scrypt(salt, 32, work, 8, 1).derive(passphrase.encode("utf-8"))


ARGON_KIB, ARGON_TURNS, ARGON_LANES = 64 << 10, 3, 4
"""What one guess at a person's secret costs: 64 MiB and some tenths of a second."""
_MOST_KIB, _MOST_TURNS = 256 << 10, 10
_VERIFIER = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,7}),t=([1-9][0-9]{0,3}),p=([1-9][0-9]{0,2})\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}",
    re.ASCII,
)
NOBODYS = f"$argon2id$v=19$m={ARGON_KIB},t={ARGON_TURNS},p={ARGON_LANES}${'A' * 22}${'A' * 43}"
"""Proves no secret, and costs the same: for a login nobody has."""


def verifier_of(secret: str) -> str:
    """What proves a secret later without telling it: argon2id in PHC form, with a salt of its own."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=ARGON_TURNS, lanes=ARGON_LANES, memory_cost=ARGON_KIB)
    return kdf.derive_phc_encoded(secret.encode("utf-8"))


def proves(secret: str, verifier: str) -> bool:
    """Whether it is that secret. A verifier that came from outside may ask neither for less work than ours, nor for
    all memory: it proves nothing, and takes as long."""
    sound = _affordable(verifier)
    try:
        Argon2id.verify_phc_encoded(secret.encode("utf-8"), verifier if sound else NOBODYS)
    except InvalidKey:
        return False
    return sound


def _affordable(verifier: str) -> bool:
    found = _VERIFIER.fullmatch(verifier)
    if found is None:
        return False
    memory, turns, lanes = (int(each) for each in found.groups())
    return ARGON_KIB <= memory <= _MOST_KIB and ARGON_TURNS <= turns <= _MOST_TURNS and lanes == ARGON_LANES
