"""The busy desk of the pictures, live; and locked."""

from __future__ import annotations

from typing import Final

import msgspec

from tests.support.desk_views import BUSY

LIVE: Final = msgspec.structs.replace(BUSY, status=msgspec.structs.replace(BUSY.status, mode="live"))
LOCKED: Final = msgspec.structs.replace(
    LIVE, status=msgspec.structs.replace(LIVE.status, locked="nobody touched a key for 15 minutes")
)
