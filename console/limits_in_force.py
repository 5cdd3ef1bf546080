"""The limits of one start: those of risk_params.yaml, but for what a run can't know at all."""

from __future__ import annotations

from typing import Final

from engine.risk.limits import Limits

CORRELATION: Final = "risk.max_correlation"
SILENCE: Final = "triggers.stale_data_s"

LeftOut = tuple[tuple[str, str], ...]
"""(code, words) for each limit that is left out."""


def limits_in_force(limits: Limits, *, recorded: bool, past_known: bool) -> tuple[Limits, LeftOut]:
    """The limits, and what was left out of them. What is off for a run is journaled and shown like any `off`; only
    paper money trades on recorded days. Where the market is now, what isn't known refuses.

    A recorded day without the daily bars before it has no correlations: the check would let each replay hold one
    instrument and no second. And its silence says nothing of a feed: minutes without a line are minutes in which
    nothing was recorded (a tape of minute bars is silent for 60 s at a time).
    """
    if not recorded:
        return limits, ()
    left_out = []
    if not past_known and limits.value(CORRELATION) is not None:
        words = f"no days before this recorded one are known, so that {CORRELATION} is off: name them in `history:`"
        left_out.append((CORRELATION, "NO_HISTORY", words))
    if limits.value(SILENCE) is not None:
        words = f"the silence of recorded data is no dead feed, so that {SILENCE} is off"
        left_out.append((SILENCE, "RECORDED_DATA", words))
    changed = limits.with_changes({key: "off" for key, _, _ in left_out}) if left_out else limits
    return changed, tuple((code, words) for _, code, words in left_out)
