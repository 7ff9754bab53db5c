"""Benchmarks of the console: its own code paths, each figure beside a rival measured in the same run.

`python -m bench NAME... --json FILE`. A name is a metric, or the beginning of one ("table"). Rules: every run is
a fresh process, at least five after one to warm up, product and rival in turn; nothing is rounded to look better; a
figure that could not be measured is null and says why.
"""
