"""What every fact is."""

from __future__ import annotations

import msgspec


class Recorded(msgspec.Struct, frozen=True, gc=False, tag_field="kind", omit_defaults=True):
    """Encoded as a JSON object with its kind; what has its default is left out."""
