"""Exchange-local times of day from nanoseconds UTC, cheap enough for every row of every frame."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_SECOND = 1_000_000_000
_HOUR = 3600


class ExchangeTime:
    """Formats times for one exchange. The offset is looked up once an hour of market time, never per row."""

    def __init__(self, zone: str = "America/New_York") -> None:
        self._zone = ZoneInfo(zone)
        self._offsets: dict[int, int] = {}

    def hms(self, ns: int) -> str:
        """14:03:22"""
        seconds = self._local(ns) % 86_400
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"

    def hm(self, ns: int) -> str:
        """14:03"""
        return self.hms(ns)[:5]

    def hms_ms(self, ns: int) -> str:
        """14:03:22.123"""
        return f"{self.hms(ns)}.{ns // 1_000_000 % 1000:03}"

    def date(self, ns: int) -> str:
        """2013-10-07"""
        return datetime.fromtimestamp(self._local(ns), UTC).date().isoformat()

    def zone_name(self, ns: int) -> str:
        """EDT"""
        return datetime.fromtimestamp(ns // _SECOND, self._zone).tzname() or str(self._zone)

    def _local(self, ns: int) -> int:
        seconds = ns // _SECOND
        hour = seconds // _HOUR
        offset = self._offsets.get(hour)
        if offset is None:
            if len(self._offsets) > 1000:
                self._offsets.clear()
            moment = datetime.fromtimestamp(hour * _HOUR, self._zone).utcoffset()
            offset = self._offsets[hour] = int(moment.total_seconds()) if moment is not None else 0
        return seconds + offset
