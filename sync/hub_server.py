"""Which server a centre is, and how we sign in there."""

from __future__ import annotations

from dataclasses import dataclass

from console.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Server:
    """One server, as it was set up or named at a terminal. Its secret is asked for elsewhere."""

    url: str
    user: str = ""
    way: str = "cookie"
    pin: str = ""
    clear: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Server:
        """That of the settings; an empty `url` for none."""
        return cls(
            settings["hub.url"].strip().rstrip("/"),
            settings["hub.user"].strip(),
            settings["hub.sign_in"],
            settings["hub.pin"],
            settings["hub.clear"],
        )
