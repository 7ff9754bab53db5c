"""XML answers as trees: what is kept, and everything that is refused by name."""

from __future__ import annotations

import pytest

from console.core.errors import BadAnswer
from sync import xml_tree

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<a:list xmlns:a="urn:one" xmlns="urn:two" n="1">
  <!-- not told -->
  <item id="x"> satu &amp; <b>dua</b> tiga </item>
  <item><![CDATA[<b>]]></item>
  <a:item/>
</a:list>"""


def read(text: str | bytes, charset: str = "") -> xml_tree.Node:
    return xml_tree.read(text if isinstance(text, bytes) else text.encode(), charset, "rekaan")


def test_names_texts_and_attributes() -> None:
    root = read(GOOD)
    assert (root.name, root.space, root.attributes) == ("list", "urn:one", {"n": "1"})
    assert [each.text for each in root.all("item")] == ["satu &  tiga", "<b>", ""]
    assert len(list(root.all("item", "urn:two"))) == 2
    assert root.words("item") == "satu &  tiga" and root.words("none") == ""
    assert root.first("item", "urn:one") is not None and root.first("b") is None
    assert [each.name for each in root.below()] == ["list", "item", "b", "item", "item"]


@pytest.mark.parametrize("head", ["\n\n  ", "\ufeff", "\ufeff \n"])
def test_what_stands_before_the_declaration(head: str) -> None:
    assert read(head + GOOD).name == "list"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<a>café</a>".encode("latin-1"), "iso-8859-1"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>café</a>'.encode("latin-1"), ""),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>café</a>'.encode("latin-1"), "utf-8"),
        ("<a>café</a>".encode("utf-16"), ""),
        ("<a>café</a>".encode(), "utf-8"),
    ],
)
def test_charsets(body: bytes, charset: str) -> None:
    assert read(body, charset).text == "café"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"halo", "xml"),
        (b"<a><b></a>", "xml"),
        (b"<a>", "xml"),
        (b"<a/><b/>", "xml"),
        (b"<a>\xe9</a>", "xml"),
        (b"<a>&halo;</a>", "xml"),
        (b"<a>\x00</a>", "xml"),
        (b"<!DOCTYPE a><a/>", "entities"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "entities"),
        (b'<!DOCTYPE a SYSTEM "http://a.invalid/x.dtd"><a/>', "entities"),
        (b"<a>" * 65 + b"</a>" * 65, "xml_form"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml_form"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "parts"),
        (b"<a " + b" ".join(b'x%d=""' % n for n in range(200_001)) + b"/>", "parts"),
        (b"<a>" + b"x" * (xml_tree.MOST_MB << 20) + b"</a>", "big"),
    ],
)
def test_refused_by_name(body: bytes, says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(body)
    assert caught.value.says == f"sync.bad.{says}"


def test_an_unknown_charset() -> None:
    for charset in ("klingon", "utf-7", "rot13"):
        with pytest.raises(BadAnswer) as caught:
            read(b"<a/>", charset)
        assert caught.value.says == "sync.bad.charset"


def test_the_deepest_that_is_read() -> None:
    assert len(list(read(b"<a>" * 64 + b"</a>" * 64).below())) == 64
