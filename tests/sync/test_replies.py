"""Statuses, waiting times, types and certificates, without a wire."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import Away, BadAnswer, Denied
from sync import replies

NOW = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 1),
        ("7", 7),
        (" 900 ", 900),
        ("901", 900),
        ("9" * 400, 900),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 900),
        ("Wed, 21 Oct 1999 07:28:00 GMT", 1),
        ("Wed, 21 Oct 2099 07:28:00", None),
        ("Wed, 99 Oct 2099 07:28:00 GMT", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
    ],
)
def test_retry_after(told: str | None, waits: float | None) -> None:
    assert replies.retry_after_s(told, NOW) == waits


@given(st.text(max_size=60))
def test_retry_after_is_within_its_bounds_whatever_is_sent(told: str) -> None:
    waits = replies.retry_after_s(told, NOW)
    assert waits is None or 1 <= waits <= 900


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_is_data_or_a_named_fault(status: int) -> None:
    fault = replies.fault_of(status, {"retry-after": "30"}, "hub", NOW)
    if status in (200, 203):
        assert fault is None
    elif status in (401, 403, 407):
        assert isinstance(fault, Denied)
    else:
        assert isinstance(fault, Away)
        assert fault.retry_after_s == 30
    assert fault is None or fault.values["source"] == "hub"


@pytest.mark.parametrize(
    ("raw", "kind", "charset"),
    [
        ("", "", ""),
        ("application/json", "application/json", ""),
        ("Application/JSON; Charset=UTF-8", "application/json", "UTF-8"),
        ('text/xml; x=1; charset="iso-8859-1"', "text/xml", "iso-8859-1"),
    ],
)
def test_content_type(raw: str, kind: str, charset: str) -> None:
    assert replies.content_type({"content-type": raw} if raw else {}) == (kind, charset)


DATA = (
    *("", "application/json", "text/json", "application/geo+json", "application/vnd.geo+json", "text/xml"),
    *("text/plain", "application/rss+xml", "application/octet-stream", "text/csv"),
)
ANYTHING = ("text/html", "application/xhtml+xml", "image/png", "application/pdf", "video/mp4", "x")


@pytest.mark.parametrize("kind", DATA)
def test_types_of_data_are_taken(kind: str) -> None:
    replies.check_type(kind, "utf-8", "hub")


@pytest.mark.parametrize("kind", ANYTHING)
def test_types_of_anything_else_are_not(kind: str) -> None:
    with pytest.raises(BadAnswer):
        replies.check_type(kind, "", "hub")


@pytest.mark.parametrize("charset", ["utf-7", "rot13", "zip", "idna", "unknown-8", "\0", "utf-32"])
def test_odd_charsets_are_refused(charset: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        replies.check_type("application/json", charset, "hub")
    assert caught.value.says == "sync.bad.charset"


def test_a_page_is_known_by_its_first_words_only() -> None:
    for page in (b"<html>", b"\xef\xbb\xbf <!DOCTYPE HTML PUBLIC", b"<!-- x -->\n<head>", b"<body class=x>"):
        with pytest.raises(BadAnswer):
            replies.check_body(page, "hub")
    for data in (b"", b"[]", b"<service_requests>", b'<?xml version="1.0"?><a/>', b'["<html>"]', b"<htmlish/>"):
        replies.check_body(data, "hub")


@pytest.mark.parametrize(
    ("code", "says"), [(10, "sync.tls.expired"), (9, "sync.tls.early"), (62, "sync.tls.host"), (18, "sync.tls.unknown")]
)
def test_certificates_are_told_by_what_to_do_about_them(code: int, says: str) -> None:
    inner = ssl.SSLCertVerificationError(1, "failed")
    inner.verify_code, inner.verify_message = code, "because"
    outer = OSError("outer", OSError(inner))
    fault = replies.tls_fault(outer, "hub", NOW)
    assert fault is not None
    assert fault.says == says
    assert fault.values["now"] == "2026-11-21T03:42+00:00"


def test_other_troubles_of_tls_and_none() -> None:
    fault = replies.tls_fault(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong"), "hub", NOW)
    assert fault is not None
    assert fault.says == "sync.tls.broken"
    assert replies.tls_fault(OSError("plain"), "hub", NOW) is None
