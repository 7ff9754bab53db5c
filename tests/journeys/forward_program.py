"""An engine on the invented city whose source takes reports, as a process: PROFILE CENTRE."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from console.core.clock import SystemClock
from console.core.pack import CityPack
from sync.credentials import Credentials
from sync.engine import Given
from sync.outlet import Outlet
from sync.start import raw_pipe, start
from sync.wire import Limits, Wire
from tests.cities import small_pack


def a_pack() -> CityPack:
    """The invented city, its one source with the option."""
    pack = small_pack()
    feeds = [replace(entry, options={**entry.options, "post": "yes", "services": "yes"}) for entry in pack.feeds]
    return replace(pack, feeds=tuple(feeds))


if __name__ == "__main__":
    clock = SystemClock()
    outlet = Outlet(raw_pipe(sys.stdout), clock)
    given = Given(clock, raw_pipe(sys.stdin), outlet, pack=a_pack(), centre=sys.argv[2])
    given.credentials = Credentials(lambda: None)
    given.wire = Wire(clock, agent="kendali-test", limits=Limits(deadline_s=120.0, connect_s=20.0, resolve_s=20.0))
    code = start(Path(sys.argv[1]), given)
    outlet.close()
    sys.exit(code)
