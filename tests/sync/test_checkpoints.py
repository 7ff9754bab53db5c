"""Two notes at the hub, written in turn: who went back, and to where."""

from __future__ import annotations

from console.core.replica import Session
from sync import checkpoints
from sync.checkpoints import Slot, Verdict, judge, read_slot, written


def session(number: int, since: str = "", pushed: int = 0) -> Session:
    return Session(f"{number}.n{number}", since or f"s{number}", pushed or number)


def known(*numbers: int) -> tuple[Session, ...]:
    """Our sessions, the open one first."""
    return tuple(session(number) for number in numbers)


def slot(number: int, *before: int, since: str = "") -> Slot:
    return Slot(session(number, since), tuple(f"{each}.n{each}" for each in before))


def stranger(number: int, *before: int) -> Slot:
    """A note in our name that we never wrote."""
    return Slot(Session(f"{number}.other", "else", 1), tuple(f"{each}.n{each}" for each in before))


def test_nothing_is_known_on_either_side() -> None:
    judged = judge(known(0), (None, None), "new")
    assert judged.verdict is Verdict.FRESH
    assert judged.sessions[0].since == "s0"


def test_a_console_without_a_past_takes_the_hub_as_it_finds_it() -> None:
    judged = judge(known(0), (stranger(6), stranger(5)), "new")
    assert judged.verdict is Verdict.FRESH
    # over the older of the two notes, with a higher number than both
    assert checkpoints.number(judged.sessions[0].id) == 7


def test_both_know_the_same_last_session() -> None:
    sessions = known(4, 3, 2)
    assert judge(sessions, (slot(2, 1), slot(3, 2, 1)), "new") == checkpoints.Judgement(Verdict.SAME, sessions)


def test_the_last_session_stands_there_in_other_words_than_ours() -> None:
    """Written, its answer lost; read on, written over; and the hub went back to the first of the two."""
    judged = judge(known(4, 3, 2), (slot(2), slot(3, 2, since="before")), "new")
    opened, common, *older = judged.sessions
    assert judged.verdict is Verdict.WENT_BACK
    assert (common.id, common.since, common.pushed) == ("3.n3", "s2", 2)
    assert (opened.since, opened.pushed) == ("s2", 2) and older == [session(2)]
    assert checkpoints.number(opened.id) == 6  # over the note beside, which is the older one


def test_where_nothing_stood_before_it_all_is_read_anew() -> None:
    judged = judge(known(4, 3), (None, slot(3, since="before")), "new")
    assert judged.verdict is Verdict.WENT_BACK
    assert [(each.since, each.pushed) for each in judged.sessions] == [("0", 0), ("0", 0)]


def test_the_last_note_in_common_is_never_written_over() -> None:
    judged = judge(known(9, 3, 2), (None, slot(3, 2)), "new")
    assert judged.verdict is Verdict.SAME
    opened, last, *_ = judged.sessions
    assert last == session(3)
    assert checkpoints.slot_of("x", opened) != checkpoints.slot_of("x", last)
    assert (opened.since, opened.pushed) == ("s9", 9)


def test_the_answer_to_the_last_note_was_lost() -> None:
    judged = judge(known(4, 3, 2), (slot(4, 3), slot(3, 2)), "new")
    assert judged.verdict is Verdict.WRITTEN
    opened, last, *_ = judged.sessions
    assert last == session(4)
    assert (opened.since, opened.pushed) == (last.since, last.pushed)


def test_the_last_note_was_written_from_another_copy_of_our_store() -> None:
    """It had read further than this one: taking its word would pass rows by that we never saw."""
    judged = judge(known(4, 3, 2), (slot(4, 3, since="further"), slot(3, 2)), "new")
    assert judged.verdict is Verdict.WE_WENT_BACK
    opened, last, *_ = judged.sessions
    assert last == session(3)
    assert opened.since == "s3"
    assert checkpoints.number(opened.id) == 5


def test_the_answer_to_the_very_first_note_was_lost() -> None:
    judged = judge(known(0), (slot(0), None), "new")
    assert judged.verdict is Verdict.WRITTEN
    assert len(judged.sessions) == 2


def test_an_older_state_of_the_hub() -> None:
    judged = judge(known(9, 8, 7, 6, 5), (slot(6, 5), slot(5, 4)), "new")
    assert judged.verdict is Verdict.WENT_BACK
    opened, common, *older = judged.sessions
    assert common == session(6)
    assert (opened.since, opened.pushed) == ("s6", 6)
    assert older == [session(5)]
    assert checkpoints.number(opened.id) > 9
    assert checkpoints.number(opened.id) % 2 != 6 % 2, "the note in common must not be written over"


def test_an_older_state_we_wrote_into_before_we_saw_it() -> None:
    """Restored between the reading of the one note and the writing of the other."""
    judged = judge(known(9, 8, 7, 6), (slot(6, 5), slot(9, 8)), "new")
    assert judged.verdict is Verdict.WENT_BACK
    assert judged.sessions[1] == session(6)


def test_a_wiped_hub() -> None:
    assert judge(known(4, 3), (None, None), "new").verdict is Verdict.UNKNOWN


def test_a_wiped_hub_we_wrote_into_before_we_saw_it() -> None:
    assert judge(known(4, 3), (slot(4, 3), None), "new").verdict is Verdict.UNKNOWN


def test_a_hub_older_than_all_we_remember() -> None:
    assert judge(known(40, 39, 38), (slot(2), slot(1)), "new").verdict is Verdict.UNKNOWN


def test_our_own_store_is_an_older_copy() -> None:
    judged = judge(known(4, 3, 2), (stranger(8, 7, 3), stranger(7, 3, 2)), "new")
    assert judged.verdict is Verdict.WE_WENT_BACK
    opened, common, *_ = judged.sessions
    assert common == session(3)
    assert checkpoints.number(opened.id) == 9


def test_two_stores_in_one_name_meet_where_they_parted() -> None:
    judged = judge(known(6, 5, 4, 3), (stranger(7, 6, 3), stranger(6, 3, 2)), "new")
    assert judged.verdict is Verdict.WENT_BACK
    assert judged.sessions[1] == session(3)


def test_sessions_close_one_after_the_other_and_are_bounded() -> None:
    sessions = known(0)
    for _ in range(100):
        sessions = checkpoints.closed(sessions, "n")
    assert len(sessions) == checkpoints.MOST_SESSIONS
    assert checkpoints.slot_of("x", sessions[0]) == checkpoints.other_slot("x", sessions[1])


def test_a_note_is_read_as_it_was_written() -> None:
    sessions = known(4, 3, 2)
    found = read_slot(written("konsol", sessions))
    assert found == slot(4, 3, 2)


def test_a_note_of_another_form_is_none_of_ours() -> None:
    assert read_slot(None) is None
    assert read_slot({"session": 1, "since": "x", "pushed": 2, "before": []}) is None
    assert read_slot({"session": "1.a", "since": "x", "pushed": 2, "before": "no list"}) == Slot(
        Session("1.a", "x", 2), ()
    )
    assert checkpoints.number("9" * 40) == 0
