"""A relay for programs of others: `python -m tests.peers.relay_program [PORT]`. Databases are made by PUT and live in a
temporary folder. Says `{"port": …, "user": …, "secret": …}` and serves until its input closes."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.sync.relay.many_stores import SECRET, USER, TestRelay


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with tempfile.TemporaryDirectory() as folder:
        relay = TestRelay(Path(folder), port=port)
        print(json.dumps({"port": relay.port, "user": USER, "secret": SECRET}), flush=True)
        sys.stdin.buffer.read()
        relay.close()


if __name__ == "__main__":
    main()
