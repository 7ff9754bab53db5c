"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence

KIND = "press"

RSS = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss">
<channel>
<title>Warta Rekaan</title><link>https://warta.invalid</link><language>id</language>
<lastBuildDate>Sat, 21 Nov 2026 09:00:00 WIB</lastBuildDate>
<item>
 <title>Tanggul Kali Rekaan jebol, 40 rumah terendam &amp;amp; jalan ditutup</title>
 <link>https://m.warta.invalid/berita/11/tanggul-jebol?utm_source=rss&amp;page=all#komentar</link>
 <pubDate>Sab, 21 Nov 2026 08:30:00 WIB</pubDate>
 <description><![CDATA[<img src="https://foto.invalid/11.jpg"><p>Air setinggi 60&nbsp;cm.</p><p>Warga
 <b>mengungsi</b> ke <a href="https://kota.invalid/posko">posko</a>.</p><script>alert(1)</script>]]></description>
 <guid isPermaLink="false">warta-11</guid><category>Banjir</category><dc:creator>Siti Rekaan</dc:creator>
 <georss:point>-6.01 106.01</georss:point><slash>7</slash>
</item>
<item>
 <title>Pasar Sukamaju dibuka lagi</title>
 <link>https://warta.invalid/berita/12/pasar-dibuka/amp</link>
 <pubDate>Fri, 20 Nov 2026 17:05:00 +0700</pubDate>
 <description>Pedagang kembali berjualan.</description>
 <content:encoded><![CDATA[<p>Pedagang kembali berjualan.</p><p>Lampu belum menyala.</p>]]></content:encoded>
 <media:content url="https://foto.invalid/12.jpg" medium="image"/>
</item>
</channel></rss>
"""

ATOM = b"""\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Dinas Rekaan</title><id>urn:rekaan:dinas</id><updated>2026-11-21T01:00:00Z</updated>
<entry>
 <title type="html">Pompa &lt;em&gt;Mekarsari&lt;/em&gt; diperbaiki</title><id>tag:dinas.invalid,2026:1</id>
 <link rel="alternate" href="https://dinas.invalid/kabar/1"/><link rel="edit" href="https://dinas.invalid/edit/1"/>
 <published>2026-11-20T10:00:00+07:00</published><updated>2026-11-21T07:45:00+07:00</updated>
 <author><name>Humas Rekaan</name><email>humas@dinas.invalid</email></author><category term="pompa"/>
 <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Satu &lt;dari&gt; tiga.</p><p>Selesai.</p>
 <script>x()</script></div></content>
</entry>
<entry><title>Tanpa tanggal</title><id>tag:dinas.invalid,2026:2</id><summary>Segera.</summary></entry>
</feed>
"""

RDF = b"""\
<?xml version="1.0" encoding="ISO-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://arsip.invalid/"><title>Arsip</title></channel>
<item rdf:about="https://arsip.invalid/1"><title>Caf\xe9 dan &lt;b&gt;taman&lt;/b&gt;</title>
<link>https://arsip.invalid/1</link><dc:date>2026-11-19T03:00:00Z</dc:date></item>
</rdf:RDF>
"""


def as_json_feed(*items: object) -> bytes:
    """A JSON Feed of those items."""
    whole = {"version": "https://jsonfeed.org/version/1.1", "title": "Kabar Rekaan", "items": list(items)}
    return json.dumps(whole, ensure_ascii=False).encode()


JSON = as_json_feed(
    {
        "id": 7,
        "url": "https://kabar.invalid/7",
        "title": "Jembatan Mekarsari ditutup",
        "content_html": "<p>Sampai Senin.</p>",
        "date_published": "2026-11-21T08:00:00+07:00",
        "authors": [{"name": "Budi Rekaan"}],
        "tags": ["jalan"],
        "_odd": {"a": 1},
    }
)

GOOD = [RSS, ATOM, RDF, JSON]


def worded(strings: Sequence[str]) -> bytes:
    """An article with each string for its words."""
    return as_json_feed(
        *(
            {
                "id": f"https://kabar.invalid/{n}",
                "title": text,
                "content_text": text,
                "summary": text,
                "authors": [{"name": text}],
                "_odd": text,
            }
            for n, text in enumerate(strings)
        )
    )
