"""Certificates are always verified: four unsound ones are refused before a byte of a request is sent."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away
from sync.feed import Ask
from sync.wire import Wire
from tests.sync.conftest import HASTE_S, LIMITS
from tests.sync.faults import GOOD, FaultServer

x509 = pytest.importorskip("cryptography.x509", reason="certificates cannot be made here")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

Serving = Callable[[ssl.SSLContext], FaultServer]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass
class Authority:
    """A city's own authority, and what it signs."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Kota Rekaan")])
        self.certificate = self._signed(self.name, self.key, "", NOW - DAY, NOW + DAY, ca=True)
        self.path = self.folder / "authority.pem"
        self.path.write_bytes(self._pem(self.certificate))

    def context(self, host: str = "127.0.0.1", begins: int = -1, ends: int = 1, own: bool = True) -> ssl.SSLContext:
        """A server's side with a certificate for `host`, sound between those days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        signer = self if own else None
        certificate = self._signed(name, key, host, NOW + begins * DAY, NOW + ends * DAY, signer=signer)
        path = self.folder / "server.pem"
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain) + self._pem(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _pem(self, certificate: Any) -> bytes:
        return certificate.public_bytes(serialization.Encoding.PEM)

    def _signed(
        self,
        name: Any,
        key: Any,
        host: str,
        begins: datetime,
        ends: datetime,
        *,
        ca: bool = False,
        signer: Authority | None = None,
    ) -> Any:
        with_key = self.key if signer or ca else key
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name if signer else name)
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(begins).not_valid_after(ends)
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if host:
            name_of = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
            made = made.add_extension(x509.SubjectAlternativeName([name_of]), critical=False)
        return made.sign(with_key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serving(authority: Authority) -> Iterator[Serving]:
    servers: list[FaultServer] = []

    def start(context: ssl.SSLContext) -> FaultServer:
        servers.append(FaultServer(context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def trusting(authority: Authority) -> Iterator[Wire]:
    wire = Wire(SystemClock(), agent="t", limits=LIMITS, authorities=(str(authority.path),))
    yield wire
    wire.close()


def test_a_sound_certificate_of_a_trusted_authority(authority: Authority, serving: Serving, trusting: Wire) -> None:
    server = serving(authority.context())
    for name in ("good_gzip", "good_chunked", "good"):
        assert trusting.fetch(Ask(server.url(name)), allow_private=True).body == GOOD
    assert server.connections == 1


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"begins": -3, "ends": -1}, "sync.tls.expired"),
        ({"begins": 1, "ends": 3}, "sync.tls.early"),
        ({"host": "other.invalid"}, "sync.tls.host"),
        ({"own": False}, "sync.tls.unknown"),
    ],
)
def test_four_unsound_ones(
    authority: Authority, serving: Serving, trusting: Wire, made: dict[str, Any], says: str
) -> None:
    server = serving(authority.context(**made))
    with pytest.raises(Away) as caught:
        trusting.fetch(Ask(server.url("good")), allow_private=True)
    assert caught.value.says == says
    assert caught.value.values["fault"] == ("cert_self" if says == "sync.tls.unknown" else ANY)
    assert server.asked == []


def test_an_authority_nobody_told_us_of(authority: Authority, serving: Serving, wire: Wire) -> None:
    server = serving(authority.context())
    with pytest.raises(Away) as caught:
        wire.fetch(Ask(server.url("good")), allow_private=True)
    assert caught.value.says == "sync.tls.unknown"
    assert server.asked == []


@pytest.mark.parametrize("name", ["slowloris", "hang", "slow_head"])
def test_a_drip_over_tls_ends_too(authority: Authority, serving: Serving, trusting: Wire, name: str) -> None:
    server = serving(authority.context())
    with pytest.raises(Away) as caught:
        trusting.fetch(Ask(server.url(name)), allow_private=True, deadline_s=1)
    assert caught.value.says == "sync.away.slow"


def test_a_plain_server_where_tls_was_meant(faults: FaultServer, wire: Wire) -> None:
    with pytest.raises(Away) as caught:
        wire.fetch(Ask(faults.url("good").replace("http:", "https:")), allow_private=True, deadline_s=HASTE_S)
    assert caught.value.says in ("sync.tls.broken", "sync.away.slow", "sync.away.reset")


def test_cut_reaches_into_tls(authority: Authority, serving: Serving, trusting: Wire) -> None:
    server = serving(authority.context())
    trusting.fetch(Ask(server.url("good")), allow_private=True)
    trusting.cut = True
    with pytest.raises(Away) as caught:
        trusting.fetch(Ask(server.url("good")), allow_private=True)
    assert caught.value.says == "sync.cut"


def test_the_certificates_end_is_told_also_by_a_kept_connection(
    authority: Authority, serving: Serving, trusting: Wire
) -> None:
    server = serving(authority.context(begins=-3, ends=40))
    first, again = (trusting.fetch(Ask(server.url("good")), allow_private=True) for _ in range(2))
    assert server.connections == 1
    assert first.tls_ends_at is not None and 38 < (first.tls_ends_at - first.at).days <= 40
    assert again.tls_ends_at == first.tls_ends_at
    assert 0 < first.took_s < 15 and first.status == 200
