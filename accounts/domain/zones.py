"""Time zones by their IANA names."""

from functools import cache
from zoneinfo import available_timezones

_NO_PLACE = frozenset({"Factory", "localtime"})  # files of the zone database that name no zone


@cache
def zones() -> frozenset[str]:
    """Every zone that this machine's zone database knows: `America/New_York`, `UTC`."""
    return frozenset(available_timezones()) - _NO_PLACE


ZONE_WANTED = "Write an IANA time zone, such as America/New_York."
