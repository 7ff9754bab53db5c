"""How old what a panel shows is, in words: the age in its head, the strip over stale or lost content, its credit."""

from __future__ import annotations

from datetime import datetime

from console.core.records import AreaCount, SourceHealth, SourceState, source_state
from console.models.desk import Desk
from console.models.sources import Standing
from widgets.plain import one_line

_TITLE = 30
"""Letters of a source's title in a strip: what follows (why, and when it is tried again) matters more."""


def age_words(desk: Desk, of: Standing) -> tuple[SourceState, str, str]:
    """State, age and the whole story of what a panel shows: of the source that stands worst."""
    sources, say = of, desk.phrases.say
    at = sources.newest_good_at
    if at is None:
        return sources.state, say("panels.age.never"), "\n".join(story(desk, each) for each in sources.rows)
    age = desk.phrases.span((desk.clock.now() - at).total_seconds())
    return sources.state, age, "\n".join(story(desk, each) for each in sources.rows)


def story(desk: Desk, source: SourceHealth) -> str:
    """One source: how it stands, when it last answered, what it last told, when it is asked next."""
    say = desk.phrases.say
    return say(
        "panels.age.story",
        title=source.title,
        state=say(f"panels.source.{source_state(source, desk.clock.now())}"),
        received=moment(desk, source.last_good_at),
        observed=moment(desk, source.newest_at),
        next=moment(desk, source.next_at),
    )


def moment(desk: Desk, at: datetime | None) -> str:
    """An instant as the city writes it, "—" where there is none."""
    if at is None:
        return desk.phrases.say("core.unknown")
    return desk.phrases.moment(at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())


def unheard(desk: Desk, whole: AreaCount) -> bool:
    """True where nothing is there because no source ever told anything: "—" is said then, not 0."""
    return not (desk.sources.about().heard or whole.open or whole.day)


def stale_words(desk: Desk, of: Standing | None = None) -> str:
    """Since when what is shown is older than promised; complaints, unless other sources are given."""
    worst = (of or desk.sources.about()).worst
    if worst is None:
        return desk.phrases.say("panels.stale.never")
    state = source_state(worst, desk.clock.now())
    at = worst.newest_at if state is SourceState.SILENT else worst.last_good_at
    return desk.phrases.say(f"panels.stale.{state}", title=one_line(worst.title, _TITLE), at=moment(desk, at))


def lost_words(desk: Desk, of: Standing) -> tuple[str, str, str]:
    """Since when the source is lost, why, and when it is tried again."""
    worst, say = of.worst, desk.phrases.say
    if worst is None:
        return say("panels.stale.never"), "", ""
    title, lost_at = one_line(worst.title, _TITLE), worst.lost_since or worst.last_good_at
    since = say("panels.lost.since", title=title, at=moment(desk, lost_at))
    next_try = say("panels.lost.next", at=moment(desk, worst.next_at)) if worst.next_at else ""
    return since, why(desk, worst), next_try


def why(desk: Desk, source: SourceHealth) -> str:
    """The last error of a source, in words; "" where there is none."""
    return desk.phrases.say(source.error, **source.error_values) if source.error else ""


def credit(of: Standing) -> str:
    """Where what is shown is from: the sources' credit lines, else their names."""
    named = [source.licence or source.title for source in of.rows]
    return " · ".join(dict.fromkeys(named))
