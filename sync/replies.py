"""What the head of an answer means: statuses, waiting times, content types, certificates. No wire attached."""

from __future__ import annotations

import codecs
import re
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from console.core.errors import Away, BadAnswer, ConsoleError, Denied
from sync.strict_json import codec

RETRY_LEAST_S = 1.0
RETRY_MOST_S = 900.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_TEXTUAL = re.compile(
    r"^(?:(?:application|text)/(?:[\w.-]+\+)?(?:json|xml|javascript|csv|plain)|application/octet-stream)$"
)
_PAGE = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]{1,40})", re.IGNORECASE)

_CERTIFICATE = {
    9: "sync.tls.early",
    10: "sync.tls.expired",
    18: "sync.tls.unknown",
    19: "sync.tls.unknown",
    20: "sync.tls.unknown",
    21: "sync.tls.unknown",
    62: "sync.tls.host",
    64: "sync.tls.host",
}
"""OpenSSL's X509_V_ERR numbers by what a person can do about them."""
_ISSUER = {2: "cert_issuer", 18: "cert_self", 19: "cert_self", 20: "cert_issuer", 21: "cert_issuer", 23: "cert_revoked"}
"""The same numbers by why nobody vouches for it."""


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds the other side asks us to wait, held between a second and a quarter of an hour; None where it
    does not say, or not in a form of RFC 9110 section 10.2.3."""
    text = (value or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        wanted = float(text[:9])
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        if at.tzinfo is None:
            return None
        wanted = (at - now).total_seconds()
    return min(max(wanted, RETRY_LEAST_S), RETRY_MOST_S)


def fault_of(status: int, headers: Mapping[str, str], source: str, now: datetime) -> ConsoleError | None:
    """The error of a status, or None where the body is worth reading."""
    if status in (200, 203):
        return None
    if status in (401, 403, 407):
        return Denied("sync.denied", source=source, status=str(status))
    wait = retry_after_s(headers.get("retry-after"), now)
    if status == 429:
        return Away("sync.away.busy", retry_after_s=wait, source=source, seconds=round(wait or 0))
    if status in (404, 410):
        return Away("sync.away.gone", retry_after_s=wait, source=source, status=str(status))
    if status >= 500:
        return Away("sync.away.server", retry_after_s=wait, source=source, status=str(status))
    return Away("sync.away.status", retry_after_s=wait, source=source, status=str(status))


def line_fault_of(status: int, headers: Mapping[str, str], source: str, now: datetime) -> ConsoleError | None:
    """The same in a conversation where a no has a meaning of its own (404, 409, 412, 413, 501 ...): None for those."""
    if status in (401, 403, 407, 408, 429) or (status >= 500 and status != 501):
        return fault_of(status, headers, source, now)
    return None


def content_type(headers: Mapping[str, str]) -> tuple[str, str]:
    """Type in lower case without parameters, and charset as given; "" where not given."""
    raw = headers.get("content-type", "")
    charset = _PARAMETER.search(raw)
    return raw.partition(";")[0].strip().lower(), charset[1] if charset else ""


def check_type(kind: str, charset: str, source: str) -> None:
    """Refuse by its head what cannot be the text that was asked for. Raises `BadAnswer`."""
    if kind in ("text/html", "application/xhtml+xml"):
        raise BadAnswer("sync.bad.html", source=source)
    if kind and not _TEXTUAL.fullmatch(kind):
        raise BadAnswer("sync.bad.type", source=source, type=kind[:80])
    if charset and not codec(charset):
        raise BadAnswer("sync.bad.charset", source=source, charset=charset)


def check_body(body: bytes, source: str) -> None:
    """Refuse a page that lies about its type. Raises `BadAnswer`."""
    if _PAGE.match(body[:4096].removeprefix(codecs.BOM_UTF8)):
        raise BadAnswer("sync.bad.html", source=source)


def tls_fault(trouble: BaseException, source: str, now: datetime) -> Away | None:
    """The error of a failed TLS greeting, found anywhere in the chain of causes; None where it was none."""
    seen: BaseException | None = trouble
    for _ in range(10):
        if isinstance(seen, ssl.SSLCertVerificationError):
            says = _CERTIFICATE.get(seen.verify_code, "sync.tls.unknown")
            fault = _ISSUER.get(seen.verify_code, f"cert {seen.verify_code}")
            return Away(says, source=source, fault=fault, now=now.isoformat(timespec="minutes"))
        if isinstance(seen, ssl.SSLError):
            # one that Python itself raised has no reason
            return Away("sync.tls.broken", source=source, fault=getattr(seen, "reason", None) or type(seen).__name__)
        inner = [each for each in getattr(seen, "args", ()) if isinstance(each, BaseException)]
        reason = getattr(seen, "reason", None)
        if isinstance(reason, BaseException):
            inner.append(reason)
        seen = inner[0] if inner else (seen.__cause__ or seen.__context__ if seen else None)
        if seen is None:
            return None
    return None


def chain(trouble: BaseException) -> list[BaseException]:
    """An exception and what it was made of, outermost first."""
    found: list[BaseException] = []
    todo: list[BaseException] = [trouble]
    while todo and len(found) < 20:
        each = todo.pop(0)
        if each in found:
            continue
        found.append(each)
        todo += [inner for inner in each.args if isinstance(inner, BaseException)]
        todo += [inner for inner in (getattr(each, "reason", None), each.__cause__) if isinstance(inner, BaseException)]
    return found


def size(partial: object) -> int:
    """`http.client` keeps the bytes, urllib3 their number."""
    return partial if isinstance(partial, int) else len(partial) if isinstance(partial, bytes) else 0
