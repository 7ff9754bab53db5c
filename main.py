"""The one door in: what was typed decides what is imported. No window, no Qt, no wire before that.

Faults of the world leave as one sentence on stderr and exit code 2; anything else is our bug and is shown whole.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from console.core.errors import ConsoleError
from console.terminal.arguments import PARTS, first_word, parser
from console.terminal.process import guard
from console.terminal.terminal import Terminal, tell

VERSION = "0.1.0"


def main(argv: Sequence[str], environ: Mapping[str, str], platform: str) -> int:
    """Run what was asked for; the exit code."""
    first = first_word(argv)
    named = first in PARTS or first in ("-h", "--help", "--version")
    arguments = parser(environ, platform, version=VERSION, part=first if named else "run").parse_args(
        argv if named else ["run", *argv]
    )
    at = Terminal(arguments, environ.get("USER") or environ.get("USERNAME") or "", own_program())
    try:
        return _done(at, environ, platform)
    except ConsoleError as error:
        print(tell(error, at.phrases), file=at.err)
        return 2
    except BrokenPipeError:
        # who read our output has had enough (`| head`): nothing failed; what is left goes nowhere, also at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _done(at: Terminal, environ: Mapping[str, str], platform: str) -> int:
    if at.arguments.deed == "run":
        return _run(at.arguments, environ, platform)
    from console.terminal.deeds import DEEDS

    return DEEDS[at.arguments.deed](at)


def _run(arguments: argparse.Namespace, environ: Mapping[str, str], platform: str) -> int:
    from console.shell.options import RunOptions
    from console.shell.run import run

    options = RunOptions(
        profile=arguments.profile,
        program=own_program(),
        version=VERSION,
        language=arguments.language,
        shots=arguments.shots,
        replay=arguments.replay,
        pace=arguments.pace,
        screens=arguments.screens,
        centre=not arguments.no_centre,
        stalls=arguments.stalls,
        display=has_display(environ, platform),
    )
    return run(options)


def own_program() -> tuple[str, ...]:
    """How to call this program again. A bundle has a second one without Qt for its children."""
    if getattr(sys, "frozen", False):
        here = Path(sys.executable)
        return (str(here.with_name(f"kendali-engine{here.suffix}")),)
    return (sys.executable, str(Path(__file__).resolve()))


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Whether there is a screen to open windows on."""
    if not platform.startswith(("linux", "freebsd")):
        return True
    wanted = environ.get("QT_QPA_PLATFORM", "")
    if wanted:
        return not wanted.startswith(("offscreen", "minimal"))
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    guard()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:], os.environ, sys.platform))
