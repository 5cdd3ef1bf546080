"""Whom and what the limits of risk_params.yaml are for, held against what there is.

An account of no profile and a login name that the system does not know are refused: a limit that holds for nobody is
one that somebody relies on. A strategy is known only once orders name it, and an instrument may be listed later; those
are warnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from console.config.errors import ConfigError, Problem
from console.config.limits_file import LimitsFile
from engine.model.instrument import Instrument
from engine.model.option import OccError, parse_occ
from engine.risk.limits import Limits
from engine.runtime.logins import is_user

_FOR_NOTHING: Final = "so that these limits would hold for nothing"


def check_names(path: Path, found: LimitsFile, accounts: Sequence[str]) -> None:
    """Raises ConfigError that names each account and user with limits that is none. `accounts`: of all profiles."""
    problems = []
    for name in found.limits.names_of("account"):
        if name not in accounts:
            what = f"no profile of tradedesk.yaml has this account, {_FOR_NOTHING}; expected {_one_of(accounts)}"
            problems.append(Problem(path, found.lines.get(f"accounts.{name}", 0), f"accounts.{name}", what))
    for name in found.limits.names_of("user"):
        if not is_user(name):
            what = f"the system knows no such user, {_FOR_NOTHING}; expected a login name"
            problems.append(Problem(path, found.lines.get(f"users.{name}", 0), f"users.{name}", what))
    if problems:
        raise ConfigError(problems)


def strange_names(path: Path, limits: Limits, universe: Sequence[Instrument]) -> list[str]:
    """Words for what may be a slip: instruments that are not in the universe, and strategies, which come later."""
    known = {instrument.symbol for instrument in universe}
    words = [
        f"{path}: instruments.{name}: {name} is not in universe.yaml, so that these limits hold for nothing"
        for name in limits.names_of("instrument")
        if name not in known and not _is_option(name)
    ]
    strategies = limits.names_of("strategy")
    if strategies:
        names = ", ".join(strategies)
        words.append(f"{path}: strategies: {names}: a strategy is known by its orders alone; check the spelling")
    return words


def _one_of(names: Sequence[str]) -> str:
    return f"one of {', '.join(names)}" if len(names) > 1 else "".join(names)


def _is_option(name: str) -> bool:
    """Whether the name is an OCC symbol: such options are listed when they are first named."""
    try:
        parse_occ(name)
    except OccError:
        return False
    return True
