"""What a profile chose: its settings in force, and its city. What is unsound in them is told by the screen."""

from __future__ import annotations

from collections.abc import Callable

from console.core.errors import BadPack
from console.core.pack import CityPack
from console.core.settings import Settings, declared, read_settings
from console.store.files import Profile, read_bytes, resource
from console.store.own_feeds import with_own
from console.store.packs import load


def settings_of(profile: Profile) -> Settings:
    """The settings in force for a profile: the sound ones hold."""
    raw = read_bytes(profile.settings) or b""
    return read_settings(declared(resource("settings.toml")), raw, profile.settings.name)[0]


def pack_of(
    profile: Profile, settings: Settings | None = None, *, unsound: Callable[[], object] = lambda: None
) -> CityPack:
    """The pack of the settings, the usual one where that is `unsound`. Raises `BadPack` where the usual one is."""
    settings = settings or settings_of(profile)
    try:
        return load(profile, settings["pack"])
    except BadPack:
        usual = settings.known["pack"].default
        if settings["pack"] == usual:
            raise
        unsound()
        return with_own(load(None, usual), profile)
