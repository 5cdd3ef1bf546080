"""The limits of one start: those of risk_params.yaml, but for what a run can't know at all."""

from __future__ import annotations

from typing import Final

from engine.risk.limits import Limits

CORRELATION: Final = "risk.max_correlation"


def limits_in_force(limits: Limits, *, recorded: bool, past_known: bool) -> tuple[Limits, str]:
    """The limits, and words for what was left out of them ("" for nothing).

    A recorded day without the daily bars before it has no correlations: the check would let each replay hold one
    instrument and no second. It is off for such a run, which is journaled and shown like any `off`; only paper money
    trades on recorded days. Where the market is now, what isn't known refuses.
    """
    if not recorded or past_known or limits.value(CORRELATION) is None:
        return limits, ""
    words = f"no days before this recorded one are known, so that {CORRELATION} is off: name them in `history:`"
    return limits.with_changes({CORRELATION: "off"}), words
