"""A process that reads answers, for tests: what a body says is what becomes of it."""

from __future__ import annotations

import os
import sys
import threading
from typing import ClassVar

from console.core.errors import BadAnswer
from console.core.records import Batch, Refusal
from sync.feed import Answer, Feed, FeedFace, Memo
from sync.reading_child import MOST_BYTES, run_reading

FACE = FeedFace("reading", "sync.open311.title")


class Saying(Feed):
    """Does what the beginning of a body says."""

    face: ClassVar[FeedFace] = FACE

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        said = answer.body.split(b" ")[0]
        if said == b"hang":
            threading.Event().wait()
        if said == b"die":
            os._exit(9)
        if said == b"eat":
            bytearray(2 * MOST_BYTES)
        if said == b"bad":
            raise BadAnswer("sync.bad.shape", source=self.entry.id, tried=("a", 1))
        if said == b"bug":
            raise ZeroDivisionError("here")
        print("no reply")
        refused = [Refusal("requests[1]", "sync.refused.kind", {"value": AssertionError("odd")}, "{}")]
        return Batch(self.entry.id, [], refused, {**memo, "pid": os.getpid()}, True)


if __name__ == "__main__":
    if sys.argv[1:] == ["mute"]:
        sys.exit(0)
    sys.exit(run_reading({"reading": Saying}))
