"""What a paper account is set up with."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.market.matching import FillConfig


class PaperSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One paper account. `cash` is the opening cash of new books; `latency_ms` the range, in market
    milliseconds, of a request's way to the broker and its answer's way back together. Raises ValueError
    naming the key that is wrong.
    """

    account: str = "PAPER"
    currency: str = "USD"
    cash: Decimal = Decimal(5_000_000)
    latency_ms: tuple[int, int] = (5, 50)
    seed: int = 1
    fills: FillConfig = FillConfig()

    def __post_init__(self) -> None:
        least, most = self.latency_ms
        if not 0 <= least <= most:
            raise ValueError(f"latency_ms: {least}-{most} is not a range from least to most, in milliseconds")
        if not (self.cash.is_finite() and self.cash >= 0):
            raise ValueError(f"cash: {self.cash} is not an amount of at least 0")
        if not self.account:
            raise ValueError("account: is empty")
