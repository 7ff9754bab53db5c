"""The connection banner."""

from __future__ import annotations

import pytest

from widgets.banner import Banner, BannerState
from widgets.tokens import Tokens


@pytest.fixture
def banner(qtbot, tokens: Tokens) -> Banner:
    made = Banner()
    qtbot.addWidget(made)
    made.resize(800, 32)
    made.show()
    return made


def test_it_says_how_it_stands(banner: Banner) -> None:
    banner.show_state(BannerState.OFFLINE, "Luring sejak 10.42 · 17 perubahan menunggu", "Coba sekarang")
    assert banner.state is BannerState.OFFLINE
    assert banner.text == banner.accessibleName() == "Luring sejak 10.42 · 17 perubahan menunggu"


def test_its_button_is_there_only_with_a_word(qtbot, banner: Banner) -> None:
    banner.show_state("cut", "Diputuskan", "Sambungkan")
    assert banner._button.isVisible()
    with qtbot.waitSignal(banner.action_asked):
        banner._button.click()
    banner.show_state("online", "Daring")
    assert not banner._button.isVisible()


def test_no_state_has_a_colour(banner: Banner) -> None:
    for state in BannerState:
        banner.show_state(state, "Keadaan sambungan")
        image = banner.grab().toImage()
        colours = {image.pixelColor(x, y).rgb() for x in range(0, 300) for y in range(32)}
        assert all(max(parts) - min(parts) <= 0.25 * max(1, *parts) for parts in map(_parts, colours)), state


def _parts(code: int) -> tuple[int, int, int]:
    return code >> 16 & 255, code >> 8 & 255, code & 255


def test_offline_looks_unlike_online(banner: Banner) -> None:
    pictures = []
    for state in BannerState:
        banner.show_state(state, "sama")
        pictures.append(banner.grab().toImage())
    assert all(one != other for at, one in enumerate(pictures) for other in pictures[:at])


def test_an_unknown_state_is_our_bug(banner: Banner) -> None:
    with pytest.raises(ValueError, match="perhaps"):
        banner.show_state("perhaps", "?")


def test_it_asks_for_the_room_that_its_words_need(banner: Banner) -> None:
    banner.show_state("offline", "Luring sejak 10.42", "Coba", right="Sab 21 Nov 2026 10.42 WIB")
    short = banner.sizeHint().width()
    banner.show_state("offline", "Luring sejak 10.42 · 1.234 perubahan menunggu · 17 ditolak", "Coba", right="10.42")
    assert banner.sizeHint().width() > banner.minimumSizeHint().width()
    banner.resize(banner.sizeHint())
    assert banner._words.width() >= banner._words.sizeHint().width()
    assert short >= banner.minimumSizeHint().width()
