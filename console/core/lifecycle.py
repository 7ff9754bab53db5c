"""The life of a complaint as one table: which state follows which, by which command.

The states are the neutral ones of the field (SP4N-LAPOR, LAKSA, Jakarta CRM, Sapawarga and Open311 map onto
them); a source's own word is always kept beside ours. What is not in `NEXT` cannot happen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum, StrEnum


class State(IntEnum):
    """Neutral state of a complaint. The numbers stand in stored files: never renumber, only append."""

    UNKNOWN = 0  # the source used a word we do not know; its word is shown instead
    NEW = 1  # baru, masuk
    VERIFIED = 2  # terverifikasi
    VERIFICATION_FAILED = 3  # gagal verifikasi
    DISPOSED = 4  # didisposisikan to an OPD
    NOT_OURS = 5  # bukan wewenang
    DIVERTED = 6  # dialihkan to another channel
    IN_PROGRESS = 7  # dikerjakan, proses
    SCHEDULED = 8  # dijadwalkan
    POSTPONED = 9  # ditunda
    AWAITING_VALIDATION = 10  # menunggu validasi
    DONE = 11  # selesai, not yet accepted by the reporter
    DONE_ACCEPTED = 12  # selesai diterima
    CLOSED_BY_SYSTEM = 13  # ditutup sistem: a machine closed it, which is not the same as done
    REOPENED = 14  # dibuka kembali
    DUPLICATE = 15  # ganda
    PRANK = 16  # iseng

    @property
    def open(self) -> bool:
        """True while somebody still has to act."""
        return self in OPEN


OPEN = frozenset(
    {
        State.UNKNOWN,
        State.NEW,
        State.VERIFIED,
        State.DISPOSED,
        State.DIVERTED,
        State.IN_PROGRESS,
        State.SCHEDULED,
        State.POSTPONED,
        State.AWAITING_VALIDATION,
        State.REOPENED,
    }
)


class Deed(StrEnum):
    """What an operator can do to a complaint. The values stand in stored files."""

    RECORD = "record"  # catat: a complaint told to the operator
    TAKE = "take"  # ambil: I look after this one
    VERIFY = "verify"
    DISPOSE = "dispose"
    START = "start"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    DUPLICATE = "duplicate"
    UNDO = "undo"
    ATTACH = "attach"  # lampirkan: a photo or file
    RETRY = "retry"  # a change the centre refused is offered again
    WITHDRAW = "withdraw"  # a change the centre does not hold yet is taken back
    SETTLE = "settle"  # two versions met, and a person chose
    FORWARD = "forward"  # teruskan: hand it on to another application
    FORWARD_AGAIN = "forward_again"  # send it once more though it may stand there
    FORWARD_DROP = "forward_drop"  # take it back, or let it rest
    FORWARD_LOOK = "forward_look"  # look now whether it stands there


_ACTIVE = (State.VERIFIED, State.DISPOSED, State.IN_PROGRESS, State.SCHEDULED, State.POSTPONED, State.REOPENED)

NEXT: dict[tuple[State, Deed], State] = {
    (State.UNKNOWN, Deed.VERIFY): State.VERIFIED,
    (State.NEW, Deed.VERIFY): State.VERIFIED,
    (State.VERIFICATION_FAILED, Deed.REOPEN): State.REOPENED,
    (State.VERIFIED, Deed.DISPOSE): State.DISPOSED,
    (State.DISPOSED, Deed.DISPOSE): State.DISPOSED,
    (State.DIVERTED, Deed.DISPOSE): State.DISPOSED,
    (State.POSTPONED, Deed.DISPOSE): State.DISPOSED,
    (State.REOPENED, Deed.DISPOSE): State.DISPOSED,
    (State.DISPOSED, Deed.START): State.IN_PROGRESS,
    (State.SCHEDULED, Deed.START): State.IN_PROGRESS,
    (State.POSTPONED, Deed.START): State.IN_PROGRESS,
    (State.REOPENED, Deed.START): State.IN_PROGRESS,
    (State.DISPOSED, Deed.CLOSE): State.DONE,
    (State.IN_PROGRESS, Deed.CLOSE): State.DONE,
    (State.AWAITING_VALIDATION, Deed.CLOSE): State.DONE,
    (State.NOT_OURS, Deed.REOPEN): State.REOPENED,
    (State.DONE, Deed.REOPEN): State.REOPENED,
    (State.DONE_ACCEPTED, Deed.REOPEN): State.REOPENED,
    (State.CLOSED_BY_SYSTEM, Deed.REOPEN): State.REOPENED,
    (State.DUPLICATE, Deed.REOPEN): State.REOPENED,
    (State.PRANK, Deed.REOPEN): State.REOPENED,
    (State.UNKNOWN, Deed.DUPLICATE): State.DUPLICATE,
    (State.NEW, Deed.DUPLICATE): State.DUPLICATE,
    **{(state, Deed.DUPLICATE): State.DUPLICATE for state in _ACTIVE},
    # Taking, noting and attaching leave the state as it is: they are possible in every state.
    **{(state, Deed.NOTE): state for state in State},
    **{(state, Deed.ATTACH): state for state in State},
    **{(state, Deed.TAKE): state for state in State if state in OPEN},
}


def after(state: State, deed: Deed) -> State | None:
    """The state that follows, or None where the table has no such step."""
    return NEXT.get((state, deed))


def possible(state: State) -> frozenset[Deed]:
    """What can be done from here."""
    return frozenset(deed for (where, deed) in NEXT if where is state)


def _ahead() -> Mapping[State, frozenset[State]]:
    """What can still follow each state in the same round: without reopening."""
    steps: dict[State, set[State]] = {state: set() for state in State}
    for (state, deed), then in NEXT.items():
        if deed is not Deed.REOPEN and then is not state:
            steps[state].add(then)
    grown = True
    while grown:
        grown = False
        for reached in steps.values():
            more = set().union(*(steps[state] for state in reached)) - reached
            reached.update(more)
            grown = grown or bool(more)
    return {state: frozenset(reached) for state, reached in steps.items()}


_AHEAD = _ahead()


def _round(base: State, state: State) -> int | None:
    """0 in the round that `base` belongs to, 1 in the one a reopening begins; None for a step back."""
    if state is base or state in _AHEAD[base]:
        return 0
    if state is State.REOPENED or (not base.open and state in _AHEAD[State.REOPENED]):
        return 1
    return None


def furthest(base: State, states: Collection[State]) -> State | None:
    """Of states that hands apart from each other reached from `base`, the one the others are on the way to.

    This is the rank by which two versions settle themselves: the later round first, since who reopened a complaint
    saw it closed; within a round what can still follow the other, as done follows disposed. None where the roads
    part (done here, a duplicate there) or one of them leads back (taken back here, gone on there): no order of
    states tells who is right, so a person does.
    """
    rounds = {state: _round(base, state) for state in states}
    if not rounds or None in rounds.values():
        return None
    last = max(number for number in rounds.values() if number is not None)
    candidates = [state for state, number in rounds.items() if number == last]
    tops = [one for one in candidates if all(one is other or one in _AHEAD[other] for other in candidates)]
    return tops[0] if len(tops) == 1 else None
