"""Bundles: what one console has to tell another, carried by hand where there is no link at all.

    make ─► file on a stick ─► take ─► receipt on a stick ─► settle: not sent to that console again

Merging is that of any exchange: a bundle is only another way for the same revisions to travel.
"""

THREAD = "bundle"
"""Name of the thread that runs the screen's errands with bundles."""
