"""When a case ended, as SQL about rows of `complaint`: from then on counts how long what is personal is kept."""

from __future__ import annotations

from console.store.tallies import OPEN_NUMBERS

OPEN_STATES = ",".join(str(number) for number in sorted(OPEN_NUMBERS))
END = "max(requested_at, coalesce(updated_at, 0), coalesce(touched_at, 0))"
OVER = f"(state NOT IN ({OPEN_STATES}) AND {END} < ?)"
"""SQL of a complaint whose case ended before that time (ms)."""
