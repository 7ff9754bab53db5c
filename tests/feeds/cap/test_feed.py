"""A source of warnings over its turns: index, messages, what is late, what is gone, and answers that were spoilt."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer, ConsoleError, Denied
from console.core.records import Batch
from sync.feed import Ask, Memo
from sync.feeds.cap import Cap
from sync.feeds.cap.feed import MOST_MISSES
from sync.feeds.cap.index import MOST_ENTRIES
from sync.feeds.cap.plan import Link, Plan
from tests.feeds.cap.cases import AT, HOME, alert, answer, atom, bare, decoded, feed, info, rss
from tests.feeds.cap.good import GOOD, SUMMARY
from tests.feeds.mutate import mutations

ONE, TWO, THREE = (f"https://hub.invalid/{each}.cap" for each in "123")
GONE = Away("sync.away.gone", source="hub.invalid", status="404")
SLOW = Away("sync.away.slow", source="hub.invalid", seconds=15)


def urls(source: Cap, memo: Memo) -> list[str]:
    return [ask.url for ask in source.ask(memo, AT)]


def fetched(source: Cap, url: str, memo: Memo, **changes: Any) -> Batch:
    return source.decode(answer(alert(identifier=url[-5:], **changes), url), memo)


def test_an_index_then_each_message_once() -> None:
    source = feed()
    assert urls(source, {}) == [HOME]
    batch = source.decode(answer(rss(ONE, TWO, TWO), etag='"e"'), {})
    assert (batch.count, batch.more, batch.refused, batch.whole) == (0, True, [], False)
    assert batch.newest_at == datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    assert urls(source, batch.memo) == [ONE, TWO]
    assert [ask.tag for ask in source.ask(batch.memo, AT)] == [ONE, TWO]
    first = fetched(source, ONE, batch.memo)
    assert (first.count, first.more, first.fleeting, first.newest_at) == (1, False, True, first.items[0].observed_at)
    second = fetched(source, TWO, first.memo)
    # the next turn begins with the index, by its ETag
    (ask,) = source.ask(second.memo, AT)
    assert (ask.url, ask.etag, ask.tag) == (HOME, '"e"', "")
    again = source.decode(answer(rss(ONE, TWO), etag='"f"'), second.memo)
    assert not again.more and Plan.of(again.memo).known == Plan.of(second.memo).known
    unchanged = source.decode(answer(b"", unchanged=True), again.memo)
    assert not unchanged.more and unchanged.memo == again.memo


def test_an_entry_that_changed_is_fetched_again_and_one_that_left_is_forgotten() -> None:
    source = feed()
    memo = fetched(source, ONE, source.decode(answer(rss(ONE)), {}).memo).memo
    assert urls(source, source.decode(answer(rss(ONE, mark="Sat, 21 Nov 2026 11:00:00 +0700")), memo).memo) == [ONE]
    left = source.decode(answer(rss()), memo)
    assert Plan.of(left.memo).known == () and not left.whole
    assert not source.decode(answer(rss()), left.memo).whole, "what it does not name may still hold"


def test_an_interrupted_turn_goes_on_after_the_index() -> None:
    source = feed()
    memo = fetched(source, ONE, source.decode(answer(rss(ONE, TWO), etag="e"), {}).memo).memo
    assert urls(source, memo) == [HOME]
    unchanged = source.decode(answer(b"", unchanged=True), memo)
    assert unchanged.more and urls(source, unchanged.memo) == [TWO]


def test_one_message_that_does_not_come_costs_no_other() -> None:
    source = feed()
    memo = source.decode(answer(rss(ONE, TWO, THREE)), {}).memo
    gone = source.missed(Ask(ONE, tag=ONE), GONE, memo)
    assert gone is not None and gone.refused[0].values == {"url": ONE}
    late = source.missed(Ask(TWO, tag=TWO), SLOW, gone.memo)
    assert late is not None
    came = fetched(source, THREE, late.memo)
    # gone for good; late is tried again, after what is new
    again = source.decode(answer(rss(TWO, "https://hub.invalid/4.cap", ONE)), came.memo)
    assert urls(source, again.memo) == ["https://hub.invalid/4.cap", TWO]


@pytest.mark.parametrize("trouble", [SLOW, Denied("sync.denied", source="x", status="403")])
def test_several_in_a_row_that_do_not_come_are_a_host_that_does_not_answer(trouble: ConsoleError) -> None:
    source = feed()
    memo = source.decode(answer(rss(ONE, TWO, THREE)), {}).memo
    for url in (ONE, TWO, THREE)[: MOST_MISSES - 1]:
        batch = source.missed(Ask(url, tag=url), trouble, memo)
        assert batch is not None
        memo = batch.memo
    assert source.missed(Ask(THREE, tag=THREE), trouble, memo) is None
    # the next turn begins anew, and with the one that was not asked in vain
    again = source.decode(answer(b"", unchanged=True), memo)
    assert urls(source, again.memo)[0] == THREE
    assert source.missed(Ask(THREE, tag=THREE), trouble, again.memo) is not None


def test_a_message_in_no_form_is_tried_again_and_the_source_stands() -> None:
    source = feed()
    memo = source.decode(answer(rss(ONE, TWO, THREE)), {}).memo
    for url in (ONE, TWO, THREE, ONE):
        with pytest.raises(BadAnswer):
            source.decode(answer(b"<html/>", url), memo)
        batch = source.missed(Ask(url, tag=url), BadAnswer("sync.bad.html", source="x"), memo)
        assert batch is not None and batch.refused[0].says == "sync.cap.lost"
        memo = batch.memo
    assert {link.url for link in Plan.of(memo).todo} == {ONE, TWO, THREE}


def test_a_message_that_is_refused_is_not_fetched_again() -> None:
    source = feed()
    batch = fetched(source, ONE, source.decode(answer(rss(ONE)), {}).memo, scope=...)
    assert batch.refused[0].where == f"{ONE}.scope" and "rekaan" in batch.refused[0].raw
    assert not source.decode(answer(rss(ONE)), batch.memo).more


def test_the_index_that_does_not_come_is_the_source() -> None:
    assert feed().missed(Ask(HOME), SLOW, {}) is None


def test_other_hosts_only_where_the_pack_trusts_them() -> None:
    there = "https://cap.invalid/1.cap"
    told = decoded(rss(there, "https://hub.invalid:8443/1.cap"))
    assert [(each.says, each.values) for each in told.refused] == [
        ("sync.cap.away", {"host": "cap.invalid"}),
        ("sync.cap.away", {"host": "hub.invalid"}),
    ]
    trusting = feed(hosts="a.invalid, CAP.invalid")
    assert urls(trusting, trusting.decode(answer(rss(there)), {}).memo) == [there]


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("1.cap", "https://hub.invalid/1.cap"),
        ("/a/1.cap?x=1#y", "https://hub.invalid/a/1.cap?x=1"),
        ("http://hub.invalid/1.cap", "https://hub.invalid/1.cap"),
        ("//hub.invalid/1.cap", "https://hub.invalid/1.cap"),
    ],
)
def test_links_as_they_are_written(link: str, asked: str) -> None:
    assert urls(feed(), decoded(rss(link)).memo) == [asked]


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "file:///etc/passwd", "http://[x/", "https://a b/", "x" * 3000]
)
def test_links_that_are_none(link: str) -> None:
    batch = decoded(rss(link))
    assert [each.says for each in batch.refused] == ["sync.cap.no_link"] and not batch.more


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        ('<link href="a.htm" type="text/html"/><link rel="related" type="application/cap+xml" href="a.cap"/>', "a.cap"),
        ('<link href="a.xml"/>', "a.xml"),
        ('<link rel="alternate" href="a.xml" type="application/xml"/>', "a.xml"),
        ('<content type="application/cap+xml" src="a.cap"/>', "a.cap"),
        ('<enclosure type="application/cap+xml" url="a.cap"/>', "a.cap"),
        ('<link href="a.htm" type="text/html"/>', ""),
        ('<link rel="self" href="a.xml"/>', ""),
    ],
)
def test_which_link_leads_to_the_message(entry: str, asked: str) -> None:
    batch = decoded(atom(entry))
    assert urls(feed(), batch.memo) == [f"https://hub.invalid/{asked}" if asked else HOME]
    assert len(batch.refused) == (not asked)


def test_messages_in_the_index_are_all_there_is() -> None:
    both = [f"<content>{bare(alert(identifier=each))}</content>" for each in "ab"]
    batch = decoded(atom(*both))
    assert (batch.count, batch.whole, batch.more) == (2, True, False)
    assert decoded(atom()).whole
    spoilt = atom(both[0], f"<content>{bare(alert(scope=...))}</content>")
    assert not decoded(spoilt).whole, "one that could not be read would be told as over"


def test_a_summary_stands_in_where_the_message_cannot_be_fetched() -> None:
    linked = '<link href="https://cap.invalid/1.cap"/>' + SUMMARY
    (item,) = decoded(atom(linked)).items
    assert (item.title, item.level, item.body["flags"]) == ("Banjir", "Minor", ["summary"])
    assert (item.body["sender"], item.body["identifier"]) == ("B", "urn:2")
    trusting = feed(hosts="cap.invalid").decode(answer(atom(linked)), {})
    assert trusting.count == 0 and trusting.more
    nameless = SUMMARY.replace("<id>urn:2</id>", "")
    assert decoded(atom(nameless)).refused[0].where == "entry[0].identifier"


def test_of_a_file_the_links_are_counted_and_nothing_is_fetched() -> None:
    source = feed(address="/tmp/a.rss")
    batch = source.decode(answer(rss(ONE, TWO), url="/tmp/a.rss"), {})
    assert (batch.count, batch.refused, urls(source, batch.memo)) == (0, [], [ONE, TWO])


def test_at_most_so_many_a_turn_and_the_rest_in_the_next() -> None:
    source = feed()
    links = [f"https://hub.invalid/{number}.cap" for number in range(450)]
    memo: Memo = {}
    seen: list[str] = []
    for _ in range(3):
        (index,) = source.ask(memo, AT)
        assert index.etag == "", "an index of which something is left over must be told again"
        memo = source.decode(answer(rss(*links), etag="e"), memo).memo
        for url in urls(source, memo):
            seen.append(url)
            memo = fetched(source, url, memo).memo
    assert seen == links
    assert not source.decode(answer(rss(*links), etag="e"), memo).more


def test_bounds() -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(rss(*[ONE] * (MOST_ENTRIES + 1)))
    assert caught.value.says == "sync.bad.many"


@pytest.mark.parametrize(
    "body",
    [
        b"<alert/>",
        b'<alert xmlns="urn:other"/>',
        b"<rss/>",
        b"<feed/>",
        b'<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    ],
)
def test_other_xml_is_no_index(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(body)
    assert caught.value.says == "sync.cap.shape"


def test_rss_of_the_first_kind() -> None:
    body = f'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel/><item><link>{ONE}</link></item></r:RDF>'
    assert urls(feed(), decoded(body.encode()).memo) == [ONE]


@pytest.mark.parametrize("made", ["", "kemarin", "Sat, 21 Nov 2037 10:30:00 +0700"])
def test_an_index_without_a_date_of_its_own(made: str) -> None:
    assert decoded(rss(ONE, made=made)).newest_at is None


@pytest.mark.parametrize(
    "memo",
    [{"v": 1}, {"v": 1, "todo": 5}, {"v": 1, "todo": [["x"]], "known": [], "turn": "links", "etag": "", "misses": 0}],
)
def test_a_memo_that_is_none_begins_anew(memo: Memo) -> None:
    assert Plan.of(memo) == Plan() and urls(feed(), memo) == [HOME]


def test_a_plan_is_json_and_back() -> None:
    plan = Plan("links", "e", ("a",), (Link("u", "m", True),), 2, True)
    assert Plan.of(json.loads(json.dumps(plan.plain()))) == plan


@pytest.mark.parametrize("number", range(2))
def test_spoilt_answers_are_batches_or_refused_by_name(number: int) -> None:
    for body in mutations(GOOD[number], 120, seed=number):
        try:
            batch = decoded(body)
        except BadAnswer:
            continue
        for item in batch.items:
            assert item.native_id and item.observed_at <= AT + timedelta(days=1)
            json.dumps(item.body, allow_nan=False)


RECORDED = {
    # records, links to fetch, refused
    "google-amber.atom": (1, 0, 0),
    "google-earthquake_index.atom": (0, 1, 0),
    "google-empty_weather_index.atom": (0, 0, 0),
    "google-weather.atom": (1, 0, 0),
    "google-weather_index.atom": (2, 0, 0),
    "google-weather_invalid.atom": (0, 0, 1),
    "google-ny_index.rss": (0, 2, 0),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_indexes(shared_data: Path, name: str) -> None:
    path = shared_data / "cap" / name
    batch = feed(address=str(path)).decode(answer(path.read_bytes(), url=str(path)), {})
    assert (batch.count, len(Plan.of(batch.memo).todo), len(batch.refused)) == RECORDED[name]


def test_a_recorded_index_whose_agency_is_asked(shared_data: Path) -> None:
    source = feed(address="https://www.weather.gov/alerts-beta/us.atom")
    body = (shared_data / "cap" / "google-weather_index.atom").read_bytes()
    batch = source.decode(answer(body, url="https://www.weather.gov/alerts-beta/us.atom"), {})
    assert batch.count == 0
    assert urls(source, batch.memo)[0].startswith("https://www.weather.gov/alerts-beta/wwacapget.php?x=CT2010")


def test_languages_of_a_message_come_by_the_option() -> None:
    body = alert(info(), info(language="en", headline="Rain"))
    assert decoded(body, language="en").items[0].title == "Rain"
