"""The town the panels look at."""

from tests.town import town

__all__ = ["town"]
