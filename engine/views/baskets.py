"""Baskets, as they stand and as the checks see them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.views.answers import Denial
from engine.views.attention import MeterRow


class BasketLineRow(msgspec.Struct, frozen=True, gc=False):
    """One line of a basket. `order`: its short number once it had its turn (of a group: its first order), else None;
    note: "left out", or why it became no order."""

    row: int
    line: str
    order: int | None
    note: str


class BasketRow(msgspec.Struct, frozen=True, gc=False):
    """A basket of the day. Statuses: STAGED, RELEASING, DONE, STOPPED, DROPPED. sent, refused, unsent count lines."""

    id: int
    name: str
    status: str
    user: str
    digest: str
    staged_ns: int
    released_ns: int
    ended_ns: int
    reason: str
    sent: int
    refused: int
    unsent: int
    skipped: int
    lines: tuple[BasketLineRow, ...]
    key: str = ""
    """Under which it never goes out twice."""


class BasketLineCheck(msgspec.Struct, frozen=True, gc=False):
    """One line of a basket beside all before it. notional: at its worst price, in the base currency. position_*: of its
    (first) instrument, every line before it filled."""

    row: int
    line: str
    notional: Decimal | None
    position_before: Decimal
    position_after: Decimal
    denials: tuple[Denial, ...]

    @property
    def verdict(self) -> str:
        """ "green", "amber" (soft limits) or "red" (refused)."""
        if not self.denials:
            return "green"
        return "amber" if all(d.soft for d in self.denials) else "red"


class BasketCheck(msgspec.Struct, frozen=True, gc=False):
    """A basket checked as one: each line counts as working for those behind it. bought, sold: worst-case notional of
    what passed, in the base currency."""

    lines: tuple[BasketLineCheck, ...]
    passing: int
    """Lines that would not be refused."""
    bought: Decimal
    sold: Decimal
    meters: tuple[MeterRow, ...]
    """How much of each limit would be used with all of it, nearest first."""
    duration_s: int
    """About how long the release takes, by the throttles."""
    twin: str = ""
    """The basket of the same orders that was released today already, at `twin_ns` (wall)."""
    twin_ns: int = 0
    word_for: str = ""
    """Why a word is asked for and not only a `y`; "" where a `y` is enough."""

    @property
    def verdict(self) -> str:
        """The gravest of its lines."""
        found = {line.verdict for line in self.lines}
        return "red" if "red" in found else "amber" if "amber" in found else "green"
