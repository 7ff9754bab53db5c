"""Ids a publisher gave to several trips at once, told apart by the order of the files.

Some export lines one by one and append them: trip "a-b" stands in the file once for each line, and so do its calls and
its shape, each as a run whose numbers begin anew. Where there are exactly as many runs as trips of that id, the runs
belong to them in order; where there are not, nobody knows whose they are, and none is taken.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(slots=True)
class Twins:
    """The trips of one id, and the runs of calls under it as they come."""

    names: list[str]
    """Of the trips, in the order of the file: the first keeps the id. "" for one that was refused."""
    runs: int = 0
    last: int = -1

    def name(self, number: int) -> str:
        """The trip whose call that is, in the order of the file."""
        if self.runs == 0 or number <= self.last:
            self.runs += 1
        self.last = number
        return self.names[min(self.runs, len(self.names)) - 1]

    @property
    def sure(self) -> bool:
        """Whether each trip has a run of its own."""
        return self.runs == len(self.names)


def runs_of(points: array[float]) -> list[array[float]]:
    """The points of a shape (number, lon, lat) cut where the numbers begin anew; one run where they only stand in
    another order than they are drawn in."""
    numbers = points[0::3]
    starts = [place for place in range(1, len(numbers)) if numbers[place] <= numbers[place - 1]]
    if not starts or any(numbers[place] != numbers[0] for place in starts):
        return [points]
    edges = [0, *starts, len(numbers)]
    return [points[edges[place] * 3 : edges[place + 1] * 3] for place in range(len(edges) - 1)]
