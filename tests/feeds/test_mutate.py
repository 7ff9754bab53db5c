"""What spoils the samples."""

from __future__ import annotations

import pytest

from tests.feeds.mutate import mutations

BODY = b'{"a": [1, 2.5, "kata", {"waktu": "2026-11-21T00:00:00Z"}]}'


@pytest.mark.parametrize("body", [BODY, bytes(range(256)), b"<a><b>1</b><c>dua</c></a>"])
def test_each_is_another_and_none_is_sound(body: bytes) -> None:
    spoilt = list(mutations(body, 200))
    assert len(set(spoilt)) == 200
    assert body not in spoilt


def test_the_same_seed_spoils_the_same_way() -> None:
    assert list(mutations(BODY, seed=3)) == list(mutations(BODY, seed=3))
    assert list(mutations(BODY, seed=3)) != list(mutations(BODY, seed=4))
