"""Personal values, sealed for the city: who has the public half of the data key can seal, and not open again.

    value ─ padded ─► AES-256-GCM under a key used once (X25519 with a passing key, HKDF) ─► "kendali-s1:" + base64

The complaint and the name of the field are bound in: a sealed value that is moved to another row or field does not
open. It stands in the store because the screen seals before anything is kept, and the screen knows no sync; opening is
asked of the engine alone. Nothing here is our own invention but the order of these parts.

What says which key counts is signed (Ed25519) by a half that the private one gives, for that alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from console.core.errors import Refused
from console.core.personal import MOST_VALUE, SEAL_HEAD, WHOLE, is_sealed
from console.store.data_key import PUBLIC_BYTES, DataKey, fingerprint_of

_MARK = 16
"""Bytes of the fingerprint that tell which key opens it."""
_BLOCK = 64
"""Values are filled up to whole blocks: how long a name is tells who it may be."""
_ONCE = bytes(12)
"""The key of each value is used once, so its nonce may be zero."""


def public_of(private: bytes) -> bytes:
    """The public half of a key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def new_private() -> bytes:
    """A private half that never was before."""
    return X25519PrivateKey.generate().private_bytes_raw()


def signs_of(private: bytes) -> bytes:
    """By which others tell what the holder of a key signed."""
    return _signing(private).public_key().public_bytes_raw()


def signed(private: bytes, message: bytes) -> str:
    """What the holder of a key signs."""
    return base64.b64encode(_signing(private).sign(message)).decode("ascii")


def signed_by(key: DataKey, signature: str, message: bytes) -> bool:
    """Whether the holder of that key signed it; never for a key that cannot sign."""
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key.signs).verify(raw, message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def locked_half(older: bytes, private: bytes, doc: str) -> str:
    """The private half of an older key, for who holds `private`. The document of the older one is bound in."""
    return base64.b64encode(_older_cipher(private, doc).encrypt(_ONCE, older, doc.encode("utf-8"))).decode("ascii")


def opened_half(box: str, private: bytes, doc: str) -> bytes:
    """What was locked with `locked_half`, b"" where it is something else."""
    try:
        return _older_cipher(private, doc).decrypt(_ONCE, base64.b64decode(box, validate=True), doc.encode("utf-8"))
    except (InvalidTag, ValueError, binascii.Error):
        return b""


def seal_value(value: str, public: bytes, complaint: str, field: str) -> str:
    """The value of that field of that complaint, sealed. Raises `Refused` for one that is too long or broken."""
    if len(value) > MOST_VALUE:
        raise Refused("personal.value_long", most=MOST_VALUE)
    try:
        plain = value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("personal.value_broken") from error
    return _sealed(plain, public, complaint, field)


def seal_whole(whole: Mapping[str, str], public: bytes, complaint: str) -> dict[str, str]:
    """The whole words of fields of which only covered ones are kept, sealed, by the names under which they stand."""
    # Half of a surrogate pair, which no file of ours stores, is told as one sign nobody can read.
    return {
        WHOLE[name]: _sealed(text.encode("utf-8", "replace"), public, complaint, name) for name, text in whole.items()
    }


def _sealed(plain: bytes, public: bytes, complaint: str, field: str) -> str:
    passing = X25519PrivateKey.generate()
    mine = passing.public_key().public_bytes_raw()
    shared = passing.exchange(X25519PublicKey.from_public_bytes(public))
    box = _cipher(shared, mine, public).encrypt(_ONCE, _filled(plain), _bound(complaint, field))
    raw = bytes.fromhex(fingerprint_of(public)) + mine + box
    return SEAL_HEAD + base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def sealed_all(values: Mapping[str, str], key: DataKey, complaint: str) -> dict[str, str]:
    """Values of several fields of a complaint, each sealed. Raises `Refused`."""
    return {name: seal_value(value, key.public, complaint, name) for name, value in values.items()}


def sealed_for(sealed: str) -> str:
    """Fingerprint of the key that opens a sealed value, "" for what is none."""
    raw = _raw(sealed)
    return raw[:_MARK].hex() if raw else ""


def open_value(sealed: str, private: bytes, complaint: str, field: str) -> str:
    """What was sealed as that field of that complaint. Raises `Refused` where it is something else."""
    raw = _raw(sealed)
    if len(raw) <= _MARK + PUBLIC_BYTES:
        raise Refused("personal.not_sealed")
    mine, box = raw[_MARK : _MARK + PUBLIC_BYTES], raw[_MARK + PUBLIC_BYTES :]
    key = X25519PrivateKey.from_private_bytes(private)
    public = key.public_key().public_bytes_raw()
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(mine))
        plain = _cipher(shared, mine, public).decrypt(_ONCE, box, _bound(complaint, field))
    except (InvalidTag, ValueError) as error:  # another's, moved, changed, or a point that is none
        raise Refused("personal.does_not_open") from error
    return plain.rstrip(b"\0")[:-1].decode("utf-8")


def _cipher(shared: bytes, mine: bytes, public: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, None, b"kendali value 1" + mine + public).derive(shared))


def _signing(private: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        HKDF(hashes.SHA256(), 32, None, b"kendali data key signs 1").derive(private)
    )


def _older_cipher(private: bytes, doc: str) -> AESGCM:
    """One for each older key: it locks one half, once."""
    return AESGCM(HKDF(hashes.SHA256(), 32, None, b"kendali older key 1" + doc.encode("utf-8")).derive(private))


def _bound(complaint: str, field: str) -> bytes:
    """What the seal is bound to."""
    return b"\0".join((SEAL_HEAD.encode("ascii"), complaint.encode("utf-8"), field.encode("ascii")))


def _filled(plain: bytes) -> bytes:
    marked = plain + b"\x80"
    return marked + bytes(-len(marked) % _BLOCK)


def _raw(sealed: str) -> bytes:
    if not is_sealed(sealed):
        return b""
    text = sealed.removeprefix(SEAL_HEAD)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
