"""What an invented source tells that is no complaint: items, an alert and its successors, series and samples."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from console.core.items import Item, ItemKind, Sample, Series
from console.core.records import Batch
from tests.store.conftest import NOON

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def item(number: int, kind: ItemKind = ItemKind.ARTICLE, **changed: Any) -> Item:
    """The item of that number, one a minute before noon."""
    source = changed.get("source", "warta")
    base = Item(
        id=f"{source}:{number}",
        source=source,
        kind=kind,
        native_id=str(number),
        title=f"Kabar nomor {number}",
        text="Air naik di dekat pasar",
        observed_at=NOON - number * MINUTE,
        lat=-6.2,
        lon=106.6,
        area="99.71.01.1001",
        url=f"https://warta.contoh/{number}",
        body={"extra": {"n": number}},
    )
    return base._replace(**changed)


def telling(*items: Item, **changed: Any) -> Batch:
    """One answer of the invented source that can be fetched again."""
    source = items[0].source if items else "warta"
    return Batch(**{"source": source, "items": items, "memo": {"etag": "a"}, "fleeting": True, **changed})


def alert(
    name: str,
    sent: datetime,
    *,
    kind: str = "Alert",
    status: str = "Actual",
    about: tuple[str, ...] = (),
    **changed: Any,
) -> Item:
    """A warning of that name, good for six hours; `about` are the references."""
    source = changed.get("source", "siaga")
    body = {"identifier": name, "sender": "pos@contoh", "sent": sent.isoformat(), "status": status, "msgType": kind}
    base = Item(
        id=f"{source}:{name}",
        source=source,
        kind=ItemKind.ALERT,
        native_id=name,
        title=f"Hujan lebat {name}",
        text="Waspada",
        observed_at=sent,
        ends_at=sent + timedelta(hours=6),
        area="99.71",
        level="Severe",
        body={**body, "references": list(about)},
    )
    return base._replace(**changed)


def refers(name: str, sent: str) -> str:
    """A reference to the warning of that name."""
    return f"pos@contoh,{name},{sent}"


def gauge(name: str, **changed: Any) -> Series:
    """A gauge at a sluice, a value every ten minutes."""
    base = Series(
        id=f"pintu:{name}",
        source="pintu",
        native_id=name,
        title=f"Pintu {name}",
        property="Tinggi muka air",
        unit="cm",
        station="Pintu Air Contoh",
        lat=-6.2,
        lon=106.6,
        area="99.71.01.1001",
        cadence_s=600.0,
    )
    return base._replace(**changed)


def measured(name: str, minutes: float, value: float, quality: str = "") -> Sample:
    """What that gauge measured so many minutes before noon."""
    return Sample(f"pintu:{name}", NOON - minutes * MINUTE, value, quality)
