"""A bus of our own with a real Secret Service on it (gnome-keyring), or with one that never answers.

No service is started by the bus itself: what is on it was put there by the test.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jeepney import MatchRule
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

BUS, DAEMON = "dbus-daemon", "gnome-keyring-daemon"
NAME = "org.freedesktop.secrets"
PATIENCE_S = 30
MISSING = [program for program in (BUS, DAEMON) if shutil.which(program) is None]
"""Programs that a test with a real service needs, and that are not on this machine."""
_CONF = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class Bus:
    """A private session bus, and who offers the Secret Service on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        conf = folder / "bus.conf"
        conf.write_text(_CONF.format(path=folder / "bus"), "ascii")
        command = [BUS, "--config-file", str(conf), "--nofork", "--print-address"]
        self._bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._bus.stdout is not None
        self.address = self._bus.stdout.readline().strip()
        self._service: subprocess.Popen[bytes] | None = None
        self._silent: DBusConnection | None = None

    def environment(self, home: Path) -> Mapping[str, str]:
        """That of a program of a person who works with this bus."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(self._folder),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen",
        }

    def serve(self, home: Path, password: str = "sandi mesin") -> None:
        """A daemon with the keyring of that home, opened as a sign-in does it."""
        assert self._service is None
        with self._watching() as seen:
            command = [DAEMON, "--foreground", "--unlock", "--components=secrets"]
            self._service = subprocess.Popen(
                command,
                env=self.environment(home),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            assert self._service.stdin is not None
            self._service.stdin.write(password.encode())
            self._service.stdin.close()
            next(seen)

    def kill_service(self) -> None:
        """The daemon is gone at once, and the bus knows it."""
        assert self._service is not None
        with self._watching() as seen:
            self._service.kill()
            self._service.wait(PATIENCE_S)
            self._service = None
            next(seen)

    def serve_silence(self) -> None:
        """A service that takes every question and answers none."""
        self._silent = open_dbus_connection(self.address)
        assert self._silent.send_and_get_reply(message_bus.RequestName(NAME, 0)).body == (1,)

    def lock(self) -> None:
        """The person's keyring is locked, as after leaving the desk."""
        import secretstorage

        with open_dbus_connection(self.address) as bus:
            collection = secretstorage.get_default_collection(bus)
            collection.lock()
            assert collection.is_locked()

    def end(self) -> None:
        """Bus and service end; whoever waits for an answer hears it."""
        for process in (self._service, self._bus):
            if process is not None:
                process.kill()
                process.wait(PATIENCE_S)
        if self._bus.stdout is not None:
            self._bus.stdout.close()
        if self._silent is not None:
            self._silent.close()

    @contextmanager
    def _watching(self) -> Iterator[Iterator[None]]:
        """Tells when the owner of the service's name changed."""
        rule = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
        rule.add_arg_condition(0, NAME)
        with open_dbus_connection(self.address) as watch:
            watch.send_and_get_reply(message_bus.AddMatch(rule), timeout=PATIENCE_S)
            with watch.filter(rule) as queue:

                def seen() -> Iterator[None]:
                    watch.recv_until_filtered(queue, timeout=PATIENCE_S)
                    yield

                yield seen()
