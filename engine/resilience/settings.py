"""How patient the desk is with its broker. Every number is configuration; these are the documented defaults."""

from __future__ import annotations

import msgspec

SECOND_NS = 1_000_000_000


class OrderTimeouts(msgspec.Struct, frozen=True):
    """How long an order may work before the desk cancels it, in ns; 0 = as long as it likes. By class: what the order
    is comes before who made it (contingent, stop, gtc, then strategy, algo, manual)."""

    manual_ns: int = 0
    gtc_ns: int = 0
    stop_ns: int = 0
    contingent_ns: int = 0
    algo_ns: int = 300 * SECOND_NS
    strategy_ns: int = 300 * SECOND_NS

    def any_manual(self) -> bool:
        """Whether an order placed by hand could have a time-out at all."""
        return bool(self.manual_ns or self.gtc_ns or self.stop_ns or self.contingent_ns)


class Resilience(msgspec.Struct, frozen=True):
    """One broker's treatment. Seconds are wall seconds; shares lie between 0 and 1."""

    retries: int = 3
    """How often a read or a cancel that failed is tried again. Orders and replaces never are."""
    retry_first_s: float = 1.0
    """The first wait; each further one is twice as long: 1, 2, 4 s."""
    retry_jitter: float = 0.1
    """Each wait is drawn from wait x (1 ± this), so that clients of one broker don't come back all at once."""
    breaker_failures: int = 5
    """Requests of one kind that fail one after the other until the breaker opens."""
    breaker_open_s: float = 60.0
    health_every_s: float = 30.0
    health_down_after: int = 3
    """Health reads that fail one after the other until the broker counts as down and the session is made anew."""
    health_slow_s: float = 2.0
    """A health read that takes longer is degraded."""
    skew_warn_s: float = 0.5
    skew_stop_s: float = 2.0
    """Beyond it no order that increases risk goes out."""
    rate_margin_s: float = 0.05
    """Each window of the published rate is taken to be longer by so much: what leaves evenly may arrive bunched."""
    reserved_share: float = 0.2
    """Share of the broker's published rate that only cancels and liquidation may use."""
    order_weight: int = 3
    read_weight: int = 1
    """How orders and reads share the rest while both wait."""
    cancel_again_s: float = 10.0
    """A cancel within so long of the last one of the same order is a repetition, and shares with the reads."""
    queue_timeout_s: float = 5.0
    """An order that waits longer for its turn is withheld: its price is of another moment."""
    reconnect_first_s: float = 0.25
    reconnect_longest_s: float = 3.0
    auth_retry_s: float = 60.0
    """After refused credentials: how long until they are tried again."""
