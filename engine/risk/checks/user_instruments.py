"""What a user may trade: users whom roles.yaml gives a list of instruments open positions in nothing else."""

from __future__ import annotations

from engine.risk.context import Context


def check_user_instruments(c: Context) -> None:
    """Refuse what is not on the user's list (an option counts with its underlying). What only reduces passes: whoever
    is at the desk may close. A user without a list, and the desk itself, are not held to one."""
    lists = c.state.user_instruments
    if not lists:
        return
    r, instrument = c.request, c.instrument
    listed = lists.get(r.user)
    if listed is None or c.reducing or c.shrinking or r.symbol in listed:
        return
    if instrument is not None and instrument.option and instrument.option.underlying in listed:
        return
    limit = ",".join(listed) or "none"
    c.deny("USER_INSTRUMENT", r.symbol, limit, f"user:{r.user}", f"roles.yaml gives {r.user} other instruments")
