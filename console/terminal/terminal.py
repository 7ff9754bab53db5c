"""Where a subcommand speaks and listens: sentences in the person's language, data on standard output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from console.core.clock import Clock, SystemClock
from console.core.errors import BadPack, BadSetting, ConsoleError, Refused
from console.core.phrases import LANGUAGES, Phrases
from console.core.safe_text import safe
from console.store.files import load_phrases


class Terminal:
    """One run of a subcommand: what was typed, and the streams."""

    def __init__(self, arguments: argparse.Namespace, account: str = "", program: Sequence[str] = ()) -> None:
        """`account` is the system's name of who typed it, `program` how to call this program again, () where that is
        not known."""
        self.arguments = arguments
        self.program = tuple(program)
        self.profile: Path = arguments.profile
        self.phrases: Phrases = load_phrases(arguments.language or LANGUAGES[0])
        self.out: TextIO = sys.stdout
        self.err: TextIO = sys.stderr
        self._typed = ""
        self.clock: Clock = SystemClock()
        self.who = f"os:{account}" if account else ""
        """Who stands in the ledger for what is done here: nobody signs in at a terminal."""

    def line(self, text: str) -> None:
        """One line on standard output. A name somebody else gave drives no terminal."""
        print(safe(text), file=self.out, flush=True)

    def aside(self, text: str) -> None:
        """One line that is not the output: how far it is."""
        print(safe(text), file=self.err, flush=True)

    def passphrase(self) -> str:
        """The passphrase of the key file, typed unseen, or a line of standard input."""
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        from getpass import getpass

        return getpass(self.phrases.say("sync.bundle.ask_passphrase"))

    def recovery_code(self) -> str:
        """The recovery code of the city's data key, typed unseen, or a line of standard input."""
        if self.arguments.stdin or not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        from getpass import getpass

        return getpass(self.phrases.say("personal.key.ask_code"))

    def person_secret(self, asks: str) -> str:
        """A person's secret, asked for in the words of that phrase: typed unseen, or the next line of standard input
        where that was asked for. Raises `Refused` where nobody can type it unseen."""
        if self.arguments.stdin:
            return self._line(asks)
        if not sys.stdin.isatty():
            raise Refused("people.terminal.no_terminal")
        from getpass import getpass

        return getpass(self.phrases.say(asks))

    def typed(self, asks: str) -> str:
        """Something a person types that no other on the machine is to read, and they themselves may see."""
        if not self.arguments.stdin and sys.stdin.isatty():
            print(self.phrases.say(asks), end="", file=self.err, flush=True)
        return sys.stdin.readline().rstrip("\r\n")

    def _line(self, asks: str) -> str:
        """The next line of standard input. A new secret stands there once."""
        if not asks.endswith("ask_again"):
            self._typed = sys.stdin.readline().rstrip("\r\n")
        return self._typed

    def secret(self, user: str, server: str) -> str:
        """What a person types, or the first line of standard input where that was asked for. Never an argument."""
        if self.arguments.secret_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not user or not sys.stdin.isatty():
            return ""
        from getpass import getpass

        return getpass(self.phrases.say("sync.prepare.ask", user=user, server=server))


def tell(error: ConsoleError, phrases: Phrases) -> str:
    """The sentence of an error, and a line for each fault it lists."""
    lines = [phrases.tell(error)]
    if isinstance(error, BadPack | BadSetting):
        lines += [f"  {fault.where}: {phrases.tell(fault)}" for fault in error.faults]
    return safe("\n".join(lines))
