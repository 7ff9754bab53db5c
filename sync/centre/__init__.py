"""The embedded centre: a city's complaint interface on loopback, made up from a seed or replayed from a file.

`run.py` is its start. Nothing is imported here: the engine knows a name or two of it, and need not carry all of it.
"""
