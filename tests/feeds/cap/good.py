"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.feeds.cap.cases import alert, atom, bare, info

KIND = "cap"
SUMMARY = """<id>urn:2</id><updated>2026-11-21T03:00:00+00:00</updated><title>Banjir</title>
<author><name>B</name></author>
<cap:status>Actual</cap:status><cap:msgType>Alert</cap:msgType><cap:urgency>Future</cap:urgency>
<cap:severity>Minor</cap:severity><cap:certainty>Likely</cap:certainty><cap:areaDesc>Rekaan</cap:areaDesc>"""
GOOD = [alert(), atom(f"<content type='text/xml'>{bare(alert())}</content>", SUMMARY)]
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def worded(strings: Sequence[str]) -> bytes:
    """An index with a message for each string; what XML cannot say is left out of it."""
    told = [NO_XML.sub("", each) for each in strings]
    messages = [
        bare(alert(info(headline=each, description=each, senderName=each, odd=each), identifier=f"i{number}"))
        for number, each in enumerate(told)
    ]
    return atom(*(f"<content>{each}</content>" for each in messages))
