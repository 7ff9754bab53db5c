"""Articles of the press: RSS, RDF, Atom and JSON Feed."""

from sync.feeds.press.feed import Press

__all__ = ["Press"]
