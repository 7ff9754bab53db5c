"""The embedded centre: a city's complaint interface on loopback, made up from a seed or replayed from a file."""

from sync.centre.run import run_centre

__all__ = ["run_centre"]
