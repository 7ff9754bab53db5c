"""An engine on the invented city without sources, in a hurry, as a process: PROFILE. Its centre comes by a note."""

from __future__ import annotations

import sys
from pathlib import Path

from console.core.clock import SystemClock
from sync.credentials import Credentials
from sync.engine import Given
from sync.outlet import Outlet
from sync.start import raw_pipe, start
from sync.visits import Pace
from sync.wire import Limits, Wire
from tests.cities import small_pack
from tests.sync.stand_ins import a_city

PACE = Pace(round_s=2.0, blind_round_s=1.0, poll_s=5.0, first_s=0.05, most_s=0.5, doubt_s=0.2)

if __name__ == "__main__":
    clock = SystemClock()
    outlet = Outlet(raw_pipe(sys.stdout), clock)
    given = Given(clock, raw_pipe(sys.stdin), outlet, pack=a_city(small_pack()), pace=PACE)
    given.credentials = Credentials(lambda: None)
    given.wire = Wire(clock, agent="kendali-test", limits=Limits(deadline_s=4.0))
    code = start(Path(sys.argv[1]), given)
    outlet.close()
    sys.exit(code)
