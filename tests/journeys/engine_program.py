"""An engine on the invented city, as a process: PROFILE [CENTRE] [--headless]."""

from __future__ import annotations

import sys
from pathlib import Path

from console.store.files import load_phrases
from sync.start import run_engine, run_headless
from tests.cities import small_pack

if __name__ == "__main__":
    profile, *more = sys.argv[1:]
    if "--headless" in more:
        sys.exit(run_headless(Path(profile), load_phrases(), lambda sentence: print(sentence, flush=True)))
    sys.exit(run_engine(Path(profile), pack=small_pack(), centre=more[0] if more else ""))
