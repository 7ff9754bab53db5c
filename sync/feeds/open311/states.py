"""Words of sources for the state of a complaint, as one table. What is not in it is shown as it came."""

from __future__ import annotations

import re
from functools import lru_cache

from console.core.lifecycle import State

WORDS: dict[str, State] = {
    # LAKSA: red, yellow, green
    "masuk": State.NEW,
    "proses": State.IN_PROGRESS,
    "selesai": State.DONE,
    # SP4N-LAPOR
    "belum diverifikasi": State.NEW,
    "terverifikasi": State.VERIFIED,
    "arsip": State.VERIFICATION_FAILED,
    "diteruskan": State.DISPOSED,
    "bukan wewenang": State.NOT_OURS,
    "bukan kewenangan": State.NOT_OURS,
    "dialihkan": State.DIVERTED,
    "tunda": State.POSTPONED,
    "ditunda": State.POSTPONED,
    "dijadwalkan": State.SCHEDULED,
    "selesai menunggu tanggapan": State.DONE,
    "selesai diterima": State.DONE_ACCEPTED,
    "selesai otomatis": State.CLOSED_BY_SYSTEM,
    "ditutup sistem": State.CLOSED_BY_SYSTEM,
    "dibuka kembali": State.REOPENED,
    "ganda": State.DUPLICATE,
    "iseng": State.PRANK,
    # Jakarta CRM
    "menunggu": State.NEW,
    "koordinasi": State.VERIFIED,
    "disposisi": State.DISPOSED,
    "didisposisikan": State.DISPOSED,
    "tl ditolak": State.NOT_OURS,
    "menunggu validasi": State.AWAITING_VALIDATION,
    # Sapawarga: keys and labels
    "unverified": State.NEW,
    "menunggu verifikasi": State.NEW,
    "verified": State.VERIFIED,
    "failed": State.VERIFICATION_FAILED,
    "gagal diverifikasi": State.VERIFICATION_FAILED,
    "gagal verifikasi": State.VERIFICATION_FAILED,
    "not yet instructed": State.DISPOSED,
    "not yet coordinated": State.DISPOSED,
    "coordinated": State.DISPOSED,
    "rejected": State.NOT_OURS,
    "ditolak": State.NOT_OURS,
    "diverted to span": State.DIVERTED,
    "directed to hotline jabar": State.DIVERTED,
    "followup": State.IN_PROGRESS,
    "ditindaklanjuti": State.IN_PROGRESS,
    "dikerjakan": State.IN_PROGRESS,
    "postponed": State.POSTPONED,
    "pengerjaan ditunda": State.POSTPONED,
    "review": State.AWAITING_VALIDATION,
    "ditinjau ulang": State.AWAITING_VALIDATION,
    "finished": State.DONE,
    # mySociety's extension of Open311
    "for triage": State.NEW,
    "investigating": State.POSTPONED,
    "internal referral": State.DISPOSED,
    "in progress": State.IN_PROGRESS,
    "action scheduled": State.SCHEDULED,
    "fixed": State.DONE,
    "duplicate": State.DUPLICATE,
    "duplicate request": State.DUPLICATE,
    "not councils responsibility": State.NOT_OURS,
    "no further action": State.VERIFICATION_FAILED,
    "cancelled": State.VERIFICATION_FAILED,
    "reopen": State.REOPENED,
    "reopened": State.REOPENED,
}

_PLAIN = {"open": State.NEW, "closed": State.DONE}
"""GeoReport v2 itself knows no more: "open: it has been reported", "closed: it has been resolved"."""
_MYSOCIETY = {"open": State.VERIFIED, "closed": State.CLOSED_BY_SYSTEM}
"""Where the source speaks mySociety's words, these two mean something else: closed is not fixed."""
_HEAD = re.compile(r"[^:;.,(\n]{1,60}")


def read_state(status: str, notes: str, *, mysociety: bool = False) -> tuple[State, str]:
    """Our state and the source's own word. Many a source has only open and closed and tells the rest at the head
    of its notes ("proses: ..."): taken where it does not contradict the status."""
    head = _HEAD.match(notes) if notes else None
    return _read(status, head[0].strip() if head else "", mysociety)


@lru_cache(maxsize=4096)
def _read(status: str, head: str, mysociety: bool) -> tuple[State, str]:
    word = _plain(status)
    coarse = (_MYSOCIETY if mysociety else _PLAIN).get(word)
    if coarse is None:
        return WORDS.get(word, State.UNKNOWN), status
    finer = WORDS.get(_plain(head))
    if finer is not None and finer.open == (word == "open"):
        return finer, head
    return coarse, status


def _plain(word: str) -> str:
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split())
