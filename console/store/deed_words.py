"""Words that a person writes with a deed, on their way to be kept: what is personal in them covered, the whole of them
sealed beside, before anything is kept of it.

    screen ─ envelope ─► covered and sealed ─► black box, engine, history, document        with the city's key
    black box of before there was a key, terminal ─► engine ─► covered and sealed ─► history, document

The whole stands among the deed's fields, so that wherever those go it goes along, and where they are erased, also by a
program that has never heard of it, it is gone. It is bound to its deed: moved to another it does not open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.core.command import Envelope
from console.core.covering import covered_deed
from console.core.personal import DEED_WORDS, whole_of_deed
from console.store.data_key import DataKey
from console.store.histories import DEED


def sealed_deed(envelope: Envelope, key: Callable[[], DataKey | None]) -> Envelope:
    """The envelope as it is kept. While there is no key to seal for, as it came: no word may be lost."""
    fields, whole = covered_deed(envelope.kind, envelope.fields)
    if not whole:
        return envelope
    if whole_of_deed(envelope.fields):  # sealed where it was written; here the rules know more
        return replace(envelope, fields=fields)
    sealed_for = key()
    if sealed_for is None:
        return envelope
    from console.store.sealing import seal_whole  # 30 ms that a start need not wait for

    sealed = seal_whole({DEED_WORDS: whole}, sealed_for.public, f"{DEED}{envelope.id}")
    return replace(envelope, fields={**fields, **sealed})
