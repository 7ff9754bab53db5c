"""A relay's own key: made here, signed by itself, known to clients by its fingerprint and by nothing else.

The key's file is always locked with a passphrase, which lies in the keyring of the system. Without one the key lives
as long as the process: clients are then to be given the new fingerprint after each start. A key that others have pinned
is never overwritten: a keyring that is only locked today opens it tomorrow.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from console.store.files import atomic_write, drop_file, read_bytes
from sync.relay.accounts import Entropy

_FILE = "relay-key.pem"
_RUN = "relay-key-run.pem"
_BORN, _DIES = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)
"""A pinned key is judged by itself: a console whose clock is years off must still be let in."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key ready to be served with."""

    context: ssl.SSLContext
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal: what clients pin."""


def own_key(
    folder: Path, passphrase: str = "", *, name: str = "kendali-relay", entropy: Entropy = os.urandom
) -> OwnKey:
    """The key of a folder, made where there is none that this passphrase opens; one that it does not open is kept
    beside. "" makes one for this run alone, and touches no other. Raises `DiskTrouble`."""
    if not passphrase:
        word = entropy(32).hex()
        # only from a file can it be loaded
        path, raw = folder / _RUN, _made(name, word)
        try:
            atomic_write(path, raw)
            return _loaded(path, raw, word)
        finally:
            drop_file(path)
    path = folder / _FILE
    kept = read_bytes(path)
    if kept is not None and _opens(kept, passphrase):
        return _loaded(path, kept, passphrase)
    if kept is not None:
        atomic_write(folder / f"relay-key-{sha256(kept).hexdigest()[:12]}.pem", kept)
    raw = _made(name, passphrase)
    atomic_write(path, raw)
    return _loaded(path, raw, passphrase)


def _loaded(path: Path, raw: bytes, word: str) -> OwnKey:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path, password=word)
    certificate = x509.load_pem_x509_certificate(raw)
    return OwnKey(context, sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest())


def _opens(raw: bytes, word: str) -> bool:
    try:
        serialization.load_pem_private_key(raw, word.encode())
        x509.load_pem_x509_certificate(raw)
    except (ValueError, TypeError):
        return False
    return True


def _made(name: str, word: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    known = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BORN)
        .not_valid_after(_DIES)
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(word.encode()),
    )
    return locked + certificate.public_bytes(serialization.Encoding.PEM)


def fingerprint_of(folder: Path) -> str:
    """The fingerprint of the key kept in a folder, which nobody has to unlock for it; "" where none is kept."""
    raw = read_bytes(folder / _FILE)
    try:
        certificate = x509.load_pem_x509_certificate(raw or b"")
    except ValueError:
        return ""
    return sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
