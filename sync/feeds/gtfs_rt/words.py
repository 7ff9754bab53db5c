"""Numbers of GTFS-Realtime by their names, as the format itself names them (google/transit). One that is not in its
table is shown as the number it came as."""

from __future__ import annotations

STOP_STATUS = ("INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO")
CONGESTION = ("UNKNOWN_CONGESTION_LEVEL", "RUNNING_SMOOTHLY", "STOP_AND_GO", "CONGESTION", "SEVERE_CONGESTION")
OCCUPANCY = (
    *("EMPTY", "MANY_SEATS_AVAILABLE", "FEW_SEATS_AVAILABLE", "STANDING_ROOM_ONLY", "CRUSHED_STANDING_ROOM_ONLY"),
    *("FULL", "NOT_ACCEPTING_PASSENGERS", "NO_DATA_AVAILABLE", "NOT_BOARDABLE"),
)
TRIP = ("SCHEDULED", "ADDED", "UNSCHEDULED", "CANCELED", "", "REPLACEMENT", "DUPLICATED", "DELETED", "NEW")
CALL = ("SCHEDULED", "SKIPPED", "NO_DATA", "UNSCHEDULED")
CAUSE = (
    *("", "UNKNOWN_CAUSE", "OTHER_CAUSE", "TECHNICAL_PROBLEM", "STRIKE", "DEMONSTRATION", "ACCIDENT", "HOLIDAY"),
    *("WEATHER", "MAINTENANCE", "CONSTRUCTION", "POLICE_ACTIVITY", "MEDICAL_EMERGENCY", "SPECIAL_EVENT"),
)
EFFECT = (
    *("", "NO_SERVICE", "REDUCED_SERVICE", "SIGNIFICANT_DELAYS", "DETOUR", "ADDITIONAL_SERVICE", "MODIFIED_SERVICE"),
    *("OTHER_EFFECT", "UNKNOWN_EFFECT", "STOP_MOVED", "NO_EFFECT", "ACCESSIBILITY_ISSUE"),
)
SEVERITY = ("", "UNKNOWN_SEVERITY", "INFO", "WARNING", "SEVERE")


def word(table: tuple[str, ...], number: int | None) -> str:
    """The name of a number, "" where none is given."""
    if number is None:
        return ""
    return (table[number] if number < len(table) else "") or str(number)
