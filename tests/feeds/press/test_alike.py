"""One article under many addresses, and in many papers."""

from __future__ import annotations

import random

import pytest

from sync.feeds.press.alike import Known, alike, canonical, key, sketch


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://warta.invalid/a?utm_source=x&id=3&UTM_Medium=y", "https://warta.invalid/a?id=3"),
        ("https://warta.invalid/a?page=all", "https://warta.invalid/a"),
        ("https://warta.invalid/a?page=2", "https://warta.invalid/a?page=2"),
        ("HTTPS://M.Warta.invalid:443/A#x", "https://warta.invalid/A"),
        ("https://amp.warta.invalid/a/amp/", "https://warta.invalid/a"),
        ("https://warta.invalid/a.amp?fbclid=1", "https://warta.invalid/a"),
        ("https://m.invalid/a", "https://m.invalid/a"),
        ("https://warta.invalid:8443/?q=a%20b&x", "https://warta.invalid:8443/?q=a%20b&x"),
        ("https://warta.invalid:99999/a", "https://warta.invalid:99999/a"),
    ],
)
def test_an_address_without_its_disguise(url: str, clean: str) -> None:
    assert canonical(url) == clean


def test_the_key_of_an_address() -> None:
    urls = ("http://www.warta.invalid/a/", "https://m.warta.invalid/a?utm_x=1")
    assert {key(canonical(url)) for url in urls} == {"warta.invalid/a"}
    assert key("https://warta.invalid/") == key("https://warta.invalid") == ""
    assert key("https://warta.invalid/?p=7") == "warta.invalid?p=7"


def test_sketches_tell_copies_from_others() -> None:
    chance = random.Random(3)
    words = [f"kata{chance.randrange(900)}" for _ in range(150)]
    whole = sketch(" ".join(words))
    assert len(whole) == 12
    assert alike(whole, sketch("  ".join(words).upper()))
    assert alike(whole, sketch(" ".join([*words, "dan", "satu", "lagi"])))
    assert not alike(whole, sketch(" ".join(chance.sample(words, 150))))
    assert sketch("Prakiraan cuaca hari ini") == () and not alike((), ())


def test_the_known_are_found() -> None:
    chance = random.Random(5)
    texts = {str(n): " ".join(f"kata{chance.randrange(900)}" for _ in range(60)) for n in range(200)}
    known = Known(near_ms=10)
    for name, text in texts.items():
        known.add(name, 100, sketch(text))
    assert all(known.find(110, sketch(f"{text} lagi")) == name for name, text in texts.items())
    assert all(known.find(111, sketch(text)) == "" for text in texts.values())
    assert known.find(100, sketch(" ".join(f"lain{n}" for n in range(60)))) == ""
