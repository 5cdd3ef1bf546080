"""A few moments of a tape that were worth keeping, so that going back does not begin at the beginning."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.facts import Stamped
from engine.journal.state_codec import decode, encode
from engine.state import DeskState

#: The oldest goes when there are more. A state takes about 100 bytes a fact folded into it.
MOST: Final = 4


class Kept(msgspec.Struct, frozen=True):
    """What a tape is right after one fact; `sample` is the newest fact of sampled marks by then."""

    last: Stamped
    sample: Stamped | None
    state: DeskState


class Keepsakes:
    """States by seq, packed as in a snapshot."""

    def __init__(self) -> None:
        self._packed: dict[int, tuple[Stamped, Stamped | None, bytes]] = {}

    def keep(self, kept: Kept) -> None:
        """Keep a copy of this moment."""
        packed = self._packed
        packed.pop(kept.last.seq, None)
        packed[kept.last.seq] = (kept.last, kept.sample, encode(kept.state))
        if len(packed) > MOST:
            del packed[next(iter(packed))]

    def newest(self, seq: int) -> Kept | None:
        """A new copy of the newest state kept at or before `seq`."""
        found = max((each for each in self._packed if each <= seq), default=None)
        if found is None:
            return None
        last, sample, state = self._packed[found]
        return Kept(last, sample, decode(state))
