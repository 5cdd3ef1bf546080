"""How much of the fire is run: a slice with the suite, everything with `make fire`."""

from __future__ import annotations

import os
from typing import Final

#: Set by `make fire`.
FULL: Final = os.environ.get("FIRE") == "full"
