"""The town the models look at."""

from tests.town import town

__all__ = ["town"]
