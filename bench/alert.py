"""From a warning that the embedded centre publishes to the row that the panel of warnings has painted.

The real engine with the pack's twenty sources at their cadences, the real desk and panel offscreen, the centre in a
process of its own. A warning is published at any moment between two asks; its row counts once it is painted. The
clock runs from the moment the centre is asked to publish.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import ROOT, in_turn, pooled
from bench.sizes import Sizes
from bench.town import Centre, declared

ALERT = "feeds.alert_to_screen_p95"
METRICS = {ALERT: "ms"}
WARM, COUNT = 3, 20
MOST_APART_S = 3.0


def product(count: int) -> Mapping[str, Any]:
    """One screen, as many warnings."""
    from bench.desk import application, open_desk
    from console.panels.warnings import WarningList
    from console.shell.engine_link import EngineLink
    from console.store.blackbox import BlackBox
    from console.store.files import Profile

    folder = declared("feeds-alert")
    app = application()
    desk = open_desk(folder)
    arguments = [str(ROOT / "main.py"), "engine", "--profile", str(folder), "--notes"]
    engine = EngineLink(
        sys.executable, arguments, lambda: BlackBox(Profile.at(folder).blackbox, desk.clock), desk.clock
    )
    engine.changed.connect(desk.news.changed)
    desk.ticks.start()
    panel = WarningList(desk)
    panel.resize(1200, 800)
    panel.show()
    took, chance = [], random.Random(6)
    with Centre() as centre:
        engine.start()
        engine.centre(centre.address)
        for number in range(WARM + count):
            took_ms = _published(centre, panel, f"uji-{number}")
            if number >= WARM:
                took.append(took_ms)
            _rested(chance.random() * MOST_APART_S)
        engine.stop()
    desk.close()
    app.processEvents()
    shutil.rmtree(folder)
    return {"ms": took}


def _published(centre: Centre, panel: Any, name: str) -> float:
    """Publish a warning; ms until its row is painted. It comes by way of whichever source tells it first."""
    from bench.desk import Paints, pump

    paints = Paints(panel.list.table.viewport(), lambda: any(f",{name}," in key for key in panel.list.rows))
    start = time.perf_counter()
    centre.tell(name)
    pump(lambda: paints.count > 0)
    took_ms = (time.perf_counter() - start) * 1000
    panel.list.table.viewport().removeEventFilter(paints)
    return took_ms


def _rested(span_s: float) -> None:
    """Let the screen go on for so long."""
    from bench.desk import pump

    until_s = time.perf_counter() + span_s
    pump(lambda: time.perf_counter() > until_s)


SIDES = {"product": product}


def measure(size: Sizes, wanted: Sequence[str]) -> list[Figure]:  # noqa: ARG001 there is one
    """The figure."""
    results = in_turn(__name__, {"product": {"count": 4 if size.small else COUNT}}, runs=size.runs, warm=0)
    return [figure(ALERT, "ms", pooled(results["product"], "ms"), judged=0.95)]
