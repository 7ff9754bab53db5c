"""A city's interface on loopback that serves the prepared pages, one per request, as fast as it is asked.

A process of its own, as a centre is: `python -m bench.centre ROWS` prints its port, and serves until its standard
input closes. The first window that is asked for gets all pages; every later one is empty.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.fresh import Served
from bench.pages import pages


class Pages(BaseHTTPRequestHandler):
    """Answers `requests.json?page=N`."""

    protocol_version = "HTTP/1.1"
    files: tuple[Path, ...] = ()
    window = ""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        number = int(asked.get("page", ["1"])[0])
        window = asked.get("start_date", [""])[0]
        if not Pages.window:
            Pages.window = window
        body = b"[]"
        if window == Pages.window and 0 < number <= len(self.files):
            body = self.files[number - 1].read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Says nothing."""


def serve(rows: int) -> None:
    """Print the port, serve, end with standard input."""
    Pages.files = tuple(pages(rows))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.shutdown()


class Centre(Served):
    """The process."""

    def __init__(self, rows: int) -> None:
        super().__init__("bench.centre", str(rows))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
