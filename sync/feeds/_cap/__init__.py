"""Warnings by the Common Alerting Protocol: what every kind of source that tells them shares."""
