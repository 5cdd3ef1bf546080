"""What Alpaca can do, as the adapter declares it."""

from __future__ import annotations

from typing import Final

import msgspec

from brokers.alpaca import rules, words
from engine.model.enums import AssetClass
from engine.protocol import AbsenceProof, CancelAllScope, Capabilities

MINUTE_NS: Final = 60 * 1_000_000_000
PER_MINUTE: Final = 200
_BASE: Final = Capabilities(
    ord_types=words.ORD_TYPES,
    times_in_force=words.TIMES,
    asset_classes=frozenset({AssetClass.EQUITY, AssetClass.ETF, AssetClass.OPTION, AssetClass.CRYPTO}),
    replace=True,
    replace_is_cancel_new=False,
    cancel_all=CancelAllScope.ACCOUNT,
    fractional=True,
    short=True,
    extended_hours=True,
    unique_ids_enforced=True,
    # A request that is under way outlives its connection: only the id, unique for ever, keeps it from coming twice.
    absence_proof=AbsenceProof.NOTHING,
    max_requests_per_s=20,
    multileg=True,
    resend_interval_ns=2_000_000_000,
    groups=frozenset({"bracket", "oto", "oco"}),
)
BY_CLASS: Final = {
    AssetClass.CRYPTO: msgspec.structs.replace(
        _BASE, ord_types=rules.CRYPTO_TYPES, times_in_force=rules.CRYPTO_TIMES, short=False, extended_hours=False
    ),
    AssetClass.OPTION: msgspec.structs.replace(
        _BASE, ord_types=rules.OPTION_TYPES, times_in_force=rules.DAY_GTC, fractional=False, extended_hours=False
    ),
}


def declared_at(per_minute: int) -> Capabilities:
    """For an account that may make so many requests a minute. A tenth less is declared: what counts as one request for
    the desk may take two here (a change)."""
    least = per_minute - per_minute // 10
    return msgspec.structs.replace(_BASE, rate_limits=((least, MINUTE_NS),), by_class=BY_CLASS)


CAPABILITIES: Final = declared_at(PER_MINUTE)
