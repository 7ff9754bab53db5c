"""The relay: a store served to other consoles with CouchDB's replication protocol, the server's side of it."""

from sync.relay.accounts import Account
from sync.relay.relay import Relay
from sync.relay.tls import OwnKey, own_key

__all__ = ["Account", "OwnKey", "Relay", "own_key"]
