"""Layers of Esri's map servers (FeatureServer, MapServer)."""

from sync.feeds.esri.feed import Esri

__all__ = ["Esri"]
