"""Drawn parts: values in, signals out. They know no store and no city, and import no chart library before a chart."""
