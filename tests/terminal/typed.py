"""What somebody typed, as the parts get it."""

from __future__ import annotations

import argparse

from console.terminal.arguments import parser


def parsed(*typed: str) -> argparse.Namespace:
    """By a user whose home is `/home/sari`, on Linux."""
    return parser({"HOME": "/home/sari"}, "linux").parse_args(typed)
