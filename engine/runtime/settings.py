"""What the shell needs to know to run one desk. Built once, at console start-up, from the profile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.facts import RolesLoaded
from engine.model.instrument import Instrument
from engine.resilience.settings import Resilience
from engine.risk.limits import Limits
from engine.surroundings import Surroundings


class DeskSettings(msgspec.Struct, frozen=True):
    """One desk's identity, places and limits.

    state_dir holds journal.sqlite3, halt, trades.jsonl and the rest. run_label sets a replay run apart as a day of its
    own ("" for live markets). session(market_ns) names the session for the status line.
    """

    state_dir: Path
    mode: str
    account: str
    broker: str
    market_label: str
    run_label: str
    version: str
    base_currency: str
    pnl_method: str
    instruments: tuple[Instrument, ...]
    limits: Limits
    risk_hash: str
    surroundings: Surroundings
    session: Callable[[int], str]
    watched: tuple[str, ...]
    request_timeout_s: float = 5.0
    commit_bound_s: float = 2.0
    frame_s: float = 0.1
    resilience: Resilience = Resilience()
    roles: RolesLoaded | None = None
    """Who may do what; None where nobody asks (tests of other things)."""
    connections: dict[str, str] = {}
    """Account -> name of its connection, where the desk has several accounts; none for a desk with one."""
