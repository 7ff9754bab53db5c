"""The relay: a store served to other consoles with CouchDB's replication protocol, the server's side of it."""

from sync.relay.accounts import Account
from sync.relay.relay import Relay

__all__ = ["Account", "Relay"]
